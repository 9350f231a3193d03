//! Cursors come from clients.

use std::error::Error as _;

use proptest::prelude::*;
use ryw_core::{Context, Cursor};
use ryw_dynamo::{OtherQuery, QueryCursor};

use super::song::World;

async fn cursor(world: &World) -> QueryCursor {
    world.ten().await;
    world.songs.query_by_genre(&Context::new(), "pop").page(3, None).await.unwrap().next.unwrap()
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_query_only() {
    let (world, ctx) = (World::start().await, Context::new());
    let cursor = cursor(&world).await;
    let (pop, rock, ada) = ("pop".to_owned(), "rock".to_owned(), "ada".to_owned());
    let songs = &world.songs;
    let good = songs.query_by_genre(&ctx, &pop).page(1, Some(&cursor)).await.unwrap();
    assert_eq!(good.items[0].title, "t3");
    let good = songs.query_by_genre(&ctx, &pop).at_least(&10).page(1, Some(&cursor)).await.unwrap();
    assert_eq!(good.items[0].title, "t3", "the condition is true where it is");
    let refused = [
        songs.query_by_genre(&ctx, &rock).page(1, Some(&cursor)).await,
        songs.query_by_genre(&ctx, &pop).descending().page(1, Some(&cursor)).await,
        songs.query_by_genre(&ctx, &pop).greater_than(&50).page(1, Some(&cursor)).await,
        songs.query_by_label(&ctx, &pop).page(1, Some(&cursor)).await,
        songs.query_by_plays(&ctx, &ada).page(1, Some(&cursor)).await,
        songs.query(&ctx, &ada).page(1, Some(&cursor)).await,
    ];
    for refused in refused {
        let error = refused.unwrap_err();
        assert!(error.is_database() && error.source().unwrap().is::<OtherQuery>(), "{error:?}");
    }
}

#[tokio::test]
async fn the_item_of_a_cursor_may_be_gone() {
    let (world, ctx) = (World::start().await, Context::new());
    let cursor = cursor(&world).await;
    world.songs.purge(&Context::new(), &("ada".into(), "t2".into())).await.unwrap();
    let page = world.songs.query_by_genre(&ctx, "pop").page(1, Some(&cursor)).await.unwrap();
    assert_eq!(page.items[0].title, "t3");
}

#[tokio::test]
async fn keys_as_long_as_they_can_be() {
    let (world, ctx) = (World::start().await, Context::new());
    let (artist, title) = ("\u{1F3B5}".repeat(512), "t".repeat(1024));
    for number in 0..3 {
        let title = format!("{}{number}", &title[1..]);
        world.put([super::song::song(&artist, &title, "pop", number)]).await;
    }
    let genre = "pop".to_owned();
    let page = world.songs.query_by_genre(&ctx, &genre).page(1, None).await.unwrap();
    let cursor: QueryCursor = page.next.unwrap().to_string().parse().unwrap();
    let page = world.songs.query_by_genre(&ctx, &genre).page(1, Some(&cursor)).await.unwrap();
    assert_eq!(page.items[0].plays, 1);
}

#[test]
fn what_is_no_cursor_is_refused() {
    for text in ["", "x", "AAAA", &Cursor::new(7_i64).to_string(), &"A".repeat(20_000)] {
        assert!(text.parse::<QueryCursor>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn hostile_texts_do_no_harm(text in "[A-Za-z0-9_-]{0,200}") {
        let _ = text.parse::<QueryCursor>();
    }
}

/// What is read back is what was written, or refused: forged parts get as far as the query, and no further.
#[tokio::test]
async fn forged_cursors_are_refused_or_harmless() {
    let (world, ctx) = (World::start().await, Context::new());
    let text = cursor(&world).await.to_string();
    let pop = "pop".to_owned();
    let mut parsed = 0;
    for (at, letter) in (0..text.len()).flat_map(|at| "A_z9".chars().map(move |letter| (at, letter))) {
        let forged = forge(&text, at, letter);
        let Ok(cursor) = forged.parse::<QueryCursor>() else { continue };
        parsed += 1;
        match world.songs.query_by_genre(&ctx, &pop).page(2, Some(&cursor)).await {
            Ok(page) => assert!(page.items.iter().all(|song| song.genre == "pop")),
            Err(error) => assert!(error.is_database(), "{error:?}"),
        }
    }
    assert!(parsed > 10, "the test gets through the checksum");
}

/// Changes a letter, and makes the checksum right again.
fn forge(text: &str, at: usize, letter: char) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    letters[at] = letter;
    let text: String = letters.into_iter().collect();
    let Some(mut bytes) = decoded(&text) else { return text };
    bytes.truncate(bytes.len().saturating_sub(4));
    let sum =
        bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    bytes.extend(sum.to_be_bytes());
    encoded(&bytes)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn decoded(text: &str) -> Option<Vec<u8>> {
    let bits = text.bytes().map(|letter| ALPHABET.iter().position(|known| *known == letter));
    let bits: Vec<bool> = bits
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .flat_map(|value| (0..6).rev().map(move |bit| value >> bit & 1 == 1))
        .collect();
    Some(
        bits.chunks_exact(8)
            .map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
            .collect(),
    )
}

fn encoded(bytes: &[u8]) -> String {
    let bits: Vec<bool> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let letter = |bits: &[bool]| {
        let value =
            (0..6).fold(0, |value, at| value << 1 | usize::from(bits.get(at).copied().unwrap_or(false)));
        char::from(ALPHABET[value])
    };
    bits.chunks(6).map(letter).collect()
}
