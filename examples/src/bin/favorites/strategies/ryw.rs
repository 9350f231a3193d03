//! ryw, by position or by time.

use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use ryw_core::{ConsistencySource, Context, Mode, MonotonicReads, Reason};
use ryw_postgres::PostgresSource;

use super::{CONNECTIONS, Counts, Strategy};
use crate::favorite::{Favorite, FavoriteRepository};
use crate::servers::Servers;

/// How long a read waits for a place on the primary.
const PATIENCE: Duration = Duration::from_secs(5);

/// A ryw source, in one of its modes.
#[derive(Debug)]
pub(crate) struct Ryw {
    name: &'static str,
    monotonic_reads: MonotonicReads,
    source: PostgresSource,
    favorites: FavoriteRepository,
}

impl Ryw {
    /// The primary for `window` after a write of the session, then any replica.
    pub(crate) async fn time_to_live(servers: &Servers, window: Duration) -> Result<Self> {
        // Its reads are not monotonic whatever is asked for.
        Self::connect("time-to-live", servers, Mode::TimeToLive(window), MonotonicReads::On).await
    }

    /// Any replica that is proven to have the session's writes.
    pub(crate) async fn by_position(servers: &Servers, monotonic_reads: MonotonicReads) -> Result<Self> {
        Self::connect("ryw", servers, Mode::Position, monotonic_reads).await
    }

    async fn connect(
        name: &'static str,
        servers: &Servers,
        mode: Mode,
        monotonic_reads: MonotonicReads,
    ) -> Result<Self> {
        let builder = PostgresSource::builder("main").mode(mode).max_connections(CONNECTIONS);
        // None of its reads shall fail, also where the machine is too slow for them all: then they wait.
        let builder = builder.fallback_timeout(PATIENCE);
        let builder = builder.primary(servers.primary().clone());
        let replicas = servers.replicas().iter().cloned();
        let source = replicas.fold(builder, |builder, replica| builder.replica(replica)).connect().await?;
        Ok(Self { name, monotonic_reads, favorites: FavoriteRepository::new(source.clone()), source })
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
        let found = match self.monotonic_reads {
            MonotonicReads::On => self.favorites.find(session, &user_id).await?,
            MonotonicReads::Off => self.favorites.find(&session.without_monotonic_reads(), &user_id).await?,
        };
        Ok(found.map(|favorite| favorite.color_hex))
    }

    fn counts(&self) -> Counts {
        let counts = self.source.counts();
        let reasons = counts.reasons().into_iter().filter(|(reason, _)| *reason != Reason::Write).collect();
        Counts { replica_reads: counts.replica_reads(), reasons }
    }
}
