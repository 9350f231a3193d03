//! The future of an answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

use super::body::ClientBody;
use super::call::Call;

pin_project! {
    /// The future of [`ClientService`](crate::ClientService).
    ///
    /// Dropped before it is ready, it leaves the context unknown, if the callee may write.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ClientFuture<F> {
        #[pin]
        inner: F,
        // None: without a context.
        call: Option<Call>,
    }
}

impl<F> ClientFuture<F> {
    pub(super) const fn new(call: Option<Call>, inner: F) -> Self {
        Self { inner, call }
    }
}

impl<F, B, E> Future for ClientFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<ClientBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let outcome = std::task::ready!(this.inner.poll(cx));
        // An error leaves the call open, and what it has done unknown.
        let mut call = this.call.take();
        let response = outcome?;
        if let Some(call) = &mut call {
            call.answered(response.status(), response.headers());
        }
        Poll::Ready(Ok(response.map(|body| ClientBody::new(body, call))))
    }
}
