//! What one writes from the manual: ask for the LSN after each write, and before each read whether a replica has it.

use std::sync::atomic::Ordering;

use anyhow::Result;
use async_trait::async_trait;

use super::{Pools, Reads, Session, Strategy, read, replayed};
use crate::favorite::Favorite;

/// One replica is asked, on the connection that then reads; if it is behind the primary serves the read at once.
#[derive(Debug)]
pub(super) struct NaiveLsn(Pools);

impl NaiveLsn {
    pub(super) fn new(pools: Pools) -> Self {
        Self(pools)
    }
}

#[async_trait]
impl Strategy for NaiveLsn {
    async fn write(&self, session: &mut Session, favorite: &Favorite) -> Result<Favorite> {
        self.0.write_and_ask(session, favorite).await
    }

    async fn read(&self, session: &mut Session, user_id: i64) -> Result<Option<Favorite>> {
        let replica = self.0.next();
        let Some(lsn) = session.lsn else { return self.0.read_replica(replica, user_id).await };
        let mut conn = self.0.replicas[replica].acquire().await?;
        if replayed(&mut *conn).await? < lsn {
            drop(conn);
            return self.0.read_primary(user_id).await;
        }
        self.0.from_replicas.fetch_add(1, Ordering::Relaxed);
        read(&mut *conn, user_id).await
    }

    fn reads(&self) -> Reads {
        self.0.reads()
    }
}
