//! Sources that are asked what a session need not carry any longer.

use std::sync::Arc;

use ryw_core::{ConsistencySource, Context};

#[derive(Clone, Debug, Default)]
pub(crate) struct Retiring(Vec<Arc<dyn ConsistencySource>>);

impl Retiring {
    pub(crate) fn add(&mut self, source: impl ConsistencySource + 'static) {
        self.0.push(Arc::new(source));
    }

    /// Drops what every server holds for good.
    pub(crate) fn retire(&self, ctx: &Context) {
        self.0.iter().for_each(|source| source.retire(ctx));
    }
}
