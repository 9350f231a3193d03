//! Futures that are given up half-way.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Polls `future` this often; then drops it, if it has not finished.
///
/// Over [`distant`](crate::servers::distant) servers each round trip is one poll at least. Over others the answer of a
/// quick server may be there already when a busy machine comes to ask for it.
pub async fn polled<F: Future>(future: F, polls: i64) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => {
            left -= 1;
            if left <= 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}
