//! A stream written as an async block.
//!
//! A stream that borrows from what it owns (the rows of a connection it holds) cannot be put together from combinators; an
//! async block can hold both. It gives items out by way of a slot, which is empty but for the moment between the block's
//! pause and the return of `poll_next`: there is never more than one item in it, and nobody is woken for it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::Stream;

/// Where the block puts its items.
pub(crate) struct Giver<T>(Arc<Mutex<Option<T>>>);

/// The stream of what a block gives out.
pub(crate) struct Giving<T> {
    block: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    slot: Arc<Mutex<Option<T>>>,
}

/// A stream of what the block of `make` gives out, until it ends. Nothing of it runs before the stream is polled.
pub(crate) fn giving<T, F>(make: impl FnOnce(Giver<T>) -> F) -> Giving<T>
where
    F: Future<Output = ()> + Send + 'static,
{
    let slot = Arc::new(Mutex::new(None));
    Giving { block: Some(Box::pin(make(Giver(Arc::clone(&slot))))), slot }
}

impl<T> Giver<T> {
    /// Gives an item out, and goes on when the next is asked for.
    pub(crate) async fn give(&mut self, item: T) {
        let mut item = Some(item);
        poll_fn(|_| match item.take() {
            Some(item) => {
                *lock(&self.0) = Some(item);
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
        .await;
    }
}

impl<T> Stream for Giving<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(block) = &mut self.block else { return Poll::Ready(None) };
        let ended = block.as_mut().poll(task).is_ready();
        if ended {
            self.block = None;
        }
        match lock(&self.slot).take() {
            Some(item) => Poll::Ready(Some(item)),
            None if ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// An item is moved in or out under the lock, which cannot panic.
fn lock<T>(slot: &Mutex<Option<T>>) -> std::sync::MutexGuard<'_, Option<T>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    #[tokio::test]
    async fn items_come_one_by_one_and_the_block_runs_no_further_than_asked() {
        let reached = Arc::new(Mutex::new(0));
        let inside = Arc::clone(&reached);
        let mut numbers = giving(|mut giver| async move {
            for number in 1..=3 {
                *inside.lock().unwrap() = number;
                tokio::task::yield_now().await;
                giver.give(number).await;
            }
        });
        assert_eq!(*reached.lock().unwrap(), 0, "nothing has run");
        assert_eq!(numbers.next().await, Some(1));
        assert_eq!(*reached.lock().unwrap(), 1);
        assert_eq!(numbers.by_ref().collect::<Vec<_>>().await, [2, 3]);
        assert_eq!(numbers.next().await, None);
    }
}
