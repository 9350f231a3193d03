//! How much a read may have seen: the floor of later reads, if these are to be monotonic.
//!
//! Three columns, evaluated in the reading statement (so after its snapshot was taken), tell how far the server had come.
//!
//! * On the primary the insert LSN bounds what the snapshot can contain: a commit is visible only after its record was
//!   inserted.
//! * On a standby the replay LSN alone does *not*: replaying a commit makes it visible first and moves
//!   `pg_last_wal_replay_lsn()` afterwards, so a snapshot may contain one record more than the LSN says. That record is
//!   the next one, so the bound is "past the replay LSN" (one byte more), unless nothing more had been received, when
//!   the replay LSN is exact. (Where WAL can also come from an archive, nothing more has been received only while the
//!   WAL receiver runs.) The column is negative when the byte has to be added.
//!
//! The price of that byte: while a replica has received more than it has replayed, the same session's next read is not
//! covered by the replica that has just served it until that has replayed one record more. Under steady writes this is a
//! matter of milliseconds; with replay held, the session moves to the primary.
//!
//! The timeline that a standby receives comes second, for roles that may see it: a standby can change over to another
//! timeline without cutting its sessions. The role comes last. Both are evaluated after the LSN: a server promoted, or
//! gone over, in between shows as such, and its LSN is not taken for that of the replica it was.

use ryw_core::Route;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

/// The three columns, to come last in a select list; for generated code.
#[doc(hidden)]
#[macro_export]
macro_rules! __seen {
    () => {
        "(CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn() - '0/0'::pg_lsn \
         WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() \
         AND (current_setting('restore_command') = '' OR EXISTS (SELECT FROM pg_stat_wal_receiver)) \
         THEN pg_last_wal_replay_lsn() - '0/0'::pg_lsn \
         ELSE '0/0'::pg_lsn - pg_last_wal_replay_lsn() END)::int8 AS \"__ryw_seen\", \
         (SELECT received_tli::int8 FROM pg_stat_wal_receiver) AS \"__ryw_timeline\", \
         pg_is_in_recovery() AS \"__ryw_standby\""
    };
}

/// How far a server had come when it read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Primary {
        /// The insert LSN, as the server tells it.
        inserted: u64,
    },
    Standby {
        /// What the replica has certainly passed.
        replayed: u64,
        /// What the read may have seen.
        bound: u64,
        /// The timeline of both, where the role may see it.
        timeline: Option<u64>,
    },
    /// The server cannot tell.
    Nothing,
}

impl Seen {
    /// Takes it from the last three columns of a row.
    pub(crate) fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        let last = row.len() - 1;
        let timeline: Option<i64> = row.try_get(last - 1)?;
        Ok(Self::decode(row.try_get(last - 2)?, timeline.map(i64::cast_unsigned), row.try_get(last)?))
    }

    /// Asks for it, after the read.
    pub(crate) async fn ask(conn: &mut PgConnection) -> Result<Self, sqlx::Error> {
        Self::of(&sqlx::query(concat!("SELECT ", __seen!())).fetch_one(conn).await?)
    }

    /// Asks for it, after reads of the user's own; also tells whether these left a transaction open.
    ///
    /// As one simple query, where a statement by itself begins its transaction at the very instant that it begins.
    pub(crate) async fn ask_and_look(conn: &mut PgConnection) -> Result<(Self, bool), sqlx::Error> {
        const SQL: &str = concat!("SELECT now() <> statement_timestamp(), ", __seen!());
        let row = sqlx::raw_sql(SQL).fetch_one(conn).await?;
        Ok((Self::of(&row)?, row.try_get(0)?))
    }

    /// Whether this is what a server on `route` says. If not, it changed its role under the read (was promoted, say), or
    /// cannot tell how far it is: what it has shown cannot be placed.
    pub(crate) const fn is_of(self, route: Route) -> bool {
        matches!(
            (self, route),
            (Self::Primary { .. }, Route::Primary) | (Self::Standby { .. }, Route::Replica(_))
        )
    }

    const fn decode(lsn: Option<i64>, timeline: Option<u64>, standby: bool) -> Self {
        match (lsn, standby) {
            (None, _) => Self::Nothing,
            (Some(lsn), false) => Self::Primary { inserted: lsn.unsigned_abs() },
            (Some(lsn), true) => {
                let replayed = lsn.unsigned_abs();
                Self::Standby { replayed, bound: if lsn < 0 { replayed + 1 } else { replayed }, timeline }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_standby_may_have_shown_one_record_more() {
        for (lsn, standby, expected) in [
            (Some(800), true, Seen::Standby { replayed: 800, bound: 800, timeline: None }),
            (Some(-800), true, Seen::Standby { replayed: 800, bound: 801, timeline: None }),
            (Some(800), false, Seen::Primary { inserted: 800 }),
            (None, true, Seen::Nothing),
        ] {
            assert_eq!(Seen::decode(lsn, None, standby), expected);
        }
    }
}
