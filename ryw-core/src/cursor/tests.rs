//! Every key comes back, each cursor has one spelling, and whatever else comes in is refused without a panic.

use std::fmt::Debug;

use proptest::prelude::*;

use super::*;

fn comes_back<K: CursorKey + Clone + Debug + PartialEq>(key: &K) -> String {
    let text = Cursor::new(key.clone()).to_string();
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
    assert_eq!(text.parse::<Cursor<K>>().as_ref().map(Cursor::key), Ok(key), "{text}");
    text
}

fn why<K: CursorKey + Debug>(text: &str) -> String {
    text.parse::<Cursor<K>>().unwrap_err().to_string()
}

#[test]
fn what_is_wrong_is_said() {
    let good = Cursor::new(7_i64).to_string();
    let cases = [
        ("", "is empty"),
        ("a b", "no cursor has a ' ' in it"),
        ("a=", "no cursor has a '=' in it"),
        ("caf\u{e9}", "no cursor has a 'é' in it"),
        ("A", "damaged"),
        ("AAAA", "damaged"),
        (&good[1..], "damaged"),
        (&good[..good.len() - 1], "damaged"),
        (&good.repeat(2), "damaged"),
        (&"A".repeat(MAX_LEN + 1), "longer than 16384"),
    ];
    for (text, expected) in cases {
        assert!(why::<i64>(text).contains(expected), "{text}: {}", why::<i64>(text));
    }
    let mut other = CursorWriter::default();
    other.byte(VERSION + 1);
    7_i64.write(&mut other);
    assert!(why::<i64>(&other.sealed()).contains("another version"));
    for text in [comes_back(&"seven".to_owned()), comes_back(&(7_i64, 8_i64)), comes_back(&i64::MAX)] {
        assert!(why::<i32>(&text).contains("another list"), "{text}");
    }
}

#[test]
fn a_wider_key_reads_the_cursors_of_a_narrower_one() {
    let text = comes_back(&-7_i16);
    assert_eq!(text.parse::<Cursor<i64>>().unwrap().key(), &-7);
}

#[test]
fn a_usual_cursor_is_short() {
    assert!(comes_back(&1_000_000_i64).len() <= 14);
}

#[cfg(feature = "uuid")]
#[test]
fn a_uuid_comes_back() {
    comes_back(&uuid::Uuid::from_u128(7 << 100 | 3));
}

#[cfg(feature = "rust_decimal")]
#[test]
fn decimals_come_back_with_their_scale() {
    use rust_decimal::Decimal;
    for decimal in [Decimal::ZERO, Decimal::MAX, Decimal::MIN, Decimal::new(-100, 28), Decimal::new(10, 1)] {
        assert_eq!(comes_back(&decimal), comes_back(&decimal));
        let text = Cursor::new(decimal).to_string();
        assert_eq!(text.parse::<Cursor<Decimal>>().unwrap().key().scale(), decimal.scale());
    }
}

#[cfg(feature = "chrono")]
#[test]
fn moments_of_chrono_come_back() {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
    for moment in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, DateTime::UNIX_EPOCH] {
        comes_back(&moment);
        comes_back(&moment.naive_utc());
    }
    for day in [NaiveDate::MIN, NaiveDate::MAX] {
        comes_back(&day);
    }
    assert_eq!(NaiveDateTime::default().and_utc(), DateTime::UNIX_EPOCH);
}

#[cfg(feature = "time")]
#[test]
fn moments_of_time_come_back() {
    use time::{Date, OffsetDateTime, PrimitiveDateTime};
    comes_back(&OffsetDateTime::UNIX_EPOCH);
    for moment in [PrimitiveDateTime::MIN, PrimitiveDateTime::MAX] {
        comes_back(&moment);
    }
    for day in [Date::MIN, Date::MAX] {
        comes_back(&day);
    }
}

proptest! {
    #[test]
    fn every_key_comes_back(integer: i64, narrow: i16, flag: bool, text: String) {
        comes_back(&integer);
        comes_back(&narrow);
        if text.len() < 1000 {
            comes_back(&text);
            comes_back(&(integer, text, flag));
        }
    }

    #[test]
    fn nothing_panics(text: String, bytes: Vec<u8>) {
        let _ = text.parse::<Cursor<(i64, String)>>();
        // Past the checksum, too.
        let mut sealed = CursorWriter::default();
        sealed.byte(VERSION);
        for byte in bytes {
            sealed.byte(byte);
        }
        let text = sealed.sealed();
        let _ = text.parse::<Cursor<String>>();
        let _ = text.parse::<Cursor<(bool, i32)>>();
        // Whatever is read has no second spelling.
        if let Ok(cursor) = text.parse::<Cursor<i64>>() {
            prop_assert_eq!(cursor.to_string(), text);
        }
    }

    #[test]
    fn one_wrong_letter_is_noticed(key: (i64, bool), at: prop::sample::Index, letter in "[A-Za-z0-9_-]") {
        let good = Cursor::new(key).to_string();
        let at = at.index(good.len());
        let mut bad = good.clone();
        bad.replace_range(at..=at, &letter);
        prop_assert_eq!(bad.parse::<Cursor<(i64, bool)>>().is_ok(), bad == good);
    }
}
