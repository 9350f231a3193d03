//! Queries of a table and of its local index.

use ryw_core::ConsistencySource as _;
use ryw_core::{Context, Reason};

use super::song::{Song, World, key, song, titles};

#[tokio::test]
async fn a_session_sees_its_own_write_in_the_partition() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    world.hold();
    world.songs.insert(&ctx, song("ada", "t55", "pop", 1)).await.unwrap();
    let ada = "ada".to_owned();
    let own = world.songs.query(&ctx, &ada).all().await.unwrap();
    assert_eq!(titles(&own)[5..7], ["t5", "t55"]);
    let by_plays = world.songs.query_by_plays(&ctx, &ada).all().await.unwrap();
    assert_eq!(titles(&by_plays)[..3], ["t0", "t55", "t1"], "a local index reads strongly too");
    for stale in [Context::new(), ctx.eventual()] {
        let songs = world.songs.query(&stale, &ada).all().await.unwrap();
        assert_eq!(songs.len(), 10, "the follower is behind: the test can fail");
        assert_eq!(world.songs.query_by_plays(&stale, &ada).all().await.unwrap().len(), 10);
        assert_eq!(world.songs.query(&stale, &ada).strong().all().await.unwrap().len(), 11);
    }
}

#[tokio::test]
async fn only_what_depends_on_the_write_is_strong() {
    let (world, ctx) = (World::start().await, Context::new());
    world.songs.insert(&ctx, song("ada", "t1", "pop", 1)).await.unwrap();
    let before = world.region().requests();
    world.songs.query(&ctx, "bob").all().await.unwrap();
    world.songs.query(&ctx, "ada").first().await.unwrap();
    world.pass_the_window();
    world.songs.query(&ctx, "ada").all().await.unwrap();
    let after = world.region().requests();
    assert_eq!(after.strong("Query") - before.strong("Query"), 1);
    assert_eq!(after.eventual("Query") - before.eventual("Query"), 2);
    assert_eq!(world.source.counts().by_reason(Reason::RecentWrite), 1);
}

#[tokio::test]
async fn a_stream_is_planned_once() {
    let (world, ctx) = (World::start().await, Context::new());
    let long = "x".repeat(300_000);
    world.put((0..8).map(|number| song("ada", &format!("t{number}"), &long[..1], number))).await;
    for number in 0..8 {
        let patch = Song::patch().label(long.clone());
        world.songs.update(&Context::new(), &key("ada", &format!("t{number}")), patch).await.unwrap();
    }
    world.songs.update(&ctx, &key("ada", "t7"), Song::patch().plays(70)).await.unwrap();
    let before = world.region().requests();
    let ada = "ada".to_owned();
    let mut stream = world.songs.query(&ctx, &ada).stream();
    let first = stream.try_next().await.unwrap().unwrap();
    world.pass_the_window();
    world.region().follower().hold();
    let mut last = first;
    while let Some(song) = stream.try_next().await.unwrap() {
        last = song;
    }
    let after = world.region().requests();
    assert_eq!(last.plays, 70);
    assert!(after.strong("Query") - before.strong("Query") >= 3, "of a megabyte each");
    assert_eq!(after.eventual("Query"), before.eventual("Query"));
}

#[tokio::test]
async fn conditions_on_what_sorts() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    let ada = "ada".to_owned();
    let by_plays = || world.songs.query_by_plays(&ctx, &ada);
    for (query, expected) in [
        (by_plays().equal_to(&30), vec!["t3"]),
        (by_plays().less_than(&20), vec!["t0", "t1"]),
        (by_plays().at_most(&20), vec!["t0", "t1", "t2"]),
        (by_plays().greater_than(&70), vec!["t8", "t9"]),
        (by_plays().at_least(&70).descending(), vec!["t9", "t8", "t7"]),
        (by_plays().between(&15, &30), vec!["t2", "t3"]),
    ] {
        assert_eq!(titles(&query.all().await.unwrap()), expected);
    }
    let query = || world.songs.query(&ctx, &ada);
    assert_eq!(query().begins_with("").all().await.unwrap().len(), 10);
    assert_eq!(titles(&query().begins_with("t4").all().await.unwrap()), ["t4"]);
    assert_eq!(query().descending().first().await.unwrap().unwrap().title, "t9");
    assert_eq!(world.songs.query(&ctx, "bob").first().await.unwrap(), None);
}

#[tokio::test]
async fn what_cannot_be_asked_is_told() {
    let (world, ctx) = (World::start().await, Context::new());
    let ada = "ada".to_owned();
    let two = world.songs.query(&ctx, &ada).at_least(&"a".to_owned()).less_than(&"b".to_owned());
    assert!(two.all().await.unwrap_err().is_config());
    assert!(world.songs.query(&ctx, "").page(1, None).await.unwrap_err().is_database(), "an empty key");
    let long = world.songs.query(&ctx, &ada).begins_with(&"a".repeat(3000)).stream().try_next().await;
    assert!(long.unwrap_err().is_database());
    assert_eq!(world.region().requests().of("Query"), 0, "nothing was sent");
}

#[tokio::test]
async fn what_is_marked_as_deleted_is_left_out_and_pages_are_filled() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    for number in 0..6 {
        world.songs.delete(&ctx, &key("ada", &format!("t{number}"))).await.unwrap();
    }
    let ada = "ada".to_owned();
    let page = world.songs.query(&ctx, &ada).page(2, None).await.unwrap();
    assert_eq!(titles(&page.items), ["t6", "t7"]);
    assert_eq!(
        titles(&world.songs.query_by_plays(&ctx, &ada).all().await.unwrap()),
        ["t6", "t7", "t8", "t9"]
    );
    assert_eq!(world.songs.query(&ctx, &ada).first().await.unwrap().unwrap().title, "t6");
}
