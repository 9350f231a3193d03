//! What became of a transaction whose commit was not answered.
//!
//! The server knows: `pg_xact_status`. What has to be excluded is that it speaks of another transaction by the same
//! number. A number whose WAL never reached the disk is given out again after a crash, and one whose WAL never reached a
//! standby after that was promoted. So "committed" is believed
//!
//! * on the same branch, if the server has not crashed since the id was taken (told by [`run`](super::id::run));
//! * on a later branch, if a record of the transaction lies before the point where its own was left, and that point is
//!   known exactly: to a source that has watched the failover (see [`Switches`](crate::fate::Switches)).
//!
//! "Not committed" is believed on the branch of the transaction and on later ones: had it been, and survived, its number
//! would be committed whoever had it since.
//!
//! `tests/tests/transactions/outcomes.rs` holds each.

use std::time::Instant;

use ryw_core::{Branch, Context, Error, Position, Seen};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

use super::id::{TransactionId, run};
use crate::capture::{Durability, Reached, reached};
use crate::cluster::PostgresSource;
use crate::error;
use crate::inner::Inner;

/// What became of a transaction, as [`PostgresSource::outcome`] found out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It was committed, and this is where it stands. The position has joined the context.
    Committed(Position),
    /// Nothing of it is there, nor ever will be: it was rolled back, or a failover has lost it.
    RolledBack,
    /// It is not over: the server still works on the commit, has not noticed that the connection is gone, or keeps it
    /// [prepared](crate::Prepared). Ask again.
    InProgress,
    /// Nobody can tell any more: it was too long ago, or the server has crashed since. Look for what it should have
    /// written.
    Unknown,
}

impl PostgresSource {
    /// Asks the primary what became of a transaction; for use after [commit unknown](Error::is_commit_unknown).
    ///
    /// A final answer ([committed](Outcome::Committed) or [rolled back](Outcome::RolledBack)) settles `ctx`: it is no longer
    /// held on the primary, and must see the transaction if that was committed.
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if the primary cannot be reached; [config](Error::is_config), if the id is that
    /// of another database.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn outcome(&self, ctx: &Context, id: &TransactionId) -> Result<Outcome, Error> {
        let source = self.inner();
        if *id.branch.identity() != source.identity {
            return Err(Error::config("the transaction is one of another database"));
        }
        let before = ctx.frontier(&source.id);
        let asked_at = Instant::now();
        let there = There::ask(source, id.number()).await?;
        there.reached.note(source, asked_at);
        let position = there.reached.position(Durability::Asynchronous);
        let branch = position.branch().clone();
        let left_at = source.topology.switches().left_at(&id.branch, &branch);
        let fate = judge(id, &branch, &there.said, left_at);
        if let (Fate::Committed | Fate::RolledBack, Some(offset)) = (fate, position.offset()) {
            let seen = Seen::new(branch.clone(), offset).with_below(there.xmax);
            source.record_primary_read(ctx, &before, seen);
        }
        Ok(match fate {
            Fate::Committed => {
                let position = if branch == id.branch {
                    match position.offset() {
                        Some(offset) => Position::ticketed(branch, id.ticket).with_offset(offset),
                        None => position,
                    }
                } else {
                    position
                };
                ctx.record_write(&source.id, &before, Some(position.clone()), source.clock.now());
                Outcome::Committed(position)
            }
            Fate::RolledBack => Outcome::RolledBack,
            Fate::InProgress => Outcome::InProgress,
            Fate::Unknown => Outcome::Unknown,
        })
    }
}

/// What a server says of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Committed,
    Aborted,
    InProgress,
    /// It is too old.
    Forgotten,
    /// It is not finished, and may not have been given out.
    Ahead,
}

/// An [`Outcome`], still without a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Committed,
    RolledBack,
    InProgress,
    Unknown,
}

/// What the primary said of a number, and of itself.
#[derive(Debug)]
struct Said {
    status: Status,
    run: Option<i64>,
    /// How far it had replayed when it became a primary, or recovered when it last crashed; `None` after an orderly start.
    replayed: Option<u64>,
}

/// The same, and how far it had come after that.
struct There {
    said: Said,
    xmax: u64,
    reached: Reached,
}

impl There {
    /// First the status, in a statement of its own, then how far the primary has come: a position that covers the commit.
    async fn ask(source: &Inner, number: u64) -> Result<Self, Error> {
        // A number ahead of the server's is an error to `pg_xact_status`.
        let sql = format!(
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8, \
             CASE WHEN {number} >= pg_snapshot_xmax(pg_current_snapshot())::text::int8 THEN 'ahead' \
             ELSE coalesce(pg_xact_status('{number}'), 'forgotten') END, {}, \
             (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::int8; SELECT {}",
            run!(),
            reached!(),
        );
        let failed = |error| error::read_failed(error, "ask what became of a transaction".into());
        let rows = answered(source, &sql).await?;
        let [said, reached] = rows.as_slice() else {
            let error = "a transaction's outcome was answered by another number of rows than asked";
            return Err(failed(sqlx::Error::Protocol(error.into())));
        };
        Self::of(said, Reached::of(reached, source).map_err(failed)?).map_err(failed)
    }

    fn of(row: &PgRow, reached: Reached) -> Result<Self, sqlx::Error> {
        let status = match row.try_get(1)? {
            "committed" => Status::Committed,
            "aborted" => Status::Aborted,
            "in progress" => Status::InProgress,
            "forgotten" => Status::Forgotten,
            "ahead" => Status::Ahead,
            other => return Err(sqlx::Error::Protocol(format!("{other:?} is no status of a transaction"))),
        };
        let replayed = row.try_get::<Option<i64>, _>(3)?.map(i64::cast_unsigned);
        let said = Said { status, run: row.try_get(2)?, replayed };
        Ok(Self { said, xmax: row.try_get::<i64, _>(0)?.cast_unsigned(), reached })
    }
}

/// What the primary answers. Connections that turn out to be dead are replaced: whoever asks has just lost one.
async fn answered(source: &Inner, sql: &str) -> Result<Vec<PgRow>, Error> {
    let mut tries = source.topology.primary().max_connections();
    loop {
        let (mut conn, node) = source.topology.connect().await?;
        conn.busy();
        let asking = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut *conn);
        let error = match source.topology.while_led(&node, asking).await {
            Ok(rows) => {
                conn.keep();
                return Ok(rows);
            }
            Err(error) => error,
        };
        if error::leaves_the_connection(&error) {
            conn.keep();
            tries = 0;
        } else {
            conn.give_up();
        }
        let why = error::read_failed(error, "ask what became of a transaction".into());
        if why.is_unavailable() {
            node.suspect(&why);
        }
        if tries == 0 {
            return Err(why);
        }
        tries -= 1;
    }
}

/// Whether what a primary on `branch` says of the number is said of the transaction, whose own branch was left `left_at`, if
/// that is known.
fn judge(id: &TransactionId, branch: &Branch, there: &Said, left_at: Option<u64>) -> Fate {
    let (then, now) = (id.branch.timeline(), branch.timeline());
    if now < then {
        // A primary that was deposed before the transaction began.
        return Fate::Unknown;
    }
    let same_run = now == then && id.run.is_some() && id.run == there.run;
    match there.status {
        Status::InProgress => Fate::InProgress,
        Status::Ahead if same_run => Fate::InProgress,
        Status::Ahead | Status::Aborted => Fate::RolledBack,
        Status::Forgotten => Fate::Unknown,
        Status::Committed if same_run => Fate::Committed,
        Status::Committed if now > then => survived(id, there, left_at),
        Status::Committed => Fate::Unknown,
    }
}

/// Whether a transaction of an earlier branch was received by the server that was promoted, given that its number is
/// committed now.
fn survived(id: &TransactionId, there: &Said, left_at: Option<u64>) -> Fate {
    let after = id.ticket.after;
    // What the server had replayed may lie past the point, never before it.
    match left_at.or(there.replayed) {
        Some(point) if after > 0 && after >= point => Fate::RolledBack,
        Some(_) if after > 0 && left_at.is_some() => Fate::Committed,
        Some(_) | None => Fate::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use ryw_core::Ticket;

    use super::*;

    fn fate(after: u64, timeline: u64, status: Status, run: i64, points: [Option<u64>; 2]) -> Fate {
        let branch = |timeline| Branch::new("postgres:7".into(), timeline);
        let id = TransactionId { branch: branch(2), ticket: Ticket { id: 9, after }, run: Some(5) };
        let [replayed, left_at] = points;
        judge(&id, &branch(timeline), &Said { status, run: Some(run), replayed }, left_at)
    }

    #[test]
    fn a_number_is_believed_only_where_it_is_that_transactions() {
        use Status::{Aborted, Ahead, Committed, Forgotten, InProgress};
        let none = [None; 2];
        for (after, timeline, status, run, points, expected) in [
            (0, 2, Committed, 5, none, Fate::Committed),
            (0, 2, Aborted, 5, none, Fate::RolledBack),
            (0, 2, InProgress, 5, none, Fate::InProgress),
            (0, 2, Ahead, 5, none, Fate::InProgress),
            (0, 2, Forgotten, 5, none, Fate::Unknown),
            // The server has crashed since.
            (50, 2, Committed, 6, [Some(60), None], Fate::Unknown),
            (50, 2, Aborted, 6, [Some(60), None], Fate::RolledBack),
            (50, 2, Ahead, 6, [Some(60), None], Fate::RolledBack),
            // A failover since, that was watched: the record was received, or not; what is now there may be another's.
            (50, 3, Committed, 5, [Some(60), Some(60)], Fate::Committed),
            (50, 3, Committed, 5, [Some(60), Some(50)], Fate::RolledBack),
            (50, 4, Committed, 5, [None, Some(60)], Fate::Committed),
            (0, 3, Committed, 5, [Some(60), Some(60)], Fate::Unknown),
            (50, 3, Aborted, 5, [Some(60), Some(60)], Fate::RolledBack),
            (50, 3, Ahead, 5, [Some(60), Some(60)], Fate::RolledBack),
            (50, 3, InProgress, 5, [Some(60), Some(60)], Fate::InProgress),
            (50, 3, Forgotten, 5, [Some(60), Some(60)], Fate::Unknown),
            // One that was not: the server may have crashed since, and its point be too far.
            (50, 3, Committed, 5, [Some(60), None], Fate::Unknown),
            (50, 3, Committed, 5, [Some(50), None], Fate::RolledBack),
            (50, 3, Committed, 5, none, Fate::Unknown),
            // A server that was deposed before.
            (50, 1, Aborted, 5, none, Fate::Unknown),
        ] {
            let case = (after, timeline, status, run, points);
            assert_eq!(fate(after, timeline, status, run, points), expected, "{case:?}");
        }
    }
}
