//! Whether a write survived a failover.
//!
//! Replication is asynchronous: what the old primary acknowledged, and the promoted replica had not received, is lost. Its
//! number and its LSN are given out again, so both look fresh there. Where the new timeline begins tells them apart:
//!
//! * A write's commit lies past the LSN that came with it ([`Ticket::after`]). If that is not before the point where the
//!   new timeline begins, the commit was left behind: lost.
//! * If it is before, the promoted server has the write's rows, its number is not given out again, and
//!   `pg_xact_status` tells whether it has the commit.
//!
//! A plain role is told the point by nobody but the promoted server itself: its `pg_last_wal_replay_lsn()` stays where it
//! was, until that server starts anew. Then it is gone, or, after a crash, too far: a point that is too far never calls a
//! lost write survived if only the first rule is used. So [`Switches`] keeps points that are *exact*: asked when the lead
//! was passed on, over a session from before the promotion, which no restart leaves alive. Without one (this process was
//! started later, say) a write may be found lost, never to have survived. Sessions are precious then: the reads that find
//! their server promoted under them are the ones that hold them, and hand one over ([`Conn::put_aside`](crate::pool::Conn)).
//!
//! Rejected: the number alone. It is right while the new primary is idle, and wrong as soon as it has given out as many.
//!
//! Not promised: anything about commits that were not synchronous, on a primary that crashed and stayed the primary.
//! `tests/tests/failover/fate.rs` holds the rest; `tests/tests/traps/lost_write.rs` shows the traps.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ryw_core::{Branch, Error, Frontier, Position, Ticket};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::cluster::PostgresSource;
use crate::error;
use crate::inner::Inner;
use crate::node::Node;

/// Failovers remembered; positions older than that are of unknown fate unless they are found lost.
const MOST: usize = 8;

/// What became of a write, as the present primary has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fate {
    /// The primary has it.
    Survived,
    /// The primary does not have it, and never will: a failover, or a crash, came before it was safe.
    Lost,
    /// That cannot be told: look at the data.
    Unknown,
}

impl PostgresSource {
    /// Whether the present primary has the acknowledged write at `position`.
    ///
    /// To be asked after a failover, about a position from before. On the timeline of the primary itself a write has
    /// survived unless the primary crashed with `synchronous_commit = off`.
    ///
    /// [`Fate::Survived`] is told only of a failover that this source has watched, while it had a session with the server
    /// that was promoted. [`Fate::Lost`] can be told by any, also by one that was started later.
    ///
    /// [`Fate::Unknown`] is told of a write that the present primary may have or not, because
    ///
    /// * this source has no session from before that can tell where the server left the old timeline: it was started later,
    ///   had none with that server (it connects when it reads there), or that server started anew before the source noticed
    ///   the promotion; or its pool is one of yours;
    /// * it has missed a failover in between, or has seen eight since;
    /// * the position is no more than an LSN ([`Mode::LsnGate`](crate::Mode), a write without a row, [`capture`],
    ///   [`outcome`](Self::outcome)), and that lies past the point: it says what the commit is not after, and the commit
    ///   may be before the point all the same;
    /// * the server does not know so old a number any more.
    ///
    /// Its log has a warning if the first is the reason.
    ///
    /// [`capture`]: ryw_core::ConsistencySource::capture
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if the primary cannot be reached.
    ///
    /// # Cancel safety
    /// It only asks.
    pub async fn fate(&self, position: &Position) -> Result<Fate, Error> {
        let source = self.inner();
        if *position.identity() != source.identity {
            return Ok(Fate::Unknown);
        }
        let present = present(source, position.ticket()).await?;
        let write = Write { branch: position.branch(), ticket: position.ticket(), end: position.offset() };
        Ok(present.judge(&write, |branch| source.topology.switches().left_at(branch, &present.branch)))
    }
}

/// What the primary says; dead connections that it left behind are tried in turn.
async fn present(source: &Inner, ticket: Option<Ticket>) -> Result<Present, Error> {
    let mut tries = source.topology.primary().max_connections();
    loop {
        let (mut conn, node) = source.topology.connect().await?;
        conn.busy();
        let asking = Present::ask(source, &mut conn, ticket.iter().map(|ticket| ticket.id));
        let error = match source.topology.while_led(&node, asking).await {
            Ok(present) => {
                conn.keep();
                return Ok(present);
            }
            Err(error) => error,
        };
        conn.give_up();
        let why = error::read_failed(error, "ask for the fate of a write".into());
        if !why.is_unavailable() || tries == 0 {
            return Err(why);
        }
        node.suspect(&why);
        tries -= 1;
    }
}

/// Whether one of the writes of `known` was lost, as the primary at the other end of `conn` has it; asks it only about
/// writes on an earlier branch than its own.
pub(crate) async fn is_lost(
    source: &Inner,
    node: &Node,
    conn: &mut PgConnection,
    known: &Frontier,
) -> Result<bool, sqlx::Error> {
    let now = source.timeline.branch();
    let earlier = |branch: &Branch| branch.identity() == now.identity() && branch.timeline() < now.timeline();
    let ids: Vec<_> =
        known.tickets().filter(|(branch, _)| earlier(branch)).map(|(_, ticket)| ticket.id).collect();
    if ids.is_empty() {
        return Ok(false);
    }
    let present = source.topology.while_led(node, Present::ask(source, conn, ids.into_iter())).await?;
    let lost: Vec<_> = known
        .marks()
        .filter(|mark| earlier(mark.branch()))
        .flat_map(|mark| {
            let branch = mark.branch();
            mark.tickets().map(move |(ticket, end)| Write { branch, ticket: Some(ticket), end })
        })
        .filter(|write| {
            let left_at = |branch: &Branch| source.topology.switches().left_at(branch, &present.branch);
            present.judge(write, left_at) == Fate::Lost
        })
        .collect();
    if lost.is_empty() {
        return Ok(false);
    }
    tracing::warn!(source = %source.id, writes = ?lost, primary = ?present.branch, "a failover lost writes of a context");
    Ok(true)
}

/// A write to be judged.
#[derive(Debug)]
struct Write<'a> {
    branch: &'a Branch,
    ticket: Option<Ticket>,
    /// An LSN at or past its commit record.
    end: Option<u64>,
}

/// What the primary calls a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Committed,
    /// Aborted, under way, or not begun: not the one that was acknowledged.
    NotCommitted,
    /// So old that it is not known any more.
    Forgotten,
}

/// What the primary says of the present.
#[derive(Clone, Debug)]
pub(crate) struct Present {
    branch: Branch,
    inserted: u64,
    /// Where its timeline begins, or further; `None` if it cannot tell.
    began_by: Option<u64>,
    statuses: Vec<(u64, Status)>,
}

impl Present {
    async fn ask(
        source: &Inner,
        conn: &mut PgConnection,
        tickets: impl Iterator<Item = u64>,
    ) -> Result<Self, sqlx::Error> {
        const SQL: &str = "\
            SELECT ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int8, \
                   (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8, \
                   (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::int8, \
                   t, \
                   CASE WHEN t > 0 AND t < pg_snapshot_xmax(pg_current_snapshot())::text::int8 \
                        THEN coalesce(pg_xact_status(t::text::xid8), 'forgotten') ELSE 'not begun' END \
            FROM unnest($1::int8[]) AS t";
        // One row at least.
        let tickets: Vec<_> = std::iter::once(0).chain(tickets.map(u64::cast_signed)).collect();
        let rows = sqlx::query(SQL).bind(tickets).fetch_all(conn).await?;
        let Some(first) = rows.first() else {
            return Err(sqlx::Error::Protocol("a row for each number was asked for".into()));
        };
        let number = |index| first.try_get::<i64, _>(index).map(i64::cast_unsigned);
        Ok(Self {
            branch: source.branch(number(0)?),
            inserted: source.wal.normalise(number(1)?),
            began_by: first.try_get::<Option<i64>, _>(2)?.map(i64::cast_unsigned),
            statuses: rows.iter().map(status).collect::<Result<_, _>>()?,
        })
    }

    fn status(&self, ticket: Ticket) -> Status {
        let found = self.statuses.iter().find(|(id, _)| *id == ticket.id);
        found.map_or(Status::Forgotten, |(_, status)| *status)
    }

    /// `left_at` says exactly where a branch was left for that of the primary, if that is known.
    fn judge(&self, write: &Write<'_>, left_at: impl Fn(&Branch) -> Option<u64>) -> Fate {
        if *write.branch == self.branch {
            return self.judge_on_its_own(write);
        }
        if write.branch.timeline() > self.branch.timeline() {
            return Fate::Unknown;
        }
        let left_at = left_at(write.branch);
        let Some(ticket) = write.ticket else {
            let kept = write.end.zip(left_at).is_some_and(|(end, left)| end <= left);
            return if kept { Fate::Survived } else { Fate::Unknown };
        };
        let status = self.status(ticket);
        let is_past =
            left_at.or(self.began_by).is_some_and(|point| ticket.after > 0 && ticket.after >= point);
        let Some(left_at) = left_at.filter(|_| !is_past && status != Status::NotCommitted) else {
            let lost = is_past || status == Status::NotCommitted;
            return if lost { Fate::Lost } else { Fate::Unknown };
        };
        // Its number cannot have been given out again if its rows are there; or else its commit is.
        let is_itself = ticket.after > 0 && status == Status::Committed;
        if is_itself || write.end.is_some_and(|end| end <= left_at) { Fate::Survived } else { Fate::Unknown }
    }

    /// Of a write on the primary's own branch.
    fn judge_on_its_own(&self, write: &Write<'_>) -> Fate {
        match write.ticket.map(|ticket| self.status(ticket)) {
            Some(Status::Committed) => Fate::Survived,
            Some(Status::NotCommitted) => Fate::Lost,
            Some(Status::Forgotten) => Fate::Unknown,
            None if write.end.is_some_and(|end| end <= self.inserted) => Fate::Survived,
            None => Fate::Unknown,
        }
    }
}

#[cfg(test)]
impl Present {
    /// What the primary of a model judges of the acknowledged write at `position`; `committed` says what it calls the
    /// transaction of the write's number, `switches` what was watched.
    pub(crate) fn judge_of_model(
        branch: &Branch,
        (inserted, began_by): (u64, Option<u64>),
        committed: bool,
        position: &Position,
        switches: &Switches,
    ) -> Fate {
        let status = if committed { Status::Committed } else { Status::NotCommitted };
        let statuses = position.ticket().iter().map(|ticket| (ticket.id, status)).collect();
        let present = Self { branch: branch.clone(), inserted, began_by, statuses };
        let write = Write { branch: position.branch(), ticket: position.ticket(), end: position.offset() };
        present.judge(&write, |from| switches.left_at(from, branch))
    }
}

fn status(row: &PgRow) -> Result<(u64, Status), sqlx::Error> {
    let status = match row.try_get(4)? {
        "committed" => Status::Committed,
        "forgotten" => Status::Forgotten,
        _ => Status::NotCommitted,
    };
    Ok((row.try_get::<i64, _>(3)?.cast_unsigned(), status))
}

/// Where branches of history were left for others, exactly; of failovers that this source has watched.
#[derive(Debug, Default)]
pub(crate) struct Switches(Mutex<VecDeque<Switch>>);

#[derive(Debug)]
struct Switch {
    from: Branch,
    to: Branch,
    at: u64,
}

impl Switches {
    /// The history of `to` is that of `from` up to `at`.
    pub(crate) fn note(&self, from: Branch, to: Branch, at: u64) {
        let mut switches = self.lock();
        if switches.len() == MOST {
            switches.pop_front();
        }
        switches.push_back(Switch { from, to, at });
    }

    /// Where `branch` was left, if all that came after, up to `now`, was watched.
    pub(crate) fn left_at(&self, branch: &Branch, now: &Branch) -> Option<u64> {
        let switches = self.lock();
        let next = |from: &Branch| switches.iter().rev().find(|switch| switch.from == *from);
        let first = next(branch)?;
        let mut last = first;
        // Each begins on a later timeline than the one before, so this ends.
        while last.to != *now {
            last = next(&last.to).filter(|next| next.to.timeline() > last.to.timeline())?;
        }
        Some(first.at)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Switch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(timeline: u64) -> Branch {
        Branch::new("a".into(), timeline)
    }

    fn present(timeline: u64, began_by: Option<u64>, status: Status) -> Present {
        Present { branch: branch(timeline), inserted: 500, began_by, statuses: vec![(7, status)] }
    }

    fn judge(present: &Present, after: Option<u64>, end: Option<u64>, left_at: Option<u64>) -> Fate {
        let ticket = after.map(|after| Ticket { id: 7, after });
        present.judge(&Write { branch: &branch(1), ticket, end }, |_| left_at)
    }

    #[test]
    fn what_the_switch_and_the_status_tell() {
        use Fate::{Lost, Survived, Unknown};
        use Status::{Committed, Forgotten, NotCommitted};
        let exact = Some(100);
        for (after, end, status, began_by, left_at, fate) in [
            (Some(99), None, Committed, exact, exact, Survived),
            (Some(99), None, NotCommitted, exact, exact, Lost),
            (Some(99), None, Forgotten, exact, exact, Unknown),
            (Some(100), None, Committed, exact, exact, Lost),
            // Started later: the point may be too far, or gone.
            (Some(99), None, Committed, exact, None, Unknown),
            (Some(100), None, Committed, exact, None, Lost),
            (Some(100), None, Committed, None, None, Unknown),
            (Some(100), None, NotCommitted, None, None, Lost),
            // It restarted since; what was watched counts.
            (Some(100), None, Committed, Some(900), exact, Lost),
            (Some(99), None, Committed, None, exact, Survived),
            // Not known where it began.
            (Some(0), None, Committed, exact, exact, Unknown),
            (Some(0), Some(100), Committed, exact, exact, Survived),
            (Some(0), Some(101), Committed, exact, exact, Unknown),
            // By its LSN alone.
            (None, Some(100), Forgotten, exact, exact, Survived),
            (None, Some(101), Forgotten, exact, exact, Unknown),
            (None, Some(100), Forgotten, exact, None, Unknown),
        ] {
            let told = judge(&present(2, began_by, status), after, end, left_at);
            assert_eq!(told, fate, "{after:?} {end:?} {status:?} {began_by:?} {left_at:?}");
        }
    }

    #[test]
    fn on_its_own_branch_the_status_tells() {
        for (status, fate) in [
            (Status::Committed, Fate::Survived),
            (Status::NotCommitted, Fate::Lost),
            (Status::Forgotten, Fate::Unknown),
        ] {
            assert_eq!(judge(&present(1, None, status), Some(5), None, None), fate);
        }
        assert_eq!(judge(&present(1, None, Status::Forgotten), None, Some(500), None), Fate::Survived);
        assert_eq!(judge(&present(1, None, Status::Forgotten), None, Some(501), None), Fate::Unknown);
    }

    #[test]
    fn a_deposed_primary_knows_nothing_of_what_came_after() {
        assert_eq!(judge(&present(0, Some(5), Status::NotCommitted), Some(9), None, Some(5)), Fate::Unknown);
    }

    #[test]
    fn failovers_add_up_if_none_was_missed() {
        let switches = Switches::default();
        switches.note(branch(1), branch(2), 100);
        assert_eq!(switches.left_at(&branch(1), &branch(2)), Some(100));
        assert_eq!(switches.left_at(&branch(1), &branch(3)), None);
        switches.note(branch(2), branch(3), 200);
        assert_eq!(switches.left_at(&branch(1), &branch(3)), Some(100));
        assert_eq!(switches.left_at(&branch(2), &branch(3)), Some(200));
        assert_eq!(switches.left_at(&branch(3), &branch(3)), None);
    }
}
