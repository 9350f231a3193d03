//! Plain sqlx.

use anyhow::Result;
use async_trait::async_trait;

use super::{Pools, Reads, Session, Strategy, write};
use crate::favorite::Favorite;

/// Everything on the primary.
#[derive(Debug)]
pub(super) struct Primary(Pools);

/// Reads on the replicas in turn.
#[derive(Debug)]
pub(super) struct Unguarded(Pools);

impl Primary {
    pub(super) fn new(pools: Pools) -> Self {
        Self(pools)
    }
}

impl Unguarded {
    pub(super) fn new(pools: Pools) -> Self {
        Self(pools)
    }
}

#[async_trait]
impl Strategy for Primary {
    async fn write(&self, _session: &mut Session, favorite: &Favorite) -> Result<Favorite> {
        write(&self.0.primary, favorite).await
    }

    async fn read(&self, _session: &mut Session, user_id: i64) -> Result<Option<Favorite>> {
        self.0.read_primary(user_id).await
    }

    fn reads(&self) -> Reads {
        self.0.reads()
    }
}

#[async_trait]
impl Strategy for Unguarded {
    async fn write(&self, _session: &mut Session, favorite: &Favorite) -> Result<Favorite> {
        write(&self.0.primary, favorite).await
    }

    async fn read(&self, _session: &mut Session, user_id: i64) -> Result<Option<Favorite>> {
        self.0.read_replica(self.0.next(), user_id).await
    }

    fn reads(&self) -> Reads {
        self.0.reads()
    }
}
