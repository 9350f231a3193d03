//! A routed operation as a span, with OpenTelemetry's names.
//!
//! The attributes are those of the [semantic conventions for PostgreSQL][1] (stable), as far as they are known without
//! asking the server, and three of our own: `ryw.source`, `ryw.route`, `ryw.reason`. `otel.kind`, `otel.name` and
//! `otel.status_code` are what `tracing-opentelemetry` makes the span's kind, name and status of. Left out is
//! `db.query.text`: it is the same for each operation on a table, and ryw's part of it is longer than the user's; sqlx's own
//! events inside the span have it.
//!
//! [1]: https://opentelemetry.io/docs/specs/semconv/db/postgresql/

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use ryw_core::{Error, Routed};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use crate::inner::Inner;
use crate::node::Node;
use crate::read::Statement;

/// One routed operation, from the call to its end.
#[derive(Clone, Debug)]
pub(crate) struct Operation(Span);

/// What is done, and to which table: `SELECT favorites`.
struct Summary(&'static str, Option<&'static str>);

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(table) => write!(f, "{} {table}", self.0),
            None => f.write_str(self.0),
        }
    }
}

impl Operation {
    /// A generated statement by itself.
    pub(crate) fn statement(source: &Inner, statement: &Statement<'_>) -> Self {
        let table = Some(statement.table).filter(|table| *table != Statement::NO_TABLE);
        Self::of(source, command(statement.verb), table)
    }

    /// A generated statement inside this operation, a transaction.
    pub(crate) fn inner(&self, source: &Inner, statement: &Statement<'_>) -> Self {
        self.0.in_scope(|| Self::statement(source, statement))
    }

    /// A generated read whose rows come one by one.
    pub(crate) fn stream(source: &Inner, table: &'static str) -> Self {
        Self::of(source, "SELECT", Some(table))
    }

    /// Reads of the user's own, on one connection.
    pub(crate) fn reads(source: &Inner) -> Self {
        Self::of(source, "READ", None)
    }

    /// A transaction of the user's own.
    pub(crate) fn transaction(source: &Inner) -> Self {
        Self::of(source, "TRANSACTION", None)
    }

    fn of(source: &Inner, name: &'static str, table: Option<&'static str>) -> Self {
        // Nothing to the right of a `=` is evaluated unless somebody listens.
        Self(tracing::info_span!(
            target: "ryw_postgres::operation",
            "operation",
            otel.kind = "client",
            otel.name = %Summary(name, table),
            otel.status_code = Empty,
            otel.status_description = Empty,
            db.system.name = "postgresql",
            db.namespace = database(source),
            db.operation.name = name,
            db.collection.name = table,
            db.query.summary = %Summary(name, table),
            db.response.status_code = Empty,
            server.address = Empty,
            server.port = Empty,
            error.type = Empty,
            ryw.source = %source.id,
            ryw.route = Empty,
            ryw.reason = Empty,
        ))
    }

    /// Runs a part of the operation inside its span, and notes its failure.
    ///
    /// Pinned by the caller, for a future that is handed on by value takes its room twice.
    pub(crate) async fn watch<T>(
        &self,
        part: Pin<&mut impl Future<Output = Result<T, Error>>>,
    ) -> Result<T, Error> {
        let result = part.instrument(self.0.clone()).await;
        if let Err(why) = &result {
            self.failed(why);
        }
        result
    }

    /// The operation runs on `node`, as `routed` says.
    pub(crate) fn routed(&self, node: &Node, routed: Routed) {
        if self.0.is_disabled() {
            return;
        }
        let options = node.options();
        self.0.record("server.address", options.get_host());
        self.0.record("server.port", options.get_port());
        self.0.record("ryw.route", display(routed.route));
        self.0.record("ryw.reason", routed.reason.as_str());
    }

    fn failed(&self, why: &Error) {
        if self.0.is_disabled() {
            return;
        }
        self.0.record("otel.status_code", "ERROR");
        self.0.record("otel.status_description", display(why));
        match sqlstate(why) {
            Some(code) => {
                self.0.record("db.response.status_code", code.as_str());
                self.0.record("error.type", code.as_str());
            }
            None => {
                self.0.record("error.type", kind(why));
            }
        }
    }
}

/// The SQL command of a repository's method.
fn command(verb: &'static str) -> &'static str {
    match verb {
        // A custom query's is one.
        verb if verb.starts_with(|first: char| first.is_ascii_uppercase()) => verb,
        "insert" | "upsert" => "INSERT",
        "update" => "UPDATE",
        "delete" => "DELETE",
        _ => "SELECT",
    }
}

/// The database that the source is connected to; its schema is the server's affair.
fn database(source: &Inner) -> String {
    let options = source.topology.primary().options();
    options.get_database().unwrap_or_else(|| options.get_username()).to_owned()
}

/// What the server answered, if it did.
fn sqlstate(why: &Error) -> Option<String> {
    let driver = why.source()?.downcast_ref::<sqlx::Error>()?;
    Some(driver.as_database_error()?.code()?.into_owned())
}

fn kind(why: &Error) -> &'static str {
    [
        (why.is_overloaded(), "overloaded"),
        (why.is_commit_unknown(), "commit_unknown"),
        (why.is_unavailable(), "unavailable"),
        (why.is_conflict(), "conflict"),
        (why.is_not_found(), "not_found"),
        (why.is_config(), "config"),
        (why.is_database(), "database"),
    ]
    .into_iter()
    .find_map(|(holds, name)| holds.then_some(name))
    .unwrap_or("_OTHER")
}
