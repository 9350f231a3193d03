//! What all parts of a source share.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use ryw_core::{
    Clock, Context, Error, Reason, Route, RouteCounts, Routed, Scope, SourceId, Timestamp, Touch,
};

use crate::cost::Cost;
use crate::decision::{self, Ask, Map, Plan, Spread};
use crate::own_writes::{OwnWrites, Touched};
use crate::region::Region;

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) id: SourceId,
    pub(crate) prefix: String,
    /// The first is the home Region.
    pub(crate) regions: Vec<Region>,
    pub(crate) near: usize,
    pub(crate) window: Duration,
    pub(crate) scope: Scope,
    pub(crate) attempts: u32,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) counts: RouteCounts,
    pub(crate) cost: Cost,
    pub(crate) own_writes: OwnWrites,
}

/// How a read is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadPlan {
    pub(crate) region: usize,
    pub(crate) strong: bool,
    pub(crate) reason: Reason,
}

impl ReadPlan {
    pub(crate) const fn routed(self) -> Routed {
        let route = if self.strong { Route::Primary } else { Route::Replica(self.region) };
        Routed { route, reason: self.reason }
    }

    /// The same place, where there is no strong read.
    pub(crate) const fn eventual(self) -> Self {
        Self { strong: false, ..self }
    }
}

impl Inner {
    pub(crate) fn home(&self) -> &Region {
        &self.regions[0]
    }

    pub(crate) fn client(&self, region: usize) -> &Client {
        &self.regions[region].client
    }

    /// The table's name, as the service knows it.
    pub(crate) fn table(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// How the Regions of a table hang together.
    #[expect(clippy::unused_async, reason = "it asks the service where there are several Regions")]
    pub(crate) async fn spread(&self, _table: &str) -> Result<Spread, Error> {
        Ok(Spread::Eventual)
    }

    /// How a read of `touch` is done that depends on `scope`, or on more if the source says so.
    pub(crate) async fn plan(
        &self,
        ctx: &Context,
        table: &str,
        touch: Touch,
        scope: Scope,
    ) -> Result<ReadPlan, Error> {
        let spread = self.spread(table).await?;
        let (frontier, now) = (ctx.frontier(&self.id), self.clock.now());
        if decision::unjudged(&frontier, &self.regions).is_some() {
            // It costs strong reads for a window, and not for ever.
            let ours = |branch: &_| self.regions.iter().any(|region| region.branch == *branch);
            ctx.settle_as_touched(&self.id, &frontier, ours, &self.home().branch, now);
        }
        let scope = scope.max(self.scope);
        let ask = Ask { policy: ctx.policy(), frontier: &frontier, touch, scope, window: self.window, now };
        let map = Map { regions: &self.regions, home: 0, near: self.near, spread };
        match decision::decide(ask, map) {
            Plan::Eventual { region, reason } => Ok(ReadPlan { region, strong: false, reason }),
            Plan::Strong { region, reason } => Ok(ReadPlan { region, strong: true, reason }),
            Plan::Nowhere => {
                Err(Error::stale(format!("{table}, to which several Regions have lately been written,")))
            }
        }
    }

    /// Keeps the key of what a strong read has seen, for as long as its window is open.
    pub(crate) fn remember(&self, plan: ReadPlan, touched: impl FnOnce() -> Touched) {
        if plan.strong {
            let now = self.clock.now();
            self.own_writes.remember(&[touched()], now, self.horizon(now));
        }
    }

    /// Counts a read that was done, and keeps later ones from going behind it.
    pub(crate) fn read(&self, ctx: &Context, touch: Touch, plan: ReadPlan) {
        self.counts.record(plan.routed());
        if plan.strong {
            let branch = &self.regions[plan.region].branch;
            ctx.record_strong_read(&self.id, branch, touch, self.clock.now());
        }
    }

    /// Before this nothing is remembered any more.
    pub(crate) fn horizon(&self, now: Timestamp) -> Timestamp {
        let window = u64::try_from(self.window.as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_unix_millis(now.as_unix_millis().saturating_sub(window))
    }
}
