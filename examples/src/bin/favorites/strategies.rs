//! The three ways to route.
//!
//! All get the same number of connections to each server, so that none is better for its pool.

mod both;
mod dynamo;
mod naive;
mod ryw;

use std::collections::BTreeMap;

use anyhow::Result;
use async_trait::async_trait;
use ryw_core::{Context, Reason};

pub(crate) use self::both::Both;
pub(crate) use self::dynamo::Dynamo;
pub(crate) use self::naive::Naive;
pub(crate) use self::ryw::Ryw;
use crate::favorite::Favorite;

/// Connections to each server.
pub(crate) const CONNECTIONS: u32 = 16;
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
