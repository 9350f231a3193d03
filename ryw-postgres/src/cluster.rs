//! The source: one primary and its replicas.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use ryw_core::{
    ConsistencySource, Context, Error, Identity, Position, Reason, Route, RouteCounts, Routed, SourceId,
};

use crate::capture::Durability;
use crate::health::NodeState;
use crate::inner::Inner;
use crate::search::Search;

/// A Postgres primary and its streaming replicas. Cheap to clone; clones are the same source.
///
/// Generated repositories run on it. For queries of your own there are [`read`](Self::read) and
/// [`begin`](Self::begin), which give a connection that sqlx can execute on, with the same guarantee.
#[derive(Clone)]
pub struct PostgresSource(Arc<Inner>);

impl PostgresSource {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Whether each replica can be used, in the order of configuration.
    #[must_use]
    pub fn replicas(&self) -> Vec<NodeState> {
        self.0.topology.nodes().iter().skip(1).map(|node| node.state()).collect()
    }
}

impl fmt::Debug for PostgresSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSource")
            .field("id", &self.0.id)
            .field("identity", &self.0.identity)
            .field("mode", &self.0.mode)
            .field("replicas", &self.replicas())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ConsistencySource for PostgresSource {
    fn id(&self) -> &SourceId {
        &self.0.id
    }

    fn identity(&self) -> Option<Identity> {
        Some(self.0.identity.clone())
    }

    async fn route_write(&self, _ctx: &Context) -> Result<Routed, Error> {
        match self.0.topology.primary().state() {
            NodeState::Refused(why) => Err(Error::unavailable(why)),
            NodeState::Up | NodeState::Down => Ok(Routed { route: Route::Primary, reason: Reason::Write }),
        }
    }

    async fn route_read(&self, ctx: &Context) -> Result<Routed, Error> {
        let mut search = Search::begin(&self.0, ctx).await?;
        let mut lease = search.lease().await?;
        if !lease.is_pinned {
            lease.conn.restore();
        }
        Ok(lease.routed)
    }

    async fn capture(&self) -> Result<Position, Error> {
        Ok(self.0.captures.ask(&self.0).await?.position(Durability::Asynchronous))
    }

    async fn resolve(&self, ctx: &Context) -> Result<(), Error> {
        let before = ctx.frontier(&self.0.id);
        if before.ticket_count() > 0 {
            let position = self.capture().await?;
            ctx.resolve(&self.0.id, &before, position);
        }
        Ok(())
    }

    /// What every replica holds for good; see [`retire_after`](crate::PostgresSourceBuilder::retire_after), without which
    /// nothing is dropped.
    fn retire(&self, ctx: &Context) {
        self.retire_from(ctx);
    }

    fn counts(&self) -> &RouteCounts {
        &self.0.counts
    }
}
