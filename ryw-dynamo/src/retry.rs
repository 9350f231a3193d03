//! Sending again what certainly was not done.
//!
//! The SDK repeats what got no answer, and what it repeats may have been done: an `ADD` of 1 then adds 2. So its own retries are
//! off for every write, and only what the service says it did not do is sent again, with growing pauses drawn at random
//! ("full jitter"), a bounded number of times.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{Builder, Config};

use crate::failure::{Failure, Kind};
use crate::inner::Inner;

const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What a write's request is configured with, beside what the client says.
pub(crate) fn once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// Whether a request that failed is to be sent again, after the pause has passed.
pub(crate) async fn again(source: &Inner, failure: &Failure, attempt: u32) -> bool {
    source.note(failure);
    if failure.kind != Kind::Passing || attempt >= source.attempts {
        return false;
    }
    pause(source, attempt).await;
    true
}

/// The pause after the attempt of this number, counted from 1, before the next.
pub(crate) async fn pause(source: &Inner, attempt: u32) {
    source.observer.again();
    let longest = FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).min(LONGEST_PAUSE);
    let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=millis))).await;
}
