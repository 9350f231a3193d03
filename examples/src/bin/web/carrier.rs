//! What carries contexts from one request to the next.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use clap::ValueEnum;
use ryw_core::{Context, TokenCodec};
use ryw_tower::SessionLayer;

/// What carries contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Carrier {
    /// Nothing: each request begins a session of its own, as in an application that knows of none
    None,
    /// Cookies, for browsers
    Cookie,
    /// The header `ryw-session`, for programs
    Header,
}

impl Carrier {
    /// The layer that carries them; an application that knows of none has none.
    pub(crate) fn layer(self, codec: TokenCodec, bind_to: Option<String>) -> Option<SessionLayer> {
        let layer = match self {
            Self::None => return None,
            Self::Cookie => SessionLayer::cookie(codec),
            Self::Header => SessionLayer::header(codec),
        };
        let Some(header) = bind_to else { return Some(layer) };
        Some(layer.bound_to(move |request| request.headers.get(&header)?.to_str().ok().map(str::to_owned)))
    }
}

/// Lays it around a service.
pub(crate) fn around(routes: Router, layer: Option<SessionLayer>) -> Router {
    match layer {
        Some(layer) => routes.layer(layer),
        None => routes.layer(from_fn(forgetful)),
    }
}

/// What an application does that has not heard of sessions.
async fn forgetful(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Context::new());
    next.run(request).await
}
