//! Transactions as closures: committed on `Ok`, rolled back on `Err`, repeated only where that was asked for.
//!
//! Repeated is what the *server* has broken off because of others, a serialization failure or a deadlock: by then it has
//! rolled back, and by its word. Nothing else is: neither a lost connection, after which work of the closure outside the
//! database might be done twice for no reason the user chose, nor ever an unknown commit.
//!
//! Work is an `AsyncFnOnce`, cloned to be repeated, rather than an `AsyncFnMut`: the future of one that borrows from its
//! closure is not `Send` for all the compiler can tell (rust-lang/rust#110338, as of Rust 1.95), and could not be spawned.

use std::error::Error as StdError;
use std::time::Duration;

use ryw_core::{Error, Written};
use sqlx::postgres::PgDatabaseError;

use super::{Transaction, TransactionBuilder};

/// How long a rollback may be waited for; after that it goes on beside the caller.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(1);
/// The longest pause before the first repetition; it doubles, up to a hundred times this.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// A transaction still to be begun, whose work may be repeated; made by [`TransactionBuilder::retries`].
#[derive(Clone, Debug)]
#[must_use = "nothing is begun before `run`"]
pub struct Retries {
    builder: TransactionBuilder,
    times: u32,
}

/// Whose failure it was.
pub(super) enum Failure<E> {
    /// Of beginning or committing.
    Ours(Error),
    /// Of the work.
    Theirs(E),
}

impl<E: From<Error>> Failure<E> {
    pub(super) fn into_error(self) -> E {
        match self {
            Self::Ours(error) => error.into(),
            Self::Theirs(error) => error,
        }
    }
}

impl Retries {
    pub(super) const fn new(builder: TransactionBuilder, times: u32) -> Self {
        Self { builder, times }
    }

    /// Begins a transaction, runs `work` in it, commits if that returns `Ok` and rolls back if it returns `Err`; and again,
    /// if that was [because of others](is_serialization_failure).
    ///
    /// The work is cloned for each attempt, as closures can be that capture by reference, or what is `Clone`. It must be such
    /// that it can be repeated: all it did in the database is undone, what it did elsewhere is not.
    /// Between two attempts there is a short pause, of random length. For errors that are no [`std::error::Error`], such
    /// as `anyhow::Error`, use [`run_if`](Self::run_if).
    ///
    /// # Errors
    /// Those of the last attempt; see [`TransactionBuilder::run`]. An unknown commit is never repeated.
    ///
    /// # Cancel safety
    /// As [`TransactionBuilder::run`].
    pub async fn run<T, E, F>(self, work: F) -> Result<Written<T>, E>
    where
        F: AsyncFnOnce(&mut Transaction) -> Result<T, E> + Clone,
        E: From<Error> + StdError + 'static,
    {
        self.run_if(|error: &E| is_serialization_failure(error), work).await
    }

    /// As [`run`](Self::run), repeating what `again` says yes to. Failures of `COMMIT` are judged as there.
    ///
    /// # Errors
    /// Those of the last attempt.
    ///
    /// # Cancel safety
    /// As [`TransactionBuilder::run`].
    pub async fn run_if<T, E, F, A>(self, again: A, work: F) -> Result<Written<T>, E>
    where
        F: AsyncFnOnce(&mut Transaction) -> Result<T, E> + Clone,
        E: From<Error>,
        A: Fn(&E) -> bool,
    {
        let mut left = self.times;
        let mut longest = FIRST_PAUSE;
        loop {
            let failure = match once(self.builder.clone(), work.clone()).await {
                Ok(written) => return Ok(written),
                Err(failure) => failure,
            };
            let repeat = match &failure {
                Failure::Ours(error) => is_serialization_failure(error),
                Failure::Theirs(error) => again(error),
            };
            if !repeat || left == 0 {
                return Err(failure.into_error());
            }
            left -= 1;
            drop(failure);
            tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
            longest = (longest * 2).min(FIRST_PAUSE * 100);
        }
    }
}

/// One attempt.
pub(super) async fn once<T, E, F>(builder: TransactionBuilder, work: F) -> Result<Written<T>, Failure<E>>
where
    F: AsyncFnOnce(&mut Transaction) -> Result<T, E>,
{
    let mut tx = builder.begin().await.map_err(Failure::Ours)?;
    match work(&mut tx).await {
        Ok(value) => {
            let committed = tx.commit().await.map_err(Failure::Ours)?;
            Ok(committed.map(|()| value))
        }
        Err(error) => {
            // So that its locks are gone when the caller learns of it. Should that fail, there is nothing to add.
            drop(tokio::time::timeout(ROLLBACK_LIMIT, tx.rollback()).await);
            Err(Failure::Theirs(error))
        }
    }
}

/// Whether the database broke a transaction off because of others: a serialization failure (`40001`) or a deadlock
/// (`40P01`), found in `error` or in what caused it. The whole transaction can be repeated.
#[must_use]
pub fn is_serialization_failure(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.downcast_ref::<Error>().is_some_and(Error::is_commit_unknown) {
            return false;
        }
        let code = match (error.downcast_ref::<sqlx::Error>(), error.downcast_ref::<PgDatabaseError>()) {
            (Some(sqlx::Error::Database(database)), _) => database.code().map(String::from),
            (_, Some(database)) => Some(database.code().to_owned()),
            _ => None,
        };
        if let Some(code) = code {
            return matches!(code.as_str(), "40001" | "40P01");
        }
        next = error.source();
    }
    false
}
