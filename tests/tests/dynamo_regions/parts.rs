//! Reads of several requests, of which one is served in the near Region by choice, and the next at home again.
//!
//! What the home Region has shown is held against later reads, though the same read has shown less of something else. They are
//! another process's: in this one windows stand still, because it has seen the home Region fail.

use ryw_core::{Context, Reason, Repository, Route};
use ryw_dynamo::{BehindIndex, HomeDown};
use ryw_testkit::dynamo::{Mode, Refusal};

use super::world::{HOME, NEAR, NewNote, Note, NoteRepository, WINDOW, World};

/// A line of a play.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(
    table = "lines",
    pk = play,
    sk = number,
    index(name = "by_speaker", pk = speaker, sk = number, global)
))]
struct Line {
    #[repository(key)]
    play: String,
    #[repository(key)]
    number: i64,
    speaker: String,
    text: String,
}

fn key(number: i64) -> (String, i64) {
    ("hamlet".into(), number)
}

async fn world() -> World {
    let serve = HomeDown::ServeEventual;
    World::configured(Some(Mode::Eventual), |source| source.when_home_is_down(serve)).await
}

/// The next requests to the home Region get no answer, and the near one does half of the first batch that comes instead.
fn answer_in_parts(world: &World, unanswered: usize) {
    world.region(HOME).refuse_next(unanswered, Refusal::InternalServerError);
    world.region(NEAR).unprocessed_next(1);
}

#[tokio::test]
async fn each_of_many_is_held_against_later_reads_as_it_was_read() {
    let (world, ctx) = (world().await, Context::new());
    world.notes.insert(&Context::new(), NewNote { id: 2, text: "old".into() }).await.unwrap();
    world.changed(&ctx).await;
    world.notes.update(&ctx, &2, Note::patch().text("new")).await.unwrap();
    world.clock.advance(WINDOW / 2);
    world.notes.update(&Context::new(), &2, Note::patch().text("newest")).await.unwrap();

    answer_in_parts(&world, 1);
    let shown = world.notes.find_many(&ctx, &[1, 2]).await.unwrap();
    assert_eq!(shown.iter().map(|note| &*note.text).collect::<Vec<_>>(), ["old", "newest"]);
    let routes = [(Route::Replica(NEAR), Reason::HomeDown), (Route::Primary, Reason::RecentWrite)];
    assert_eq!(routes.map(|(route, reason)| world.routed(route, reason)), [1, 1]);

    world.clock.advance(WINDOW / 2);
    let notes = NoteRepository::new(world.another_process());
    assert_eq!(notes.find(&ctx, &2).await.unwrap().unwrap().text, "newest");
    let other = Context::new();
    assert_eq!(notes.find(&other, &2).await.unwrap().unwrap().text, "old", "the test can fail");
}

/// So many lines, which all Regions have.
async fn lines(world: &World, count: i64, text: &str) -> LineRepository {
    world.source.create_table::<Line>().await.unwrap();
    world.regions.make_global("lines", Mode::Eventual).unwrap();
    let lines = LineRepository::new(world.source.clone());
    for number in 0..count {
        let new = NewLine { play: "hamlet".into(), number, speaker: "horatio".into(), text: text.to_owned() };
        lines.insert(&Context::new(), new).await.unwrap();
    }
    world.regions.replication(HOME, NEAR).hold();
    lines
}

async fn change(lines: &LineRepository, ctx: &Context, count: i64, text: &str) {
    for number in 0..count {
        lines.update(ctx, &key(number), Line::patch().text(text)).await.unwrap();
    }
}

/// Of what was shown, some was the newest, and half a window later another process still shows it.
async fn is_not_gone_behind(world: &World, ctx: &Context, shown: &[Line]) {
    let newest: Vec<_> = shown.iter().filter(|line| line.text.starts_with("newest")).collect();
    assert!(!newest.is_empty() && newest.len() < shown.len(), "{} of {}", newest.len(), shown.len());
    world.clock.advance(WINDOW / 2);
    let lines = LineRepository::new(world.another_process());
    for line in newest {
        let key = key(line.number);
        assert!(lines.find(ctx, &key).await.unwrap().as_ref() == Some(line), "{key:?}");
        let other = lines.find(&Context::new(), &key).await.unwrap().unwrap();
        assert!(other.text.starts_with("old"), "the test can fail");
    }
}

/// Of few each is a read of its own, of many all are one.
#[tokio::test]
async fn what_is_laid_over_an_index_is_not_gone_behind() {
    // Where it is verified, the index is asked first, and gets no answer either.
    for (behind, unanswered, count) in
        [(BehindIndex::Overlay, 1, 4), (BehindIndex::Verify, 2, 4), (BehindIndex::Verify, 2, 20)]
    {
        let (world, ctx) = (world().await, Context::new());
        let lines = lines(&world, count, "old").await;
        change(&lines, &ctx, count, "new").await;
        world.clock.advance(WINDOW / 2);
        change(&lines, &Context::new(), count, "newest").await;

        answer_in_parts(&world, unanswered);
        let query = lines.query_by_speaker(&ctx, "horatio").when_behind(behind);
        is_not_gone_behind(&world, &ctx, &query.all().await.unwrap()).await;
    }
}

/// It takes two requests, as it has more than a megabyte.
#[tokio::test]
async fn a_partition_that_is_laid_over_an_index_is_not_gone_behind() {
    let (world, ctx) = (world().await, Context::new());
    let long = |text: &str| text.to_owned() + &"-".repeat(390_000);
    let lines = lines(&world, 3, &long("old")).await;
    assert_eq!(lines.query(&ctx, "hamlet").strong().all().await.unwrap().len(), 3);
    world.clock.advance(WINDOW / 2);
    change(&lines, &Context::new(), 3, &long("newest")).await;

    answer_in_parts(&world, 1);
    let shown = lines.query_by_speaker(&ctx, "horatio").all().await.unwrap();
    is_not_gone_behind(&world, &ctx, &shown).await;
}
