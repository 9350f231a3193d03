//! Running custom queries: what `#[queries]` hands over, and the functions it calls.
//!
//! A query is sent as the macro wrote it: a read wrapped with the facts of its snapshot, a write with its witness where it
//! ends in `RETURNING`. From there on it takes the ways of generated statements: [`read`](mod@crate::read),
//! [`write`](mod@crate::write), or the caller's transaction. A write without a witness is asked about on its own
//! connection, once its commit has returned; guessing by a column's type that it might be one was rejected, for a number of
//! the user's would then count as a position.

mod answer;
mod columns;
mod holds;
mod row;

use std::pin::pin;

use ryw_core::{Context, Error, Written};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};

pub use self::answer::Answer;
pub use self::columns::{Columns, FieldNumber};
pub use self::holds::{
    Column, Exactly, Fields, Holds, MaybeNull, NeverNull, NoFields, NullFits, NullOnly, Takes, Unjudged,
    Unknown, YourType, columns_match, fits, null_fits, place, takes,
};
pub use self::row::{AsRow, AsValue, Row, Single, Value, each, rows, values};

use crate::boxed::{Boxed, boxed};
use crate::cluster::PostgresSource;
use crate::error;
use crate::read::{self, Statement};
use crate::transaction::Transaction;
use crate::write;

/// A query, as the macro wrote it.
pub struct Query<'a> {
    /// The function's name, for messages.
    pub name: &'static str,
    /// What it does, for spans.
    pub command: &'static str,
    /// With ryw's own columns.
    pub sql: &'static str,
    /// Its arguments, in the order of their numbers.
    pub arguments: &'a (dyn Fn() -> Result<PgArguments, BoxDynError> + Sync),
    /// Whether its rows say where they stand.
    pub witness: Witness,
}

/// What the rows of a write say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// Their last columns are its witness.
    InRows,
    /// Nothing.
    None,
}

impl Witness {
    /// The row that says so.
    pub(crate) fn of(self, rows: &[PgRow]) -> Option<&PgRow> {
        match self {
            Self::InRows => rows.last(),
            Self::None => None,
        }
    }
}

impl<'a> Query<'a> {
    fn statement(&self) -> Statement<'a> {
        Statement {
            sql: self.sql,
            arguments: self.arguments,
            verb: self.command,
            entity: self.name,
            table: Statement::NO_TABLE,
        }
    }
}

/// Runs a read where the session may read.
pub async fn read<R>(
    source: &PostgresSource,
    ctx: &Context,
    query: &Query<'_>,
    shape: impl FnOnce(Answer) -> Result<R, Error>,
) -> Result<R, Error> {
    let rows = read::rows(source, ctx, &query.statement()).await?;
    shape(Answer::new(query.name, rows, 0))
}

/// Runs a write by itself.
pub async fn write<R>(
    source: &PostgresSource,
    ctx: &Context,
    query: &Query<'_>,
    shape: impl FnOnce(Answer) -> Result<R, Error>,
) -> Result<Written<R>, Error> {
    let stored = write::run(source, ctx, &query.statement(), query.witness).await?;
    let value = shape(Answer::new(query.name, stored.rows, stored.affected))?;
    Ok(Written::new(value, stored.position))
}

/// Runs a read or a write inside a transaction.
pub async fn run_in<R>(
    tx: &mut Transaction,
    query: &Query<'_>,
    shape: impl FnOnce(Answer) -> Result<R, Error>,
) -> Result<R, Error> {
    let (rows, affected) = watched(tx, &query.statement(), query.witness).await?;
    shape(Answer::new(query.name, rows, affected))
}

fn watched<'a>(
    tx: &'a mut Transaction,
    statement: &'a Statement<'_>,
    witness: Witness,
) -> Boxed<'a, (Vec<PgRow>, u64)> {
    boxed(async move {
        let operation = tx.statement(statement);
        let running = pin!(rows_in(tx, statement, witness));
        operation.watch(running).await
    })
}

async fn rows_in(
    tx: &mut Transaction,
    statement: &Statement<'_>,
    witness: Witness,
) -> Result<(Vec<PgRow>, u64), Error> {
    let (topology, node) = tx.led_by();
    let running = write::fetch(tx, statement.sql, statement.arguments()?);
    let (rows, affected) = match topology.while_led(&node, running).await {
        Ok(answer) => answer,
        Err(error) => {
            // Not committed, so nothing is unknown: a lost connection rolls back.
            let why = error::read_failed(error, statement.operation());
            return Err(tx.explain(why).await);
        }
    };
    if witness == Witness::InRows {
        tx.heard(&rows);
    }
    Ok((rows, affected))
}
