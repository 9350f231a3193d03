//! Pages over a table that others change: nothing is shown twice, and nothing is left out that stays.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ryw_core::{Context, Cursor, PageRequest};
use ryw_postgres::sqlx;
use ryw_tests::gallery::{Picture, PictureRepository};
use ryw_tests::servers::{cluster, plain, source};

/// The cursor as a client gives it back: a text.
fn carried(cursor: &Cursor<i64>) -> Cursor<i64> {
    cursor.to_string().parse().unwrap()
}

#[test]
fn whatever_is_there_is_walked_through_both_ways() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime.block_on(cluster(1));
    let (pictures, mut primary) = runtime.block_on(async {
        let source = source(&cluster).connect().await.unwrap();
        (PictureRepository::new(source), plain(&cluster.primary().url()).await)
    });
    let primary = std::cell::RefCell::new(&mut primary);
    let strategy = (prop::collection::btree_set(-20..20_i64, 0..12), 1..6_u32);
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let walked = runner.run(&strategy, |(stored, limit)| {
        let mut primary = primary.borrow_mut();
        runtime.block_on(async {
            let stored: Vec<i64> = stored.into_iter().collect();
            sqlx::query("DELETE FROM pictures").execute(&mut **primary).await.unwrap();
            let insert =
                "INSERT INTO pictures (id, album_id, slug) SELECT n, 1, n::text FROM unnest($1::int8[]) n";
            sqlx::query(insert).bind(&stored).execute(&mut **primary).await.unwrap();
            cluster.wait_until_caught_up().await.unwrap();
            for ctx in [Context::new(), Context::new().strong()] {
                prop_assert_eq!(&forwards(&pictures, &ctx, limit).await, &stored);
                prop_assert_eq!(&backwards(&pictures, &ctx, limit).await, &stored);
            }
            Ok(())
        })
    });
    walked.unwrap();
}

/// All keys by pages from the first, and that each page leads back to the one before it.
async fn forwards(pictures: &PictureRepository, ctx: &Context, limit: u32) -> Vec<i64> {
    let mut all = Vec::new();
    let mut request = PageRequest::first(limit);
    let mut before: Option<Vec<Picture>> = None;
    loop {
        let page = pictures.list_by_album_id(ctx, &1, &request).await.unwrap();
        assert_eq!(page, pictures.list(ctx, &request).await.unwrap(), "all are of one album");
        assert!(page.items.len() <= limit as usize);
        assert_eq!(page.previous.is_some(), before.is_some());
        if let (Some(previous), Some(before)) = (&page.previous, before) {
            let back = PageRequest::last(limit).before(carried(previous));
            assert_eq!(pictures.list(ctx, &back).await.unwrap().items, before);
        }
        all.extend(page.items.iter().map(|picture| picture.id));
        before = Some(page.items);
        let Some(next) = page.next else { return all };
        request = PageRequest::first(limit).after(carried(&next));
    }
}

async fn backwards(pictures: &PictureRepository, ctx: &Context, limit: u32) -> Vec<i64> {
    let mut all = Vec::new();
    let mut request = PageRequest::last(limit);
    loop {
        let page = pictures.list_by_album_id(ctx, &1, &request).await.unwrap();
        assert_eq!(page, pictures.list(ctx, &request).await.unwrap(), "all are of one album");
        assert_eq!(page.next.is_none(), all.is_empty());
        let ids: Vec<i64> = page.items.iter().map(|picture| picture.id).collect();
        all.splice(..0, ids);
        let Some(previous) = page.previous else { return all };
        request = PageRequest::last(limit).before(carried(&previous));
    }
}

#[tokio::test]
async fn rows_that_come_and_go_move_nothing() {
    let cluster = cluster(0).await;
    let pictures = PictureRepository::new(source(&cluster).connect().await.unwrap());
    let ctx = Context::new();
    for id in [10, 20, 30, 40] {
        pictures.insert(&ctx, &Picture::numbered(id)).await.unwrap();
    }
    let first = pictures.list(&ctx, &PageRequest::first(2)).await.unwrap();
    // Before the page, within it, and the very row that the cursor was made of.
    pictures.insert(&ctx, &Picture::numbered(5)).await.unwrap();
    pictures.delete(&ctx, &10).await.unwrap();
    pictures.delete(&ctx, &20).await.unwrap();
    let next = PageRequest::first(2).after(carried(&first.next.unwrap()));
    let second = pictures.list(&ctx, &next).await.unwrap();
    assert_eq!(second.items.iter().map(|picture| picture.id).collect::<Vec<_>>(), [30, 40]);
    assert_eq!(second.next, None);
    let back = PageRequest::last(2).before(carried(&second.previous.unwrap()));
    let before = pictures.list(&ctx, &back).await.unwrap();
    assert_eq!(before.items.iter().map(|picture| picture.id).collect::<Vec<_>>(), [5]);
}
