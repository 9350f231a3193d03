//! Two Regions, the second near, and a global table.

use ryw_core::{Context, Repository};
use ryw_dynamo::{DynamoSource, DynamoSourceBuilder};
use ryw_testkit::dynamo::{Mode, Regions};

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "pins"))]
pub(crate) struct Pin {
    #[repository(key)]
    pub(crate) id: i64,
    pub(crate) color: String,
}

pub(crate) struct World {
    pub(crate) regions: Regions,
    pub(crate) source: DynamoSource,
    pub(crate) pins: PinRepository,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::configured(|source| source).await
    }

    pub(crate) async fn configured(
        configure: impl FnOnce(DynamoSourceBuilder) -> DynamoSourceBuilder,
    ) -> Self {
        let regions = Regions::builder().region("eu-central-1").region("us-east-1").start().await.unwrap();
        let (home, near) = (regions.region(0), regions.region(1));
        let source = DynamoSource::builder("main")
            .home(home.name(), home.client())
            .region(near.name(), near.client())
            .near(near.name())
            .table_prefix("test-");
        let source = configure(source).build().unwrap();
        source.create_table::<Pin>().await.unwrap();
        regions.make_global("test-pins", Mode::Eventual).unwrap();
        Self { regions, pins: PinRepository::new(source.clone()), source }
    }

    pub(crate) async fn insert(&self, ctx: &Context) {
        self.pins.insert(ctx, NewPin { id: 1, color: "red".into() }).await.unwrap();
    }
}
