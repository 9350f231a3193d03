//! What a context must assume of a write whose outcome has not arrived.

use ryw_core::{Context, Frontier, Position};

use crate::inner::Inner;

/// A write under way. Dropped before it is settled, it leaves the context "unknown": reads then go to the primary.
///
/// This is what makes writes cancel-safe: a future dropped between a commit and the question for its position loses
/// the position, but not the fact that there was a write.
pub(crate) struct Pending<'a> {
    source: &'a Inner,
    ctx: &'a Context,
    open: bool,
}

impl<'a> Pending<'a> {
    pub(crate) fn begin(source: &'a Inner, ctx: &'a Context) -> Self {
        Self { source, ctx, open: true }
    }

    /// The write did not happen.
    pub(crate) fn nothing_done(mut self) {
        self.open = false;
    }

    /// The write is covered by `position`.
    pub(crate) fn settle(mut self, position: &Position) {
        self.open = false;
        self.ctx.record_write(&self.source.id, &position.clone().into(), self.source.clock.now());
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.open {
            self.ctx.record_write(&self.source.id, &Frontier::unknown(), self.source.clock.now());
        }
    }
}
