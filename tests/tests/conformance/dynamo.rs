//! DynamoDB: a Region whose follower is held.

use ryw_dynamo::DynamoSource;
use ryw_testkit::dynamo::Regions;
use ryw_tests::draft::Draft;

use super::place::Place;

pub(crate) struct Regional {
    regions: Regions,
    source: DynamoSource,
}

impl Regional {
    pub(crate) async fn start() -> Self {
        let regions = Regions::builder().start().await.unwrap();
        let source = source(&regions);
        source.create_table::<Draft>().await.unwrap();
        Self { regions, source }
    }
}

fn source(regions: &Regions) -> DynamoSource {
    let region = regions.region(0);
    DynamoSource::builder("drafts").home(region.name(), region.client()).build().unwrap()
}

impl Place for Regional {
    type Source = DynamoSource;

    const CAN_HOLD: bool = true;

    fn source(&self) -> &DynamoSource {
        &self.source
    }

    async fn elsewhere(&self) -> DynamoSource {
        source(&self.regions)
    }

    async fn hold(&self) {
        self.regions.region(0).follower().hold();
    }

    async fn release(&self) {
        self.regions.region(0).follower().release();
    }
}
