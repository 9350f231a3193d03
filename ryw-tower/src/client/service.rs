//! The service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::ClientBody;
use super::call::{Call, Settings};
use super::future::ClientFuture;

/// What [`ClientLayer`](crate::ClientLayer) makes of a client.
#[derive(Clone, Debug)]
pub struct ClientService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> ClientService<S> {
    pub(super) const fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for ClientService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<ClientBody<R>>;
    type Error = S::Error;
    type Future = ClientFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let call = Call::begin(&self.settings, &mut parts);
        ClientFuture::new(call, self.inner.call(Request::from_parts(parts, body)))
    }
}
