//! What it takes to decide where a read goes: time and allocations, without any server.
//!
//! A decision here is all that a source does between being asked for a read and having a plan: what the context requires is
//! looked up, four replicas are held against it, and [`decide`] answers.

use std::hint::black_box;
use std::time::{Duration, Instant};

use ryw_core::decision::{Ask, Plan, Replica, decide};
use ryw_core::{
    Branch, Context, Frontier, Mode, Place, Position, Progress, Reason, Seen, SourceId, Ticket, Timestamp,
};

use crate::figure::{Figure, Target};

/// What the figures of the core mean.
pub(crate) const MEANING: &str = "\
`core.decision_*`: the frontier is taken from a context that has written and read, four replicas are held against it, and \
the plan is made; three are a little behind, and the last one covers. The quickest of many batches: it is the one least \
disturbed.";

const BATCHES: usize = 2000;
const DECISIONS: u32 = 1000;

/// What a source knows when it is asked for a read.
struct Scene {
    ctx: Context,
    source: SourceId,
    primary: Progress,
    replicas: [Progress; 4],
}

impl Scene {
    fn new() -> Self {
        let branch = Branch::new("postgres:7301234567890123456".into(), 3);
        let (ctx, source) = (Context::new(), SourceId::new("main"));
        let place = Place { node: 1, at: 7 };
        ctx.record_read(&source, Seen::new(branch.clone(), 0x16B_3000).with_below(790).with_place(place));
        for id in [800, 801] {
            let written = Position::ticketed(branch.clone(), Ticket { id, after: 0x16B_3700 });
            ctx.record_write(&source, &ctx.frontier(&source), Some(written), Timestamp::from_unix_millis(1));
        }
        // Another task has written, and read, since the last write was sent.
        let other = Position::ticketed(branch.clone(), Ticket { id: 795, after: 0 });
        ctx.record_write(&source, &Frontier::default(), Some(other), Timestamp::from_unix_millis(1));
        ctx.record_read(&source, Seen::new(branch.clone(), 0x16B_3000).with_below(790).with_place(place));
        let replica = |node, below| {
            let progress = Progress::new(branch.clone(), 0x16B_3100).with_below(below);
            progress.with_place(Place { node, at: 0 })
        };
        let replicas = [replica(2, 791), replica(3, 796), replica(4, 801), replica(5, 802)];
        Self { ctx, source, primary: Progress::new(branch.clone(), 0x16B_3800).with_below(802), replicas }
    }

    fn decide(&self) -> Plan {
        let frontier = self.ctx.frontier(&self.source);
        let ask = Ask {
            mode: Mode::Position,
            policy: self.ctx.policy(),
            frontier: &frontier,
            primary: Some(&self.primary),
            budget: Duration::from_millis(10),
            now: Timestamp::from_unix_millis(2),
        };
        // Once each, as a source does: the answers are looked at more than once.
        let mut views = self.replicas.iter().enumerate().map(|(index, progress)| Replica {
            index,
            usable: true,
            tried: false,
            coverage: Some(frontier.covered_by(progress)),
            recent: true,
            catch_up: Some(Duration::from_millis(50)),
        });
        let views: [Option<Replica>; 4] = std::array::from_fn(|_| views.next());
        decide(&ask, views.iter().copied().flatten())
    }
}

/// Measures.
pub(crate) fn measure() -> [Figure; 2] {
    let scene = Scene::new();
    let plan = scene.decide();
    assert_eq!(plan, Plan::Replica { index: 3, reason: Reason::CaughtUp }, "it measures what it says");
    let quickest = (0..BATCHES).map(|_| batch(&scene)).min().unwrap_or_default();
    let nanos = quickest.as_nanos() as f64 / f64::from(DECISIONS);
    let allocated = allocation_counter::measure(|| {
        black_box(scene.decide());
    });
    [
        Figure::new("core.decision_ns", nanos, Target::Below(300.0)),
        Figure::new("core.decision_allocs", allocated.count_total as f64, Target::None),
    ]
}

fn batch(scene: &Scene) -> Duration {
    let begun = Instant::now();
    for _ in 0..DECISIONS {
        black_box(black_box(scene).decide());
    }
    begun.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_are_counted() {
        let boxed = allocation_counter::measure(|| drop(black_box(Box::new(7))));
        assert_eq!(boxed.count_total, 1);
        let scene = Scene::new();
        let decided = allocation_counter::measure(|| {
            black_box(scene.decide());
        });
        assert_eq!(decided.count_total, 0);
    }
}
