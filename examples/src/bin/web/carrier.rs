//! What carries contexts from one request to the next.

use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use clap::ValueEnum;
use ryw_core::{Context, ContextStore, Expiry, TokenCodec};
use ryw_postgres::{PostgresContexts, PostgresSource};
use ryw_tower::{SessionLayer, StoredSessionLayer};

/// The header with the name of the user, as a proxy that authenticates would set it.
pub(crate) const USER: &str = "x-user";

/// Replicas that are further behind than this are none that anybody reads from.
const TOLERATED_LAG: Duration = Duration::from_secs(600);

/// What carries contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Carrier {
    /// Nothing: each request begins a session of its own, as in an application that knows of none
    None,
    /// Cookies, for browsers
    Cookie,
    /// The header `ryw-session`, for programs
    Header,
    /// A table on the primary, by the user whose name stands in the header `x-user`: for several devices
    Store,
}

/// What is laid around the service.
#[derive(Clone)]
pub(crate) enum Session {
    Forgetful,
    Carried(SessionLayer),
    Stored(StoredSessionLayer),
}

impl Session {
    /// What `carrier` is, with tokens that are bound to the user if `is_bound`.
    pub(crate) async fn new(
        carrier: Carrier,
        codec: TokenCodec,
        is_bound: bool,
        source: &PostgresSource,
    ) -> Result<Self> {
        let layer = match carrier {
            Carrier::None => return Ok(Self::Forgetful),
            Carrier::Store => return stored(codec, source).await,
            Carrier::Cookie => SessionLayer::cookie(codec),
            Carrier::Header => SessionLayer::header(codec),
        };
        Ok(Self::Carried(if is_bound { layer.bound_to(|request| user(&request.headers)) } else { layer }))
    }

    pub(crate) fn around(self, routes: Router) -> Router {
        match self {
            Self::Forgetful => routes.layer(from_fn(forgetful)),
            Self::Carried(layer) => routes.layer(layer),
            Self::Stored(layer) => routes.layer(layer),
        }
    }

    /// How many requests were refused for their tokens.
    pub(crate) fn refused(&self) -> u64 {
        match self {
            Self::Carried(layer) => layer.refused(),
            Self::Forgetful | Self::Stored(_) => 0,
        }
    }
}

async fn stored(codec: TokenCodec, source: &PostgresSource) -> Result<Session> {
    let contexts = PostgresContexts::new(source.clone());
    contexts.migrate().await?;
    let store = ContextStore::new(contexts, codec, Expiry::longer_than(TOLERATED_LAG));
    Ok(Session::Stored(StoredSessionLayer::new(store, |request| user(&request.headers))))
}

fn user(headers: &axum::http::HeaderMap) -> Option<String> {
    headers.get(USER)?.to_str().ok().map(str::to_owned)
}

/// What an application does that has not heard of sessions.
async fn forgetful(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Context::new());
    next.run(request).await
}
