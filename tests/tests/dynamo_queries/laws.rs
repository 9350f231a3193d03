//! An overlaid query is what an index would give that had caught up with the session's own items, and with no others.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ryw_core::Context;
use ryw_dynamo::{Condition, EventualOnly, Query, QueryCursor};

use super::song::{Song, SongColumn, World, key, song};

/// Somebody does something to an item, or reads a partition strongly.
#[derive(Clone, Debug)]
struct Event {
    own: bool,
    item: (usize, usize),
    deed: Deed,
}

#[derive(Clone, Debug)]
enum Deed {
    Store { genre: usize, plays: i64, label: Option<usize> },
    Play(i64),
    Delete,
    Purge,
    ReadPartition,
}

/// A query, and how its pages are read.
#[derive(Clone, Debug)]
struct Reading {
    genre: usize,
    descending: bool,
    between: Option<(i64, i64)>,
    filter: usize,
    limit: u32,
}

const ARTISTS: [&str; 3] = ["ada", "bob", "cyd"];
const TITLES: [&str; 3] = ["x", "y", "z"];
const GENRES: [&str; 2] = ["pop", "rock"];
const LABELS: [&str; 2] = ["indie", "major"];

fn events() -> impl Strategy<Value = Vec<Event>> {
    let store = (0..2_usize, 0..6_i64, prop::option::of(0..2_usize))
        .prop_map(|(genre, plays, label)| Deed::Store { genre, plays, label });
    let deed = prop_oneof![
        6 => store,
        3 => (0..6_i64).prop_map(Deed::Play),
        1 => Just(Deed::Delete),
        1 => Just(Deed::Purge),
        1 => Just(Deed::ReadPartition),
    ];
    let event = (any::<bool>(), (0..3_usize, 0..3_usize), deed);
    prop::collection::vec(event.prop_map(|(own, item, deed)| Event { own, item, deed }), 0..24)
}

fn reading() -> impl Strategy<Value = Reading> {
    let between =
        prop::option::of((0..6_i64, 0..6_i64).prop_map(|(one, other)| (one.min(other), one.max(other))));
    (0..2_usize, any::<bool>(), between, 0..4_usize, 1..5_u32).prop_map(
        |(genre, descending, between, filter, limit)| Reading { genre, descending, between, filter, limit },
    )
}

/// Does it. Says which items the session then knows.
async fn happen(world: &World, ctx: &Context, event: &Event) -> BTreeSet<(String, String)> {
    let (artist, title) = (ARTISTS[event.item.0], TITLES[event.item.1]);
    let ctx = if event.own { ctx.clone() } else { Context::new() };
    let key = key(artist, title);
    match event.deed {
        Deed::Store { genre, plays, label } => {
            let mut song = song(artist, title, GENRES[genre], plays);
            song.label = label.map(|label| LABELS[label].into());
            world.songs.upsert(&ctx, song).await.unwrap();
        }
        // What is not there is not found, and yet touched.
        Deed::Play(plays) => drop(world.songs.update(&ctx, &key, Song::patch().plays(plays)).await),
        Deed::Delete => drop(world.songs.delete(&ctx, &key).await.unwrap()),
        Deed::Purge => drop(world.songs.purge(&ctx, &key).await.unwrap()),
        Deed::ReadPartition => {
            world.songs.query(&ctx.strong(), artist).all().await.unwrap();
            let all = TITLES.map(|title| super::song::key(artist, title));
            return if event.own { all.into() } else { BTreeSet::new() };
        }
    }
    if event.own { [key].into() } else { BTreeSet::new() }
}

fn query<'a>(world: &'a World, ctx: &Context, reading: &Reading) -> Query<'a, Song, i64, EventualOnly> {
    let genre = GENRES[reading.genre].to_owned();
    let query = ryw_dynamo::__private::query_index(
        &world.source,
        ctx,
        &<Song as ryw_dynamo::Item>::INDEXES[1],
        &genre,
    );
    let query = if reading.descending { query.descending() } else { query };
    let query = match &reading.between {
        Some((low, high)) => query.between(low, high),
        None => query,
    };
    match reading.filter {
        0 => query,
        1 => query.filter(Condition::eq(SongColumn::Label, &LABELS[0].to_owned())),
        2 => query.filter(Condition::not_exists(SongColumn::Label)),
        _ => query.filter(!Condition::begins_with(SongColumn::Label, "ma")),
    }
}

/// What happens while pages are read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meanwhile {
    Nothing,
    /// After each page the index takes so many changes more.
    Steps(usize),
    /// After this page, counted from 0, the index has all of them, and the window is over.
    Passes(usize),
}

fn meanwhile() -> impl Strategy<Value = Meanwhile> {
    prop_oneof![
        Just(Meanwhile::Nothing),
        (1..4_usize).prop_map(Meanwhile::Steps),
        (0..3_usize).prop_map(Meanwhile::Passes),
    ]
}

impl Meanwhile {
    fn after(self, page: usize, world: &World) {
        match self {
            Self::Steps(steps) => drop(world.region().indexes().step(steps)),
            Self::Passes(at) if at == page => {
                world.region().indexes().release();
                world.region().follower().release();
                world.pass_the_window();
            }
            Self::Nothing | Self::Passes(_) => {}
        }
    }
}

/// All pages.
async fn pages(
    world: &World,
    ctx: &Context,
    reading: &Reading,
    meanwhile: Meanwhile,
) -> Result<Vec<Song>, TestCaseError> {
    let (mut shown, mut after) = (Vec::new(), None::<QueryCursor>);
    for number in 0.. {
        let page = query(world, ctx, reading).page(reading.limit, after.as_ref()).await.unwrap();
        let full = page.items.len() == reading.limit as usize;
        prop_assert!(full || (page.items.len() < reading.limit as usize && page.next.is_none()));
        shown.extend(page.items);
        meanwhile.after(number, world);
        let Some(next) = page.next else { break };
        after = Some(next.to_string().parse().unwrap());
    }
    Ok(shown)
}

/// What is sorted by the same comes in any order.
fn sorted(mut songs: Vec<Song>, descending: bool) -> Vec<Song> {
    songs.sort_by_key(|song| {
        (if descending { -song.plays } else { song.plays }, song.artist.clone(), song.title.clone())
    });
    songs
}

fn are_in_order(songs: &[Song], descending: bool) -> bool {
    songs.is_sorted_by_key(|song| if descending { -song.plays } else { song.plays })
}

async fn is_what_the_index_comes_to(
    before: Vec<Event>,
    since: Vec<Event>,
    reading: Reading,
    meanwhile: Meanwhile,
) -> Result<(), TestCaseError> {
    let (world, ctx) = (World::start().await, Context::new());
    for event in &before {
        happen(&world, &Context::new(), event).await;
    }
    world.hold();
    let mut own = BTreeSet::new();
    for event in &since {
        own.extend(happen(&world, &ctx, event).await);
    }
    let overlaid = pages(&world, &ctx, &reading, Meanwhile::Nothing).await?;
    prop_assert!(are_in_order(&overlaid, reading.descending), "{overlaid:?}");
    let at_once = query(&world, &ctx, &reading).all().await.unwrap();
    prop_assert_eq!(&overlaid, &at_once, "pages are parts of the whole");

    let is_own = |song: &Song| own.contains(&(song.artist.clone(), song.title.clone()));
    if meanwhile != Meanwhile::Nothing {
        let shown = pages(&world, &ctx, &reading, meanwhile).await?;
        let own_of =
            |songs: &[Song]| sorted(songs.iter().filter(|song| is_own(song)).cloned().collect(), false);
        prop_assert_eq!(own_of(&shown), own_of(&overlaid), "own items do not depend on the index");
        return Ok(());
    }
    world
        .region()
        .indexes()
        .step_where(|change| own.contains(&(change.key("artist").unwrap(), change.key("title").unwrap())));
    let caught_up = query(&world, &ctx.eventual(), &reading).all().await.unwrap();
    prop_assert_eq!(sorted(overlaid, reading.descending), sorted(caught_up, reading.descending));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn an_overlay_is_what_the_index_comes_to(
        before in events(),
        since in events(),
        reading in reading(),
        meanwhile in meanwhile(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(is_what_the_index_comes_to(before, since, reading, meanwhile))?;
    }
}
