//! A context that follows the user: from one request to the next, over HTTP and gRPC.
//!
//! # Example
//!
//! A handler asks for the session's context. What it writes with it is read by the same user's next request, whichever server
//! and replica serve that:
//!
//! ```
//! use axum::Router;
//! use axum::extract::{Path, State};
//! use axum::routing::{get, put};
//! use ryw_core::{MemorySource, TokenCodec, TokenKey};
//! use ryw_tower::{SessionContext, SessionLayer};
//! # use http::Request;
//! # use ryw_core::{Change, Column, Entity, Error, Generator, InMemory, Stored};
//! # use tower::ServiceExt as _;
//!
//! # #[derive(Clone, Debug, PartialEq)]
//! # struct Favorite { user_id: i64, color: String }
//! # #[derive(Clone, Debug)]
//! # struct NewFavorite { user_id: i64, color: String }
//! # #[derive(Clone, Debug, Default)]
//! # struct FavoritePatch { color: Change<String> }
//! # impl From<NewFavorite> for FavoritePatch {
//! #     fn from(new: NewFavorite) -> Self { Self { color: new.color.into() } }
//! # }
//! # #[derive(Clone, Copy, Debug, PartialEq, Eq)]
//! # enum FavoriteColumn {}
//! # impl Column for FavoriteColumn {
//! #     fn name(self) -> &'static str { match self {} }
//! #     fn table(self) -> &'static str { match self {} }
//! # }
//! # impl Entity for Favorite {
//! #     type Key = i64;
//! #     const NAME: &'static str = "Favorite";
//! #     fn key(&self) -> i64 { self.user_id }
//! # }
//! # impl Stored for Favorite {
//! #     type New = NewFavorite;
//! #     type Patch = FavoritePatch;
//! #     type Column = FavoriteColumn;
//! #     fn to_new(&self) -> NewFavorite { NewFavorite { user_id: self.user_id, color: self.color.clone() } }
//! # }
//! # impl InMemory for Favorite {
//! #     fn create(new: NewFavorite, _: &mut Generator) -> Result<Self, Error> {
//! #         Ok(Self { user_id: new.user_id, color: new.color })
//! #     }
//! #     fn change(&mut self, patch: FavoritePatch, _: &mut Generator) -> Result<(), Error> {
//! #         Ok(patch.color.apply(&mut self.color))
//! #     }
//! # }
//! async fn paint(
//!     SessionContext(ctx): SessionContext,
//!     State(source): State<MemorySource>,
//!     Path(color): Path<String>,
//! ) -> String {
//!     source.upsert::<Favorite>(&ctx, NewFavorite { user_id: 7, color }).unwrap().color.clone()
//! }
//!
//! async fn favorite(SessionContext(ctx): SessionContext, State(source): State<MemorySource>) -> String {
//!     source.find::<Favorite>(&ctx, &7).unwrap().map_or("none".into(), |favorite| favorite.color)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // From wherever the application keeps its secrets; the same for all its processes.
//! let key = TokenKey::from_base64("kEWzZ2pYo2GqHk0s3Wm1bXr8iQ5r7mVvN9tqQeZr2nM=")?;
//! let app = Router::new()
//!     .route("/favorite", get(favorite))
//!     .route("/favorite/{color}", put(paint))
//!     .layer(SessionLayer::cookie(TokenCodec::signed(key)))
//!     .with_state(MemorySource::builder("main").replicas(1).build());
//!
//! // A browser writes …
//! # let app: Router = app;
//! let request = Request::put("/favorite/blue").body(axum::body::Body::empty())?;
//! let response = app.clone().oneshot(request).await?;
//! let cookie = response.headers()["set-cookie"].to_str()?.split(';').next().unwrap_or_default();
//!
//! // … and reads, while the replica has nothing yet.
//! let request = Request::get("/favorite").header("cookie", cookie).body(axum::body::Body::empty())?;
//! let response = app.oneshot(request).await?;
//! assert_eq!(axum::body::to_bytes(response.into_body(), 100).await?, "blue");
//! # Ok(())
//! # }
//! ```
//!
//! # What there is
//!
//! | | |
//! |---|---|
//! | [`SessionLayer`] | restores the context of each request by a token from its [cookies](CookieCarrier) or its [header](HeaderCarrier), and puts a token on the response if there is something new |
//! | [`StoredSessionLayer`] | the same by a store on the server, for clients that carry nothing and users with several devices |
//! | `SessionContext` | the context as an argument of axum handlers (feature `axum`); elsewhere it is in the request's extensions |
//! | `SessionRequestExt`, `SessionInterceptor` | the context in tonic's words (feature `tonic`) |
//! | [`ClientLayer`] | takes the context along to other services, and brings back what they know |
//! | [`HeaderInjector`], [`HeaderExtractor`] | the same by hand, where there is no tower stack. They take tonic's metadata too: `HeaderInjector(request.metadata_mut().as_mut())` |
//! | [`current`] | the context of the task that runs, for code too deep to be handed one |
//!
//! The guide, with what to choose when, is `docs/carriers.md` in the repository.
//!
//! # What is promised
//!
//! What a request has written or read is seen by each later request that brings what its response brought. Tests in
//! `tests/carriers`, each over real sockets and with a replica that has nothing yet:
//!
//! | | held by |
//! |---|---|
//! | of responses that race in one browser none loses its position | `cookies::of_responses_that_race_none_loses_its_position`, `whatever_arrives_in_whatever_order_is_read_again` |
//! | a handler that failed after a write tells of it, also if it panicked | `headers::a_handler_that_failed_after_a_write_tells_of_it_too` |
//! | a token that is not good is unknown, never a new session, until a good one that says so stands in for it | `cookies::a_bad_cookie_counts_as_unknown_until_a_good_one_stands_in_for_it` |
//! | forged tokens reach the primary only so often | `hostile::ten_thousand_forged_tokens_read_right_and_load_the_primary_only_so_far` |
//! | what is written while a body streams follows in a trailer | `streams` |
//! | a call that may have written and was lost leaves its context unknown | `chain::a_call_that_may_have_written_and_was_lost_leaves_the_context_unknown` |
//! | a trailer that is lost on the way leaves its caller's context unknown | `chain::a_trailer_that_was_dropped_on_the_way_is_missed` |
//! | a stored session is saved before its response is sent | `stored::what_one_device_wrote_the_other_reads` |
//! | and also if there is no response | `stored::what_was_written_before_its_client_went_away_is_saved` |
//!
//! **Not promised**: anything to a client that does not bring back what it was given, or to one that a response did not reach. What
//! tasks write after the response (spawned ones, web sockets, the body of a response to a client that does not look at trailers) is
//! in no token: a [store](ryw_core::ContextStore) can be told of it. And a context's policy is not carried: `strong()` is a matter of one
//! handle.
//!
//! Without news a response says nothing, and nothing is waited for: no request is slower for the layer by more than reading its
//! token.
//!
//! # Where the layer goes
//!
//! It can put a token on responses only. So whatever makes a response of an error or of a panic (`HandleErrorLayer`,
//! tower-http's `CatchPanicLayer`, timeouts) goes *inside*: in axum it is added by `.layer(…)` *before* this one. An error that
//! leaves the service goes by without a token; most servers close the connection then, and the client has no answer. Outside goes what
//! a [subject](SessionLayer::bound_to) is found by, and a [`StoredSessionLayer`].
//!
//! # Headers
//!
//! A program keeps the tokens it was given and sends them in the header, in one list or in several headers. When a response brings a
//! token, that stands for those which the request had sent. So a program that makes one request at a time keeps the last token, and
//! one that makes many keeps a set: it takes out what the request had sent, and puts in what the response brought. A response without
//! a token changes nothing.
//!
//! # Features
//!
//! `axum`, `tonic`, `metrics` and `redis` (which keeps the contexts of a store), none of which is on unless asked for. Without them no
//! HTTP server or client is compiled. Of tokio there is what runs tasks: a stored session is saved by one if its request is dropped.

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
#[cfg(feature = "redis")]
mod redis;
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
#[cfg(feature = "redis")]
pub use crate::redis::RedisContexts;
pub use crate::service::SessionService;
pub use crate::stored::{StoredBody, StoredSessionLayer, StoredSessionService};
#[cfg(feature = "tonic")]
pub use crate::tonic::{SessionInterceptor, SessionRequestExt};
