//! The body of an answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::call::Call;

pin_project! {
    /// The body of a response of [`ClientService`](crate::ClientService): what its trailers tell is merged into the context.
    ///
    /// Dropped before its end, or ended without the trailer that the callee has announced, it leaves the context unknown, if the
    /// callee may write.
    #[derive(Debug)]
    pub struct ClientBody<B> {
        #[pin]
        body: B,
        call: Option<Call>,
    }
}

impl<B> ClientBody<B> {
    pub(super) const fn new(body: B, call: Option<Call>) -> Self {
        Self { body, call }
    }
}

impl<B: Body> Body for ClientBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        let frame = std::task::ready!(this.body.poll_frame(cx));
        match &frame {
            // Open, if a trailer was to come.
            None => drop(this.call.take()),
            Some(Ok(frame)) => {
                if let (Some(trailers), Some(call)) = (frame.trailers_ref(), this.call.as_mut()) {
                    call.ended(trailers);
                }
            }
            // Open, so that what it has done is unknown.
            Some(Err(_)) => drop(this.call.take()),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
