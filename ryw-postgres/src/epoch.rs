//! Telling histories apart by a row, where a plain role cannot tell them apart by their timelines.
//!
//! A *diverged* standby has received WAL that the new primary never had. It cannot follow, and goes on to answer at the end
//! of the old timeline. Positions of the new timeline are not held against it, as long as it is known to be on the old one.
//! But a plain role reads the timeline of a standby off its control file, and that of a good standby names the old timeline
//! too, until the next restartpoint: so without epochs the good one is left out for minutes, and after that the two are
//! told apart by nothing but that file.
//!
//! With epochs a branch of history is not the timeline but `timeline << 32 | nonce`, from the latest row of a small table as
//! *the very snapshot* shows it that is read. The row of a new timeline is made by whoever first connects to its primary,
//! before the first position is given out there. So a position of the new timeline is covered only where that row has
//! arrived: a diverged standby never has it, and a good one can be used as soon as it has it.
//!
//! Not promised: anything about what was written to a new primary before its row, by others than ryw; and reads while two
//! primaries take writes and a replica goes over from one to the other, until it has received the row.
//! `tests/tests/failover/epochs.rs` shows the diverged standby, with epochs and without.
//!
//! Rejected: the row's number in every write, compared in every read; the branch is compared anyway. Rejected: a row of the
//! new timeline made by a trigger or by hand at each promotion: forgotten once, it protects nothing.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use ryw_core::Error;
use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr as _, SqlStr};

use crate::cluster::PostgresSource;
use crate::error;
use crate::facts::{self, Form};
use crate::trial::Tickets;

/// The statements that make the table of epochs; they change nothing if it is there.
///
/// Apply them with your own migrations (the text is `migrations/epochs.sql` of this crate), or by
/// [`migrate_epochs`](PostgresSource::migrate_epochs).
pub const EPOCH_MIGRATION: &str = include_str!("../migrations/epochs.sql");

/// Bits of the nonce in the number of a branch.
const NONCE: u32 = 32;

impl PostgresSource {
    /// Makes the table of epochs on the primary, if it is not there; see
    /// [`epochs`](crate::PostgresSourceBuilder::epochs).
    ///
    /// The role must be allowed to create tables in the schema `public`. Call it on a source that was connected *without*
    /// epochs, and connect with them when the replicas have the table.
    ///
    /// # Errors
    /// [Database](Error::is_database), if the server refuses; [unavailable](Error::is_unavailable), if it cannot be reached.
    ///
    /// # Cancel safety
    /// The table may have been made or not; call it again.
    pub async fn migrate_epochs(&self) -> Result<(), Error> {
        let (mut conn, _) = self.inner().topology.connect().await?;
        conn.busy();
        let made = sqlx::raw_sql(EPOCH_MIGRATION).execute(&mut *conn).await;
        conn.keep();
        made.map(drop).map_err(|error| error::read_failed(error, "make the table of epochs".into()))
    }
}

/// Whether a source tells histories apart by epochs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Epochs {
    #[default]
    Off,
    On,
}

impl Epochs {
    /// The number of the branch of a server on `timeline` whose epoch is not known, or that has none.
    pub(crate) const fn without_a_row(self, timeline: u64) -> u64 {
        match self {
            Self::Off => timeline,
            Self::On => timeline << NONCE,
        }
    }

    /// The server's timeline in the number of a branch.
    pub(crate) const fn timeline_of(self, branch: u64) -> u64 {
        match self {
            Self::Off => branch,
            Self::On => branch >> NONCE,
        }
    }

    /// Whether this is the number of a branch whose row is missing.
    pub(crate) const fn misses_its_row(self, branch: u64) -> bool {
        match self {
            Self::Off => false,
            Self::On => branch.trailing_zeros() >= NONCE,
        }
    }
}

/// Makes the row of the timeline that the primary is on.
///
/// It is on disk before any position is given out that names it, whatever the session's setting.
pub(crate) async fn begin(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    const SQL: &str = "BEGIN; SET LOCAL synchronous_commit = local; \
        INSERT INTO public.ryw_epochs (timeline) \
        VALUES (('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int8) \
        ON CONFLICT (timeline) DO NOTHING; COMMIT";
    sqlx::raw_sql(SQL).execute(conn).await.map(drop)
}

/// The statements of a source: as they are, or changed to read the epoch in their own snapshot.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    epochs: Epochs,
    changed: RwLock<HashMap<Original, Arc<str>>>,
}

/// The place of a text in memory, which is static, and what was changed in it.
type Original = (usize, usize, Form, Access);

/// Whether a statement may write, as far as its text can keep it from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    AsItIs,
    ReadOnly,
}

impl Statements {
    pub(crate) fn new(epochs: Epochs) -> Self {
        Self { epochs, changed: RwLock::default() }
    }

    pub(crate) const fn epochs(&self) -> Epochs {
        self.epochs
    }

    /// What to send for the read `sql`, and how much it tells then: briefly if there is nothing to prove.
    pub(crate) fn read(&self, sql: &'static str, tickets: &Tickets, access: Access) -> (Form, SqlStr) {
        let form = match self.epochs {
            Epochs::Off if tickets.is_empty() => Form::Brief,
            Epochs::Off | Epochs::On => Form::Full,
        };
        (form, self.changed(sql, form, access))
    }

    /// What to send for `sql`.
    pub(crate) fn text(&self, sql: &'static str) -> SqlStr {
        self.changed(sql, Form::Full, Access::AsItIs)
    }

    fn changed(&self, sql: &'static str, form: Form, access: Access) -> SqlStr {
        if (self.epochs, form, access) == (Epochs::Off, Form::Full, Access::AsItIs) {
            return sql.into_sql_str();
        }
        let key = (sql.as_ptr() as usize, sql.len(), form, access);
        let known = self.changed.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let text = known.unwrap_or_else(|| {
            let mut changed = self.changed.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(changed.entry(key).or_insert_with(|| self.change(sql, form, access).into()))
        });
        AssertSqlSafe(text).into_sql_str()
    }

    fn change(&self, sql: &str, form: Form, access: Access) -> String {
        let text = match (self.epochs, form) {
            (Epochs::On, _) => in_epochs(sql),
            (Epochs::Off, Form::Brief) => facts::brief(sql),
            (Epochs::Off, Form::Full) => sql.to_owned(),
        };
        match access {
            Access::AsItIs => text,
            Access::ReadOnly => facts::read_only(&text),
        }
    }
}

/// `sql` with the epoch in place of the timeline, and in every answer; without facts it stays as it is.
fn in_epochs(sql: &str) -> String {
    const BEGIN: &str = "THEN format('%s/%s', (pg_control_system()).system_identifier, ";
    const END: &str = " END AS \"__ryw_branch\"";
    const EPOCH: &str =
        "coalesce((SELECT timeline << 32 | nonce FROM public.ryw_epochs ORDER BY timeline DESC LIMIT 1), 0)";
    // The facts come first in a statement, so what a user's part of it says is not looked at.
    let (Some(begin), Some(end)) = (sql.find(BEGIN), sql.find(END)) else { return sql.to_owned() };
    let (before, after) = (&sql[..begin], &sql[end..]);
    format!("{before}{BEGIN}{EPOCH}) ELSE '/' || {EPOCH}{after}")
}

#[cfg(test)]
mod tests {
    use ryw_core::Branch;

    use super::*;

    #[test]
    fn a_branch_is_a_timeline_and_a_nonce() {
        for (epochs, branch, timeline, missing) in [
            (Epochs::Off, 2, 2, false),
            (Epochs::On, Epochs::On.without_a_row(2), 2, true),
            (Epochs::On, Epochs::On.without_a_row(2) | 7, 2, false),
        ] {
            assert_eq!((epochs.timeline_of(branch), epochs.misses_its_row(branch)), (timeline, missing));
        }
    }

    #[test]
    fn statements_with_facts_are_changed_and_others_are_not() {
        const READ: &str = concat!("SELECT * FROM ", crate::__facts!("$1"), " AS facts");
        let statements = Statements::new(Epochs::On);
        let changed = statements.text(READ);
        assert_eq!(changed.as_str().matches("ryw_epochs").count(), 2, "{}", changed.as_str());
        assert!(!changed.as_str().contains("timeline_id"), "{}", changed.as_str());
        assert_eq!(statements.text("UPDATE a SET b = 1").as_str(), "UPDATE a SET b = 1");
        assert_eq!(Statements::default().text(READ).as_str(), READ);
    }

    #[test]
    fn a_read_with_nothing_to_prove_is_brief_unless_there_are_epochs() {
        const READ: &str = concat!("SELECT * FROM ", crate::__facts!("$1"), " AS facts");
        let nothing = Tickets::of_nothing(Some(&Branch::new("postgres:8".into(), 1)));
        let unknown = Tickets::of_nothing(None);
        for (epochs, tickets, form) in [
            (Epochs::Off, &nothing, Form::Brief),
            (Epochs::Off, &unknown, Form::Full),
            (Epochs::On, &nothing, Form::Full),
        ] {
            let (told, text) = Statements::new(epochs).read(READ, tickets, Access::AsItIs);
            assert_eq!((told, text.as_str().contains("$1")), (form, form == Form::Full), "{epochs:?}");
        }
    }
}
