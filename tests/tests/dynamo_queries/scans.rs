//! Scans.

use ryw_core::Context;
use ryw_dynamo::Condition;

use super::song::{SongColumn, World, key, song, titles};

#[tokio::test]
async fn a_scan_depends_on_the_table() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    world.hold();
    world.songs.insert(&ctx, song("bob", "new", "pop", 1)).await.unwrap();
    assert_eq!(world.songs.scan(&ctx).all().await.unwrap().len(), 11);
    assert_eq!(world.songs.scan(&Context::new()).all().await.unwrap().len(), 10, "the test can fail");
    assert_eq!(world.songs.scan(&Context::new()).strong().all().await.unwrap().len(), 11);
    world.pass_the_window();
    assert_eq!(world.songs.scan(&ctx).all().await.unwrap().len(), 10);
}

#[tokio::test]
async fn segments_are_read_at_once_and_together_are_all() {
    let (world, ctx) = (World::start().await, Context::new());
    let many: Vec<_> = (0..300).map(|number| song(&format!("a{number}"), "t", "pop", number)).collect();
    world.songs.put_batch(&Context::new(), many).await.unwrap();
    for segments in [1, 2, 7] {
        let before = world.region().requests().of("Scan");
        let mut songs = world.songs.scan(&ctx).segments(segments).all().await.unwrap();
        songs.sort_by_key(|song| song.plays);
        assert!(songs.iter().map(|song| song.plays).eq(0..300), "{segments}");
        assert_eq!(world.region().requests().of("Scan") - before, u64::from(segments));
    }
    let mut stream = world.songs.scan(&ctx).segments(3).stream();
    let mut count = 0;
    while stream.try_next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 300);
}

#[tokio::test]
async fn what_is_deleted_or_filtered_is_left_out() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    world.songs.delete(&ctx, &key("ada", "t9")).await.unwrap();
    let scan = world.songs.scan(&ctx).filter(Condition::ge(SongColumn::Plays, &70));
    let mut songs = scan.filter(Condition::ne(SongColumn::Plays, &80)).all().await.unwrap();
    songs.sort_by_key(|song| song.plays);
    assert_eq!(titles(&songs), ["t7"]);
    let refused =
        world.songs.scan(&ctx).filter(Condition::eq(SongColumn::Label, &None::<String>)).all().await;
    assert_eq!(refused.unwrap().len(), 9, "what is left out is a missing attribute");
}

#[tokio::test]
async fn large_tables_take_several_requests() {
    let (world, ctx) = (World::start().await, Context::new());
    let long = "x".repeat(300_000);
    for number in 0..8 {
        let mut song = song("ada", &format!("t{number}"), "pop", number);
        song.label = Some(long[..1000].into());
        song.genre = long.clone()[..1000].into();
        world.put([song]).await;
    }
    assert_eq!(world.songs.scan(&ctx).all().await.unwrap().len(), 8);
    world.regions.region(0).cut();
    assert!(world.songs.scan(&ctx).all().await.unwrap_err().is_unavailable());
}
