//! Regions that do not answer.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use ryw_core::{Context, Reason, Route};
use ryw_dynamo::{DynamoSource, HomeDown};
use ryw_testkit::dynamo::Mode;
use ryw_testkit::link::{Link, Way};

use super::world::{FAR, HOME, NEAR, NewNote, NoteRepository, Tag, TagRepository, WINDOW, World};

#[tokio::test]
async fn a_session_of_the_near_region_is_not_taken_back_by_another() {
    let (world, reader) = (World::start(Some(Mode::Eventual)).await, Context::new());
    world.changed(&Context::new()).await;
    world.regions.replication(HOME, NEAR).release();
    assert_eq!(world.read(&reader).await.unwrap(), "new");
    world.region(NEAR).cut();
    assert_eq!(world.read(&reader).await.unwrap(), "new");
    assert_eq!(world.routed(Route::Primary, Reason::ReplicaFailed), 1);
    assert_eq!(world.reads(FAR), (0, 0), "it is behind: a read there would show less");
}

#[tokio::test]
async fn a_read_that_may_go_back_goes_to_another_region() {
    let world = World::start(Some(Mode::Eventual)).await;
    world.changed(&Context::new()).await;
    world.region(NEAR).cut();
    for ctx in [Context::new().eventual(), Context::new().without_monotonic_reads()] {
        assert_eq!(world.read(&ctx).await.unwrap(), "new");
    }
    assert_eq!(world.routed(Route::Replica(HOME), Reason::ReplicaFailed), 2);
    world.region(HOME).cut();
    assert_eq!(world.read(&Context::new().eventual()).await.unwrap(), "old");
    assert_eq!(world.routed(Route::Replica(FAR), Reason::ReplicaFailed), 3);
}

#[tokio::test]
async fn a_strong_read_needs_nothing_of_the_near_region() {
    let (world, ctx) = (World::start(Some(Mode::Eventual)).await, Context::new());
    world.changed(&ctx).await;
    world.region(NEAR).cut();
    assert_eq!(world.read(&ctx).await.unwrap(), "new");
    assert_eq!(world.routed(Route::Primary, Reason::RecentWrite), 1);
}

#[tokio::test]
async fn without_the_home_region_an_own_write_is_not_read_elsewhere() {
    let (world, ctx) = (World::start(Some(Mode::Eventual)).await, Context::new());
    world.changed(&ctx).await;
    world.region(HOME).cut();
    let why = world.read(&ctx).await.unwrap_err();
    assert!(why.is_unavailable() && why.to_string().contains("eu-central-1"), "{why}");
    assert_eq!(world.read(&Context::new()).await.unwrap(), "old", "others read on in the near Region");
}

#[tokio::test]
async fn windows_stand_still_while_the_home_region_is_down() {
    let (world, ctx) = (World::start(Some(Mode::Eventual)).await, Context::new());
    world.changed(&ctx).await;
    world.region(HOME).cut();
    assert!(world.read(&ctx).await.unwrap_err().is_unavailable());
    world.clock.advance(3 * WINDOW);
    let why = world.read(&ctx).await.expect_err("what the Region had acknowledged was never replicated");
    assert!(why.is_unavailable(), "{why:?}");
    world.region(HOME).restore();
    assert_eq!(world.read(&ctx).await.unwrap(), "new", "and may not be yet");
    world.regions.replication(HOME, NEAR).release();
    world.clock.advance(WINDOW);
    assert_eq!(world.read(&ctx).await.unwrap(), "new");
    assert_eq!(world.reads(NEAR), (0, 1), "a window after its return the near Region is read again");
}

#[tokio::test]
async fn an_outage_is_noticed_by_a_write() {
    let (world, ctx) = (World::start(Some(Mode::Eventual)).await, Context::new());
    world.changed(&ctx).await;
    world.region(HOME).cut();
    let why = world.notes.delete(&Context::new(), &2).await.unwrap_err();
    assert!(why.is_unavailable() || why.is_commit_unknown(), "{why:?}");
    world.clock.advance(WINDOW);
    assert!(world.read(&ctx).await.unwrap_err().is_unavailable());
}

/// No connection ends, and nothing comes: the SDK itself would wait for ever.
#[tokio::test]
async fn a_region_that_falls_silent_is_down() {
    let world = World::start(Some(Mode::Eventual)).await;
    let (home, near) = (world.region(HOME), world.region(NEAR));
    let link = Link::before(&home.endpoint_url()).await.unwrap();
    let client = Client::from_conf(home.config().endpoint_url(link.url()).build());
    let source = DynamoSource::builder("notes").home(home.name(), client).region(near.name(), near.client());
    let source = source.attempts(2).answer_within(Duration::from_millis(50)).window(WINDOW);
    let source = source.when_home_is_down(HomeDown::Wait(Duration::from_millis(50))).build().unwrap();
    let (notes, ctx) = (NoteRepository::new(source.clone()), Context::new());
    link.cut_one_way(Way::ToClient);
    let asked = async {
        let new = |id| NewNote { id, text: "new".into() };
        let why = notes.insert(&ctx, new(1)).await.unwrap_err();
        assert!(why.is_commit_unknown(), "{why:?}");
        let why = notes.put_batch(&ctx, [new(2)]).await.unwrap_err();
        assert!(why.is_commit_unknown(), "{why:?}");
        let why = notes.insert_many(&ctx, [new(3)]).await.unwrap_err();
        assert!(why.is_commit_unknown(), "{why:?}");
        let why = notes.find(&ctx, &1).await.unwrap_err();
        assert!(why.is_unavailable(), "{why:?}");
        let mut tx = source.transact_get(&ctx);
        notes.find_in(&mut tx, &1).unwrap();
        assert!(tx.get().await.unwrap_err().is_unavailable());
    };
    tokio::time::timeout(Duration::from_secs(60), asked).await.expect("nothing waits for ever");
}

#[tokio::test]
async fn a_source_can_wait_for_the_home_region() {
    let wait = HomeDown::Wait(Duration::from_secs(60));
    let world = World::configured(Some(Mode::Eventual), |source| source.when_home_is_down(wait)).await;
    let ctx = Context::new();
    world.changed(&ctx).await;
    world.region(HOME).cut();
    let restored = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.region(HOME).restore();
    };
    let (read, ()) = tokio::join!(world.read(&ctx), restored);
    assert_eq!(read.unwrap(), "new");
}

#[tokio::test]
async fn a_wait_ends() {
    let wait = HomeDown::Wait(Duration::from_millis(30));
    let world = World::configured(Some(Mode::Eventual), |source| source.when_home_is_down(wait)).await;
    let ctx = Context::new();
    world.changed(&ctx).await;
    world.region(HOME).cut();
    assert!(world.read(&ctx).await.unwrap_err().is_unavailable());
}

#[tokio::test]
async fn a_source_can_be_told_to_serve_what_there_is() {
    let serve = HomeDown::ServeEventual;
    let world = World::configured(Some(Mode::Eventual), |source| source.when_home_is_down(serve)).await;
    let ctx = Context::new();
    world.changed(&ctx).await;
    assert_eq!(world.read(&ctx).await.unwrap(), "new", "nothing is given up while the home Region answers");
    world.region(HOME).cut();
    assert_eq!(world.read(&ctx).await.unwrap(), "old");
    assert_eq!(world.routed(Route::Replica(NEAR), Reason::HomeDown), 1);
    assert!(world.read(&ctx.strong()).await.unwrap_err().is_unavailable(), "that was asked for by name");
    world.region(NEAR).cut();
    assert_eq!(world.read(&ctx).await.unwrap(), "old");
    assert_eq!(world.routed(Route::Replica(FAR), Reason::HomeDown), 2);
}

#[tokio::test]
async fn a_transaction_that_reads_is_served_as_the_source_was_told() {
    let serve = HomeDown::ServeEventual;
    let world = World::configured(Some(Mode::Eventual), |source| source.when_home_is_down(serve)).await;
    let ctx = Context::new();
    world.changed(&ctx).await;
    assert_eq!(world.read_in_transaction(&ctx).await.unwrap(), "new");
    world.region(HOME).cut();
    assert_eq!(world.read_in_transaction(&ctx).await.unwrap(), "old");
    assert_eq!(world.routed(Route::Replica(NEAR), Reason::HomeDown), 1);
    assert_eq!(world.read_in_transaction(&ctx.eventual()).await.unwrap(), "old");
    assert!(world.read_in_transaction(&ctx.strong()).await.unwrap_err().is_unavailable());
    world.region(NEAR).cut();
    assert_eq!(world.read_in_transaction(&ctx).await.unwrap(), "old");
    assert_eq!(world.routed(Route::Replica(FAR), Reason::HomeDown), 3);
}

#[tokio::test]
async fn a_transaction_that_reads_fails_without_the_home_region_unless_it_was_told() {
    let (world, ctx) = (World::start(Some(Mode::Eventual)).await, Context::new());
    world.changed(&ctx).await;
    world.region(HOME).cut();
    let why = world.read_in_transaction(&ctx).await.unwrap_err();
    assert!(why.is_unavailable() && why.to_string().contains("eu-central-1"), "{why}");
    assert_eq!([NEAR, FAR].map(|index| world.reads(index)), [(0, 0), (0, 0)]);
}

#[tokio::test]
async fn a_transaction_goes_nowhere_where_one_of_its_tables_is_not() {
    let serve = HomeDown::ServeEventual;
    let world = World::configured(Some(Mode::Eventual), |source| source.when_home_is_down(serve)).await;
    let ctx = Context::new();
    world.changed(&ctx).await;
    world.source.create_table::<Tag>().await.unwrap();
    world.region(HOME).cut();
    let mut tx = world.source.transact_get(&ctx);
    world.notes.find_in(&mut tx, &1).unwrap();
    TagRepository::new(world.source.clone()).find_in(&mut tx, &1).unwrap();
    assert!(tx.get().await.unwrap_err().is_unavailable());
    assert_eq!([NEAR, FAR].map(|index| world.reads(index)), [(0, 0), (0, 0)]);
    assert_eq!(world.read_in_transaction(&ctx).await.unwrap(), "old", "that of the other table alone does");
}

#[tokio::test]
async fn a_transaction_that_reads_can_wait_for_the_home_region() {
    let wait = HomeDown::Wait(Duration::from_secs(60));
    let world = World::configured(Some(Mode::Eventual), |source| source.when_home_is_down(wait)).await;
    let ctx = Context::new();
    world.changed(&ctx).await;
    world.region(HOME).cut();
    let restored = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.region(HOME).restore();
    };
    let (read, ()) = tokio::join!(world.read_in_transaction(&ctx), restored);
    assert_eq!(read.unwrap(), "new");
}

#[tokio::test]
async fn in_strong_mode_any_region_stands_in() {
    let (world, ctx) = (World::start(Some(Mode::Strong)).await, Context::new());
    world.region(FAR).follower().hold();
    world.changed(&ctx).await;
    world.region(NEAR).isolate();
    assert_eq!(world.read(&ctx).await.unwrap(), "new");
    assert_eq!(world.routed(Route::Primary, Reason::ReplicaFailed), 1);
    world.region(NEAR).restore();
    world.region(HOME).cut();
    assert_eq!(world.read(&ctx).await.unwrap(), "new");
    assert_eq!([HOME, FAR].map(|index| world.reads(index).1), [0, 0], "each was a strong one");
}
