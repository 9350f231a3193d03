//! Where reads go while all Regions answer.

use ryw_core::{Context, Reason, Route};
use ryw_testkit::dynamo::Mode;

use super::world::{FAR, HOME, NEAR, WINDOW, World};

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
