//! What a server says about itself: which database, which role, which timeline, how far.
//!
//! Asked when a connection is made and again by every gate. All of it is open to a plain role.
//!
//! The timeline of a primary is read off `pg_walfile_name`. A standby has no such function, only its control file, which
//! may name the old timeline until the next restartpoint, and its WAL receiver, which tells a role that may read all
//! statistics (`pg_read_all_stats`) and says NULL to others. If the primary has moved to a new timeline that errs on the
//! safe side: a replica believed to be on the old one covers nothing. If a replica has moved to the timeline of *another*
//! primary while ours still takes writes (split brain), a plain role may not see it in time; see the crate's "not
//! promised".

use ryw_core::{Branch, Error, Identity, Progress};

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, Row};

use crate::address::Kind;
use crate::durable;
use crate::epoch::{self, Epochs};
use crate::lsn::WalLayout;
use crate::report::Report;

/// The question; `$epoch` is the number of the branch by its row, if such rows are kept.
macro_rules! question {
    ($epoch:literal) => {
        concat!(
            "SELECT pg_is_in_recovery(), \
             system_identifier, \
             CASE WHEN pg_is_in_recovery() \
             THEN greatest(c.timeline_id, r.min_recovery_end_timeline, \
             (SELECT received_tli FROM pg_stat_wal_receiver))::int8 \
             ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int8 END, \
             (CASE WHEN pg_is_in_recovery() \
             THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END - '0/0'::pg_lsn)::int8, \
             current_setting('wal_block_size')::int8, \
             pg_size_bytes(current_setting('wal_segment_size')), \
             pg_snapshot_xmin(pg_current_snapshot())::text::int8, \
             pg_snapshot_xmax(pg_current_snapshot())::text::int8, ",
            $epoch,
            ", CASE WHEN pg_is_in_recovery() \
             THEN (least(r.min_recovery_end_lsn, pg_last_wal_replay_lsn()) - '0/0'::pg_lsn)::int8 END, \
             r.min_recovery_end_timeline::int8, \
             CASE WHEN least(r.min_recovery_end_lsn, pg_last_wal_replay_lsn()) > c.checkpoint_lsn THEN c.next_xid END, \
             c.oldest_active_xid::text::int8",
            " FROM pg_control_system(), pg_control_checkpoint() c, pg_control_recovery() r"
        )
    };
}

/// Which part a server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Primary,
    Standby,
}

/// A server's answer about itself.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) role: Role,
    pub(crate) identity: Identity,
    /// The timeline that it is on, as far as a plain role can tell.
    pub(crate) timeline: u64,
    epochs: Epochs,
    /// How far it has come: replayed (a standby) or inserted (a primary); `None` if it cannot tell.
    pub(crate) report: Option<Report>,
    pub(crate) wal: WalLayout,
    /// What a standby holds for good, if that lies on the branch that it is on.
    pub(crate) durable: Option<Progress>,
}

impl Server {
    /// Asks the server at the other end of `conn`.
    pub(crate) async fn ask(conn: &mut PgConnection, epochs: Epochs) -> Result<Self, sqlx::Error> {
        const PLAIN: &str = question!("NULL::int8");
        const WITH_EPOCH: &str = question!(
            "(SELECT timeline << 32 | nonce FROM public.ryw_epochs ORDER BY timeline DESC LIMIT 1)"
        );
        let sql = match epochs {
            Epochs::Off => PLAIN,
            Epochs::On => WITH_EPOCH,
        };
        let row = sqlx::query(sql).fetch_one(conn).await?;
        let role = if row.try_get(0)? { Role::Standby } else { Role::Primary };
        let identity = Identity::new(format!("postgres:{}", row.try_get::<i64, _>(1)?.cast_unsigned()));
        let wal = WalLayout {
            block_size: row.try_get::<i64, _>(4)?.cast_unsigned(),
            segment_size: row.try_get::<i64, _>(5)?.cast_unsigned(),
        };
        let timeline = row.try_get::<i64, _>(2)?.cast_unsigned();
        let xmin = row.try_get::<i64, _>(6)?.cast_unsigned();
        let xmax = row.try_get::<i64, _>(7)?.cast_unsigned();
        let epoch = row.try_get::<Option<i64>, _>(8)?.map(i64::cast_unsigned);
        // A primary that shows the epoch before its own has none yet.
        let branch = epoch
            .filter(|epoch| role == Role::Standby || epochs.timeline_of(*epoch) == timeline)
            .unwrap_or_else(|| epochs.without_a_row(timeline));
        let report = row.try_get::<Option<i64>, _>(3)?.map(|lsn| {
            let lsn = match role {
                Role::Primary => wal.normalise(lsn.cast_unsigned()),
                Role::Standby => lsn.cast_unsigned(),
            };
            let progress = Progress::new(Branch::new(identity.clone(), branch), lsn);
            Report::of_snapshot(progress, (xmin, xmax), role == Role::Primary)
        });
        let end = row.try_get::<Option<i64>, _>(9)?.map(i64::cast_unsigned).filter(|end| *end > 0);
        let is_on_its_branch = row.try_get::<i64, _>(10)?.cast_unsigned() == epochs.timeline_of(branch);
        let (next, oldest) =
            (row.try_get::<Option<&str>, _>(11)?, row.try_get::<i64, _>(12)?.cast_unsigned());
        let below = next.map_or(0, |next| durable::over(next, oldest));
        let durable = end
            .filter(|_| is_on_its_branch)
            .map(|end| Progress::new(Branch::new(identity.clone(), branch), end).with_below(below));
        Ok(Self { role, identity, timeline, epochs, report, wal, durable })
    }

    /// How far it certainly has come.
    pub(crate) fn progress(&self) -> Option<&Progress> {
        self.report.as_ref().map(|report| &report.progress)
    }

    /// Asks a primary that positions are to be given out of; its epoch begins, if it has none yet.
    pub(crate) async fn ask_leader(conn: &mut PgConnection, epochs: Epochs) -> Result<Self, sqlx::Error> {
        let server = Self::ask(conn, epochs).await?;
        if server.role == Role::Standby || !server.misses_its_row() {
            return Ok(server);
        }
        epoch::begin(conn).await?;
        Self::ask(conn, epochs).await
    }

    /// The same, over a connection made for the question.
    pub(crate) async fn ask_leader_once(
        options: &PgConnectOptions,
        epochs: Epochs,
    ) -> Result<Self, sqlx::Error> {
        let mut conn = PgConnection::connect_with(options).await?;
        let server = Self::ask_leader(&mut conn, epochs).await?;
        conn.close().await?;
        Ok(server)
    }

    /// Asks over a connection made for the question.
    pub(crate) async fn ask_once(options: &PgConnectOptions, epochs: Epochs) -> Result<Self, sqlx::Error> {
        let mut conn = PgConnection::connect_with(options).await?;
        let server = Self::ask(&mut conn, epochs).await?;
        conn.close().await?;
        Ok(server)
    }

    /// Refuses a server that is not the `role` of the database `identity` that it is configured as.
    pub(crate) fn expect(
        &self,
        name: &str,
        role: Role,
        kind: Kind,
        identity: &Identity,
    ) -> Result<(), Error> {
        if self.identity != *identity {
            return Err(Error::config(format!(
                "{name} belongs to another database cluster ({}) than the primary ({identity}); \
                 configure physical streaming replicas of this primary only",
                self.identity
            )));
        }
        match (role, self.role) {
            (Role::Primary, Role::Primary) | (Role::Standby, Role::Standby) => Ok(()),
            // Behind a balancer a read may well land on the primary.
            (Role::Standby, Role::Primary) if kind == Kind::Balancer => Ok(()),
            (Role::Primary, Role::Standby) => Err(Error::config(format!(
                "{name} is a standby (in recovery), so it cannot take writes; \
                 give the address of the server that takes writes"
            ))),
            (Role::Standby, Role::Primary) => Err(Error::config(format!(
                "{name} is itself a primary (not in recovery): it was promoted, or never was a replica; \
                 give the address of a streaming replica"
            ))),
        }
    }

    /// Refuses a primary of an earlier branch than is known: another server was promoted since.
    pub(crate) fn expect_not_deposed(&self, name: &str, known: &Branch) -> Result<(), Error> {
        if !self.is_earlier_than(known) {
            return Ok(());
        }
        Err(Error::config(format!(
            "{name} was deposed: it takes writes on timeline {}, but another server was promoted to timeline {}; \
             stop it, or make it a replica of that one",
            self.timeline,
            self.epochs.timeline_of(known.timeline())
        )))
    }

    /// Whether it is on an earlier branch than this.
    pub(crate) fn is_earlier_than(&self, known: &Branch) -> bool {
        let Some(progress) = self.progress() else { return false };
        if self.misses_its_row() {
            return self.timeline < self.epochs.timeline_of(known.timeline());
        }
        progress.branch().timeline() < known.timeline()
    }

    /// Whether it was promoted to a later timeline than that of this branch.
    pub(crate) const fn is_later_than(&self, known: &Branch) -> bool {
        self.timeline > self.epochs.timeline_of(known.timeline())
    }

    /// Whether it was promoted to the very next timeline.
    pub(crate) const fn is_next_after(&self, known: &Branch) -> bool {
        self.timeline == self.epochs.timeline_of(known.timeline()) + 1
    }

    /// Whether it is on the timeline of this branch, or on a later one.
    pub(crate) const fn has_come_to(&self, branch: u64) -> bool {
        self.timeline >= self.epochs.timeline_of(branch)
    }

    /// Whether the row of its timeline is not there (yet).
    pub(crate) fn misses_its_row(&self) -> bool {
        self.progress().is_some_and(|progress| self.epochs.misses_its_row(progress.branch().timeline()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(role: Role, identity: &str) -> Server {
        let wal = WalLayout { block_size: 8192, segment_size: 16 << 20 };
        Server {
            role,
            identity: identity.into(),
            timeline: 1,
            epochs: Epochs::Off,
            report: None,
            wal,
            durable: None,
        }
    }

    #[test]
    fn a_server_must_be_what_it_is_configured_as() {
        let ours = Identity::new("postgres:1");
        for (server, expected, part) in [
            (server(Role::Standby, "postgres:1"), Role::Standby, None),
            (server(Role::Primary, "postgres:1"), Role::Primary, None),
            (server(Role::Standby, "postgres:2"), Role::Standby, Some("another database cluster")),
            (server(Role::Primary, "postgres:1"), Role::Standby, Some("is itself a primary")),
            (server(Role::Standby, "postgres:1"), Role::Primary, Some("is a standby")),
        ] {
            let answer =
                server.expect("replica 0", expected, Kind::Server, &ours).map_err(|error| error.to_string());
            match part {
                None => assert_eq!(answer, Ok(())),
                Some(part) => assert!(answer.as_ref().is_err_and(|text| text.contains(part)), "{answer:?}"),
            }
        }
    }
}
