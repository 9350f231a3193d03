//! Queries of global indexes that are behind the session.

use ryw_core::Context;
use ryw_dynamo::{BehindIndex, QueryCursor};

use super::song::{NewSong, Song, World, key, song, titles};

/// Ten songs that the index has, and what a session has made of them since, which it has not.
async fn behind() -> (World, Context) {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    world.hold();
    let songs = &world.songs;
    songs.insert(&ctx, song("bob", "new", "pop", 35)).await.unwrap();
    songs.update(&ctx, &key("ada", "t1"), Song::patch().plays(75)).await.unwrap();
    songs.update(&ctx, &key("ada", "t2"), Song::patch().label("indie")).await.unwrap();
    songs.update(&ctx, &key("ada", "t4"), Song::patch().genre("rock")).await.unwrap();
    songs.delete(&ctx, &key("ada", "t5")).await.unwrap();
    songs.purge(&ctx, &key("ada", "t6")).await.unwrap();
    (world, ctx)
}

const OVERLAID: [&str; 8] = ["t0", "t2", "t3", "new", "t7", "t1", "t8", "t9"];
const STALE: [&str; 10] = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"];

#[tokio::test]
async fn own_items_show_as_added_changed_and_removed() {
    let (world, ctx) = behind().await;
    let pop = "pop".to_owned();
    let songs = world.songs.query_by_genre(&ctx, &pop).all().await.unwrap();
    assert_eq!(titles(&songs), OVERLAID);
    assert_eq!(songs[1].label.as_deref(), Some("indie"));
    for stale in [ctx.eventual(), Context::new()] {
        let songs = world.songs.query_by_genre(&stale, &pop).all().await.unwrap();
        assert_eq!(titles(&songs), STALE, "the index is behind: the test can fail");
        assert_eq!(songs[2].label, None);
    }
    let rock = world.songs.query_by_genre(&ctx, "rock").all().await.unwrap();
    assert_eq!(titles(&rock), ["t4"]);
    let indie = world.songs.query_by_label(&ctx, "indie").all().await.unwrap();
    assert_eq!(titles(&indie), ["t2"], "an index that sorts nothing, and lists only some");

    world.region().indexes().release();
    let songs = world.songs.query_by_genre(&ctx.eventual(), &pop).all().await.unwrap();
    assert_eq!(titles(&songs), OVERLAID, "it is what the index comes to");
}

#[tokio::test]
async fn across_pages_in_both_directions() {
    let (world, ctx) = behind().await;
    for limit in 1..=9 {
        for descending in [false, true] {
            let (mut shown, mut after) = (Vec::new(), None::<QueryCursor>);
            loop {
                let pop = "pop".to_owned();
                let query = world.songs.query_by_genre(&ctx, &pop);
                let query = if descending { query.descending() } else { query };
                let page = query.page(limit, after.as_ref()).await.unwrap();
                assert!(page.items.len() == limit as usize || page.next.is_none(), "pages are full");
                shown.extend(page.items);
                let Some(next) = page.next else { break };
                after = Some(next.to_string().parse().unwrap());
            }
            if descending {
                shown.reverse();
            }
            assert_eq!(titles(&shown), OVERLAID, "{limit} {descending}");
        }
    }
}

/// Between two pages the index catches up, and the overlay ends.
#[tokio::test]
async fn whatever_the_index_shows_meanwhile() {
    for limit in 1..8 {
        let (world, ctx) = behind().await;
        let (shown, rest) = OVERLAID.split_at(limit as usize);
        let first = world.songs.query_by_genre(&ctx, "pop").page(limit, None).await.unwrap();
        assert_eq!(titles(&first.items), shown);
        let rest = &rest[..rest.len().min(limit as usize)];
        world.region().indexes().release();
        let second = world.songs.query_by_genre(&ctx, "pop").page(limit, first.next.as_ref()).await.unwrap();
        assert_eq!(titles(&second.items), rest);
        world.pass_the_window();
        let second = world.songs.query_by_genre(&ctx, "pop").page(limit, first.next.as_ref()).await.unwrap();
        assert_eq!(titles(&second.items), rest, "{limit}: without an overlay, too");
    }
}

/// What is sorted by the same, own items come last in: by then the window may have passed.
#[tokio::test]
async fn each_of_equals_is_shown_once_though_the_window_passes_between_pages() {
    for (limit, whole_partition) in (1..=6).flat_map(|limit| [(limit, false), (limit, true)]) {
        for before in 1..=6 / limit {
            let (world, ctx) = (World::start().await, Context::new());
            let indie = |title: &str| NewSong { label: Some("indie".into()), ..song("ada", title, "pop", 7) };
            world.put(["t0", "t1", "t2", "t3", "t4"].map(indie)).await;
            world.hold();
            world.songs.update(&ctx, &key("ada", "t1"), Song::patch().plays(8)).await.unwrap();
            world.songs.update(&ctx, &key("ada", "t2"), Song::patch().plays(9)).await.unwrap();
            world.songs.purge(&ctx, &key("ada", "t3")).await.unwrap();
            for title in ["n0", "n1"] {
                world.songs.insert(&ctx, indie(title)).await.unwrap();
            }
            if whole_partition {
                world.songs.query(&ctx, "ada").all().await.unwrap();
            }
            let (mut shown, mut after) = (Vec::new(), None::<QueryCursor>);
            for number in 1.. {
                let query = world.songs.query_by_label(&ctx, "indie");
                let page = query.page(limit, after.as_ref()).await.unwrap();
                shown.extend(page.items);
                let Some(next) = page.next else { break };
                after = Some(next.to_string().parse().unwrap());
                if number == before {
                    world.region().indexes().release();
                    world.region().follower().release();
                    world.pass_the_window();
                    // What is touched since is all that is behind.
                    world.songs.update(&ctx, &key("ada", "t4"), Song::patch().plays(4)).await.unwrap();
                    world.pass_the_window();
                }
            }
            let mut titles = titles(&shown);
            titles.sort_unstable();
            assert_eq!(titles, ["n0", "n1", "t0", "t1", "t2", "t4"], "{limit} {before} {whole_partition}");
        }
    }
}

#[tokio::test]
async fn conditions_hold_for_own_items_too() {
    let (world, ctx) = behind().await;
    let pop = "pop".to_owned();
    let by_genre = || world.songs.query_by_genre(&ctx, &pop);
    assert_eq!(titles(&by_genre().between(&30, &40).all().await.unwrap()), ["t3", "new"]);
    assert_eq!(titles(&by_genre().at_most(&20).all().await.unwrap()), ["t0", "t2"]);
    assert_eq!(titles(&by_genre().equal_to(&75).all().await.unwrap()), ["t1"]);
    assert_eq!(by_genre().descending().less_than(&40).first().await.unwrap().unwrap().title, "new");
    let mut stream = by_genre().greater_than(&70).stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().title, "t1");
}

/// What is sorted by the same has no order of its own, and yet is shown once.
#[tokio::test]
async fn each_of_equals_is_shown_once() {
    let (world, ctx) = (World::start().await, Context::new());
    world.put((0..4).map(|number| song("ada", &format!("t{number}"), "pop", 7))).await;
    world.hold();
    for title in ["n0", "n1", "t2"] {
        world.songs.upsert(&ctx, song("ada", title, "pop", 7)).await.unwrap();
    }
    let pop = "pop".to_owned();
    for limit in 1..=7 {
        let (mut shown, mut after) = (Vec::new(), None::<QueryCursor>);
        loop {
            let page = world.songs.query_by_genre(&ctx, &pop).page(limit, after.as_ref()).await.unwrap();
            shown.extend(page.items);
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        let mut titles = titles(&shown);
        titles.sort_unstable();
        assert_eq!(titles, ["n0", "n1", "t0", "t1", "t2", "t3"], "{limit}");
    }
}

#[tokio::test]
async fn it_costs_one_more_read_and_nothing_after_the_window() {
    let (world, ctx) = behind().await;
    let before = world.region().requests();
    world.songs.query_by_genre(&ctx, "pop").page(3, None).await.unwrap();
    let after = world.region().requests();
    assert_eq!(after.strong("BatchGetItem") - before.strong("BatchGetItem"), 1);
    assert_eq!(after.total() - before.total(), 2);
    world.pass_the_window();
    let songs = world.songs.query_by_genre(&ctx, "pop").all().await.unwrap();
    assert_eq!(titles(&songs), STALE, "the index is behind by more than the window was said to be");
    assert_eq!(world.region().requests().total() - after.total(), 1);
}

#[tokio::test]
async fn verified_pages_show_nothing_that_is_not_so() {
    let (world, ctx) = behind().await;
    let pop = "pop".to_owned();
    let verified = || world.songs.query_by_genre(&ctx, &pop).when_behind(BehindIndex::Verify);
    let songs = verified().all().await.unwrap();
    assert_eq!(titles(&songs), ["t0", "t2", "t3", "t7", "t8", "t9"], "and nothing that the index lacks");
    assert_eq!(songs[1].label.as_deref(), Some("indie"));
    let page = verified().page(4, None).await.unwrap();
    assert_eq!(titles(&page.items), ["t0", "t2", "t3", "t7"], "pages are filled");
    let rest = verified().page(4, page.next.as_ref()).await.unwrap();
    assert_eq!(titles(&rest.items), ["t8", "t9"]);

    // Another session's write, which an overlay would not see.
    world.songs.purge(&Context::new(), &key("ada", "t9")).await.unwrap();
    assert_eq!(verified().descending().first().await.unwrap().unwrap().title, "t8");
    assert_eq!(
        world
            .songs
            .query_by_genre(&Context::new(), &pop)
            .when_behind(BehindIndex::Verify)
            .all()
            .await
            .unwrap()
            .len(),
        10,
        "only in a window"
    );
}

#[tokio::test]
async fn who_asks_for_an_error_gets_one() {
    let (world, ctx) = behind().await;
    let (pop, jazz) = ("pop".to_owned(), "jazz".to_owned());
    let query = |ctx: &Context, genre| world.songs.query_by_genre(ctx, genre).when_behind(BehindIndex::Fail);
    assert!(query(&ctx, &pop).all().await.unwrap_err().is_stale());
    assert!(query(&ctx, &jazz).stream().try_next().await.unwrap_err().is_stale(), "it depends on the table");
    assert_eq!(query(&Context::new(), &pop).all().await.unwrap().len(), 10);
    world.pass_the_window();
    assert!(query(&ctx, &pop).all().await.is_ok());
}

#[tokio::test]
async fn there_is_no_strong_read() {
    let (world, ctx) = behind().await;
    let pop = "pop".to_owned();
    for then in [BehindIndex::Overlay, BehindIndex::Verify, BehindIndex::Fail] {
        for strong in
            [ctx.strong(), Context::new().strong(), ctx.bounded_staleness(std::time::Duration::from_secs(99))]
        {
            let refused =
                world.songs.query_by_genre(&strong, &pop).when_behind(then).all().await.unwrap_err();
            assert!(refused.is_stale(), "{refused:?}");
            assert!(refused.to_string().contains("by_genre"), "{refused}");
        }
    }
    assert_eq!(world.region().requests().of("Query"), 0);
}
