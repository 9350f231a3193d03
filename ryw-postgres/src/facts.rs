//! What a reading statement says about the state it has seen.
//!
//! A few columns, beside the rows, computed once per statement. They serve three ends:
//!
//! * **The verdict**: has this very snapshot seen the writes of the context? Each write left a *ticket*, the 64-bit id of
//!   its transaction. Below `xmin` everything is finished: seen. At or above `xmax` nothing is: not seen. Between the two a
//!   ticket that is still in progress was not seen; one that is committed *may* have been so after the snapshot was
//!   taken only, so the statement is issued once more, and the new snapshot has seen it. If nothing is in progress at all, the
//!   server may be ending (`report`), and is asked of each ticket whether it knows that to be committed, and whether it does so
//!   of all since it was last known to be whole.
//! * **The watermark**: the server has passed the replay LSN and `xmin` for good, so later reads need not ask.
//! * **The floor** of later reads, if these are to be monotonic: how much the read may have seen at most. See [`Facts::seen`].
//!
//! Rejected, because they are wrong (`tests/tests/traps.rs` shows each): comparing the replay LSN in the statement that
//! reads, for it is evaluated after the snapshot was taken; `pg_visible_in_snapshot`, for a standby's snapshots list no
//! transaction as in progress; taking "not in progress any more" for "seen"; or for "committed", which a standby that ends
//! also says of what it has never replayed.

use ryw_core::{Branch, Place, Progress, Route, Seen};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::epoch::Statements;
use crate::lsn;
use crate::report::Report;

/// A subselect of one row with the facts; `$tickets` is the placeholder of an `int8[]`. For generated code.
///
/// The LSN of a standby is followed by `+` unless the standby had replayed all it had received, see [`Facts::seen`]. That
/// is asked first: later, it would say nothing about an LSN from before. A last ticket of -n also asks whether all from n on
/// are committed, if they are few and nothing is in progress. A first ticket of 0 also asks for the branch of history, which
/// costs two looks into the control file: for endpoints behind which one does not know what server is found. The snapshot and
/// the LSN travel as the server writes them: making numbers of them costs more than the rest.
#[doc(hidden)]
#[macro_export]
macro_rules! __facts {
    ($tickets:literal) => {
        concat!(
            "(SELECT pg_current_snapshot()::text AS \"__ryw_snapshot\", \
             CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn()::text \
             WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND current_setting('restore_command') = '' \
             THEN pg_last_wal_replay_lsn()::text \
             ELSE pg_last_wal_replay_lsn()::text || '+' END AS \"__ryw_lsn\", \
             CASE WHEN ",
            $tickets,
            "::int8[] = '{}' THEN false ELSE coalesce((SELECT bool_or(CASE \
             WHEN t > 0 AND t < pg_snapshot_xmax(pg_current_snapshot())::text::int8 \
             AND (t >= pg_snapshot_xmin(pg_current_snapshot())::text::int8 \
             OR pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot())) \
             THEN pg_xact_status(t::text::xid8) IS DISTINCT FROM 'committed' END) FROM unnest(",
            $tickets,
            "::int8[]) AS t), false) END AS \"__ryw_busy\", \
             CASE WHEN (",
            $tickets,
            "::int8[])[cardinality(",
            $tickets,
            "::int8[])] < 0 AND pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot()) THEN \
             (SELECT count(*) <= 32 AND count(*) = count(*) FILTER (WHERE pg_xact_status(t::text::xid8) = 'committed') \
             FROM (SELECT generate_series(-(",
            $tickets,
            "::int8[])[cardinality(",
            $tickets,
            "::int8[])], pg_snapshot_xmax(pg_current_snapshot())::text::int8 - 1) AS t LIMIT 33) AS ts) \
             ELSE false END AS \"__ryw_whole\", \
             CASE WHEN (",
            $tickets,
            "::int8[])[1] = 0 THEN format('%s/%s', (pg_control_system()).system_identifier, \
             CASE WHEN pg_is_in_recovery() THEN greatest((pg_control_checkpoint()).timeline_id, \
             (pg_control_recovery()).min_recovery_end_timeline) \
             ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int8 END) \
             END AS \"__ryw_branch\", \
             pg_is_in_recovery() AS \"__ryw_standby\" OFFSET 0)"
        )
    };
}

/// What a statement said of the branch of history that its snapshot is on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    /// It was not asked.
    Nothing,
    /// Which, of the database that the connection is known to lead to; with [epochs](crate::epoch).
    Number(u64),
    /// Which, and of which database.
    All(Branch),
}

/// The facts of a read that has nothing to prove: enough for the floor of later reads, the watermark and the role. A third
/// of the price of them all, which is mostly that of setting the expressions up.
const BRIEF: &str = "(SELECT pg_current_snapshot()::text AS \"__ryw_snapshot\", \
    (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text \
    AS \"__ryw_lsn\", pg_is_in_recovery() AS \"__ryw_standby\" OFFSET 0)";

/// How much a statement tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// What [`BRIEF`] has; the statement takes no tickets.
    Brief,
    Full,
}

impl Form {
    /// How many columns the facts take; before them comes the mark that there was a row at all.
    const fn columns(self) -> usize {
        match self {
            Self::Brief => 3,
            Self::Full => 6,
        }
    }
}

/// `sql`, wrapped with all the facts, with the brief ones instead.
pub(crate) fn brief(sql: &str) -> String {
    const BEGIN: &str = "(SELECT pg_current_snapshot()::text AS ";
    const END: &str = " OFFSET 0)";
    // The facts come first in a statement, so what a user's part of it says is not looked at.
    let facts = sql.find(BEGIN).and_then(|begin| {
        let length = sql[begin..].find(END)? + END.len();
        Some(begin..begin + length)
    });
    let mut brief = sql.to_owned();
    if let Some(facts) = facts {
        brief.replace_range(facts, BRIEF);
    }
    brief
}

/// `sql`, wrapped with facts of either form, such that it cannot write.
///
/// Functions are not seen through, and the primary would let one write: a write that no position tells of. The facts are
/// the outer side of the join, so the setting is made before the query begins, and ends with the statement. It keeps the
/// server from running the statement in parallel, and so is left out where there is no need.
pub(crate) fn read_only(sql: &str) -> String {
    const ROLE: &str = "pg_is_in_recovery() AS \"__ryw_standby\"";
    const SET: &str = "(set_config('transaction_read_only', 'on', true) IS NULL OR pg_is_in_recovery()) AS \"__ryw_standby\"";
    // The facts come first in a statement.
    sql.replacen(ROLE, SET, 1)
}

/// What a statement said about the state it has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Everything below is finished.
    pub(crate) xmin: u64,
    /// Nothing from here on has begun, as far as the snapshot knows.
    pub(crate) xmax: u64,
    lsn: u64,
    /// Whether the snapshot holds no more than the LSN says.
    exact: bool,
    /// Whether one of the tickets asked about, of those that the snapshot does not settle, was not known to be committed.
    pub(crate) busy: bool,
    /// Whether all from where it was asked about to `xmin` are committed, as the server knows.
    whole: bool,
    told: Told,
    standby: bool,
}

impl Facts {
    /// Takes them from the last columns of a row.
    pub(crate) fn of(row: &PgRow, form: Form) -> Result<Self, sqlx::Error> {
        let first = row.len() - form.columns();
        let (xmin, xmax) = bounds(row.try_get(first)?)?;
        let lsn: Option<&str> = row.try_get(first + 1)?;
        let lsn = lsn.ok_or_else(|| sqlx::Error::Protocol("the server cannot tell how far it is".into()))?;
        let standby: bool = row.try_get(row.len() - 1)?;
        let (lsn, exact, busy, whole, branch) = match form {
            Form::Brief => (lsn, !standby, false, false, None),
            Form::Full => {
                let (lsn, exact) = lsn.strip_suffix('+').map_or((lsn, true), |lsn| (lsn, false));
                let (busy, whole) = (row.try_get(first + 2)?, row.try_get(first + 3)?);
                (lsn, exact, busy, whole, row.try_get::<Option<&str>, _>(first + 4)?)
            }
        };
        Ok(Self {
            xmin,
            xmax,
            lsn: lsn::parse(lsn)
                .ok_or_else(|| sqlx::Error::Protocol(format!("{lsn:?} is no place in a log")))?,
            exact,
            busy,
            whole,
            told: branch.map_or(Ok(Told::Nothing), Told::parse)?,
            standby,
        })
    }

    /// Whether a row of a wrapped statement holds a row of the query, or only the facts.
    pub(crate) fn beside_a_row(row: &PgRow, form: Form) -> Result<bool, sqlx::Error> {
        let found: Option<bool> = row.try_get(row.len() - form.columns() - 1)?;
        Ok(found.is_some())
    }

    /// Asks for them alone.
    pub(crate) async fn ask(
        conn: &mut PgConnection,
        statements: &Statements,
        tickets: &[i64],
    ) -> Result<Self, sqlx::Error> {
        const SQL: &str = concat!("SELECT * FROM ", __facts!("$1"), " AS facts");
        Self::of(&sqlx::query(statements.text(SQL)).bind(tickets).fetch_one(conn).await?, Form::Full)
    }

    /// Asks for them after reads of the user's own; also tells whether these left a transaction open.
    ///
    /// As one simple query, where a statement by itself begins its transaction at the very instant that it begins.
    /// The branch is asked for if it is not known.
    pub(crate) async fn ask_and_look(
        conn: &mut PgConnection,
        statements: &Statements,
        branch: Option<&Branch>,
    ) -> Result<(Self, bool), sqlx::Error> {
        const HERE: &str =
            concat!("SELECT now() <> statement_timestamp(), facts.* FROM ", __facts!("'{}'"), " AS facts");
        const ANYWHERE: &str =
            concat!("SELECT now() <> statement_timestamp(), facts.* FROM ", __facts!("'{0}'"), " AS facts");
        let sql = if branch.is_some() { HERE } else { ANYWHERE };
        let row = sqlx::raw_sql(statements.text(sql)).fetch_one(conn).await?;
        Ok((Self::of(&row, Form::Full)?, row.try_get(0)?))
    }

    /// The branch of history that the snapshot is on; that of the server is `known`, if it was not asked.
    pub(crate) fn branch(&self, known: Option<&Branch>) -> Option<Branch> {
        match &self.told {
            Told::Nothing => known.cloned(),
            Told::Number(number) => Some(Branch::new(known?.identity().clone(), *number)),
            Told::All(branch) => Some(branch.clone()),
        }
    }

    /// Whether the server is what a server on `route` should be. If not, it changed its role under the read: was
    /// promoted, say. What it has shown cannot be placed then.
    pub(crate) const fn is_of(&self, route: Route) -> bool {
        match route {
            Route::Primary => !self.standby,
            _ => self.standby,
        }
    }

    /// How far the server was, and is.
    pub(crate) fn report(&self, branch: &Branch) -> Report {
        let is_proven = self.whole || !self.standby;
        Report::of_snapshot(Progress::new(branch.clone(), self.lsn), (self.xmin, self.xmax), is_proven)
    }

    /// The most that the statement may have seen.
    ///
    /// On the primary the insert LSN bounds it: a commit is visible only after its record was inserted. On a standby the
    /// replay LSN does *not*: replaying a commit makes it visible first and moves `pg_last_wal_replay_lsn()` afterwards,
    /// so a snapshot may hold one record more. That record is the next one, so the bound is one byte past the replay LSN;
    /// unless nothing more had been received, when the replay LSN is exact. (Where WAL may also come from an archive,
    /// nothing can be said of what was received.)
    pub(crate) fn seen(&self, branch: &Branch, place: Option<Place>) -> Seen {
        let bound = if self.exact { self.lsn } else { self.lsn + 1 };
        let seen = Seen::new(branch.clone(), bound).with_below(self.xmax);
        match place {
            Some(place) => seen.with_place(place),
            None => seen,
        }
    }

    /// The insert LSN of a primary, as the server tells it.
    pub(crate) const fn lsn(&self) -> u64 {
        self.lsn
    }
}

#[cfg(test)]
impl Facts {
    /// What a modelled server says, of its `branch` if that is told with each snapshot.
    pub(crate) fn of_model(
        (xmin, xmax): (u64, u64),
        (lsn, exact): (u64, bool),
        (busy, whole): (bool, bool),
        standby: bool,
        branch: Option<u64>,
    ) -> Self {
        Self {
            xmin,
            xmax,
            lsn,
            exact,
            busy,
            whole,
            told: branch.map_or(Told::Nothing, Told::Number),
            standby,
        }
    }
}

/// `xmin` and `xmax` of a snapshot as the server writes it: `xmin:xmax:` and what is in progress between them.
fn bounds(snapshot: &str) -> Result<(u64, u64), sqlx::Error> {
    let mut parts = snapshot.split(':').map(str::parse);
    match (parts.next(), parts.next()) {
        (Some(Ok(xmin)), Some(Ok(xmax))) => Ok((xmin, xmax)),
        _ => Err(sqlx::Error::Protocol(format!("{snapshot:?} is no snapshot"))),
    }
}

impl Told {
    /// Of `system/number`, or `/number`.
    fn parse(text: &str) -> Result<Self, sqlx::Error> {
        let parsed = text.split_once('/').and_then(|(system, number)| {
            let number = number.parse().ok()?;
            Some(match system {
                "" => Self::Number(number),
                system => Self::All(Branch::new(format!("postgres:{system}").into(), number)),
            })
        });
        parsed
            .ok_or_else(|| sqlx::Error::Protocol(format!("{text:?} names no branch of a database's history")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brief_form_takes_the_place_of_all_the_facts_and_of_nothing_else() {
        const WRAPPED: &str = concat!(
            "SELECT * FROM ",
            __facts!("$2"),
            " AS facts LEFT JOIN (SELECT ' OFFSET 0)' FROM t WHERE id = $1) AS q ON true"
        );
        let brief = brief(WRAPPED);
        let rest = " AS facts LEFT JOIN (SELECT ' OFFSET 0)' FROM t WHERE id = $1) AS q ON true";
        assert_eq!(brief, format!("SELECT * FROM {BRIEF}{rest}"));
        assert!(!brief.contains("$2"));
    }

    #[test]
    fn either_form_is_made_one_that_cannot_write() {
        const WRAPPED: &str = concat!("SELECT * FROM ", __facts!("$2"), " AS facts LEFT JOIN q ON true");
        for sql in [WRAPPED, &brief(WRAPPED)] {
            assert_eq!(read_only(sql).matches("transaction_read_only").count(), 1, "{sql}");
        }
    }

    #[test]
    fn a_snapshot_is_read_as_it_is_written() {
        assert_eq!(bounds("795:799:795,797").unwrap(), (795, 799));
        assert_eq!(bounds("5000000000:5000000000:").unwrap(), (5_000_000_000, 5_000_000_000));
        for wrong in ["", "1", "1:", ":1:", "a:b:"] {
            assert!(bounds(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_branch_is_told_with_its_database_or_without() {
        let eight = Branch::new("postgres:8".into(), 5);
        assert_eq!(Told::parse("8/5").unwrap(), Told::All(eight));
        assert_eq!(Told::parse("/5").unwrap(), Told::Number(5));
        for wrong in ["", "8", "8/five", "/"] {
            assert!(Told::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
