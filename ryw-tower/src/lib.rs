//! A context that follows the user: from one request to the next, over HTTP and gRPC.
//!
//! # Example
//!
//! A handler that asks for the session's context gets it, and what it writes with it is read by the same user's next request,
//! whichever server and replica serve that:
//!
//! ```
//! use axum::Router;
//! use axum::extract::State;
//! use axum::routing::get;
//! use ryw_core::{MemorySource, TokenCodec, TokenKey};
//! use ryw_tower::{SessionContext, SessionLayer};
//!
//! async fn favorite(SessionContext(ctx): SessionContext, State(source): State<MemorySource>) -> String {
//!     // favorites.find(&ctx, &7).await …
//!     # let _ = (source, &*ctx);
//!     # String::new()
//! }
//!
//! # fn main() -> Result<(), ryw_core::Error> {
//! // From wherever the application keeps its secrets; the same for all its processes.
//! let key = TokenKey::from_base64("kEWzZ2pYo2GqHk0s3Wm1bXr8iQ5r7mVvN9tqQeZr2nM=")?;
//! let session = SessionLayer::cookie(TokenCodec::signed(key));
//! let app: Router = Router::new()
//!     .route("/favorite", get(favorite))
//!     .layer(session)
//!     .with_state(MemorySource::builder("main").build());
//! # let _ = app;
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "axum")]
mod axum;
mod body;
mod carrier;
mod client;
pub mod current;
mod future;
mod inject;
mod known;
mod layer;
mod limiter;
mod observe;
mod retiring;
mod service;
mod settings;
mod stored;
mod text;
#[cfg(feature = "tonic")]
mod tonic;
mod visit;

#[cfg(feature = "axum")]
pub use crate::axum::{MissingSessionLayer, SessionContext};
pub use crate::body::SessionBody;
pub use crate::carrier::{Carrier, CookieCarrier, HeaderCarrier, SameSite};
pub use crate::client::{ClientBody, ClientFuture, ClientLayer, ClientService};
pub use crate::future::SessionFuture;
pub use crate::inject::{HeaderExtractor, HeaderInjector};
pub use crate::layer::SessionLayer;
pub use crate::service::SessionService;
pub use crate::stored::{StoredBody, StoredSessionLayer, StoredSessionService};
#[cfg(feature = "tonic")]
pub use crate::tonic::{SessionInterceptor, SessionRequestExt};
