//! A request as a span, with OpenTelemetry's names.
//!
//! The attributes are those of the [semantic conventions for DynamoDB][1] (in development) as far as they say something beside
//! what the SDK's own span inside says, and three of our own: `ryw.source`, `ryw.route`, `ryw.reason`. `otel.kind`,
//! `otel.name` and `otel.status_code` are what `tracing-opentelemetry` makes the span's kind, name and status of.
//!
//! [1]: https://opentelemetry.io/docs/specs/semconv/db/dynamodb/

use std::future::Future;

use ryw_core::{Error, Reason, Route, Routed};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use crate::inner::{Inner, ReadPlan};

/// One request, from the call to its end.
#[derive(Clone, Debug)]
pub(crate) struct Operation(Span);

impl Operation {
    /// `name` is the service's, such as `GetItem`. A transaction may be of several tables, and names none.
    pub(crate) fn new(source: &Inner, name: &'static str, table: Option<&str>) -> Self {
        // Nothing to the right of a `=` is evaluated unless somebody listens.
        Self(tracing::info_span!(
            target: "ryw_dynamo::operation",
            "operation",
            otel.kind = "client",
            otel.name = %format_args!("DynamoDB.{name}"),
            otel.status_code = Empty,
            otel.status_description = Empty,
            db.system.name = "aws.dynamodb",
            db.operation.name = name,
            db.collection.name = table,
            aws.dynamodb.consistent_read = Empty,
            cloud.region = Empty,
            error.type = Empty,
            ryw.source = %source.id,
            ryw.route = Empty,
            ryw.reason = Empty,
        ))
    }

    /// A write, from the call to its end.
    pub(crate) async fn write<T>(
        source: &Inner,
        name: &'static str,
        table: Option<&str>,
        write: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let operation = Self::new(source, name, table);
        operation.routed(source, 0, Routed { route: Route::Primary, reason: Reason::Write });
        operation.watch(write).await
    }

    /// Runs it inside its span, and notes its failure.
    pub(crate) async fn watch<T>(&self, request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let result = request.instrument(self.0.clone()).await;
        if let Err(why) = &result {
            self.failed(why);
        }
        result
    }

    /// A read was done as planned here.
    pub(crate) fn read(&self, source: &Inner, plan: ReadPlan) {
        self.0.record("aws.dynamodb.consistent_read", plan.strong);
        self.routed(source, plan.region, plan.routed());
    }

    fn routed(&self, source: &Inner, region: usize, routed: Routed) {
        if self.0.is_disabled() {
            return;
        }
        self.0.record("cloud.region", source.regions[region].aws_name());
        self.0.record("ryw.route", display(routed.route));
        self.0.record("ryw.reason", routed.reason.as_str());
    }

    fn failed(&self, why: &Error) {
        if self.0.is_disabled() {
            return;
        }
        self.0.record("otel.status_code", "ERROR");
        self.0.record("otel.status_description", display(why));
        self.0.record("error.type", kind(why));
    }
}

fn kind(why: &Error) -> &'static str {
    [
        (why.is_overloaded(), "overloaded"),
        (why.is_commit_unknown(), "commit_unknown"),
        (why.is_unavailable(), "unavailable"),
        (why.is_conflict(), "conflict"),
        (why.is_not_found(), "not_found"),
        (why.is_stale(), "stale"),
        (why.is_config(), "config"),
        (why.is_database(), "database"),
    ]
    .into_iter()
    .find_map(|(holds, name)| holds.then_some(name))
    .unwrap_or("_OTHER")
}
