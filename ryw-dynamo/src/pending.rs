//! A write under way.

use ryw_core::{Context, Position, Reason, Route, Routed, Touch};

use crate::inner::Inner;
use crate::own_writes::Touched;

/// What a write is about to touch. It is in the context before anything is sent, and once more when the write ends, however it
/// ends: one whose answer was lost, or that nobody waits for any more, may have been applied until then, and only then does
/// its window begin.
pub(crate) struct Pending<'a> {
    source: &'a Inner,
    ctx: &'a Context,
    touched: Vec<Touched>,
}

impl<'a> Pending<'a> {
    pub(crate) fn begin(source: &'a Inner, ctx: &'a Context, touched: Vec<Touched>) -> Self {
        let pending = Self { source, ctx, touched };
        pending.record();
        pending
    }

    /// It was acknowledged.
    pub(crate) fn settle(self) -> Position {
        self.source.observer.wrote();
        self.source.home().health.answered(|| self.source.clock.now());
        self.source.counts.record(Routed { route: Route::Primary, reason: Reason::Write });
        let branch = self.source.home().branch.clone();
        Position::touching(branch, self.touches(), self.source.clock.now())
    }

    fn record(&self) {
        let source = self.source;
        let now = source.clock.now();
        let branch = &source.home().branch;
        let touches = self.touches();
        source.own_writes.remember(&self.touched, now, source.horizon(now));
        if let Some(cache) = &source.cache {
            touches.iter().for_each(|touch| cache.written(*touch, now));
        }
        self.ctx.record_touch(&source.id, branch, &touches, now, source.forget_before(now));
    }

    fn touches(&self) -> Vec<Touch> {
        self.touched.iter().map(|touched| touched.touch).collect()
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.record();
    }
}
