//! A small service: a favorite color, written on the primary, read wherever its context may be read.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ryw_core::{ConsistencySource as _, Context, MemorySource, Reason, TokenCodec, TokenKey};
use ryw_tower::SessionContext;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::favorite::{Favorite, NewFavorite};

/// A server, until it is dropped.
pub(crate) struct App {
    pub(crate) source: MemorySource,
    address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    server: JoinHandle<()>,
}

impl Drop for App {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) fn codec() -> TokenCodec {
    TokenCodec::signed(TokenKey::new([7; 32]).unwrap())
}

/// What a response said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: http::response::Parts,
    pub(crate) body: String,
    pub(crate) trailers: http::HeaderMap,
}

impl App {
    /// The favorites, behind what `wrap` adds.
    pub(crate) async fn serve(wrap: impl FnOnce(Router) -> Router) -> Self {
        Self::serve_all(|source| wrap(routes(source))).await
    }

    /// Whatever `router` makes of a source.
    pub(crate) async fn serve_all(router: impl FnOnce(MemorySource) -> Router) -> Self {
        Self::serve_over(MemorySource::builder("main").build(), router).await
    }

    /// The same over a source of the test's.
    pub(crate) async fn serve_over(
        source: MemorySource,
        router: impl FnOnce(MemorySource) -> Router,
    ) -> Self {
        let router = router(source.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { source, address, client: client(), server }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn send(&self, request: http::request::Builder, path: &str) -> Answer {
        let request = request.uri(self.url(path)).body(Full::default()).unwrap();
        answer(self.client.request(request).await.unwrap()).await
    }

    /// How many reads ran on the primary because nothing was known of their session.
    pub(crate) fn reads_of_unknown_sessions(&self) -> u64 {
        self.source.counts().by_reason(Reason::PositionUnknown)
    }
}

pub(crate) fn client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Waits for what must come, for as long as a busy machine may take.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < patience, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

pub(crate) async fn answer<B>(response: Response<B>) -> Answer
where
    B: http_body::Body<Error: std::fmt::Debug>,
{
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().cloned().unwrap_or_default();
    Answer { head, body: String::from_utf8(body.to_bytes().to_vec()).unwrap(), trailers }
}

pub(crate) fn put_request() -> http::request::Builder {
    Request::builder().method("PUT")
}

pub(crate) fn routes(source: MemorySource) -> Router {
    Router::new()
        .route("/color", get(color))
        .route("/color/{color}", put(paint))
        .route("/idle", get(|| async { "idle" }))
        .route("/fail/{color}", post(paint_and_fail))
        .route("/panic/{color}", post(paint_and_panic))
        .with_state(source)
}

pub(crate) fn find(source: &MemorySource, ctx: &Context) -> String {
    let found = source.find::<Favorite>(ctx, &7).unwrap();
    found.map_or_else(|| "none".to_owned(), |favorite| favorite.color)
}

pub(crate) fn write(source: &MemorySource, ctx: &Context, color: impl Into<String>) -> String {
    let favorite = NewFavorite { user_id: 7, color: color.into() };
    source.upsert::<Favorite>(ctx, favorite).unwrap().into_inner().color
}

async fn color(SessionContext(ctx): SessionContext, State(source): State<MemorySource>) -> String {
    find(&source, &ctx)
}

async fn paint(
    SessionContext(ctx): SessionContext,
    State(source): State<MemorySource>,
    Path(color): Path<String>,
) -> String {
    write(&source, &ctx, color)
}

async fn paint_and_fail(
    ctx: SessionContext,
    source: State<MemorySource>,
    color: Path<String>,
) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, paint(ctx, source, color).await)
}

async fn paint_and_panic(ctx: SessionContext, source: State<MemorySource>, color: Path<String>) -> String {
    panic!("on purpose, after {}", paint(ctx, source, color).await)
}
