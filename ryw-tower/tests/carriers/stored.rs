//! Users with several devices, whose clients carry nothing: what one device writes the other reads.

use std::convert::Infallible;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::post;
use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::{Method, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use ryw_core::{
    Context, ContextStorage, ContextStore, Error, Expiry, Frontier, ManualClock, MemorySource, MemoryStorage,
    Position, Timestamp,
};
use ryw_tower::{ClientLayer, SessionContext, SessionLayer, StoredSessionLayer};
use tower::{Layer as _, ServiceExt as _};

use crate::app::{Answer, App, codec, eventually, find, routes, write};
use crate::browser::Browser;

/// A storage that is away when the test says so.
#[derive(Clone, Debug, Default)]
struct Storage {
    kept: MemoryStorage,
    loads_fail: Arc<AtomicBool>,
    saves_fail: Arc<AtomicBool>,
    saves_hang: Arc<AtomicBool>,
}

fn unless(failing: &AtomicBool) -> Result<(), Error> {
    if failing.load(Ordering::SeqCst) { Err(Error::unavailable("the store is away")) } else { Ok(()) }
}

#[async_trait]
impl ContextStorage for Storage {
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        unless(&self.loads_fail)?;
        self.kept.load(key).await
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error> {
        unless(&self.saves_fail)?;
        if self.saves_hang.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        // Others have their turn, so that what does not wait for a save goes ahead of it.
        tokio::task::yield_now().await;
        self.kept.replace(key, expected, bytes, time_to_live).await
    }
}

fn store(storage: &Storage) -> ContextStore {
    ContextStore::new(storage.clone(), codec(), Expiry::longer_than(Duration::from_secs(60)))
}

fn layer(storage: &Storage) -> StoredSessionLayer {
    StoredSessionLayer::new(store(storage), |request| {
        Some(request.headers.get("user")?.to_str().ok()?.to_owned())
    })
}

async fn app(layer: StoredSessionLayer) -> App {
    App::serve_all(|source| {
        let stream = Router::new().route("/slowly/{color}", post(slowly)).with_state(source.clone());
        routes(source).merge(stream).layer(layer)
    })
    .await
}

async fn slowly(
    SessionContext(ctx): SessionContext,
    State(source): State<MemorySource>,
    Path(color): Path<String>,
) -> Body {
    Body::from_stream(stream::once(async move { Ok::<_, Error>(write(&source, &ctx, color)) }))
}

async fn send(app: &App, user: &str, method: &str, path: &str) -> Answer {
    app.send(Request::builder().method(method).header("user", user), path).await
}

#[tokio::test]
async fn what_one_device_wrote_the_other_reads() {
    let app = app(layer(&Storage::default())).await;
    for (method, path) in [("PUT", "/color/blue"), ("POST", "/fail/green"), ("POST", "/slowly/red")] {
        let before = send(&app, "bob", "GET", "/color").await.body;
        send(&app, "ada", method, path).await;
        let read = send(&app, "ada", "GET", "/color").await;
        assert!(path.ends_with(&read.body), "{path}: {}", read.body);
        assert_eq!(send(&app, "bob", "GET", "/color").await.body, before, "the check can fail");
        // What was written before asks nothing of the next.
        app.source.replica(0).apply_all();
    }
    assert_eq!(
        app.send(Request::builder(), "/color").await.head.status,
        500,
        "nobody's session is no session"
    );
}

#[tokio::test]
async fn a_store_that_does_not_answer_costs_a_read_on_the_primary() {
    let storage = Storage::default();
    let app = app(layer(&storage)).await;
    send(&app, "ada", "PUT", "/color/blue").await;
    storage.loads_fail.store(true, Ordering::SeqCst);
    assert_eq!(send(&app, "ada", "GET", "/color").await.body, "blue");
    assert_eq!(app.reads_of_unknown_sessions(), 1);
}

#[tokio::test]
async fn a_write_that_could_not_be_saved_is_not_confirmed() {
    let storage = Storage::default();
    storage.saves_fail.store(true, Ordering::SeqCst);
    let strict = app(layer(&storage)).await;
    let unconfirmed = send(&strict, "ada", "PUT", "/color/blue").await;
    assert_eq!((unconfirmed.head.status, unconfirmed.body.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, ""));
    assert_eq!(send(&strict, "ada", "GET", "/color").await.head.status, StatusCode::OK, "it has only read");

    let lenient = app(layer(&storage).answering_unsaved()).await;
    assert_eq!(send(&lenient, "ada", "PUT", "/color/blue").await.body, "blue");
    assert_eq!(send(&lenient, "ada", "GET", "/color").await.body, "none", "as it was told");
}

#[tokio::test]
async fn with_cookies_beside_the_client_knows_where_the_store_does_not() {
    let storage = Storage::default();
    let outer = layer(&storage).answering_unsaved();
    let app = App::serve(|router| {
        let user = tower_http::set_header::SetRequestHeaderLayer::overriding(
            http::HeaderName::from_static("user"),
            http::HeaderValue::from_static("ada"),
        );
        router.layer(SessionLayer::cookie(codec())).layer(outer).layer(user)
    })
    .await;
    let (mut phone, mut laptop) = (Browser::new(&app), Browser::new(&app));
    phone.load("PUT", "/color/red").await;
    assert_eq!(laptop.load("GET", "/color").await, "red", "by the store");
    storage.saves_fail.store(true, Ordering::SeqCst);
    phone.load("PUT", "/color/blue").await;
    app.source.replica(0).apply(1);
    assert_eq!(phone.load("GET", "/color").await, "blue", "by the cookie");
    assert_eq!(laptop.load("GET", "/color").await, "red", "which the other device has not");
}

#[tokio::test]
async fn what_a_service_has_written_before_it_failed_is_saved_too() {
    let source = MemorySource::builder("main").build();
    let writes_to = source.clone();
    let failing = tower::service_fn(move |request: Request<()>| {
        write(&writes_to, request.extensions().get::<Context>().unwrap(), "blue");
        async { Err::<Response<String>, _>("gone") }
    });
    let store =
        ContextStore::new(MemoryStorage::default(), codec(), Expiry::longer_than(Duration::from_secs(60)));
    let layer = StoredSessionLayer::new(store.clone(), |_| Some("ada".to_owned()));
    assert_eq!(layer.layer(failing).oneshot(Request::new(())).await.unwrap_err(), "gone");
    assert_eq!(find(&source, store.restore("ada").await.context()), "blue");
}

#[tokio::test]
async fn idle_users_carry_nothing() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(1)));
    let source = MemorySource::builder("main").clock(Arc::<ManualClock>::clone(&clock)).build();
    let app = App::serve_over(source, |source| {
        routes(source.clone()).layer(SessionLayer::cookie(codec()).retiring(source))
    })
    .await;
    let mut browser = Browser::new(&app);
    browser.load("PUT", "/color/blue").await;
    assert_eq!((browser.load("GET", "/color").await.as_str(), browser.cookies().len()), ("blue", 1));
    app.source.replica(0).apply_all();
    clock.advance(Duration::from_millis(1));
    assert_eq!((browser.load("GET", "/color").await.as_str(), browser.cookies().len()), ("blue", 0));
    assert!(!browser.send("GET", "/color").await.head.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn also_after_a_bad_token_if_all_sources_are_named() {
    for names_all in [true, false] {
        let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(1)));
        let source = MemorySource::builder("main").clock(Arc::<ManualClock>::clone(&clock)).build();
        let app = App::serve_over(source, |source| {
            let layer = SessionLayer::cookie(codec()).retiring(source.clone());
            routes(source).layer(if names_all { layer.all_sources(["main"]) } else { layer })
        })
        .await;
        app.send(Request::builder().method("PUT"), "/color/blue").await;
        let mut browser = Browser::new(&app);
        let forged = Request::builder().header("cookie", "ryw-00000000000000a1=forged");
        browser.receive(&app.send(forged, "/idle").await);
        assert_eq!(browser.load("GET", "/color").await, "blue", "it says that main is unknown");
        assert_eq!((app.reads_of_unknown_sessions(), browser.cookies().len()), (1, 1));
        app.source.replica(0).apply_all();
        clock.advance(Duration::from_millis(1));
        assert_eq!(browser.load("GET", "/color").await, "blue");
        assert_eq!((app.reads_of_unknown_sessions(), browser.cookies().len()), (1, usize::from(!names_all)));
    }
}

/// Whoever is told of a write by another's clock may write before that time.
#[tokio::test]
async fn a_write_is_a_write_whatever_the_clocks_say() {
    let storage = Storage::default();
    let ahead = Context::new();
    ahead.join(&"main".into(), &Frontier::default().written(Timestamp::from_unix_millis(u64::MAX / 4)));
    store(&storage).merge("ada", &ahead).await.unwrap();
    storage.saves_fail.store(true, Ordering::SeqCst);
    let app = app(layer(&storage)).await;
    let unconfirmed = send(&app, "ada", "PUT", "/color/blue").await;
    assert_eq!(unconfirmed.head.status, StatusCode::INTERNAL_SERVER_ERROR);
}

/// Nothing was known of ada, so that nothing in what is known afterwards says that something was written for her.
#[tokio::test]
async fn what_another_service_has_written_for_a_user_is_not_confirmed_either() {
    for (method, expected) in
        [(Method::POST, StatusCode::INTERNAL_SERVER_ERROR), (Method::GET, StatusCode::OK)]
    {
        let storage = Storage::default();
        storage.loads_fail.store(true, Ordering::SeqCst);
        storage.saves_fail.store(true, Ordering::SeqCst);
        let callee = tower::service_fn(|_: Request<String>| async {
            let wrote = Context::new();
            wrote.join(&"main".into(), &Position::new("a".into(), 1, 5).into());
            let token = codec().encode(&wrote).to_string();
            Ok::<_, Infallible>(Response::builder().header("ryw-session", token).body(String::new()).unwrap())
        });
        let client = ClientLayer::new(codec()).layer(callee);
        let service = tower::service_fn(move |request: Request<()>| {
            let ctx = request.extensions().get::<Context>().unwrap().clone();
            let call = Request::builder().method(method.clone()).extension(ctx).body(String::new()).unwrap();
            let called = client.clone().oneshot(call);
            async move { called.await.map(|_| Response::new(String::new())) }
        });
        let service = StoredSessionLayer::new(store(&storage), |_| Some("ada".to_owned())).layer(service);
        assert_eq!(service.oneshot(Request::new(())).await.unwrap().status(), expected);
    }
}

/// A request of ada's to a service that writes, and answers then or never; it is dropped when it does not go on by itself.
async fn give_up(storage: &Storage, source: &MemorySource, answers: bool) {
    let source = source.clone();
    let service = tower::service_fn(move |request: Request<()>| {
        write(&source, request.extensions().get::<Context>().unwrap(), "blue");
        async move {
            if !answers {
                pending::<()>().await;
            }
            Ok::<_, Infallible>(Response::new(String::new()))
        }
    });
    let service = StoredSessionLayer::new(store(storage), |_| Some("ada".to_owned())).layer(service);
    assert!(service.oneshot(Request::new(())).now_or_never().is_none(), "it is under way");
}

async fn is_saved(storage: &Storage, source: &MemorySource) {
    let found = async || find(source, store(storage).restore("ada").await.context()) == "blue";
    eventually("the write is known", found).await;
    assert_eq!(find(source, &Context::new()), "none", "the check can fail");
}

#[tokio::test]
async fn what_was_written_before_its_client_went_away_is_saved() {
    let (storage, source) = (Storage::default(), MemorySource::builder("main").build());
    give_up(&storage, &source, false).await;
    is_saved(&storage, &source).await;
}

#[tokio::test]
async fn also_if_it_went_away_while_that_was_being_saved() {
    let (storage, source) = (Storage::default(), MemorySource::builder("main").build());
    storage.saves_hang.store(true, Ordering::SeqCst);
    give_up(&storage, &source, true).await;
    storage.saves_hang.store(false, Ordering::SeqCst);
    is_saved(&storage, &source).await;
}

#[tokio::test]
async fn also_if_the_handler_panicked() {
    let storage = Storage::default();
    let app = app(layer(&storage)).await;
    let client = crate::app::client();
    let request = Request::post(app.url("/panic/blue")).header("user", "ada");
    assert!(client.request(request.body(http_body_util::Full::default()).unwrap()).await.is_err());
    is_saved(&storage, &app.source).await;
}

/// A body that writes as each of its pieces is made.
#[derive(Default)]
struct Writing {
    on: Option<(MemorySource, Context)>,
    pieces: u64,
    is_of_known_length: bool,
}

impl http_body::Body for Writing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.pieces.checked_sub(1) else { return Poll::Ready(None) };
        self.pieces = left;
        let (source, ctx) = self.on.as_ref().unwrap();
        write(source, ctx, "blue");
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"x")))))
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_of_known_length { SizeHint::with_exact(self.pieces) } else { SizeHint::default() }
    }
}

/// What a response to ada is made of, whose body has so many pieces.
async fn writing(
    storage: &Storage,
    source: &MemorySource,
    pieces: u64,
    is_of_known_length: bool,
) -> impl http_body::Body<Data = Bytes, Error = Infallible> + use<> {
    let source = source.clone();
    let service = tower::service_fn(move |request: Request<()>| {
        let on = Some((source.clone(), request.extensions().get::<Context>().unwrap().clone()));
        async move { Ok::<_, Infallible>(Response::new(Writing { on, pieces, is_of_known_length })) }
    });
    let service = StoredSessionLayer::new(store(storage), |_| Some("ada".to_owned())).layer(service);
    service.oneshot(Request::new(())).await.unwrap().into_body()
}

#[tokio::test]
async fn what_a_body_writes_is_saved_before_the_last_of_it_is_sent() {
    for is_of_known_length in [true, false] {
        let (storage, source) = (Storage::default(), MemorySource::builder("main").build());
        let mut body = Box::pin(writing(&storage, &source, 1, is_of_known_length).await);
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "x");
        // Whoever has as much as was announced looks no further.
        assert!(is_of_known_length || body.frame().await.is_none());
        assert_eq!(find(&source, store(&storage).restore("ada").await.context()), "blue");
    }
}

#[tokio::test]
async fn what_a_body_has_written_that_nobody_reads_to_its_end_is_saved() {
    let (storage, source) = (Storage::default(), MemorySource::builder("main").build());
    let mut body = Box::pin(writing(&storage, &source, 2, true).await);
    body.frame().await.unwrap().unwrap();
    drop(body);
    is_saved(&storage, &source).await;
}
