//! The session's context as an argument of an axum handler.

use std::convert::Infallible;
use std::ops::Deref;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use ryw_core::Context;

/// The context of the request's session, in an axum handler.
///
/// Behind a [`SessionLayer`](crate::SessionLayer); without one the request fails with 500 and says so
/// ([`MissingSessionLayer`]). `Option<SessionContext>` is `None` then. It derefs to the context.
///
/// ```
/// use ryw_tower::SessionContext;
///
/// async fn favorite(SessionContext(ctx): SessionContext) -> String {
///     // favorites.find(&ctx, &7).await …
///     # format!("{:?}", ctx.policy())
/// }
/// # let _: axum::routing::MethodRouter = axum::routing::get(favorite);
/// ```
#[derive(Clone, Debug)]
pub struct SessionContext(pub Context);

impl Deref for SessionContext {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for SessionContext {
    type Rejection = MissingSessionLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingSessionLayer> {
        parts.extensions.get::<Context>().cloned().map(Self).ok_or(MissingSessionLayer)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for SessionContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Context>().cloned().map(Self))
    }
}

/// A handler asks for the context of a session, and no layer has put one into the request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MissingSessionLayer;

impl std::fmt::Display for MissingSessionLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "the request has no session context: add a `ryw_tower::SessionLayer` to the router, by `.layer(…)` after the route",
        )
    }
}

impl std::error::Error for MissingSessionLayer {}

impl IntoResponse for MissingSessionLayer {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
