//! The body of a response whose session is stored.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::debt::Debt;
use crate::known::Known;

pin_project! {
    /// The body of a response of [`StoredSessionService`](crate::StoredSessionService): before the last of it is sent, what the
    /// session has written while it was on its way is saved.
    ///
    /// Dropped before its end, it has that saved by a task of its own. If the save fails the body ends all the same: its content
    /// has been sent.
    pub struct StoredBody<B: Body> {
        #[pin]
        body: B,
        late: Option<Late>,
        save: Option<Save<B::Data>>,
    }
}

/// What the last of the body waits for.
struct Save<D> {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    last: Option<Frame<D>>,
}

/// What is to be saved while the body is on its way.
#[derive(Debug)]
pub(super) struct Late {
    debt: Debt,
    /// What has been saved already.
    saved: Known,
}

impl Late {
    pub(super) const fn new(debt: Debt, saved: Known) -> Self {
        Self { debt, saved }
    }

    fn has_news(&self) -> bool {
        let ctx = self.debt.context();
        self.debt.settings().settle(ctx);
        Known::of(ctx) != self.saved
    }

    /// Saves, and holds the last of the body back meanwhile.
    fn save<D>(self, last: Option<Frame<D>>) -> Save<D> {
        Save { future: Box::pin(self.debt.pay()), last }
    }
}

impl<B: Body> StoredBody<B> {
    pub(super) const fn new(body: B, late: Late) -> Self {
        Self { body, late: Some(late), save: None }
    }

    /// One that no session is waiting for.
    pub(super) const fn of_nobody(body: B) -> Self {
        Self { body, late: None, save: None }
    }
}

impl<B: Body + Default> Default for StoredBody<B> {
    fn default() -> Self {
        Self::of_nobody(B::default())
    }
}

impl<B: Body + fmt::Debug> fmt::Debug for StoredBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredBody")
            .field("body", &self.body)
            .field("late", &self.late)
            .finish_non_exhaustive()
    }
}

impl<B: Body> Body for StoredBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        if this.save.is_none() {
            let frame = ready!(this.body.as_mut().poll_frame(cx)).transpose()?;
            // Whoever knows the length need not ask for more when he has all of it.
            let is_last = frame.as_ref().is_none_or(Frame::is_trailers)
                || this.body.is_end_stream()
                || this.body.size_hint().exact() == Some(0);
            if !is_last {
                return Poll::Ready(frame.map(Ok));
            }
            let Some(late) = this.late.take_if(|late| late.has_news()) else {
                return Poll::Ready(frame.map(Ok));
            };
            *this.save = Some(late.save(frame));
        }
        let Some(save) = this.save else { unreachable!("it was there, or has just been put there") };
        ready!(save.future.as_mut().poll(cx));
        let last = this.save.take().and_then(|save| save.last);
        Poll::Ready(last.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.save.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // The last of it may be held back.
        if self.save.is_some() { SizeHint::default() } else { self.body.size_hint() }
    }
}
