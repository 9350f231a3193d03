//! The body of a response whose session is stored.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::keeper::Settings;
use crate::known::Known;

pin_project! {
    /// The body of a response of [`StoredSessionService`](crate::StoredSessionService): before it ends, what the session has
    /// written while it was on its way is saved.
    ///
    /// Dropped before its end, it saves nothing. If the save fails the body ends all the same: its content has been sent.
    pub struct StoredBody<B> {
        #[pin]
        body: B,
        late: Option<Late>,
        save: Option<Save>,
    }
}

/// What the end of the body waits for.
struct Save {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    trailers: Option<HeaderMap>,
}

/// What is to be saved when the body has ended.
#[derive(Debug)]
pub(super) struct Late {
    pub(super) settings: Arc<Settings>,
    pub(super) user: String,
    pub(super) ctx: ryw_core::Context,
    /// What has been saved already.
    pub(super) saved: Known,
}

impl Late {
    fn has_news(&self) -> bool {
        self.settings.retiring.retire(&self.ctx);
        Known::of(&self.ctx) != self.saved
    }

    /// With the trailers that are held back meanwhile.
    fn save(self, trailers: Option<HeaderMap>) -> Save {
        let Self { settings, user, ctx, .. } = self;
        let future = Box::pin(async move {
            // The store counts what fails.
            let _ = settings.store.merge(&user, &ctx).await;
        });
        Save { future, trailers }
    }
}

impl<B> StoredBody<B> {
    pub(super) const fn new(body: B, late: Late) -> Self {
        Self { body, late: Some(late), save: None }
    }

    /// One that no session is waiting for.
    pub(super) const fn of_nobody(body: B) -> Self {
        Self { body, late: None, save: None }
    }
}

impl<B: Default> Default for StoredBody<B> {
    fn default() -> Self {
        Self::of_nobody(B::default())
    }
}

impl<B: fmt::Debug> fmt::Debug for StoredBody<B> {
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
        let this = self.project();
        if this.save.is_none() {
            let frame = ready!(this.body.poll_frame(cx)).transpose()?;
            if frame.as_ref().is_some_and(|frame| !frame.is_trailers()) {
                return Poll::Ready(frame.map(Ok));
            }
            let Some(late) = this.late.take().filter(Late::has_news) else {
                return Poll::Ready(frame.map(Ok));
            };
            *this.save = Some(late.save(frame.and_then(|frame| frame.into_trailers().ok())));
        }
        let Some(save) = this.save else { unreachable!("it was there, or has just been put there") };
        ready!(save.future.as_mut().poll(cx));
        let trailers = this.save.take().and_then(|save| save.trailers);
        Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.late.is_none() && self.save.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
