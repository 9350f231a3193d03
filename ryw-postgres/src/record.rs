//! Noting what a read came to: how far its server had come, and where it ran.

use ryw_core::{Context, Coverage, Frontier, MonotonicReads, Place, Progress, Reason, Route};

use crate::facts::Facts;
use crate::inner::Inner;
use crate::search::Lease;

/// Notes a finished read that reported `facts`; `place` was taken before it was sent.
pub(crate) fn record(
    source: &Inner,
    ctx: &Context,
    before: &Frontier,
    lease: &Lease,
    facts: &Facts,
    place: Option<Place>,
) {
    let mut routed = lease.routed;
    let branch = match routed.route {
        // The latest epoch that a primary shows may be that before its own.
        Route::Primary => lease.branch.clone().or_else(|| facts.branch(None)),
        _ => facts.branch(lease.branch.as_ref()),
    };
    match (routed.route, &branch) {
        (Route::Primary, Some(branch)) => {
            let inserted = source.wal.normalise(facts.lsn());
            let reached = Progress::new(branch.clone(), inserted).with_below(facts.xmax);
            if !before.is_unknown() && before.covered_by(&reached) == Coverage::Behind {
                routed.reason = Reason::PositionFromFuture;
            }
            let seen = ryw_core::Seen::new(branch.clone(), inserted).with_below(facts.xmax);
            ctx.record_primary_read(&source.id, before, seen);
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
    source.count_read(lease.node.at(), routed);
}
