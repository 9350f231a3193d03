//! What is stored is read back, and what cannot be is refused.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Debug;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::*;

mod laws;
mod sizes;

pub(super) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn n(digits: &str) -> AttributeValue {
    AttributeValue::N(digits.into())
}

fn b(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// There and back.
fn is<T: Attribute + PartialEq + Debug>(value: T, expected: Option<AttributeValue>) {
    let stored = value.to_attribute().unwrap();
    assert_eq!(stored, expected, "{value:?}");
    assert_eq!(T::from_attribute(stored).unwrap(), value);
}

fn refused<T: Attribute>(value: &T) -> String {
    value.to_attribute().unwrap_err().within("x").to_string()
}

fn unread<T: Attribute + Debug>(value: Option<AttributeValue>) -> String {
    T::from_attribute(value).unwrap_err().within("x").to_string()
}

#[test]
fn what_there_is_not_is_left_out() {
    is(None::<String>, None);
    is(Some("a".to_owned()), Some(s("a")));
    is(HashSet::<String>::new(), None);
    is(BTreeSet::<Vec<u8>>::new(), None);
    assert_eq!(
        Option::<i32>::from_attribute(Some(AttributeValue::Null(true))).unwrap(),
        None,
        "as others write it"
    );
    let mut item = Attributes::new();
    put(&mut item, "gone", &None::<i32>).unwrap();
    assert!(item.is_empty());
}

#[test]
fn where_nothing_can_be_left_out_there_is_null() {
    is(vec![Some(1), None], Some(AttributeValue::L(vec![n("1"), AttributeValue::Null(true)])));
    is(
        vec![HashSet::<i32>::new(), HashSet::from([1])],
        Some(AttributeValue::L(vec![AttributeValue::Null(true), AttributeValue::Ns(vec!["1".into()])])),
    );
    let map = BTreeMap::from([("a".to_owned(), None::<bool>), ("b".to_owned(), Some(true))]);
    let expected = HashMap::from([
        ("a".to_owned(), AttributeValue::Null(true)),
        ("b".to_owned(), AttributeValue::Bool(true)),
    ]);
    is(map, Some(AttributeValue::M(expected)));
}

#[test]
fn sets_are_sets_and_bytes_are_bytes() {
    is(
        BTreeSet::from(["a".to_owned(), "b".to_owned()]),
        Some(AttributeValue::Ss(vec!["a".into(), "b".into()])),
    );
    is(BTreeSet::from([1_u8, 2]), Some(AttributeValue::Ns(vec!["1".into(), "2".into()])));
    is(HashSet::from([vec![1_u8]]), Some(AttributeValue::Bs(vec![Blob::new([1])])));
    is(vec![1_u8, 2], Some(b(&[1, 2])));
    is([1_u8, 2], Some(b(&[1, 2])));
    is(Vec::<u8>::new(), Some(b(&[])));
    is(vec![vec![1_u8]], Some(AttributeValue::L(vec![b(&[1])])));
    is(vec![1_i8, 2], Some(AttributeValue::L(vec![n("1"), n("2")])));
    is(String::new(), Some(s("")));
    is(Box::new(true), Some(AttributeValue::Bool(true)));
    is('ß', Some(s("ß")));
}

#[test]
fn numbers_are_exact_or_refused() {
    is(i64::MIN, Some(n("-9223372036854775808")));
    is(u64::MAX, Some(n("18446744073709551615")));
    is(10_i128.pow(38) - 1, Some(n(&"9".repeat(38))));
    is(10_u128.pow(38), Some(n(&format!("1{}", "0".repeat(38)))));
    is(0.1_f32, Some(n("0.1")));
    is(1e100_f64, Some(n("1e100")));
    assert_eq!((-0.0_f64).to_attribute().unwrap(), Some(n("0")));
    for refusal in [
        refused(&f64::NAN),
        refused(&f32::INFINITY),
        refused(&f64::MAX),
        refused(&f64::MIN_POSITIVE),
        refused(&u128::MAX),
        refused(&i128::MIN),
        refused(&vec![1.0, f64::NAN]),
    ] {
        assert!(refusal.starts_with("the attribute `x") && refusal.contains("store"), "{refusal}");
    }
}

#[test]
fn numbers_are_read_however_they_are_written() {
    for (digits, expected) in [
        ("7", Some(7)),
        ("7.00", Some(7)),
        ("7E+2", Some(700)),
        ("0.7e1", Some(7)),
        ("-0", Some(0)),
        ("00012", Some(12)),
    ] {
        assert_eq!(i32::from_attribute(Some(n(digits))).ok(), expected, "{digits}");
    }
    for digits in ["7.5", "3000000000", "1E400", "", "abc", "1e", "--1", "1.2.3", "9e999999999999"] {
        assert!(unread::<i32>(Some(n(digits))).starts_with("the attribute `x` cannot be read"), "{digits}");
    }
    assert_eq!(f64::from_attribute(Some(n("1E+2"))).unwrap(), 100.0);
    assert!(f32::from_attribute(Some(n("1E+100"))).is_err());
}

#[test]
fn the_error_names_the_attribute_and_says_what_to_do() {
    let mut item = Attributes::new();
    let lines = AttributeValue::L(vec![s("a"), n("1")]);
    item.insert("address".into(), AttributeValue::M(HashMap::from([("lines".into(), lines)])));
    let error = take::<HashMap<String, Vec<String>>>(&mut item, "address").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the attribute `address.lines[1]` is a number (N), where a text (S) is expected: change the field's type, or what writes \
         the attribute"
    );
    assert_eq!(
        take::<i32>(&mut item, "age").unwrap_err().to_string(),
        "the attribute `age` is missing, where a number (N) is expected: make its field an `Option`, or add it to the items that \
         lack it"
    );
    let error = ryw_core::Error::from(put(&mut item, "share", &f64::NAN).unwrap_err());
    assert!(error.is_database() && !error.is_retryable());
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("the attribute `share` cannot be stored: DynamoDB has no NaN"), "{cause}");
}

#[test]
fn a_type_of_another_kind_is_refused() {
    assert!(unread::<String>(Some(n("1"))).contains("is a number (N)"));
    assert!(unread::<HashSet<String>>(Some(AttributeValue::L(vec![]))).contains("is a list (L)"));
    assert!(unread::<Vec<u8>>(Some(s("a"))).contains("bytes (B) is expected"));
    assert!(unread::<Vec<i32>>(None).contains("is missing"));
    assert!(unread::<[i32; 2]>(Some(AttributeValue::L(vec![n("1")]))).contains("1 elements, where 2"));
    assert!(unread::<bool>(Some(AttributeValue::Null(true))).contains("is NULL"));
    assert!(unread::<char>(Some(s("ab"))).contains("not one character"));
}

#[test]
fn keys_are_neither_empty_nor_too_long() {
    let refused =
        |value: &str| put_key(&mut Attributes::new(), "id", &value.to_owned()).unwrap_err().to_string();
    assert!(refused("").starts_with("the attribute `id` cannot be stored: it is a key, and empty"));
    assert!(refused(&"x".repeat(2049)).contains("2049 bytes"));
    assert!(put_key(&mut Attributes::new(), "id", &Vec::<u8>::new()).is_err());
    let mut item = Attributes::new();
    put_key(&mut item, "id", &7_i64).unwrap();
    put_key(&mut item, "name", &"x".repeat(2048)).unwrap();
    assert_eq!(item["id"], n("7"));
    let kinds = (<[u8; 4]>::KIND, String::KIND, Box::<u8>::KIND);
    assert_eq!(kinds, (crate::KeyKind::Bytes, crate::KeyKind::Text, crate::KeyKind::Number));
}

#[test]
fn other_forms_are_converted() {
    let mut item = Attributes::new();
    put_as::<i64>(&mut item, "small", &7_i32).unwrap();
    put_as_if_any::<i64>(&mut item, "none", &None::<i32>).unwrap();
    put_as::<i64>(&mut item, "large", &300_i32).unwrap();
    assert_eq!(item.len(), 2);
    assert_eq!(take_as::<i64, u8>(&mut item, "small").unwrap(), 7);
    assert_eq!(take_as_if_any::<i64, u8>(&mut item, "none").unwrap(), None);
    let error = take_as::<i64, u8>(&mut item, "large").unwrap_err();
    assert!(
        error.to_string().starts_with("the attribute `large` cannot be read: what is stored is no `u8`"),
        "{error}"
    );
}

#[test]
fn an_expiry_is_whole_seconds_and_never_too_soon() {
    use std::time::{Duration, UNIX_EPOCH};

    is(ExpiresAt::from_unix_seconds(1_700_000_000), Some(n("1700000000")));
    assert_eq!(ExpiresAt::from(UNIX_EPOCH + Duration::from_millis(1_001)).as_unix_seconds(), 2);
    assert_eq!(ExpiresAt::from(UNIX_EPOCH - Duration::from_secs(1)).as_unix_seconds(), 0);
    let at = ExpiresAt::from_unix_seconds(2);
    let millis = ryw_core::Timestamp::from_unix_millis;
    assert!(!at.has_passed(millis(1_999)) && at.has_passed(millis(2_000)));
}

#[cfg(feature = "rust_decimal")]
#[test]
fn decimals_never_go_through_a_float() {
    use rust_decimal::Decimal;

    let exact: Decimal = "0.1234567890123456789012345678".parse().unwrap();
    is(exact, Some(n("0.1234567890123456789012345678")));
    is(Decimal::MAX, Some(n("79228162514264337593543950335")));
    // As a key it must be the same text.
    assert_eq!(Decimal::new(150, 2).to_attribute().unwrap(), Some(n("1.5")));
    assert_eq!("-0.00".parse::<Decimal>().unwrap().to_attribute().unwrap(), Some(n("0")));
    assert_eq!(Decimal::from_attribute(Some(n("1.5E+3"))).unwrap(), Decimal::from(1500));
    assert!(unread::<Decimal>(Some(n(&"1".repeat(38)))).contains("is no"));
    assert!(unread::<Decimal>(Some(n("1E-30"))).contains("is no"), "not rounded to 0");
}

#[cfg(feature = "uuid")]
#[test]
fn uuids_are_texts() {
    use ::uuid::Uuid;

    is(Uuid::from_u128(10), Some(s("00000000-0000-0000-0000-00000000000a")));
    assert!(unread::<Uuid>(Some(s("7"))).contains("`7` is no UUID"));
}

#[cfg(feature = "chrono")]
#[test]
fn times_of_chrono_are_texts_of_one_length() {
    use ::chrono::{DateTime, NaiveDate, NaiveTime, Utc};

    let moment = DateTime::<Utc>::from_timestamp(1, 5_000).unwrap();
    is(moment, Some(s("1970-01-01T00:00:01.000005000Z")));
    is(moment.naive_utc(), Some(s("1970-01-01T00:00:01.000005000")));
    is(NaiveDate::from_ymd_opt(2026, 2, 3).unwrap(), Some(s("2026-02-03")));
    is(NaiveTime::from_hms_opt(4, 5, 6).unwrap(), Some(s("04:05:06.000000000")));
    let offset = DateTime::<Utc>::from_attribute(Some(s("1970-01-01T01:00:01+01:00"))).unwrap();
    assert_eq!(offset.timestamp(), 1, "as others write it");
    assert!(refused(&DateTime::<Utc>::MAX_UTC).contains("no four digits"));
    assert!(unread::<NaiveDate>(Some(s("soon"))).contains("`soon` is no date"));
}

#[cfg(feature = "time")]
#[test]
fn times_of_time_are_texts_of_one_length() {
    use ::time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

    let moment = OffsetDateTime::UNIX_EPOCH + ::time::Duration::nanoseconds(1_000_005_000);
    is(moment, Some(s("1970-01-01T00:00:01.000005000Z")));
    is(moment.to_offset(UtcOffset::from_hms(5, 0, 0).unwrap()), Some(s("1970-01-01T00:00:01.000005000Z")));
    is(PrimitiveDateTime::new(moment.date(), moment.time()), Some(s("1970-01-01T00:00:01.000005000")));
    is(Date::from_calendar_date(2026, Month::February, 3).unwrap(), Some(s("2026-02-03")));
    is(Time::from_hms(4, 5, 6).unwrap(), Some(s("04:05:06.000000000")));
    let before = Date::from_calendar_date(-1, Month::May, 1).unwrap();
    assert!(refused(&before).contains("no four digits"));
    assert!(unread::<Time>(Some(s("noon"))).contains("`noon` is no time of day"));
}

#[cfg(feature = "json")]
mod json {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Point,
        Circle(f64),
        Line(i64, i64),
        Box { wide: u64, name: Option<String> },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Drawing {
        shapes: Vec<Shape>,
        by_number: BTreeMap<i32, bool>,
        signs: (char, f32, i128),
    }

    fn is<T: Serialize + serde::de::DeserializeOwned + PartialEq + Debug>(
        value: &T,
    ) -> Option<AttributeValue> {
        let mut item = Attributes::new();
        put_json(&mut item, "x", value).unwrap();
        let stored = item.get("x").cloned();
        assert_eq!(&take_json::<T>(&mut item, "x").unwrap(), value);
        stored
    }

    #[test]
    fn what_serde_knows_is_a_document() {
        let shapes = vec![
            Shape::Point,
            Shape::Circle(0.1),
            Shape::Line(i64::MIN, -1),
            Shape::Box { wide: u64::MAX, name: None },
        ];
        is(&Drawing { shapes, by_number: BTreeMap::from([(-7, true)]), signs: ('ß', 0.1, -5) });
        assert_eq!(is(&vec![0.5, 3.0]), Some(AttributeValue::L(vec![n("0.5"), n("3")])));
        assert_eq!(is(&None::<String>), None, "left out");
        assert_eq!(is(&serde_json::Value::Null), None);
        is(&serde_json::json!({ "a": [1, "b", null, { "c": true }], "d": 1.5, "e": u64::MAX }));
    }

    #[test]
    fn nothing_becomes_null_in_silence() {
        let refused = |value: &dyn erased::Writes| value.refusal();
        let nan = refused(&BTreeMap::from([("ratio", vec![f64::NAN])]));
        assert!(nan.starts_with("the attribute `x.ratio[0]` cannot be stored: DynamoDB has no NaN"), "{nan}");
        assert!(refused(&u128::MAX).contains("more than 64 bits"));
        assert!(refused(&BTreeMap::from([(vec![1], 1)])).contains("keys must be texts"));
    }

    mod erased {
        use super::*;

        pub(super) trait Writes {
            fn refusal(&self) -> String;
        }

        impl<T: Serialize> Writes for T {
            fn refusal(&self) -> String {
                put_json(&mut Attributes::new(), "x", self).unwrap_err().to_string()
            }
        }
    }

    #[test]
    fn documents_of_another_shape_are_errors() {
        let mut item = Attributes::from([("x".to_owned(), s("a")), ("bytes".to_owned(), b(&[1]))]);
        assert!(take_json::<Vec<i32>>(&mut item, "x").unwrap_err().to_string().contains("by serde"));
        assert!(
            take_json::<String>(&mut item, "gone").unwrap_err().to_string().contains("`gone` is missing")
        );
        assert!(take_json::<String>(&mut item, "bytes").unwrap_err().to_string().contains("is bytes (B)"));
    }
}
