//! Two futures of which the first to end counts.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Which of two ended first.
pub(crate) enum Either<A, B> {
    First(A),
    Second(B),
}

/// Runs both until one ends, and drops the other. The second is not even begun if the first ends at once.
pub(crate) async fn either<A: Future, B: Future>(first: A, second: B) -> Either<A::Output, B::Output> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|cx| {
        if let Poll::Ready(ended) = first.as_mut().poll(cx) {
            return Poll::Ready(Either::First(ended));
        }
        second.as_mut().poll(cx).map(Either::Second)
    })
    .await
}
