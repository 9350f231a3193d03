//! The ways to write and to read back that are compared, all over the same servers and pools of the same size.

mod naive;
mod plain;
mod poller;
mod ryw;
mod time_to_live;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use async_trait::async_trait;
use ryw_core::Context;
use ryw_postgres::Mode;
use ryw_postgres::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use ryw_postgres::sqlx::{self, PgExecutor, PgPool};

use crate::favorite::{Favorite, Row};

/// The most connections of each strategy to each server.
pub(crate) const CONNECTIONS: u32 = 16;
/// How long after a write time-to-live reads from the primary: Rails' default.
pub(crate) const WINDOW: Duration = Duration::from_secs(2);
/// How often the poller asks each replica.
const INTERVAL: Duration = Duration::from_millis(5);
/// How long the poller waits for a replica before it reads from the primary; as long as ryw does unless told otherwise.
const BUDGET: Duration = Duration::from_millis(10);
/// How long to wait for a connection. Generous: at 64 tasks all pools are exhausted by intent.
const PATIENCE: Duration = Duration::from_secs(30);

const READ: &str = "SELECT user_id, color_hex, updated_at FROM favorites WHERE user_id = $1";
const WRITE: &str = "UPDATE favorites SET color_hex = $2, updated_at = now() WHERE user_id = $1 \
                     RETURNING user_id, color_hex, updated_at";

/// Which strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Plain sqlx, everything on the primary.
    Primary,
    /// Plain sqlx, reads on the replicas in turn, whatever they hold.
    Unguarded,
    /// The same with sqlx's pool as it is by default, which also tests a connection before each use.
    UnguardedTested,
    /// A query for the LSN after each write, and one before each read.
    NaiveLsn,
    /// A query for the LSN after each write, and a task that asks every replica every 5 ms.
    Poller,
    /// Reads on the primary for a while after a write.
    TimeToLive,
    /// Commits that wait until both replicas have replayed them, and reads on the replicas in turn.
    RemoteApply,
    /// ryw, in one of its modes.
    Ryw(&'static Flavour),
}

/// A way to configure ryw. A mode is one line in [`FLAVOURS`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flavour {
    pub(crate) name: &'static str,
    pub(crate) mode: Mode,
    pub(crate) promise: Promise,
}

/// What ryw is measured with; the first is the default, which the figures are about.
pub(crate) static FLAVOURS: [Flavour; 5] = [
    Flavour { name: "ryw", mode: Mode::InBand, promise: Promise::ReadYourWrites },
    Flavour { name: "ryw, LSN gate", mode: Mode::LsnGate, promise: Promise::ReadYourWrites },
    Flavour { name: "ryw, time-to-live", mode: Mode::TimeToLive(WINDOW), promise: Promise::Nothing },
    Flavour { name: "ryw, remote_apply", mode: Mode::RemoteApply, promise: Promise::ReadYourWrites },
    Flavour { name: "ryw, primary only", mode: Mode::PrimaryOnly, promise: Promise::ReadYourWrites },
];

/// Whether a stale read is a defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// It is.
    ReadYourWrites,
    /// It is what this way to read amounts to.
    Nothing,
}

/// What a client carries from one operation to the next, whichever strategy it uses.
#[derive(Debug, Default)]
pub(crate) struct Session {
    ctx: Context,
    /// Where the last write stands, for those who ask for it.
    lsn: Option<i64>,
    written_at: Option<Instant>,
}

/// A way to write, and to read back.
#[async_trait]
pub(crate) trait Strategy: Send + Sync {
    async fn write(&self, session: &mut Session, favorite: &Favorite) -> Result<Favorite>;

    async fn read(&self, session: &mut Session, user_id: i64) -> Result<Option<Favorite>>;

    /// The reads served so far.
    fn reads(&self) -> Reads;

    /// Told when the strategy's turn begins, and when it ends: what it does in the background has to stop in between.
    fn take_turn(&self, _turn: Turn) {}
}

/// Whether it is a strategy's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Mine,
    Others,
}

/// Reads, by who has served them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) primary: u64,
    pub(crate) replicas: u64,
}

impl Reads {
    /// What was read since `earlier`.
    pub(crate) const fn since(self, earlier: Self) -> Self {
        Self { primary: self.primary - earlier.primary, replicas: self.replicas - earlier.replicas }
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Unguarded => "replica, unguarded",
            Self::UnguardedTested => "replica, unguarded, sqlx's defaults",
            Self::NaiveLsn => "naive LSN",
            Self::Poller => "poller, 5 ms",
            Self::TimeToLive => "time-to-live",
            Self::RemoteApply => "remote_apply",
            Self::Ryw(flavour) => flavour.name,
        }
    }

    pub(crate) fn promise(self) -> Promise {
        match self {
            Self::Primary | Self::NaiveLsn | Self::Poller | Self::RemoteApply => Promise::ReadYourWrites,
            Self::Unguarded | Self::UnguardedTested | Self::TimeToLive => Promise::Nothing,
            Self::Ryw(flavour) => flavour.promise,
        }
    }

    pub(crate) async fn connect(self, addresses: &Addresses) -> Result<Arc<dyn Strategy>> {
        Ok(match self {
            Self::Primary => Arc::new(plain::Primary::new(Pools::new(addresses, Test::Never))),
            Self::Unguarded => Arc::new(plain::Unguarded::new(Pools::new(addresses, Test::Never))),
            Self::UnguardedTested => Arc::new(plain::Unguarded::new(Pools::new(addresses, Test::BeforeUse))),
            Self::NaiveLsn => Arc::new(naive::NaiveLsn::new(Pools::new(addresses, Test::Never))),
            Self::Poller => Arc::new(poller::Poller::start(Pools::new(addresses, Test::Never))),
            Self::TimeToLive => Arc::new(time_to_live::TimeToLive::new(Pools::new(addresses, Test::Never))),
            Self::RemoteApply => {
                let addresses = addresses.clone().with_remote_apply();
                Arc::new(plain::Unguarded::new(Pools::new(&addresses, Test::Never)))
            }
            Self::Ryw(flavour) => Arc::new(ryw::Ryw::connect(addresses, flavour).await?),
        })
    }
}

/// Where the servers are.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) primary: PgConnectOptions,
    pub(crate) replicas: Vec<PgConnectOptions>,
}

impl Addresses {
    /// The same servers, whose commits wait for the replicas.
    fn with_remote_apply(mut self) -> Self {
        self.primary = self.primary.options([("synchronous_commit", "remote_apply")]);
        self
    }
}

/// Whether a pool tests a connection before it hands it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Never,
    BeforeUse,
}

/// sqlx pools to the servers, for those who do it by themselves.
#[derive(Debug)]
struct Pools {
    primary: PgPool,
    replicas: Vec<PgPool>,
    turn: AtomicUsize,
    from_primary: AtomicU64,
    from_replicas: AtomicU64,
}

impl Pools {
    fn new(addresses: &Addresses, test: Test) -> Self {
        let pool = |server: &PgConnectOptions| {
            let options = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
            options.test_before_acquire(test == Test::BeforeUse).connect_lazy_with(server.clone())
        };
        Self {
            primary: pool(&addresses.primary),
            replicas: addresses.replicas.iter().map(pool).collect(),
            turn: AtomicUsize::new(0),
            from_primary: AtomicU64::new(0),
            from_replicas: AtomicU64::new(0),
        }
    }

    /// The number of the replica whose turn it is.
    fn next(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed) % self.replicas.len()
    }

    async fn read_primary(&self, user_id: i64) -> Result<Option<Favorite>> {
        self.from_primary.fetch_add(1, Ordering::Relaxed);
        read(&self.primary, user_id).await
    }

    async fn read_replica(&self, index: usize, user_id: i64) -> Result<Option<Favorite>> {
        self.from_replicas.fetch_add(1, Ordering::Relaxed);
        read(&self.replicas[index], user_id).await
    }

    /// Writes, and asks where that stands, on one connection.
    async fn write_and_ask(&self, session: &mut Session, favorite: &Favorite) -> Result<Favorite> {
        let mut conn = self.primary.acquire().await?;
        let written = write(&mut *conn, favorite).await?;
        let lsn = "SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::int8";
        session.lsn = Some(sqlx::query_scalar(lsn).fetch_one(&mut *conn).await?);
        Ok(written)
    }

    fn reads(&self) -> Reads {
        Reads {
            primary: self.from_primary.load(Ordering::Relaxed),
            replicas: self.from_replicas.load(Ordering::Relaxed),
        }
    }
}

async fn read(executor: impl PgExecutor<'_>, user_id: i64) -> Result<Option<Favorite>> {
    let row = sqlx::query_as::<_, Row>(READ).bind(user_id).fetch_optional(executor).await?;
    Ok(row.map(Favorite::from))
}

async fn write(executor: impl PgExecutor<'_>, favorite: &Favorite) -> Result<Favorite> {
    let query = sqlx::query_as::<_, Row>(WRITE).bind(favorite.user_id).bind(&favorite.color_hex);
    Ok(query.fetch_one(executor).await?.into())
}

/// How far a replica has replayed.
async fn replayed(executor: impl PgExecutor<'_>) -> Result<i64> {
    let lsn = "SELECT (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::int8";
    Ok(sqlx::query_scalar(lsn).fetch_one(executor).await?)
}
