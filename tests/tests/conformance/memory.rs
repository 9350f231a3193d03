//! In memory. Its copy takes what it is told to take.

use std::time::Duration;

use ryw_core::{MemorySource, Mode};

use super::place::Place;

pub(crate) struct Memory(MemorySource);

impl Memory {
    pub(crate) fn start() -> Self {
        Self(MemorySource::builder("drafts").replicas(1).build())
    }

    pub(crate) fn without_proof() -> Self {
        let mode = Mode::TimeToLive(Duration::ZERO);
        Self(MemorySource::builder("drafts").replicas(1).mode(mode).build())
    }
}

impl Place for Memory {
    type Source = MemorySource;

    const CAN_HOLD: bool = true;

    fn source(&self) -> &MemorySource {
        &self.0
    }

    /// It is in one process only.
    async fn elsewhere(&self) -> MemorySource {
        self.0.clone()
    }

    async fn hold(&self) {}

    async fn release(&self) {
        self.0.replica(0).apply_all();
    }
}
