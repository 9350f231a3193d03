//! Plain sqlx, without ryw.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use ryw_core::Context;
use ryw_postgres::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use ryw_postgres::sqlx::{self, PgPool};

use super::{CONNECTIONS, Counts, Strategy};
use crate::favorite::Favorite;
use crate::servers::Servers;

/// How long a read or write waits for a connection: as long as ryw does unless told otherwise.
const PRIMARY_PATIENCE: Duration = Duration::from_secs(5);
const REPLICA_PATIENCE: Duration = Duration::from_secs(1);

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
