//! Waiting on the server itself: `WAIT FOR LSN`, of PostgreSQL 19 and later.
//!
//! Detected by the version the server tells, not configured. It ends when the standby has replayed that far, where asking
//! again and again would miss that by up to a pause. It knows nothing of timelines and sees nothing for us, so it replaces
//! the pause between two questions and no question.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection, Row};

/// The first version that has it, as `server_version_num` counts.
const SINCE: u32 = 190_000;

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    Reached,
    TimedOut,
    /// The server is not a standby, or no longer.
    NotInRecovery,
}

/// Whether the server at the other end can.
pub(crate) fn is_supported(conn: &PgConnection) -> bool {
    conn.server_version_num().is_some_and(|version| version >= SINCE)
}

/// Waits until the standby has replayed up to `lsn`, for at most `limit` (rounded up to milliseconds).
///
/// The connection must not be in a transaction that holds a snapshot.
pub(crate) async fn replay(
    conn: &mut PgConnection,
    lsn: u64,
    limit: Duration,
) -> Result<Waited, sqlx::Error> {
    let row = sqlx::raw_sql(AssertSqlSafe(statement(lsn, limit))).fetch_one(conn).await?;
    match row.try_get::<&str, _>(0)? {
        "success" => Ok(Waited::Reached),
        "timeout" => Ok(Waited::TimedOut),
        "not in recovery" => Ok(Waited::NotInRecovery),
        other => Err(sqlx::Error::Protocol(format!("WAIT FOR LSN was answered by {other:?}"))),
    }
}

fn statement(lsn: u64, limit: Duration) -> String {
    // 0 would mean no limit.
    let limit = limit.as_nanos().div_ceil(1_000_000).max(1);
    format!(
        "WAIT FOR LSN '{:X}/{:X}' WITH (MODE 'standby_replay', TIMEOUT '{limit}ms', NO_THROW)",
        lsn >> 32,
        lsn & 0xFFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_is_as_postgres_19_documents_it() {
        for (lsn, limit, expected) in [
            (
                0x2_0000_0A10,
                Duration::from_micros(9100),
                "LSN '2/A10' WITH (MODE 'standby_replay', TIMEOUT '10ms', NO_THROW)",
            ),
            (0, Duration::ZERO, "LSN '0/0' WITH (MODE 'standby_replay', TIMEOUT '1ms', NO_THROW)"),
        ] {
            assert_eq!(statement(lsn, limit), format!("WAIT FOR {expected}"));
        }
    }
}
