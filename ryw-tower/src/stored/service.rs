//! The service.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::StoredBody;
use super::keeper::{Keeper, Settings};

/// What [`StoredSessionLayer`](crate::StoredSessionLayer) makes of a service.
#[derive(Clone, Debug)]
pub struct StoredSessionService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> StoredSessionService<S> {
    pub(super) const fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for StoredSessionService<S>
where
    S: Service<Request<B>, Response = Response<R>, Error: Send, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
    R: Body + Default + Send,
{
    type Response = Response<StoredBody<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // It is this one that was found ready.
        let later = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, later);
        let settings = Arc::clone(&self.settings);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let keeper = Keeper::begin(settings, &mut parts).await;
            let outcome = inner.call(Request::from_parts(parts, body)).await;
            match keeper {
                Some(keeper) => keeper.finish(outcome).await,
                None => outcome.map(|response| response.map(StoredBody::of_nobody)),
            }
        })
    }
}
