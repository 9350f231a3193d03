//! Many rows, one at a time.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use futures_core::Stream;

use crate::Error;

type Rows<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

/// Rows of a large result, in the order of their keys, read as they are asked for; from
/// [`ListRepository::stream`](crate::ListRepository::stream) and the generated `stream` and `stream_by_…`.
///
/// All of them are of one moment: they were proven once to hold all that the context had to see, and what is written
/// while they are read does not appear. (Not those of DynamoDB, which has no snapshots: there it may.) Only a few rows are in
/// memory at a time.
///
/// It is a [`Stream`] of `Result<T, Error>`; [`try_next`](Self::try_next) does without that trait:
///
/// ```
/// # async fn count(mut articles: ryw_core::EntityStream<u8>) -> Result<u64, ryw_core::Error> {
/// let mut count = 0;
/// while let Some(article) = articles.try_next().await? {
///     count += 1;
/// #   let _ = article;
/// }
/// # Ok(count) }
/// ```
///
/// **An end is always the end**: a server that fails, shuts down or cancels the read before the last row makes the stream
/// yield an error, and nothing after it. Rows that were given out before are right, only they are not all there are.
///
/// # Cancel safety
/// Dropping the stream ends the read. Dropping the future of a `next` loses no row.
#[must_use = "nothing is read before the first row is asked for"]
pub struct EntityStream<T> {
    /// `None` after the end, or an error.
    rows: Option<Rows<T>>,
}

impl<T> EntityStream<T> {
    /// A stream of what `rows` yields, up to the first error; for backends.
    pub fn new(rows: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        Self { rows: Some(Box::pin(rows)) }
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// If the read failed, before the first row or at any later one: [unavailable](Error::is_unavailable) if a server was
    /// lost, [retryable](Error::is_retryable) in every case in which the whole read may succeed if it is made again.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        poll_fn(|task| Pin::new(&mut *self).poll_next(task)).await.transpose()
    }
}

impl<T: Send + 'static> EntityStream<T> {
    /// A stream of rows that are all there once somebody asks for the first.
    pub(crate) fn lazy(rows: impl FnOnce() -> Vec<T> + Send + 'static) -> Self {
        Self::new(Lazy::Unasked(Some(Box::new(rows))))
    }
}

impl<T> Stream for EntityStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        let Some(rows) = &mut self.rows else { return Poll::Ready(None) };
        let next = std::task::ready!(rows.as_mut().poll_next(task));
        if !matches!(next, Some(Ok(_))) {
            // Gives back what it holds.
            self.rows = None;
        }
        Poll::Ready(next)
    }
}

impl<T> fmt::Debug for EntityStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntityStream").field("ended", &self.rows.is_none()).finish()
    }
}

/// Rows that are all there at once, but not before somebody asks.
enum Lazy<T> {
    Unasked(Option<Box<dyn FnOnce() -> Vec<T> + Send>>),
    Asked(std::vec::IntoIter<T>),
}

/// No row is pinned: they are moved out.
impl<T> Unpin for Lazy<T> {}

impl<T> Stream for Lazy<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        if let Self::Unasked(ask) = &mut *self {
            let rows = ask.take().map(|ask| ask()).unwrap_or_default();
            *self = Self::Asked(rows.into_iter());
        }
        match &mut *self {
            Self::Asked(rows) => Poll::Ready(rows.next().map(Ok)),
            Self::Unasked(_) => unreachable!("it was asked above"),
        }
    }
}
