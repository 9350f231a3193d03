//! Every routed operation is one span, under OpenTelemetry's names.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex};

use ryw_core::Context;
use ryw_postgres::sqlx;
use ryw_tests::servers::{cluster, source};
use ryw_tests::{Favorite, FavoriteRepository, Note, NoteRepository};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::{Context as Scope, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

type Fields = BTreeMap<&'static str, String>;

/// The spans of this thread that have ended, in the order of their ends.
#[derive(Clone, Default)]
struct Spans {
    open: Arc<Mutex<HashMap<u64, Fields>>>,
    ended: Arc<Mutex<Vec<Fields>>>,
}

struct Into<'a>(&'a mut Fields);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, scope: Scope<'_, S>) {
        if span.metadata().target() == "ryw_postgres::operation" {
            let mut fields = Fields::new();
            if let Some(parent) = scope.span(id).and_then(|span| span.parent()) {
                fields.insert("parent", parent.name().to_owned());
            }
            span.record(&mut Into(&mut fields));
            self.open.lock().unwrap().insert(id.into_u64(), fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Scope<'_, S>) {
        if let Some(fields) = self.open.lock().unwrap().get_mut(&id.into_u64()) {
            values.record(&mut Into(fields));
        }
    }

    fn on_close(&self, id: Id, _: Scope<'_, S>) {
        let fields = self.open.lock().unwrap().remove(&id.into_u64());
        self.ended.lock().unwrap().extend(fields);
    }
}

impl Spans {
    fn listen() -> (Self, DefaultGuard) {
        let spans = Self::default();
        let subscriber = tracing_subscriber::registry().with(spans.clone());
        (spans, tracing::subscriber::set_default(subscriber))
    }

    /// The one that has ended since the last call.
    fn only(&self) -> Fields {
        let ended = std::mem::take(&mut *self.ended.lock().unwrap());
        let [span] = ended.as_slice() else { panic!("one span was expected: {ended:#?}") };
        span.clone()
    }
}

fn assert_has(span: &Fields, expected: &[(&'static str, &str)]) {
    for (name, value) in expected {
        assert_eq!(span.get(name).map(String::as_str), Some(*value), "{name} in {span:#?}");
    }
}

#[tokio::test]
async fn generated_operations_have_the_conventions_names() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let (spans, _listening) = Spans::listen();
    favorites.upsert(&ctx, &Favorite::numbered(1, 1)).await.unwrap();
    let write = spans.only();
    cluster.wait_until_caught_up().await.unwrap();
    favorites.find(&ctx, &1).await.unwrap();
    let read = spans.only();

    let port = |node: &ryw_testkit::postgres::Node| node.port().to_string();
    let common = [
        ("otel.kind", "client"),
        ("db.system.name", "postgresql"),
        ("db.namespace", "app"),
        ("db.collection.name", "favorites"),
        ("server.address", "127.0.0.1"),
        ("ryw.source", "main"),
    ];
    assert_has(&write, &common);
    assert_has(&read, &common);
    assert_has(
        &write,
        &[
            ("otel.name", "INSERT favorites"),
            ("db.operation.name", "INSERT"),
            ("db.query.summary", "INSERT favorites"),
            ("server.port", &port(cluster.primary())),
            ("ryw.route", "primary"),
            ("ryw.reason", "write"),
        ],
    );
    assert_has(
        &read,
        &[
            ("otel.name", "SELECT favorites"),
            ("db.operation.name", "SELECT"),
            ("server.port", &port(cluster.replica(0))),
            ("ryw.route", "replica 0"),
            ("ryw.reason", "caught_up"),
        ],
    );
    for span in [&write, &read] {
        assert!(!span.contains_key("error.type") && !span.contains_key("otel.status_code"), "{span:#?}");
        assert!(!format!("{span:?}").contains("password"), "{span:#?}");
    }
}

#[tokio::test]
async fn a_failure_says_of_what_class_it_is() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let notes = NoteRepository::new(source.clone());
    let note = |id| Note {
        id,
        body: "text".to_owned(),
        remark: None,
        slug: Some("slug".to_owned()),
        created_at: chrono::DateTime::UNIX_EPOCH,
        updated_at: chrono::DateTime::UNIX_EPOCH,
    };
    let ctx = Context::new();
    notes.insert(&ctx, &note(1)).await.unwrap();
    let (spans, _listening) = Spans::listen();
    assert!(notes.insert(&ctx, &note(2)).await.unwrap_err().is_conflict());
    assert_has(
        &spans.only(),
        &[
            ("db.collection.name", "public.notes"),
            ("error.type", "23505"),
            ("db.response.status_code", "23505"),
            ("otel.status_code", "ERROR"),
        ],
    );
    for node in [cluster.primary(), cluster.replica(0)] {
        node.stop().await.unwrap();
    }
    let ctx = Context::new().strong();
    let reading = notes.find(&ctx, &1);
    assert!(tokio::time::timeout(std::time::Duration::from_secs(30), reading).await.unwrap().is_err());
    assert_has(&spans.only(), &[("error.type", "unavailable"), ("otel.status_code", "ERROR")]);
}

#[tokio::test]
async fn reads_of_ones_own_are_a_span_from_the_connection_to_its_end() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let (spans, _listening) = Spans::listen();
    let mut conn = source.read(&Context::new()).await.unwrap();
    sqlx::query("SELECT 1").execute(&mut *conn).await.unwrap();
    assert!(spans.ended.lock().unwrap().is_empty(), "it is not over");
    conn.finish().await.unwrap();
    assert_has(
        &spans.only(),
        &[("otel.name", "READ"), ("ryw.route", "replica 0"), ("ryw.reason", "nothing_to_cover")],
    );
}

/// What is done inside a transaction is a span inside its span.
#[tokio::test]
async fn a_transaction_is_a_span_around_those_of_its_statements() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let (spans, _listening) = Spans::listen();
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.upsert_in(&mut tx, &Favorite::numbered(1, 1)).await.unwrap();
    let inner = spans.only();
    assert_has(
        &inner,
        &[("otel.name", "INSERT favorites"), ("ryw.route", "primary"), ("parent", "operation")],
    );
    tx.commit().await.unwrap();
    assert_has(
        &spans.only(),
        &[("otel.name", "TRANSACTION"), ("ryw.route", "primary"), ("ryw.reason", "write")],
    );
}

/// A span of the application's own keeps its fields, even if it has one of the same name and ours are filtered out.
#[tokio::test]
async fn other_spans_are_left_alone() {
    struct Deaf;
    impl<S: tracing::Subscriber> Layer<S> for Deaf {
        fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Scope<'_, S>) -> bool {
            !metadata.target().starts_with("ryw_postgres")
        }
    }
    #[derive(Clone, Default)]
    struct Records(Arc<Mutex<Vec<String>>>);
    impl<S: tracing::Subscriber> Layer<S> for Records {
        fn on_record(&self, _: &Id, values: &Record<'_>, _: Scope<'_, S>) {
            self.0.lock().unwrap().push(format!("{values:?}"));
        }
    }
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source);
    let records = Records::default();
    let subscriber = tracing_subscriber::registry().with(Deaf).with(records.clone());
    let _listening = tracing::subscriber::set_default(subscriber);
    let request = tracing::info_span!("request", server.address = tracing::field::Empty);
    let reading = async { favorites.find(&Context::new(), &1).await };
    tracing::Instrument::instrument(reading, request).await.unwrap();
    let records = records.0.lock().unwrap();
    assert!(records.is_empty(), "{records:?}");
}
