//! The future of a response.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::RETRY_AFTER;
use http::{HeaderValue, Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;

use crate::body::SessionBody;
use crate::visit::Visit;

pin_project! {
    /// The future of [`SessionService`](crate::SessionService). It waits for nothing but the service's.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct SessionFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = Projected]
    enum State<F> {
        // The visit is taken when it ends.
        Served { visit: Option<Visit>, #[pin] future: F },
        Refused { status: StatusCode },
    }
}

impl<F> SessionFuture<F> {
    pub(crate) const fn of(visit: Visit, future: F) -> Self {
        Self { state: State::Served { visit: Some(visit), future } }
    }

    pub(crate) const fn refusal(status: StatusCode) -> Self {
        Self { state: State::Refused { status } }
    }
}

impl<F, B, E> Future for SessionFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body + Default,
{
    type Output = Result<Response<SessionBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (visit, future) = match self.project().state.project() {
            Projected::Served { visit, future } => (visit, future),
            Projected::Refused { status } => return Poll::Ready(Ok(refusal(*status))),
        };
        let entered = visit.as_ref().map(Visit::enter);
        let outcome = std::task::ready!(future.poll(cx));
        drop(entered);
        let visit = visit.take().expect("a future that is ready is not polled again");
        Poll::Ready(outcome.map(|response| visit.finish(response)))
    }
}

fn refusal<B: Default>(status: StatusCode) -> Response<SessionBody<B>> {
    let mut response = Response::new(SessionBody::default());
    *response.status_mut() = status;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
