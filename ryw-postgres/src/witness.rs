//! What a write says about itself, in its own `RETURNING`.
//!
//! The 64-bit id of its transaction: the top-level one, also inside savepoints; free, for the write has assigned it
//! anyway. And an LSN, which lies *before* the commit record and so proves nothing about visibility, but after a failover
//! tells whether the write can have survived.
//!
//! A statement that returns no row brings no witness, though a trigger on statements may have written: it is asked about.

use ryw_core::Ticket;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::lsn::WalLayout;

/// Two columns, to come last in a `RETURNING` list. For generated code.
#[doc(hidden)]
#[macro_export]
macro_rules! __witness {
    () => {
        "pg_current_xact_id()::text::int8 AS \"__ryw_xid\", \
         (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8 AS \"__ryw_lsn\""
    };
}

/// A write's own number, and a place in the log that it lies past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Witness(Ticket);

impl Witness {
    /// Takes it from the last columns of a row.
    pub(crate) fn of(row: &PgRow, wal: WalLayout) -> Result<Self, sqlx::Error> {
        let last = row.len() - 1;
        let id = row.try_get::<i64, _>(last - 1)?.cast_unsigned();
        let after = wal.normalise(row.try_get::<i64, _>(last)?.cast_unsigned());
        Ok(Self(Ticket { id, after }))
    }

    pub(crate) const fn ticket(self) -> Ticket {
        self.0
    }
}
