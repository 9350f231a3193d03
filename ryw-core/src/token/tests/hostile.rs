//! Tokens that no codec made.

use proptest::prelude::*;

use super::*;
use crate::{Position, Seen};

fn written() -> Context {
    let ctx = Context::new();
    ctx.join(&"main".into(), &Position::new("postgres:7".into(), 1, 0x16B_3748).into());
    ctx.join(&"main".into(), &Seen::new(crate::Branch::new("postgres:7".into(), 1), 99).into());
    ctx
}

fn why(text: &str) -> InvalidToken {
    signed().decode(text).unwrap_err()
}

#[test]
fn each_kind_of_wrong_is_told() {
    let good = signed().encode(&written());
    let good = good.as_str();
    let of_another_version = format!("I{}", &good[1..]);
    for (text, expected) in [
        ("", InvalidToken::Malformed),
        ("not a token", InvalidToken::Malformed),
        ("EQ", InvalidToken::Malformed),
        (&good[..20], InvalidToken::Malformed),
        (&good[..good.len() / 4 * 4], InvalidToken::Forged),
        (&format!("{good}AAAA"), InvalidToken::Forged),
        (&format!("{good}="), InvalidToken::Malformed),
        (&of_another_version, InvalidToken::Version),
        (unsigned().encode(&written()).as_str(), InvalidToken::Unsigned),
        (&"A".repeat(MAX_TEXT + 1), InvalidToken::TooLong),
        (&"A".repeat(MAX_TEXT), InvalidToken::Version),
        (at(TokenCodec::signed(key(8)), NOW).encode(&written()).as_str(), InvalidToken::Forged),
    ] {
        assert_eq!(why(text), expected, "{text}");
    }
    assert_eq!(unsigned().decode(good).unwrap_err(), InvalidToken::Unsigned);
}

#[test]
fn whoever_signs_can_still_be_misunderstood() {
    for bytes in [&[][..], &[17], &[1], &[1, 1, b'a', 0x85], &[1, 1, b'a', 0x41], &[0, 0]] {
        assert!(read::context(bytes, NOW).is_none(), "{bytes:?}");
    }
}

#[test]
fn accidents_are_found_where_nothing_is_signed() {
    let good = unsigned().encode(&written());
    assert!(unsigned().decode(good.as_str()).is_ok());
    for at in 1..good.as_str().len() {
        let mut bad = good.as_str().to_owned();
        let other = if &bad[at..=at] == "A" { "B" } else { "A" };
        bad.replace_range(at..=at, other);
        assert!(unsigned().decode(&bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_no_text_is_taken(text in ".{0,300}", letters in "[A-Za-z0-9_-]{0,300}") {
        for text in [text, letters] {
            prop_assert!(signed().decode(&text).is_err());
            let _ = unsigned().decode(&text);
        }
    }

    #[test]
    fn one_wrong_letter_is_noticed(at: prop::sample::Index, letter in "[A-Za-z0-9_-]") {
        let good = signed().encode(&written()).as_str().to_owned();
        let at = at.index(good.len());
        let mut bad = good.clone();
        bad.replace_range(at..=at, &letter);
        prop_assert_eq!(signed().decode(&bad).is_ok(), bad == good);
    }
}
