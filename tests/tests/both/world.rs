//! A Postgres cluster, a Region of DynamoDB, and the drafts in each.

use ryw_core::Context;
use ryw_dynamo::DynamoSource;
use ryw_postgres::PostgresSource;
use ryw_testkit::dynamo::Regions;
use ryw_testkit::postgres::Cluster;
use ryw_tests::draft::{Draft, DraftRepository, NewDraft};
use ryw_tests::servers;

pub(crate) struct World {
    cluster: Cluster,
    regions: Regions,
    /// What the sources are called.
    names: [&'static str; 2],
    pub(crate) here: Process,
}

/// The repositories of one process.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) postgres: DraftRepository<PostgresSource>,
    pub(crate) dynamo: DraftRepository<DynamoSource>,
    pub(crate) sources: (PostgresSource, DynamoSource),
}

impl World {
    /// With sources of these names: of Postgres, and of DynamoDB.
    pub(crate) async fn start(names: [&'static str; 2]) -> Self {
        let cluster = servers::cluster(1).await;
        let regions = Regions::builder().start().await.unwrap();
        let here = process(&cluster, &regions, names).await;
        here.sources.1.create_table::<Draft>().await.unwrap();
        Self { cluster, regions, names, here }
    }

    pub(crate) async fn another_process(&self) -> Process {
        process(&self.cluster, &self.regions, self.names).await
    }

    /// Stores rows of these keys as `old`, in both, and holds the copies when they have them.
    pub(crate) async fn held(&self, keys: impl Iterator<Item = i64>) {
        let news: Vec<_> = keys.map(|key| NewDraft::titled(key, "old")).collect();
        let nobody = Context::new();
        for some in news.chunks(100) {
            self.here.postgres.insert_many(&nobody, some.to_vec()).await.unwrap();
            self.here.dynamo.insert_many(&nobody, some.to_vec()).await.unwrap();
        }
        self.cluster.wait_until_caught_up().await.unwrap();
        self.cluster.replica(0).hold_replay().await.unwrap();
        self.regions.region(0).follower().hold();
    }
}

async fn process(cluster: &Cluster, regions: &Regions, [postgres, dynamo]: [&str; 2]) -> Process {
    let (primary, replica) = (cluster.primary().url(), cluster.replica(0).url());
    let postgres =
        servers::patient_named(postgres).primary(primary).replica(replica).connect().await.unwrap();
    let region = regions.region(0);
    let dynamo = DynamoSource::builder(dynamo).home(region.name(), region.client()).build().unwrap();
    Process {
        postgres: DraftRepository::new(postgres.clone()),
        dynamo: DraftRepository::new(dynamo.clone()),
        sources: (postgres, dynamo),
    }
}

impl Process {
    pub(crate) async fn write_postgres(&self, ctx: &Context, key: i64) {
        self.postgres.update(ctx, &key, Draft::patch().title("new")).await.unwrap();
    }

    pub(crate) async fn write_dynamo(&self, ctx: &Context, key: i64) {
        self.dynamo.update(ctx, &key, Draft::patch().title("new")).await.unwrap();
    }

    /// Whether the row of Postgres is read as it was.
    pub(crate) async fn postgres_is_stale(&self, ctx: &Context, key: i64) -> bool {
        self.postgres.find(ctx, &key).await.unwrap().unwrap().title == "old"
    }

    /// Whether the item of DynamoDB is read as it was.
    pub(crate) async fn dynamo_is_stale(&self, ctx: &Context, key: i64) -> bool {
        self.dynamo.find(ctx, &key).await.unwrap().unwrap().title == "old"
    }
}
