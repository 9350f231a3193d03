//! The primary for a while after a write, then the replicas: what most frameworks do.

use std::time::Instant;

use anyhow::Result;
use async_trait::async_trait;

use super::{Pools, Reads, Session, Strategy, WINDOW, write};
use crate::favorite::Favorite;

/// Reads on the primary within the window.
#[derive(Debug)]
pub(super) struct TimeToLive(Pools);

impl TimeToLive {
    pub(super) fn new(pools: Pools) -> Self {
        Self(pools)
    }
}

#[async_trait]
impl Strategy for TimeToLive {
    async fn write(&self, session: &mut Session, favorite: &Favorite) -> Result<Favorite> {
        let written = write(&self.0.primary, favorite).await?;
        session.written_at = Some(Instant::now());
        Ok(written)
    }

    async fn read(&self, session: &mut Session, user_id: i64) -> Result<Option<Favorite>> {
        if session.written_at.is_some_and(|at| at.elapsed() < WINDOW) {
            return self.0.read_primary(user_id).await;
        }
        self.0.read_replica(self.0.next(), user_id).await
    }

    fn reads(&self) -> Reads {
        self.0.reads()
    }
}
