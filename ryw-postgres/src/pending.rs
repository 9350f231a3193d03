//! What a context must assume of a write whose outcome has not arrived.

use ryw_core::{Context, Frontier, Position};

use crate::inner::Inner;

/// A write under way. Dropped before it is settled, it leaves the context "unknown": reads then go to the primary.
///
/// This is what makes writes cancel-safe: a future dropped between a commit and its answer loses the position, but not
/// the fact that there was a write.
pub(crate) struct Pending<'a> {
    source: &'a Inner,
    ctx: &'a Context,
    /// What the context knew before the write was sent: the write comes after all of it.
    before: Box<Frontier>,
    open: bool,
}

impl<'a> Pending<'a> {
    pub(crate) fn begin(source: &'a Inner, ctx: &'a Context) -> Self {
        Self { source, ctx, before: Box::new(ctx.frontier(&source.id)), open: true }
    }

    /// The write did not happen, or changed nothing.
    pub(crate) fn nothing_done(mut self) {
        self.open = false;
    }

    /// The write is at `position`.
    pub(crate) fn settle(mut self, position: Position) {
        self.open = false;
        self.record(Some(position));
    }

    fn record(&self, position: Option<Position>) {
        self.ctx.record_write(&self.source.id, &self.before, position, self.source.clock.now());
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.open {
            self.record(None);
        }
    }
}
