//! Pages, and where they end.

use ryw_core::Context;
use ryw_dynamo::{Condition, QueryCursor};

use super::song::{SongColumn, World, song, titles};

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    let ada = "ada".to_owned();
    let (mut shown, mut after, mut sizes) = (Vec::new(), None::<QueryCursor>, Vec::new());
    loop {
        // As a client has it.
        after = after.map(|cursor| cursor.to_string().parse().unwrap());
        let page = world.songs.query_by_plays(&ctx, &ada).descending().page(4, after.as_ref()).await.unwrap();
        sizes.push(page.items.len());
        shown.extend(page.items);
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    assert_eq!(titles(&shown), ["t9", "t8", "t7", "t6", "t5", "t4", "t3", "t2", "t1", "t0"]);
    assert_eq!(sizes, [4, 4, 2]);
    assert_eq!(world.region().requests().of("Query"), 3);
}

#[tokio::test]
async fn the_last_page_knows_that_it_is_the_last() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    let ada = "ada".to_owned();
    assert!(world.songs.query(&ctx, &ada).page(10, None).await.unwrap().next.is_none());
    assert!(world.songs.query(&ctx, &ada).page(u32::MAX, None).await.unwrap().next.is_none());
    let none = world.songs.query(&ctx, &ada).page(0, None).await.unwrap();
    assert_eq!((none.items.len(), none.next.is_some()), (1, true), "at least one is asked for");
    assert!(world.songs.query(&ctx, "bob").page(1, None).await.unwrap().next.is_none());
}

#[tokio::test]
async fn a_page_ends_though_its_filter_finds_nothing() {
    let (world, ctx) = (World::start().await, Context::new());
    let many = (0..2500).map(|number| song("ada", &format!("t{number:04}"), "pop", number));
    for chunk in many.collect::<Vec<_>>().chunks(500) {
        world.songs.put_batch(&Context::new(), chunk.to_vec()).await.unwrap();
    }
    let ada = "ada".to_owned();
    let last = || Condition::ge(SongColumn::Plays, &2498);
    let query = || world.songs.query(&ctx, &ada).filter(last());
    let page = query().page(1, None).await.unwrap();
    assert_eq!((page.items.len(), page.next.is_some()), (0, true));
    assert_eq!(world.region().requests().of("Query"), 10);
    let (mut after, mut found) = (page.next, Vec::new());
    while let Some(cursor) = after {
        let page = query().page(1, Some(&cursor)).await.unwrap();
        found.extend(page.items);
        after = page.next;
    }
    assert_eq!(titles(&found), ["t2498", "t2499"]);
    assert_eq!(query().first().await.unwrap().unwrap().title, "t2498", "that one looks until it finds it");
}
