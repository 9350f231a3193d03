//! What all parts of a source share.

use std::sync::Arc;
use std::time::Instant;

use ryw_core::{Branch, Clock, Context, Frontier, Identity, RouteCounts, Routed, Seen, SourceId};

use crate::capture;
use crate::choose::{self, Order};
use crate::constraints::Constraints;
use crate::epoch::Statements;
use crate::limiter::Limiter;
use crate::limits::Limits;
use crate::lsn::WalLayout;
use crate::mode::Mode;
use crate::observe::Observer;
use crate::remote_apply;
use crate::retirement::Ages;
use crate::timeline::Timeline;
use crate::topology::Topology;

pub(crate) struct Inner {
    pub(crate) id: SourceId,
    pub(crate) mode: Mode,
    pub(crate) identity: Identity,
    pub(crate) wal: WalLayout,
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) topology: Arc<Topology>,
    pub(crate) limits: Limits,
    pub(crate) fallbacks: Limiter,
    pub(crate) captures: capture::Shared,
    pub(crate) constraints: Constraints,
    pub(crate) distance: Distance,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) counts: RouteCounts,
    pub(crate) observer: Observer,
    pub(crate) statements: Statements,
    pub(crate) remote_apply: Arc<remote_apply::Last>,
    pub(crate) ages: Ages,
}

/// How far each node is, by its place: smaller is nearer.
pub(crate) type Distance = Arc<dyn Fn(usize) -> u32 + Send + Sync>;

impl Inner {
    /// Counts a read that was served by the node at `place`.
    pub(crate) fn count_read(&self, place: usize, routed: Routed) {
        self.counts.record(routed);
        self.observer.read(place, routed);
    }

    /// Joins what a read on the primary came to, given what the context knew `before` it.
    pub(crate) fn record_primary_read(&self, ctx: &Context, before: &Frontier, seen: Seen) {
        ctx.record_primary_read(&self.id, before, seen);
        if let Mode::TimeToLive(_) = self.mode {
            ctx.record_doubt(&self.id, before, self.clock.now());
        }
    }

    /// The branch of history that a primary on `timeline` is on. With epochs one that nobody is on, unless it is the known
    /// one: only that one's row is known.
    pub(crate) fn branch(&self, timeline: u64) -> Branch {
        let epochs = self.statements.epochs();
        let known = self.timeline.branch();
        if epochs.timeline_of(known.timeline()) == timeline {
            return known;
        }
        Branch::new(self.identity.clone(), epochs.without_a_row(timeline))
    }

    /// The places of the nodes a read may be served by, the preferred first.
    pub(crate) fn order(&self) -> Order {
        let now = Instant::now();
        let node = |place| self.topology.node(place);
        choose::order(
            self.topology.followers().filter(|place| node(*place).is_up()),
            |place| (node(place).lags(), (self.distance)(place)),
            |place| node(place).load().cost(now),
            |below| fastrand::usize(..below),
        )
    }
}
