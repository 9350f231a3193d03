//! The three ways to route.
//!
//! All get the same number of connections to each server, so that none is better for its pool.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use ryw_core::{ConsistencySource, Context, Mode, Reason};
use ryw_postgres::PostgresSource;
use ryw_postgres::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use ryw_postgres::sqlx::{self, PgPool};

use crate::favorite::{Favorite, FavoriteRepository};
use crate::servers::Servers;

/// Connections to each server.
pub(crate) const CONNECTIONS: u32 = 16;
/// How long a read or write waits for a connection: as long as ryw does unless told otherwise.
const PRIMARY_PATIENCE: Duration = Duration::from_secs(5);
const REPLICA_PATIENCE: Duration = Duration::from_secs(1);

/// A way to write and read favourites.
#[async_trait]
pub(crate) trait Strategy: Send + Sync + 'static {
    /// What it is called in the table.
    fn name(&self) -> &'static str;

    /// Stores a user's choice; `session` is the user's.
    async fn write(&self, session: &Context, favorite: &Favorite) -> Result<()>;

    /// The user's colour, if there is any.
    async fn read(&self, session: &Context, user_id: i64) -> Result<Option<String>>;

    /// How often each thing has happened so far.
    fn counts(&self) -> Counts;
}

/// What became of the reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// How many a replica has served.
    pub(crate) replica_reads: u64,
    /// Why they went where they went, if the strategy can tell.
    pub(crate) reasons: BTreeMap<Reason, u64>,
}

impl Counts {
    /// What has happened since `earlier`.
    pub(crate) fn since(mut self, earlier: &Self) -> Self {
        self.replica_reads -= earlier.replica_reads;
        for (reason, count) in &mut self.reasons {
            *count -= earlier.reasons.get(reason).copied().unwrap_or_default();
        }
        self
    }
}

/// Plain sqlx, as one writes it at first: writes to the primary, reads to the replicas in turn.
#[derive(Debug)]
pub(crate) struct Naive {
    primary: PgPool,
    replicas: Vec<PgPool>,
    turn: AtomicUsize,
    replica_reads: AtomicU64,
}

impl Naive {
    pub(crate) async fn connect(servers: &Servers) -> Result<Self> {
        let mut replicas = Vec::new();
        for replica in servers.replicas() {
            replicas.push(pool(replica, REPLICA_PATIENCE).await?);
        }
        let primary = pool(servers.primary(), PRIMARY_PATIENCE).await?;
        Ok(Self { primary, replicas, turn: AtomicUsize::new(0), replica_reads: AtomicU64::new(0) })
    }
}

async fn pool(server: &PgConnectOptions, patience: Duration) -> Result<PgPool> {
    let options = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(patience);
    Ok(options.test_before_acquire(false).connect_with(server.clone()).await?)
}

#[async_trait]
impl Strategy for Naive {
    fn name(&self) -> &'static str {
        "naive"
    }

    async fn write(&self, _session: &Context, favorite: &Favorite) -> Result<()> {
        let sql = "INSERT INTO favorites (user_id, color_hex, updated_at) VALUES ($1, $2, now()) \
                   ON CONFLICT (user_id) DO UPDATE SET color_hex = excluded.color_hex, updated_at = now()";
        let write = sqlx::query(sql).bind(favorite.user_id).bind(&favorite.color_hex);
        write.execute(&self.primary).await?;
        Ok(())
    }

    async fn read(&self, _session: &Context, user_id: i64) -> Result<Option<String>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let sql = "SELECT color_hex FROM favorites WHERE user_id = $1";
        let read = sqlx::query_scalar(sql).bind(user_id);
        let color = read.fetch_optional(&self.replicas[turn % self.replicas.len()]).await?;
        self.replica_reads.fetch_add(1, Ordering::Relaxed);
        Ok(color)
    }

    fn counts(&self) -> Counts {
        Counts { replica_reads: self.replica_reads.load(Ordering::Relaxed), ..Counts::default() }
    }
}

/// A ryw source, in one of its modes.
#[derive(Debug)]
pub(crate) struct Ryw {
    name: &'static str,
    source: PostgresSource,
    favorites: FavoriteRepository,
}

impl Ryw {
    /// The primary for `window` after a write of the session, then any replica.
    pub(crate) async fn time_to_live(servers: &Servers, window: Duration) -> Result<Self> {
        Self::connect("time-to-live", servers, Mode::TimeToLive(window)).await
    }

    /// Any replica that is proven to have the session's writes.
    pub(crate) async fn by_position(servers: &Servers) -> Result<Self> {
        Self::connect("ryw", servers, Mode::Position).await
    }

    async fn connect(name: &'static str, servers: &Servers, mode: Mode) -> Result<Self> {
        let builder = PostgresSource::builder("main").mode(mode).max_connections(CONNECTIONS);
        let builder = builder.primary(servers.primary().clone());
        let replicas = servers.replicas().iter().cloned();
        let source = replicas.fold(builder, |builder, replica| builder.replica(replica)).connect().await?;
        Ok(Self { name, favorites: FavoriteRepository::new(source.clone()), source })
    }
}

#[async_trait]
impl Strategy for Ryw {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn write(&self, session: &Context, favorite: &Favorite) -> Result<()> {
        let _position = self.favorites.upsert(session, favorite).await?;
        Ok(())
    }

    async fn read(&self, session: &Context, user_id: i64) -> Result<Option<String>> {
        let found = self.favorites.find(session, &user_id).await?;
        Ok(found.map(|favorite| favorite.color_hex))
    }

    fn counts(&self) -> Counts {
        let counts = self.source.counts();
        let reasons = counts.reasons().into_iter().filter(|(reason, _)| *reason != Reason::Write).collect();
        Counts { replica_reads: counts.replica_reads(), reasons }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_since_the_start() {
        let counts = |replica_reads, behind| Counts {
            replica_reads,
            reasons: BTreeMap::from([(Reason::ReplicasBehind, behind)]),
        };
        let since = counts(9, 5).since(&counts(3, 1));
        assert_eq!((since.replica_reads, since.reasons[&Reason::ReplicasBehind]), (6, 4));
        assert_eq!(counts(9, 5).since(&Counts::default()).replica_reads, 9);
    }
}
