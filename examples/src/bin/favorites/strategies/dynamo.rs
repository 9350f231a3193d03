//! DynamoDB: eventually consistent reads, strongly consistent reads, and ryw's choice between them.

use anyhow::Result;
use async_trait::async_trait;
use ryw_core::{ConsistencySource as _, Context, MonotonicReads, Reason};
use ryw_dynamo::DynamoSource;

use super::{Counts, Strategy};
use crate::favorite::{Favorite, FavoriteRepository};
use crate::tables::Tables;

/// One way to read.
#[derive(Debug)]
pub(crate) struct Dynamo {
    name: &'static str,
    reads: Reads,
    source: DynamoSource,
    favorites: FavoriteRepository<DynamoSource>,
}

/// How reads are made.
#[derive(Clone, Copy, Debug)]
enum Reads {
    Eventual,
    Strong,
    Session(MonotonicReads),
}

impl Dynamo {
    /// Eventually consistent reads, at half the price.
    pub(crate) fn naive(tables: &Tables) -> Result<Self> {
        Self::new("naive", tables, Reads::Eventual)
    }

    /// Strongly consistent reads.
    pub(crate) fn strong(tables: &Tables) -> Result<Self> {
        Self::new("strong", tables, Reads::Strong)
    }

    /// Strongly consistent reads of what the session has just written, and of nothing else.
    pub(crate) fn ryw(tables: &Tables, monotonic_reads: MonotonicReads) -> Result<Self> {
        Self::new("ryw", tables, Reads::Session(monotonic_reads))
    }

    fn new(name: &'static str, tables: &Tables, reads: Reads) -> Result<Self> {
        let source = tables.source()?;
        Ok(Self { name, reads, favorites: FavoriteRepository::new(source.clone()), source })
    }
}

#[async_trait]
impl Strategy for Dynamo {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn write(&self, session: &Context, favorite: &Favorite) -> Result<()> {
        self.favorites.upsert(session, favorite).await?;
        Ok(())
    }

    async fn read(&self, session: &Context, user_id: i64) -> Result<Option<String>> {
        let session = match self.reads {
            Reads::Eventual => session.eventual(),
            Reads::Strong => session.strong(),
            Reads::Session(MonotonicReads::On) => session.clone(),
            Reads::Session(MonotonicReads::Off) => session.without_monotonic_reads(),
        };
        let found = self.favorites.find(&session, &user_id).await?;
        Ok(found.map(|favorite| favorite.color_hex))
    }

    fn counts(&self) -> Counts {
        let counts = self.source.counts();
        let reasons = counts.reasons().into_iter().filter(|(reason, _)| *reason != Reason::Write).collect();
        Counts { replica_reads: counts.replica_reads(), reasons }
    }
}
