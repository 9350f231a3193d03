//! Each request is one span, under OpenTelemetry's names.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex};

use ryw_core::{Context, Repository};
use ryw_dynamo::BehindIndex;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::{Context as Scope, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use super::world::{Pin, World};

/// With an index that may be behind its table.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "tags", pk = pin, sk = name, index(name = "by_name", pk = name, sk = pin, global)))]
struct Tag {
    #[repository(key)]
    pin: i64,
    #[repository(key)]
    name: String,
}

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
    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, _: Scope<'_, S>) {
        if span.metadata().target() == "ryw_dynamo::operation" {
            let mut fields = Fields::new();
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

    /// What was done since the last call.
    fn operations(&self) -> Vec<String> {
        let ended = std::mem::take(&mut *self.ended.lock().unwrap());
        ended.into_iter().map(|mut span| span.remove("db.operation.name").unwrap()).collect()
    }

    /// The one that has ended since the last call has these fields.
    fn assert_only(&self, expected: &[(&'static str, &str)]) {
        let ended = std::mem::take(&mut *self.ended.lock().unwrap());
        let [span] = ended.as_slice() else { panic!("one span was expected: {ended:#?}") };
        for (name, value) in expected {
            assert_eq!(span.get(name).map(String::as_str), Some(*value), "{name} in {span:#?}");
        }
    }
}

#[tokio::test]
async fn requests_have_the_conventions_names() {
    let (world, ctx) = (World::start().await, Context::new());
    world.pins.find(&ctx, &1).await.unwrap();
    let (spans, _listening) = Spans::listen();
    world.insert(&ctx).await;
    spans.assert_only(&[
        ("otel.name", "DynamoDB.PutItem"),
        ("otel.kind", "client"),
        ("db.system.name", "aws.dynamodb"),
        ("db.operation.name", "PutItem"),
        ("db.collection.name", "test-pins"),
        ("cloud.region", "eu-central-1"),
        ("ryw.source", "main"),
        ("ryw.route", "primary"),
        ("ryw.reason", "write"),
    ]);
    world.pins.find(&ctx, &1).await.unwrap();
    spans.assert_only(&[
        ("db.operation.name", "GetItem"),
        ("aws.dynamodb.consistent_read", "true"),
        ("cloud.region", "eu-central-1"),
        ("ryw.route", "primary"),
        ("ryw.reason", "recent_write"),
    ]);
    world.pins.find(&Context::new(), &1).await.unwrap();
    spans.assert_only(&[
        ("aws.dynamodb.consistent_read", "false"),
        ("cloud.region", "us-east-1"),
        ("ryw.route", "replica 1"),
        ("ryw.reason", "nothing_to_cover"),
    ]);
    world.pins.find_many(&Context::new(), &[1, 2]).await.unwrap();
    spans.assert_only(&[("db.operation.name", "BatchGetItem")]);
    world.pins.update(&ctx, &1, Pin::patch().color("blue")).await.unwrap();
    spans.assert_only(&[("db.operation.name", "UpdateItem")]);
    world.pins.delete(&ctx, &1).await.unwrap();
    spans.assert_only(&[("db.operation.name", "DeleteItem")]);
}

#[tokio::test]
async fn reads_of_the_table_beside_an_index_have_names_of_their_own() {
    let (world, ctx) = (World::start().await, Context::new());
    world.source.create_table::<Tag>().await.unwrap();
    let tags = TagRepository::new(world.source.clone());
    tags.insert(&ctx, NewTag { pin: 1, name: "a".into() }).await.unwrap();
    tags.query(&ctx, &2).strong().all().await.unwrap();
    let (spans, _listening) = Spans::listen();
    tags.query_by_name(&ctx, "a").all().await.unwrap();
    assert_eq!(spans.operations(), ["BatchGetItem", "Query", "Query"]);
    tags.query_by_name(&ctx, "a").when_behind(BehindIndex::Verify).all().await.unwrap();
    assert_eq!(spans.operations(), ["Query", "BatchGetItem"]);
}

#[tokio::test]
async fn one_request_is_one_span_however_often_it_is_sent() {
    let (world, ctx) = (World::start().await, Context::new());
    world.insert(&ctx).await;
    world.pins.find(&Context::new(), &1).await.unwrap();
    let (spans, _listening) = Spans::listen();
    world.regions.region(1).cut();
    world.pins.find(&Context::new(), &1).await.unwrap();
    spans.assert_only(&[("cloud.region", "eu-central-1"), ("ryw.reason", "replica_failed")]);
    world.regions.region(0).cut();
    world.pins.find(&ctx, &1).await.unwrap_err();
    spans.assert_only(&[("otel.status_code", "ERROR"), ("error.type", "unavailable")]);
}
