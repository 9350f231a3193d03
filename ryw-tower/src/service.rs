//! The service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::body::SessionBody;
use crate::future::SessionFuture;
use crate::settings::Settings;
use crate::visit::Visit;

/// What [`SessionLayer`](crate::SessionLayer) makes of a service.
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> SessionService<S> {
    pub(crate) const fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for SessionService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body + Default,
{
    type Response = Response<SessionBody<R>>;
    type Error = S::Error;
    type Future = SessionFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let Some(visit) = Visit::begin(&self.settings, &mut parts) else {
            return SessionFuture::refusal(self.settings.refusal);
        };
        let entered = visit.enter();
        let future = self.inner.call(Request::from_parts(parts, body));
        drop(entered);
        SessionFuture::of(visit, future)
    }
}
