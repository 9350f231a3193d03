//! Sending again what certainly was not done.
//!
//! The SDK repeats what got no answer, and what it repeats may have been done: an `ADD` of 1 then adds 2. So its own retries are
//! off for every write, and only what the service says it did not do is sent again, with growing pauses drawn at random
//! ("full jitter"), a bounded number of times.

use std::error::Error as StdError;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{Builder, Config};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use ryw_core::Error;

use crate::attribute::Attributes;
use crate::failure::{Failure, Kind};
use crate::home::Doing;
use crate::inner::Inner;

const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What a write's request is configured with, beside what the client says.
pub(crate) fn once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// What the service has made of a write.
pub(crate) enum Judged<T> {
    Done(T),
    /// Its condition does not hold; the item as it is, if there is one and it was asked for.
    Refused(Option<Attributes>),
}

/// Sends a write of one item until the service has judged it, or the attempts are used up. `refusal` tells from the other errors
/// that its condition does not hold, and the item then.
pub(crate) async fn until_judged<T, E, F>(
    source: &Inner,
    doing: Doing,
    send: impl Fn() -> F,
    refusal: impl Fn(&E) -> Option<Option<Attributes>>,
) -> Result<Judged<T>, Error>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    F: Future<Output = Result<T, SdkError<E>>>,
{
    let mut attempt = 1;
    loop {
        let judge = |error: SdkError<E>| match error.as_service_error().and_then(&refusal) {
            Some(item) => Ok(Judged::Refused(item)),
            None => Err(Failure::new(error)),
        };
        let sent = async { send().await.map(Judged::Done).or_else(judge) };
        let failure = match in_time(source, sent).await {
            Ok(judged) => return Ok(judged),
            Err(failure) => failure,
        };
        source.note(&failure);
        if failure.kind != Kind::Passing || attempt >= source.attempts {
            return Err(failure.of_write(doing));
        }
        pause(source, attempt).await;
        attempt += 1;
    }
}

/// What comes of a request, if it comes in time.
pub(crate) async fn in_time<T>(
    source: &Inner,
    request: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(source.patience, request).await {
        Ok(result) => result,
        Err(_) => Err(Failure::late(source.patience)),
    }
}

/// The pause after the attempt of this number, counted from 1, before the next.
pub(crate) async fn pause(source: &Inner, attempt: u32) {
    source.observer.again();
    let longest = FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).min(LONGEST_PAUSE);
    let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=millis))).await;
}
