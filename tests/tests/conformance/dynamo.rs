//! DynamoDB: a Region whose follower is held.

use std::sync::Arc;
use std::time::Duration;

use ryw_dynamo::{DEFAULT_WINDOW, DynamoSource};
use ryw_testkit::dynamo::Regions;
use ryw_tests::draft::Draft;

use super::place::Place;

pub(crate) struct Regional {
    regions: Arc<Regions>,
    source: DynamoSource,
    window: Duration,
}

impl Regional {
    pub(crate) async fn start() -> Self {
        let place = Self::over(Arc::new(Regions::builder().start().await.unwrap()), DEFAULT_WINDOW);
        place.source.create_table::<Draft>().await.unwrap();
        place
    }

    /// The same Region.
    pub(crate) fn without_proof(&self) -> Self {
        Self::over(Arc::clone(&self.regions), Duration::ZERO)
    }

    fn over(regions: Arc<Regions>, window: Duration) -> Self {
        let source = source(&regions, window);
        Self { regions, source, window }
    }
}

fn source(regions: &Regions, window: Duration) -> DynamoSource {
    let region = regions.region(0);
    DynamoSource::builder("drafts").home(region.name(), region.client()).window(window).build().unwrap()
}

impl Place for Regional {
    type Source = DynamoSource;

    const CAN_HOLD: bool = true;

    fn source(&self) -> &DynamoSource {
        &self.source
    }

    async fn elsewhere(&self) -> DynamoSource {
        source(&self.regions, self.window)
    }

    async fn hold(&self) {
        self.regions.region(0).follower().hold();
    }

    async fn release(&self) {
        self.regions.region(0).follower().release();
    }
}
