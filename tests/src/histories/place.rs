//! Where rows are stored, as one process of an application reaches them: over Postgres, or over DynamoDB.

mod dynamo;
mod planted;
mod postgres;

use async_trait::async_trait;
use ryw_core::{Context, Error, Position, Written};

pub(crate) use dynamo::DynamoPlace;
pub(crate) use planted::PlantedPlace;
pub(crate) use postgres::PostgresPlace;

use super::rows::{Cell, NewCell};

/// How rows of one term are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// All at once.
    Page,
    /// One by one.
    Stream,
}

/// What became of an acknowledged write in a failover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Survived,
    Lost,
    Unknown,
}

/// A source of one process, with its repositories.
///
/// Every write that is not idempotent is sent once: a [commit unknown](Error::is_commit_unknown) is the caller's to record.
#[async_trait]
pub(crate) trait Place: Send + Sync {
    /// Stores a register, whether it was there or not.
    async fn put(&self, ctx: &Context, new: NewCell) -> Result<Written<Cell>, Error>;

    /// Stores a register that is new, or if it still has this version.
    async fn change(&self, ctx: &Context, version: Option<i64>, new: NewCell)
    -> Result<Written<Cell>, Error>;

    async fn find(&self, ctx: &Context, id: i64) -> Result<Option<Cell>, Error>;

    async fn find_many(&self, ctx: &Context, ids: &[i64]) -> Result<Vec<Cell>, Error>;

    /// By a query of one's own, where the backend has such.
    async fn query(&self, ctx: &Context, id: i64) -> Result<Option<Cell>, Error>;

    /// By the index.
    async fn of_term(&self, ctx: &Context, term: i64, how: Listing) -> Result<Vec<Cell>, Error>;

    /// Adds to a counter; returns the sum.
    async fn add(&self, ctx: &Context, id: i64, by: i64) -> Result<Written<i64>, Error>;

    async fn total(&self, ctx: &Context, id: i64) -> Result<i64, Error>;

    async fn append(&self, ctx: &Context, id: i64, element: i64) -> Result<Written<()>, Error>;

    async fn elements(&self, ctx: &Context, id: i64) -> Result<Vec<i64>, Error>;

    /// Stores registers in one transaction; returns their versions, where the backend tells them.
    async fn put_together(
        &self,
        ctx: &Context,
        new: Vec<NewCell>,
    ) -> Result<Written<Vec<Option<i64>>>, Error>;

    /// Reads registers as of one moment.
    async fn snapshot(&self, ctx: &Context, ids: &[i64]) -> Result<Vec<Cell>, Error>;

    /// What became of a write that was acknowledged before a failover.
    async fn fate(&self, position: &Position) -> Result<Fate, Error>;
}
