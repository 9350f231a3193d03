//! DynamoDB: a Region whose follower is held.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ryw_core::{Clock, SystemClock, Timestamp};
use ryw_dynamo::DynamoSource;
use ryw_testkit::dynamo::Regions;
use ryw_tests::draft::Draft;

use super::place::Place;

pub(crate) struct Regional {
    regions: Arc<Regions>,
    source: DynamoSource,
    clock: Arc<dyn Clock>,
}

impl Regional {
    pub(crate) async fn start() -> Self {
        let place = Self::over(Arc::new(Regions::builder().start().await.unwrap()), Arc::new(SystemClock));
        place.source.create_table::<Draft>().await.unwrap();
        place
    }

    /// The same Region, of which no window lasts until the next read.
    pub(crate) fn without_proof(&self) -> Self {
        Self::over(Arc::clone(&self.regions), Arc::<Leaping>::default())
    }

    fn over(regions: Arc<Regions>, clock: Arc<dyn Clock>) -> Self {
        let source = source(&regions, Arc::clone(&clock));
        Self { regions, source, clock }
    }
}

/// Each moment is an hour after the one before.
#[derive(Debug, Default)]
struct Leaping(AtomicU64);

impl Clock for Leaping {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.fetch_add(3_600_000, Ordering::SeqCst))
    }
}

fn source(regions: &Regions, clock: Arc<dyn Clock>) -> DynamoSource {
    let region = regions.region(0);
    DynamoSource::builder("drafts").home(region.name(), region.client()).clock(clock).build().unwrap()
}

impl Place for Regional {
    type Source = DynamoSource;

    const CAN_HOLD: bool = true;

    fn source(&self) -> &DynamoSource {
        &self.source
    }

    async fn elsewhere(&self) -> DynamoSource {
        source(&self.regions, Arc::clone(&self.clock))
    }

    async fn hold(&self) {
        self.regions.region(0).follower().hold();
    }

    async fn release(&self) {
        self.regions.region(0).follower().release();
    }
}
