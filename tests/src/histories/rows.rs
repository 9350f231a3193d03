//! What is stored: the same rows in Postgres and in DynamoDB.
//!
//! No database is asked when these compile; [`verify`](CellRepository::verify) holds them against one when a run begins.

use ryw_core::Repository;

/// The tables in Postgres.
pub(crate) const SCHEMA: &str = include_str!("../../schema/histories.sql");

/// A register, which an index finds by its term.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(
    postgres(table = "cells"),
    dynamo(table = "cells", index(name = "by_term", pk = term, sk = id, global)),
    checked = false
)]
pub(crate) struct Cell {
    #[repository(key)]
    pub(crate) id: i64,
    #[repository(indexed)]
    pub(crate) term: i64,
    /// No two writes of a run store the same.
    pub(crate) value: i64,
    /// One more with every write, by the database: the order that the checker is told.
    #[repository(version)]
    pub(crate) version: i64,
}

/// A counter.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "sums"), dynamo(table = "sums"), checked = false)]
pub(crate) struct Sum {
    #[repository(key)]
    pub(crate) id: i64,
    pub(crate) total: i64,
    #[repository(version)]
    pub(crate) version: i64,
}

/// A list that is appended to.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "logs"), dynamo(table = "logs"), checked = false)]
pub(crate) struct Log {
    #[repository(key)]
    pub(crate) id: i64,
    pub(crate) elements: Vec<i64>,
    #[repository(version)]
    pub(crate) version: i64,
}
