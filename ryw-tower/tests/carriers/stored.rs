//! Users with several devices, whose clients carry nothing: what one device writes the other reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::post;
use futures_util::stream;
use http::{Request, Response, StatusCode};
use ryw_core::{
    Context, ContextStorage, ContextStore, Error, Expiry, ManualClock, MemorySource, MemoryStorage, Timestamp,
};
use ryw_tower::{SessionContext, SessionLayer, StoredSessionLayer};
use tower::{Layer as _, ServiceExt as _};

use crate::app::{Answer, App, codec, find, routes, write};
use crate::browser::Browser;

/// A storage that is away when the test says so.
#[derive(Clone, Debug, Default)]
struct Storage {
    kept: MemoryStorage,
    loads_fail: Arc<AtomicBool>,
    saves_fail: Arc<AtomicBool>,
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
        // Others have their turn, so that what does not wait for a save goes ahead of it.
        tokio::task::yield_now().await;
        self.kept.replace(key, expected, bytes, time_to_live).await
    }
}

fn layer(storage: &Storage) -> StoredSessionLayer {
    let store = ContextStore::new(storage.clone(), codec(), Expiry::longer_than(Duration::from_secs(60)));
    StoredSessionLayer::new(store, |request| Some(request.headers.get("user")?.to_str().ok()?.to_owned()))
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
