//! Reads that have seen the newest are not gone behind.

use ryw_core::Context;

use super::song::{Song, World, key, song, titles};

/// Another session's write, which neither followers nor indexes have.
async fn written() -> World {
    let world = World::start().await;
    world.ten().await;
    world.hold();
    world.songs.update(&Context::new(), &key("ada", "t1"), Song::patch().plays(75)).await.unwrap();
    world.songs.insert(&Context::new(), song("ada", "new", "pop", 35)).await.unwrap();
    world.songs.purge(&Context::new(), &key("ada", "t9")).await.unwrap();
    world
}

#[tokio::test]
async fn a_query_is_not_gone_behind_by_a_find_nor_by_an_index() {
    let (world, ctx) = (written().await, Context::new());
    let (ada, pop) = ("ada".to_owned(), "pop".to_owned());
    assert_eq!(world.songs.query(&ctx, &ada).strong().all().await.unwrap().len(), 10);
    assert!(world.songs.find(&ctx, &key("ada", "new")).await.unwrap().is_some());
    assert_eq!(world.songs.query(&ctx, &ada).all().await.unwrap().len(), 10);
    assert_eq!(world.songs.query_by_plays(&ctx, &ada).at_least(&75).all().await.unwrap().len(), 2);
    let songs = world.songs.query_by_genre(&ctx, &pop).all().await.unwrap();
    assert_eq!(titles(&songs), ["t0", "t2", "t3", "new", "t4", "t5", "t6", "t7", "t1", "t8"]);

    let careless = Context::new().without_monotonic_reads();
    world.songs.query(&careless, &ada).strong().all().await.unwrap();
    assert!(world.songs.find(&careless, &key("ada", "new")).await.unwrap().is_none(), "the test can fail");
    let songs = world.songs.query_by_genre(&careless, &pop).all().await.unwrap();
    assert_eq!(titles(&songs), ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"]);
}

/// A session that looks more often than once a window does not read strongly for ever.
#[tokio::test]
async fn a_window_begins_with_the_first_sight_of_what_is_there() {
    let (world, ctx) = (written().await, Context::new());
    let (ada, half) = ("ada".to_owned(), super::song::WINDOW / 2);
    world.songs.update(&ctx, &key("ada", "t3"), Song::patch().plays(31)).await.unwrap();
    let before = world.region().requests().strong("Query");
    for _ in 0..4 {
        assert_eq!(
            world.songs.query(&ctx, &ada).between(&"t2".into(), &"t3".into()).all().await.unwrap().len(),
            2
        );
        world.clock.advance(half);
    }
    assert_eq!(world.region().requests().strong("Query") - before, 2);
}

#[tokio::test]
async fn a_find_is_not_gone_behind_by_an_index() {
    let (world, ctx) = (written().await, Context::new());
    world.songs.find(&ctx.strong(), &key("ada", "t1")).await.unwrap();
    world.songs.find_many(&ctx.strong(), &[key("ada", "t9"), key("ada", "new")]).await.unwrap();
    let songs = world.songs.query_by_genre(&ctx, "pop").at_least(&30).all().await.unwrap();
    assert_eq!(titles(&songs), ["t3", "new", "t4", "t5", "t6", "t7", "t1", "t8"]);
}

#[tokio::test]
async fn a_scan_is_not_gone_behind_by_a_find() {
    let (world, ctx) = (written().await, Context::new());
    assert_eq!(world.songs.scan(&ctx).strong().all().await.unwrap().len(), 10);
    assert!(world.songs.find(&ctx, &key("ada", "new")).await.unwrap().is_some());
    assert_eq!(world.songs.query(&ctx, "ada").all().await.unwrap().len(), 10);
}

#[tokio::test]
async fn what_an_overlay_has_shown_is_not_gone_behind_by_a_find() {
    let (world, ctx) = (written().await, Context::new());
    world.songs.update(&ctx, &key("ada", "t3"), Song::patch().plays(31)).await.unwrap();
    world.clock.advance(super::song::WINDOW / 2);
    // Somebody else changes it again, and the session sees that.
    world.songs.update(&Context::new(), &key("ada", "t3"), Song::patch().plays(32)).await.unwrap();
    let pop = "pop".to_owned();
    assert_eq!(world.songs.query_by_genre(&ctx, &pop).equal_to(&32).all().await.unwrap().len(), 1);
    world.clock.advance(super::song::WINDOW / 2);
    assert_eq!(world.songs.find(&ctx, &key("ada", "t3")).await.unwrap().unwrap().plays, 32);
    assert_eq!(world.songs.query_by_genre(&ctx, &pop).equal_to(&32).all().await.unwrap().len(), 1);
}
