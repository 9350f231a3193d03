//! The service: four routes, none of which knows how a context came to it.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use ryw_core::{ConsistencySource as _, Context, Propagator};
use ryw_postgres::PostgresSource;
use ryw_tower::SessionContext;

use crate::carrier::Session;
use crate::favorite::{Favorite, FavoriteRepository};

/// The message of a queue: properties, as text. One of them is the context.
pub(crate) type Message = BTreeMap<String, String>;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    source: PostgresSource,
    favorites: FavoriteRepository<PostgresSource>,
    /// Puts contexts into messages; without it a message says only what there is to do.
    messages: Option<Propagator>,
    /// What carries contexts between requests, for its counts.
    session: Session,
}

impl App {
    pub(crate) fn new(source: PostgresSource, messages: Option<Propagator>, session: Session) -> Self {
        Self { favorites: FavoriteRepository::new(source.clone()), source, messages, session }
    }

    /// The routes. Whatever carries contexts is laid around them.
    pub(crate) fn routes(self) -> Router {
        Router::new()
            .route("/favorites/{user}", get(show).put(choose))
            .route("/favorites/{user}/announcement", post(choose_and_announce))
            .route("/messages", put(announce))
            .route("/counts", get(counts))
            .route("/", get(page))
            .with_state(self)
    }

    pub(crate) async fn favorite_of(&self, ctx: &Context, user: i64) -> Result<String, Failure> {
        let found = self.favorites.find(ctx, &user).await?;
        Ok(found.map_or_else(String::new, |favorite| favorite.color_hex))
    }
}

async fn show(
    SessionContext(ctx): SessionContext,
    State(app): State<App>,
    Path(user): Path<i64>,
) -> Result<String, Failure> {
    app.favorite_of(&ctx, user).await
}

async fn choose(
    SessionContext(ctx): SessionContext,
    State(app): State<App>,
    Path(user): Path<i64>,
    color: String,
) -> Result<StatusCode, Failure> {
    app.favorites.upsert(&ctx, &Favorite::chosen(user, color)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Writes, and leaves the rest to whoever takes the message from the queue.
async fn choose_and_announce(
    SessionContext(ctx): SessionContext,
    State(app): State<App>,
    Path(user): Path<i64>,
    color: String,
) -> Result<Json<Message>, Failure> {
    app.favorites.upsert(&ctx, &Favorite::chosen(user, color)).await?;
    let mut message = Message::from([("user".to_owned(), user.to_string())]);
    if let Some(messages) = &app.messages {
        messages.inject(&ctx, &mut message);
    }
    Ok(Json(message))
}

/// The worker's part: a queue delivers a message. Who sent it has gone, so the context is the message's.
async fn announce(State(app): State<App>, Json(message): Json<Message>) -> Result<String, Failure> {
    let user = message.get("user").and_then(|user| user.parse().ok()).ok_or(Failure::BadMessage)?;
    let ctx = app.messages.as_ref().map_or_else(Context::new, |messages| messages.extract(&message));
    app.favorite_of(&ctx, user).await
}

/// How many reads ran on replicas and on the primary, and how many requests were refused for their tokens.
async fn counts(State(app): State<App>) -> Json<BTreeMap<&'static str, u64>> {
    let counts = app.source.counts();
    Json(BTreeMap::from([
        ("replica_reads", counts.replica_reads()),
        ("primary_reads", counts.primary_reads()),
        ("refused", app.session.refused()),
        ("rejected", app.messages.as_ref().map_or(0, |messages| messages.codec().counts().rejected())),
    ]))
}

async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}

/// Why a request could not be answered.
pub(crate) enum Failure {
    /// A message without a user.
    BadMessage,
    /// By the source.
    Source(ryw_core::Error),
}

impl From<ryw_core::Error> for Failure {
    fn from(error: ryw_core::Error) -> Self {
        Self::Source(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::BadMessage => (StatusCode::BAD_REQUEST, "the message names no user").into_response(),
            Self::Source(error) if error.is_retryable() => {
                (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response()
            }
            Self::Source(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}
