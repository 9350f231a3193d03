//! Where reads go while all Regions answer.

use ryw_core::{Context, Reason, Route};
use ryw_dynamo::DynamoSource;
use ryw_testkit::dynamo::Mode;

use super::world::{FAR, HOME, NEAR, NewNote, Note, NoteRepository, WINDOW, World};

#[tokio::test]
async fn in_eventual_mode_an_own_write_is_read_at_home() {
    let (world, ctx) = (World::start(Some(Mode::Eventual)).await, Context::new());
    world.changed(&ctx).await;
    assert_eq!(world.read(&ctx).await.unwrap(), "new");
    assert_eq!(
        world.read(&Context::new()).await.unwrap(),
        "old",
        "the near Region is behind: the test can fail"
    );
    assert_eq!(world.read(&Context::new().strong()).await.unwrap(), "new");
    assert_eq!([HOME, NEAR, FAR].map(|index| world.reads(index)), [(2, 0), (0, 1), (0, 0)]);
}

#[tokio::test]
async fn what_was_read_at_home_is_not_gone_behind_in_the_near_region() {
    let (world, reader) = (World::start(Some(Mode::Eventual)).await, Context::new());
    world.changed(&Context::new()).await;
    assert_eq!(world.read(&reader.strong()).await.unwrap(), "new");
    assert_eq!(world.read(&reader).await.unwrap(), "new");
    world.regions.replication(HOME, NEAR).release();
    world.clock.advance(WINDOW);
    assert_eq!(world.read(&reader).await.unwrap(), "new");
    assert_eq!(world.reads(NEAR), (0, 1));
}

#[tokio::test]
async fn in_strong_mode_an_own_write_is_read_in_the_near_region() {
    let (world, ctx) = (World::start(Some(Mode::Strong)).await, Context::new());
    world.region(NEAR).follower().hold();
    world.changed(&ctx).await;
    assert_eq!(world.read(&ctx).await.unwrap(), "new");
    assert_eq!([HOME, NEAR, FAR].map(|index| world.reads(index)), [(0, 0), (1, 0), (0, 0)]);
    assert_eq!(world.routed(Route::Primary, Reason::RecentWrite), 1);
}

#[tokio::test]
async fn several_items_go_the_ways_of_each() {
    let (world, ctx) = (World::start(Some(Mode::Eventual)).await, Context::new());
    world.changed(&ctx).await;
    let found = world.notes_of(&ctx, &[1, 2, 3]).await;
    assert_eq!(found, ["new"]);
    assert_eq!([HOME, NEAR].map(|index| world.reads(index)), [(1, 0), (0, 1)]);
}

impl World {
    async fn notes_of(&self, ctx: &Context, keys: &[i64]) -> Vec<String> {
        self.notes.find_many(ctx, keys).await.unwrap().into_iter().map(|note| note.text).collect()
    }
}

/// Which Region is home is each process's own choice where strong reads are current in all.
#[tokio::test]
async fn in_strong_mode_processes_may_have_homes_of_their_own() {
    let (world, ctx) = (World::start(Some(Mode::Strong)).await, Context::new());
    world.region(NEAR).follower().hold();
    let [home, near, far] = [HOME, NEAR, FAR].map(|index| world.region(index));
    let elsewhere = DynamoSource::builder("notes")
        .home(far.name(), far.client())
        .region(home.name(), home.client())
        .region(near.name(), near.client());
    let elsewhere = elsewhere.window(WINDOW).clock(world.clock.clone()).build().unwrap();
    let notes = NoteRepository::new(elsewhere);
    notes.insert(&ctx, NewNote { id: 1, text: "old".into() }).await.unwrap();
    assert_eq!(world.read(&ctx).await.unwrap(), "old");
    world.notes.update(&ctx, &1, Note::patch().text("new")).await.unwrap();
    assert_eq!(notes.find(&ctx, &1).await.unwrap().unwrap().text, "new");
    assert_eq!(world.notes.find(&Context::new(), &1).await.unwrap(), None, "the test can fail");
}
