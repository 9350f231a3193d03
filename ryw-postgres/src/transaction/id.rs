//! Which transaction it was, for those who did not hear how it ended.

use std::fmt;

use ryw_core::{Branch, Error, Ticket};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::Transaction;
use crate::error;
use crate::inner::Inner;

/// When a server last came back from a crash, by its own clock, in microseconds.
///
/// Its cumulative statistics are thrown away then, and only then (or when a superuser resets them), which everyone may
/// see. Transactions that were lost in a crash leave their numbers to others; as long as this stays the same none has.
macro_rules! run {
    () => {
        "(extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()) * 1000000)::int8"
    };
}
pub(super) use run;

/// Assigns a number if there is none yet.
const SQL: &str = concat!(
    "SELECT pg_current_xact_id()::text::int8, \
     ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int8, ",
    run!(),
);

/// A transaction's own number, and what is needed to ask after it later; from [`Transaction::id`].
///
/// Means nothing outside the database cluster it comes from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TransactionId {
    pub(super) branch: Branch,
    /// Its `after`, if known, lies past a record of the transaction.
    pub(super) ticket: Ticket,
    /// The run of the server that gave it; see [`run`].
    pub(super) run: Option<i64>,
}

impl TransactionId {
    /// The number, as `pg_current_xact_id()` gives it.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.ticket.id
    }

    /// Takes it from the first columns of a row.
    pub(super) fn of(row: &PgRow, source: &Inner) -> Result<Self, sqlx::Error> {
        let id = row.try_get::<i64, _>(0)?.cast_unsigned();
        let timeline = row.try_get::<i64, _>(1)?.cast_unsigned();
        Ok(Self { branch: source.branch(timeline), ticket: Ticket { id, after: 0 }, run: row.try_get(2)? })
    }
}

impl Transaction {
    /// Which transaction this is, in one round trip the first time. Assigns it a number if it has none yet.
    ///
    /// Keep it, and should the answer to [`commit`](Self::commit) be lost, ask
    /// [`PostgresSource::outcome`](crate::PostgresSource::outcome). Best asked after a write by an `_in` method, for what
    /// such a write reports makes the outcome known in more cases.
    ///
    /// # Errors
    /// [Database](Error::is_database), if a statement of the transaction has failed before;
    /// [unavailable](Error::is_unavailable), if the connection was lost.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn id(&mut self) -> Result<TransactionId, Error> {
        let mut id = match &self.id {
            Some(id) => id.clone(),
            None => {
                self.expect_begun("ask for the id of")?;
                let failed = |error| error::read_failed(error, "ask a transaction for its id".into());
                let row = sqlx::raw_sql(SQL).fetch_one(&mut *self.conn).await.map_err(failed)?;
                TransactionId::of(&row, self.source.inner()).map_err(failed)?
            }
        };
        if let Some(ticket) = self.ticket.filter(|_| id.ticket.after == 0) {
            id.ticket = ticket;
        }
        self.id = Some(id.clone());
        Ok(id)
    }
}

/// As `postgres:7/2#801`.
impl fmt::Debug for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}#{}", self.branch, self.ticket.id)
    }
}
