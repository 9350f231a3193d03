//! Three Regions, a source that is nearest to the second, and a clock to move.

use std::sync::Arc;
use std::time::Duration;

use ryw_core::{
    ConsistencySource as _, Context, Error, ManualClock, Reason, Repository, Route, Routed, Timestamp,
};
use ryw_dynamo::{DynamoSource, DynamoSourceBuilder};
use ryw_testkit::dynamo::{Mode, Region, Regions};

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "notes"))]
pub(crate) struct Note {
    #[repository(key)]
    pub(crate) id: i64,
    pub(crate) text: String,
}

/// In the home Region alone, if anywhere.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "tags"))]
pub(crate) struct Tag {
    #[repository(key)]
    pub(crate) id: i64,
}

pub(crate) const HOME: usize = 0;
pub(crate) const NEAR: usize = 1;
pub(crate) const FAR: usize = 2;
pub(crate) const WINDOW: Duration = Duration::from_secs(10);

pub(crate) struct World {
    pub(crate) regions: Regions,
    pub(crate) source: DynamoSource,
    pub(crate) notes: NoteRepository,
    pub(crate) clock: Arc<ManualClock>,
}

impl World {
    /// With the table in the home Region alone, or in all.
    pub(crate) async fn start(mode: Option<Mode>) -> Self {
        Self::configured(mode, |source| source).await
    }

    pub(crate) async fn configured(
        mode: Option<Mode>,
        configure: impl FnOnce(DynamoSourceBuilder) -> DynamoSourceBuilder,
    ) -> Self {
        let names = ["eu-central-1", "us-east-1", "ap-south-1"];
        let regions = names.iter().fold(Regions::builder(), |regions, name| regions.region(*name));
        let regions = regions.start().await.unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(1_700_000_000_000)));
        let source = configure(builder(&regions, &clock)).build().unwrap();
        source.create_table::<Note>().await.unwrap();
        if let Some(mode) = mode {
            regions.make_global("notes", mode).unwrap();
        }
        let notes = NoteRepository::new(source.clone());
        Self { regions, source, notes, clock }
    }

    /// The same tables, as another process has them.
    pub(crate) fn another_process(&self) -> DynamoSource {
        builder(&self.regions, &self.clock).build().unwrap()
    }

    pub(crate) fn region(&self, index: usize) -> &Region {
        self.regions.region(index)
    }

    /// A note that all Regions have, and a change of it by `ctx` that has not left the home Region.
    pub(crate) async fn changed(&self, ctx: &Context) {
        let new = NewNote { id: 1, text: "old".into() };
        self.notes.insert(&Context::new(), new).await.unwrap();
        for other in [NEAR, FAR] {
            self.regions.replication(HOME, other).hold();
        }
        self.notes.update(ctx, &1, Note::patch().text("new")).await.unwrap();
    }

    pub(crate) async fn read(&self, ctx: &Context) -> Result<String, Error> {
        Ok(self.notes.find(ctx, &1).await?.expect("there is a note").text)
    }

    pub(crate) async fn read_in_transaction(&self, ctx: &Context) -> Result<String, Error> {
        let mut tx = self.source.transact_get(ctx);
        let wanted = self.notes.find_in(&mut tx, &1)?;
        Ok(tx.get().await?.take(wanted)?.expect("there is a note").text)
    }

    /// How often reads went this way for this reason.
    pub(crate) fn routed(&self, route: Route, reason: Reason) -> u64 {
        self.source.counts().of(Routed { route, reason })
    }

    /// Reads of items in a Region: strong ones, and eventual ones.
    pub(crate) fn reads(&self, index: usize) -> (u64, u64) {
        let requests = self.region(index).requests();
        (requests.strong_reads(), requests.eventual_reads())
    }
}

fn builder(regions: &Regions, clock: &Arc<ManualClock>) -> DynamoSourceBuilder {
    let [home, near, far] = [HOME, NEAR, FAR].map(|index| regions.region(index));
    DynamoSource::builder("notes")
        .home(home.name(), home.client())
        .region(near.name(), near.client())
        .region(far.name(), far.client())
        .near(near.name())
        .window(WINDOW)
        .clock(clock.clone())
}
