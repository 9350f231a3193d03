//! What all parts of a source share.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use ryw_core::{
    Clock, Context, Error, Frontier, ReadPolicy, Reason, Route, RouteCounts, Routed, Scope, SourceId,
    Timestamp, Touch,
};

use crate::attribute::Attributes;
use crate::cache::{Cache, PageKey};
use crate::cost::Cost;
use crate::decision::{self, Ask, Map, Plan};
use crate::home::HomeDown;
use crate::observe::Observer;
use crate::own_writes::{OwnWrites, Touched};
use crate::region::Region;
use crate::sightings::Sightings;
use crate::spread::{Layout, Layouts};

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) id: SourceId,
    pub(crate) prefix: String,
    /// The first is the home Region.
    pub(crate) regions: Vec<Region>,
    pub(crate) near: usize,
    pub(crate) window: Duration,
    pub(crate) scope: Scope,
    pub(crate) home_down: HomeDown,
    pub(crate) attempts: u32,
    /// How long a request may take.
    pub(crate) patience: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) counts: RouteCounts,
    pub(crate) cost: Cost,
    pub(crate) observer: Arc<Observer>,
    pub(crate) layouts: Layouts,
    pub(crate) cache: Option<Arc<dyn Cache>>,
    pub(crate) own_writes: OwnWrites,
    pub(crate) sightings: Sightings,
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

    /// Each of several plans once: the ways in which something was read.
    pub(crate) fn distinct(plans: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut distinct = Vec::new();
        for plan in plans {
            if !distinct.contains(&plan) {
                distinct.push(plan);
            }
        }
        distinct
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
    pub(crate) fn table<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if self.prefix.is_empty() { name.into() } else { format!("{}{name}", self.prefix).into() }
    }

    /// Where a table is, and how its Regions hang together.
    pub(crate) async fn spread(&self, table: &str) -> Arc<Layout> {
        self.layouts.of(self, table).await
    }

    /// How a read of `touch` is done that depends on `scope`, or on more if the source says so.
    pub(crate) async fn plan(
        &self,
        ctx: &Context,
        table: &str,
        touch: Touch,
        scope: Scope,
    ) -> Result<ReadPlan, Error> {
        let layout = self.spread(table).await;
        self.plan_in(ctx, table, touch, scope, &layout)
    }

    /// [`plan`](Self::plan), in a table of which the Regions are known.
    pub(crate) fn plan_in(
        &self,
        ctx: &Context,
        table: &str,
        touch: Touch,
        scope: Scope,
        layout: &Layout,
    ) -> Result<ReadPlan, Error> {
        let (near, now) = (self.near_of(layout), self.clock.now());
        let (unjudged, plan) = ctx.with_frontier(&self.id, |frontier| {
            let unjudged = decision::unjudged(frontier, &self.regions).map(|_| Box::new(frontier.clone()));
            (unjudged, self.decide(ctx, frontier, touch, scope, layout, now))
        });
        if let Some(frontier) = unjudged {
            // It costs strong reads for a window, and not for ever.
            let ours = |branch: &_| self.regions.iter().any(|region| region.branch == *branch);
            ctx.settle_as_touched(&self.id, &frontier, ours, &self.home().branch, now);
        }
        match plan {
            // Earlier reads may have been in the near Region: eventually consistent ones elsewhere may go behind them.
            Plan::Eventual { .. }
                if near != self.near && !layout.is_known() && ctx.policy() == ReadPolicy::Session =>
            {
                Ok(ReadPlan { region: 0, strong: true, reason: Reason::NoReplica })
            }
            Plan::Eventual { region, reason } => Ok(ReadPlan { region, strong: false, reason }),
            Plan::Strong { region, .. } if layout.lacks(region) => Err(Error::stale(format!(
                "{table}, which the session has lately written in the Region {}, where it no longer is,",
                self.regions[region].name
            ))),
            Plan::Strong { region, reason } => Ok(ReadPlan { region, strong: true, reason }),
            Plan::Nowhere => {
                Err(Error::stale(format!("{table}, to which several Regions have lately been written,")))
            }
        }
    }

    /// What the decision is, or was at an earlier instant.
    pub(crate) fn decide(
        &self,
        ctx: &Context,
        frontier: &Frontier,
        touch: Touch,
        scope: Scope,
        layout: &Layout,
        at: Timestamp,
    ) -> Plan {
        let ask = Ask {
            policy: ctx.policy(),
            frontier,
            touch,
            scope: scope.max(self.scope),
            window: self.window,
            now: self.judged_at(at),
        };
        let near = self.near_of(layout);
        decision::decide(ask, Map { regions: &self.regions, home: 0, near, spread: layout.spread })
    }

    /// The near Region, or the home Region if the near one does not have the table.
    fn near_of(&self, layout: &Layout) -> usize {
        if layout.holds(self.near) { self.near } else { 0 }
    }

    /// Counts a read that the cache has served.
    pub(crate) fn served_from_cache(&self, plan: ReadPlan) {
        let routed = Routed { route: Route::Cache, reason: plan.reason };
        self.observer.read(plan.region, routed);
        self.counts.record(routed);
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
        self.observer.read(plan.region, plan.routed());
        self.counts.record(plan.routed());
        if plan.strong {
            let branch = &self.regions[plan.region].branch;
            ctx.record_strong_read(&self.id, branch, touch, self.clock.now());
        }
    }

    /// [`read`](Self::read), of which the whole item is known: what has not changed since it was first seen is as old as that.
    pub(crate) fn read_item(&self, ctx: &Context, touch: Touch, plan: ReadPlan, item: Option<&Attributes>) {
        self.observer.read(plan.region, plan.routed());
        self.counts.record(plan.routed());
        if plan.strong {
            let now = self.clock.now();
            let first = self.sightings.first(touch, item, now, self.horizon(now));
            ctx.record_strong_read(&self.id, &self.regions[plan.region].branch, touch, first);
        }
    }

    /// [`read_item`](Self::read_item) of a page of a query of what was touched.
    pub(crate) fn read_page(
        &self,
        ctx: &Context,
        touch: Touch,
        plan: ReadPlan,
        query: &PageKey<'_>,
        items: &[Attributes],
    ) {
        self.observer.read(plan.region, plan.routed());
        self.counts.record(plan.routed());
        if plan.strong {
            let now = self.clock.now();
            let first = self.sightings.first_of_page(touch, &query.to_bytes(), items, now, self.horizon(now));
            ctx.record_strong_read(&self.id, &self.regions[plan.region].branch, touch, first);
        }
    }

    /// Before this nothing is remembered any more.
    pub(crate) fn horizon(&self, now: Timestamp) -> Timestamp {
        self.judged_at(now).earlier_by(self.window)
    }

    /// Before this a context need not know what was touched: not even a cached answer is as old.
    pub(crate) fn forget_before(&self, now: Timestamp) -> Timestamp {
        self.horizon(now).earlier_by(self.window)
    }
}
