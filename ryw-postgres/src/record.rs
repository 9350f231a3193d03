//! Noting what a read came to: how far its server had come, and where it ran.

use ryw_core::{Branch, Context, Coverage, Frontier, MonotonicReads, Place, Progress, Reason, Route, Routed};

use crate::facts::Facts;
use crate::inner::Inner;
use crate::search::Lease;

/// Where a read ran.
#[derive(Clone, Copy)]
pub(crate) struct Ran<'a> {
    pub(crate) routed: Routed,
    /// The branch of history that the server is on, if that was known before it was asked.
    pub(crate) branch: Option<&'a Branch>,
    /// Its place among the nodes of the source.
    pub(crate) at: usize,
}

/// Notes a finished read that reported `facts`; `place` was taken before it was sent.
pub(crate) fn record(
    source: &Inner,
    ctx: &Context,
    before: &Frontier,
    lease: &Lease,
    facts: &Facts,
    place: Option<Place>,
) {
    let ran = Ran { routed: lease.routed, branch: lease.branch.as_ref(), at: lease.node.at() };
    note(source, ctx, before, ran, facts, place);
}

/// Notes a read that reported `facts`, while its connection is in use.
pub(crate) fn note(
    source: &Inner,
    ctx: &Context,
    before: &Frontier,
    ran: Ran<'_>,
    facts: &Facts,
    place: Option<Place>,
) {
    let mut routed = ran.routed;
    let branch = match routed.route {
        // The latest epoch that a primary shows may be that before its own.
        Route::Primary => ran.branch.cloned().or_else(|| facts.branch(None)),
        _ => facts.branch(ran.branch),
    };
    match (routed.route, &branch) {
        (Route::Primary, Some(branch)) => {
            let inserted = source.wal.normalise(facts.lsn());
            let reached = Progress::new(branch.clone(), inserted).with_below(facts.xmax);
            if !before.is_unknown() && before.covered_by(&reached) == Coverage::Behind {
                routed.reason = Reason::PositionFromFuture;
            }
            let seen = ryw_core::Seen::new(branch.clone(), inserted).with_below(facts.xmax);
            source.record_primary_read(ctx, before, seen);
        }
        (_, Some(branch)) if ctx.monotonic_reads() == MonotonicReads::On => {
            ctx.record_read(&source.id, facts.seen(branch, place));
        }
        (_, Some(_)) => {}
        // What it has seen cannot be placed.
        (_, None) if ctx.monotonic_reads() == MonotonicReads::On => {
            ctx.join(&source.id, &Frontier::unknown());
        }
        (_, None) => {}
    }
    tracing::trace!(source = %source.id, %routed, "read");
    source.count_read(ran.at, routed);
}
