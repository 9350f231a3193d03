//! ryw, through the derived repository.

use anyhow::Result;
use async_trait::async_trait;
use ryw_core::ConsistencySource as _;
use ryw_postgres::PostgresSource;

use super::{Addresses, CONNECTIONS, Flavour, PATIENCE, Reads, Session, Strategy};
use crate::favorite::{Favorite, FavoriteRepository};

/// A source as an application configures it, but for the size of its pools and the patience with them.
#[derive(Debug)]
pub(super) struct Ryw {
    source: PostgresSource,
    favorites: FavoriteRepository,
}

impl Ryw {
    pub(super) async fn connect(addresses: &Addresses, flavour: &Flavour) -> Result<Self> {
        let builder = PostgresSource::builder("main").mode(flavour.mode).max_connections(CONNECTIONS);
        let builder = builder.primary_timeout(PATIENCE).replica_timeout(PATIENCE);
        let builder = builder.primary(addresses.primary.clone());
        let replicas = addresses.replicas.iter().cloned();
        let source = replicas.fold(builder, |builder, replica| builder.replica(replica)).connect().await?;
        Ok(Self { favorites: FavoriteRepository::new(source.clone()), source })
    }
}

#[async_trait]
impl Strategy for Ryw {
    async fn write(&self, session: &mut Session, favorite: &Favorite) -> Result<Favorite> {
        Ok(self.favorites.replace(&session.ctx, favorite).await?.into_inner())
    }

    async fn read(&self, session: &mut Session, user_id: i64) -> Result<Option<Favorite>> {
        Ok(self.favorites.find(&session.ctx, &user_id).await?)
    }

    fn reads(&self) -> Reads {
        let counts = self.source.counts();
        Reads { primary: counts.primary_reads(), replicas: counts.replica_reads() }
    }
}
