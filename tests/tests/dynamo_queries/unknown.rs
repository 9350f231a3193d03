//! Where the overlay cannot be exact there is an error, and no page.

use ryw_core::{ConsistencySource as _, Context, Frontier, Scope};
use ryw_dynamo::BehindIndex;

use super::song::{Song, SongRepository, World, key, song, titles};

async fn is_refused(songs: &SongRepository, ctx: &Context) {
    let refused = songs.query_by_genre(ctx, "pop").all().await;
    assert!(refused.as_ref().is_err_and(ryw_core::Error::is_stale), "{refused:?}");
}

#[tokio::test]
async fn another_process_knows_no_keys_until_it_has_read_them() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    world.hold();
    world.songs.update(&ctx, &key("ada", "t1"), Song::patch().plays(75)).await.unwrap();
    let elsewhere = world.another_process();
    is_refused(&elsewhere, &ctx).await;
    let pop = "pop".to_owned();
    elsewhere.find(&ctx, &key("ada", "t1")).await.unwrap();
    let songs = elsewhere.query_by_genre(&ctx, &pop).descending().all().await.unwrap();
    assert_eq!(titles(&songs)[..3], ["t9", "t8", "t1"]);

    let verifying = world.another_process();
    is_refused(&verifying, &ctx).await;
    let verified = verifying.query_by_genre(&ctx, &pop).when_behind(BehindIndex::Verify).all().await.unwrap();
    assert_eq!(verified.len(), 9);
    assert_eq!(
        verifying.query_by_genre(&ctx, &pop).all().await.unwrap().len(),
        10,
        "what was verified is known"
    );
    world.pass_the_window();
    assert_eq!(
        titles(&elsewhere.query_by_genre(&ctx, &pop).all().await.unwrap())[1],
        "t1",
        "the index is behind"
    );
}

#[tokio::test]
async fn too_many_writes_and_positions_that_nobody_can_judge() {
    let (world, ctx) = (World::start().await, Context::new());
    world.hold();
    world
        .songs
        .put_batch(&ctx, (0..40).map(|number| song("ada", &format!("t{number}"), "pop", number)))
        .await
        .unwrap();
    is_refused(&world.songs, &ctx).await;

    let lost = Context::new();
    lost.join(world.source.id(), &Frontier::unknown());
    is_refused(&world.songs, &lost).await;
    is_refused(&world.songs, &lost).await;

    let captured = Context::new();
    let position = world.source.capture().await.unwrap();
    captured.join(world.source.id(), &position.into());
    is_refused(&world.songs, &captured).await;

    let scanned = Context::new();
    world.songs.scan(&scanned).strong().all().await.unwrap();
    is_refused(&world.songs, &scanned).await;
    world.pass_the_window();
    for ctx in [ctx, lost, captured, scanned] {
        assert!(world.songs.query_by_genre(&ctx, "pop").all().await.is_ok());
    }
}

#[tokio::test]
async fn a_wider_scope_takes_in_what_others_make_of_a_write() {
    let world = World::with(|source| source.scope(Scope::Partition)).await;
    let ctx = Context::new();
    world.ten().await;
    world.hold();
    world.songs.update(&ctx, &key("ada", "t1"), Song::patch().plays(75)).await.unwrap();
    // A function that follows the table.
    world.songs.update(&Context::new(), &key("ada", "t2"), Song::patch().plays(85)).await.unwrap();
    let pop = "pop".to_owned();
    let songs = world.songs.query_by_genre(&ctx, &pop).all().await.unwrap();
    assert_eq!(titles(&songs)[6..], ["t1", "t8", "t2", "t9"]);

    let world = World::with(|source| source.scope(Scope::Table)).await;
    world.songs.insert(&ctx, song("ada", "t1", "pop", 1)).await.unwrap();
    is_refused(&world.songs, &ctx).await;
}

#[tokio::test]
async fn the_size_of_a_text_is_judged_by_the_service() {
    let (world, ctx) = (World::start().await, Context::new());
    world.hold();
    let pop = "pop".to_owned();
    let short = || ryw_dynamo::Condition::size_le(super::song::SongColumn::Label, 4);
    let labelled = |label: &str| Song::patch().label(label.to_owned());
    world.songs.insert(&ctx, song("ada", "t1", "pop", 1)).await.unwrap();
    world.songs.update(&ctx, &key("ada", "t1"), labelled("abcd")).await.unwrap();
    assert_eq!(world.songs.query_by_genre(&ctx, &pop).filter(short()).all().await.unwrap().len(), 1);
    world.songs.update(&ctx, &key("ada", "t1"), labelled("é")).await.unwrap();
    assert!(world.songs.query_by_genre(&ctx, &pop).filter(short()).all().await.unwrap_err().is_stale());
}
