//! The columns of the constraints that writes run into.
//!
//! The server names the constraint, its table and its schema in fields of the error; which columns it is about stands only in
//! the error's text, in the server's language. So the catalog is asked, once for each constraint and minute: by the statement
//! that failed on its own connection, which is free again, and by one inside a transaction, whose own connection refuses
//! everything by then, over a connection made for the question. That one is not of the pool: a pool whose connections are all
//! in such transactions would wait for itself.
//!
//! Rejected: parsing the error's detail, which is translated, and left out where the role may not read the row; asking before
//! the write, which makes every write pay; the derive's word (`unique`), which knows neither names nor what the database has
//! besides.
//!
//! Not promised: the columns of a constraint that was made in the very transaction that runs into it, for nobody else
//! sees it yet; nor any if the server does not answer in time. Then there are none, and nothing is guessed.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use ryw_core::{Error, Violation};
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::node::Node;
use crate::pool::Conn;

/// How long an answer is believed: a constraint may be made anew, by the same name, over other columns.
const BELIEVED: Duration = Duration::from_secs(60);
/// How long the failed write waits for the answer.
const LIMIT: Duration = Duration::from_secs(2);

/// The constraint's columns in its order, and the table that a partition belongs to.
///
/// A unique index need not be a constraint, and may be over expressions: those name columns of the table, by their numbers.
const SQL: &str = "SELECT n.nspname::text, root.relname::text, \
     CASE WHEN con.conkey IS NOT NULL THEN (SELECT array_agg(a.attname::text ORDER BY k.at) \
       FROM unnest(con.conkey) WITH ORDINALITY AS k(number, at) \
       JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number) \
     ELSE (SELECT array_agg(a.attname::text ORDER BY k.at) \
       FROM (SELECT number, min(at) AS at FROM ( \
           SELECT i.indkey[at - 1]::int AS number, at FROM generate_series(1, i.indnkeyatts) AS at \
           UNION ALL SELECT found[1]::int, 100 FROM regexp_matches(i.indexprs::text, ':varattno ([0-9]+)', 'g') AS found \
         ) AS numbers WHERE number > 0 GROUP BY number) AS k \
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) END \
     FROM pg_class t JOIN pg_namespace tn ON tn.oid = t.relnamespace \
     JOIN pg_class root ON root.oid = coalesce(pg_partition_root(t.oid), t.oid) \
     JOIN pg_namespace n ON n.oid = root.relnamespace \
     LEFT JOIN pg_constraint con ON con.conrelid = t.oid AND con.conname = $3 \
     LEFT JOIN (pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid AND ic.relname = $3) ON i.indrelid = t.oid \
     WHERE tn.nspname = $1 AND t.relname = $2 AND (con.oid IS NOT NULL OR i.indexrelid IS NOT NULL)";

/// A constraint by its names: schema, table, its own.
type Name = (String, String, String);

/// What is known of the constraints of a source's database.
#[derive(Debug, Default)]
pub(crate) struct Constraints(RwLock<HashMap<Name, (Instant, Found)>>);

/// What the catalog says of a constraint.
#[derive(Clone, Debug)]
struct Found {
    schema: String,
    table: String,
    columns: Vec<String>,
}

impl Constraints {
    /// Completes an error of a statement on `conn`, which the server's refusal has left free, and keeps that.
    pub(crate) async fn explain(&self, error: Error, conn: &mut Conn) -> Error {
        let Some((violation, name)) = unexplained(&error) else {
            conn.keep();
            return error;
        };
        let known = self.known(&name);
        let found = if known.is_some() {
            known
        } else if let Ok(Ok(found)) = tokio::time::timeout(LIMIT, ask(conn, &name)).await {
            self.learn(name, found)
        } else {
            // It hangs, or was left inside a transaction.
            conn.give_up();
            return error;
        };
        conn.keep();
        with(error, violation, found)
    }

    /// Completes an error of a statement inside a transaction on `node`.
    pub(crate) async fn explain_elsewhere(&self, error: Error, node: &Node) -> Error {
        let Some((violation, name)) = unexplained(&error) else { return error };
        let known = self.known(&name);
        if known.is_some() {
            return with(error, violation, known);
        }
        let asking = async {
            let mut conn = PgConnection::connect_with(&node.options()).await?;
            let found = ask(&mut conn, &name).await;
            drop(conn.close().await);
            found
        };
        match tokio::time::timeout(LIMIT, asking).await {
            Ok(Ok(found)) => with(error, violation, self.learn(name, found)),
            Ok(Err(_)) | Err(_) => error,
        }
    }

    fn known(&self, name: &Name) -> Option<Found> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(name).filter(|(at, _)| at.elapsed() < BELIEVED).map(|(_, found)| found.clone())
    }

    fn learn(&self, name: Name, found: Option<Found>) -> Option<Found> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match &found {
            Some(found) => drop(known.insert(name, (Instant::now(), found.clone()))),
            None => drop(known.remove(&name)),
        }
        found
    }
}

/// The violation in `error` if its columns are still to be learnt, and what to ask for.
fn unexplained(error: &Error) -> Option<(Violation, Name)> {
    let violation = error.violation().filter(|violation| violation.columns().len() == 0)?;
    let name = (violation.schema()?, violation.table()?, violation.constraint()?);
    Some((violation.clone(), (name.0.to_owned(), name.1.to_owned(), name.2.to_owned())))
}

async fn ask(
    conn: &mut PgConnection,
    (schema, table, constraint): &Name,
) -> Result<Option<Found>, sqlx::Error> {
    let asking = sqlx::query(SQL).bind(schema).bind(table).bind(constraint);
    let Some(row) = asking.fetch_optional(conn).await? else { return Ok(None) };
    let columns: Option<Vec<String>> = row.try_get(2)?;
    Ok(Some(Found { schema: row.try_get(0)?, table: row.try_get(1)?, columns: columns.unwrap_or_default() }))
}

fn with(error: Error, violation: Violation, found: Option<Found>) -> Error {
    match found {
        Some(Found { schema, table, columns }) => {
            error.with_violation(violation.with_table(Some(&schema), &table).with_columns(columns))
        }
        None => error,
    }
}
