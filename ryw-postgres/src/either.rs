//! Two futures of which the first to end counts.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// Which of two ended first.
pub(crate) enum Either<A, B> {
    First(A),
    Second(B),
}

/// Runs both until one ends, and drops the other. The second is not even begun if the first ends at once.
///
/// Pinned by the caller: a future that takes futures by value is as large as twice their sum.
pub(crate) async fn either<A: Future, B: Future>(
    mut first: Pin<&mut A>,
    mut second: Pin<&mut B>,
) -> Either<A::Output, B::Output> {
    poll_fn(|cx| {
        if let Poll::Ready(ended) = first.as_mut().poll(cx) {
            return Poll::Ready(Either::First(ended));
        }
        second.as_mut().poll(cx).map(Either::Second)
    })
    .await
}
