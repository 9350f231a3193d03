//! The source: what contexts know of it, and where its requests go.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use ryw_core::{
    ConsistencySource, Context, Error, Identity, Position, Reason, Route, RouteCounts, Routed, Scope,
    SourceId, Touch,
};

use crate::config::DynamoSourceBuilder;
use crate::cost::Cost;
use crate::inner::Inner;
use crate::spread::Layout;

/// The tables of one account, in one Region or several. Cheap to clone; clones are the same source.
#[derive(Clone)]
pub struct DynamoSource(Arc<Inner>);

impl DynamoSource {
    /// Begins a source of this name.
    pub fn builder(id: impl Into<SourceId>) -> DynamoSourceBuilder {
        DynamoSourceBuilder::new(id.into())
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Whether both are the same source.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// What the requests of this source have cost so far; `None` unless it was built to
    /// [count](DynamoSourceBuilder::count_units) that.
    #[must_use]
    pub fn cost(&self) -> Option<&Cost> {
        self.0.cost.counted()
    }
}

impl fmt::Debug for DynamoSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoSource").field("id", &self.0.id).finish_non_exhaustive()
    }
}

#[async_trait]
impl ConsistencySource for DynamoSource {
    fn id(&self) -> &SourceId {
        &self.0.id
    }

    /// That of the home Region.
    fn identity(&self) -> Option<Identity> {
        Some(self.0.home().branch.identity().clone())
    }

    async fn route_write(&self, _: &Context) -> Result<Routed, Error> {
        Ok(Routed { route: Route::Primary, reason: Reason::Write })
    }

    /// What a read of anything would need, as nobody says what is to be read.
    async fn route_read(&self, ctx: &Context) -> Result<Routed, Error> {
        let anything = Touch { table: 0, partition: 0, item: 0 };
        let layout = Layout::everywhere(self.0.regions.len());
        let plan = self.0.plan_in(ctx, "the source", anything, Scope::Session, &layout)?;
        Ok(plan.routed())
    }

    /// Anything, until now: what was written by other means than ryw may be anywhere.
    async fn capture(&self) -> Result<Position, Error> {
        Ok(Position::touching(self.0.home().branch.clone(), [], self.0.clock.now()))
    }

    /// There is nothing to resolve: positions of DynamoDB are of one kind.
    async fn resolve(&self, _: &Context) -> Result<(), Error> {
        Ok(())
    }

    /// What was touched so long ago that no read, and no cached answer, can be older.
    fn retire(&self, ctx: &Context) {
        ctx.forget_before(&self.0.id, self.0.forget_before(self.0.clock.now()));
    }

    fn counts(&self) -> &RouteCounts {
        &self.0.counts
    }
}
