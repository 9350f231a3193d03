//! What holds for every value.

use proptest::collection::{btree_map, btree_set, hash_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;

/// There and back, by way of an item.
fn back<T: Attribute + PartialEq + Debug>(value: &T) -> Result<(), TestCaseError> {
    let mut item = Attributes::new();
    put(&mut item, "x", value).unwrap();
    prop_assert_eq!(&take::<T>(&mut item, "x").unwrap(), value);
    prop_assert!(item.is_empty());
    Ok(())
}

/// Floats that DynamoDB has.
fn float() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("in range", |number| *number == 0.0 || (1e-130..1e126).contains(&number.abs()))
}

proptest! {
    #[test]
    fn scalars(
        text: String,
        byte: u8,
        whole: (i8, i16, i32, i64),
        positive: (u16, u32, u64),
        flag: bool,
        single in any::<f32>().prop_filter("finite", |number| number.is_finite()),
        double in float(),
        bytes: Vec<u8>,
        array: [u8; 7],
        letter: char,
    ) {
        back(&text)?;
        back(&byte)?;
        back(&whole.0)?;
        back(&whole.1)?;
        back(&whole.2)?;
        back(&whole.3)?;
        back(&positive.0)?;
        back(&positive.1)?;
        back(&positive.2)?;
        back(&flag)?;
        back(&single)?;
        back(&double)?;
        back(&bytes)?;
        back(&array)?;
        back(&letter)?;
    }

    #[test]
    fn wide_numbers_are_exact_or_refused(signed: i128, unsigned: u128) {
        if signed.to_attribute().is_ok() {
            back(&signed)?;
        } else {
            prop_assert!(signed.unsigned_abs() > 10_u128.pow(38));
        }
        if unsigned.to_attribute().is_ok() {
            back(&unsigned)?;
        } else {
            prop_assert!(unsigned > 10_u128.pow(38));
        }
    }

    #[test]
    fn collections(
        list in vec(option::of("\\PC{0,3}"), 0..4),
        lists in vec(vec(any::<i32>(), 0..3), 0..3),
        texts in hash_set("\\PC{0,3}", 0..4),
        numbers in btree_set(any::<i64>(), 0..4),
        bytes in hash_set(vec(any::<u8>(), 0..3), 0..4),
        map in btree_map("\\PC{0,3}", btree_set(any::<u32>(), 0..3), 0..4),
        maybe in option::of(vec(any::<u8>(), 0..3)),
    ) {
        back(&list)?;
        back(&lists)?;
        back(&texts)?;
        back(&numbers)?;
        back(&bytes)?;
        back(&map)?;
        back(&maybe)?;
    }

    /// However the digits are written.
    #[test]
    fn whole_numbers_in_any_notation(number: i64, zeros in 0_usize..5) {
        let zeros = "0".repeat(zeros);
        for digits in [format!("{number}.{zeros}0"), format!("{number}e0"), format!("{number}0{zeros}E-{}", zeros.len() + 1)] {
            prop_assert_eq!(i64::from_attribute(Some(n(&digits))).unwrap(), number, "{}", digits);
        }
    }

    /// Another program may have written anything.
    #[test]
    fn no_text_of_a_number_panics(digits in "[-+0-9.eE]{0,12}|\\PC{0,8}") {
        let _ = i64::from_attribute(Some(n(&digits)));
        let _ = f64::from_attribute(Some(n(&digits)));
        let _ = number::size(&digits);
        #[cfg(feature = "rust_decimal")]
        let _ = rust_decimal::Decimal::from_attribute(Some(n(&digits)));
    }
}

#[cfg(feature = "rust_decimal")]
proptest! {
    #[test]
    fn decimals(low: u32, middle: u32, high: u32, negative: bool, scale in 0_u32..=28) {
        back(&rust_decimal::Decimal::from_parts(low, middle, high, negative, scale))?;
    }
}

/// The text of a key.
#[cfg(any(feature = "chrono", feature = "time", feature = "uuid"))]
fn key<T: KeyValue>(value: &T) -> String {
    match key_attribute(value).unwrap() {
        AttributeValue::S(text) => text,
        other => panic!("{other:?}"),
    }
}

#[cfg(feature = "uuid")]
proptest! {
    #[test]
    fn uuids_are_sorted_as_their_bytes(left: u128, right: u128) {
        let (left, right) = (::uuid::Uuid::from_u128(left), ::uuid::Uuid::from_u128(right));
        back(&left)?;
        prop_assert_eq!(key(&left).cmp(&key(&right)), left.cmp(&right));
    }
}

/// Seconds of the years 0 to 9999, and nanoseconds.
#[cfg(any(feature = "chrono", feature = "time"))]
fn instant() -> impl Strategy<Value = (i64, u32)> {
    let seconds =
        prop_oneof![-62_167_219_200_i64..=253_402_300_799, 0_i64..3, 1_700_000_000_i64..1_700_000_003];
    (seconds, prop_oneof![0_u32..1_000_000_000, Just(0), Just(1_000), Just(999_999_999)])
}

#[cfg(feature = "chrono")]
proptest! {
    #[test]
    fn times_of_chrono_are_sorted_as_they_pass(left in instant(), right in instant()) {
        let moment = |(seconds, nanos)| ::chrono::DateTime::<::chrono::Utc>::from_timestamp(seconds, nanos).unwrap();
        let (left, right) = (moment(left), moment(right));
        back(&left)?;
        back(&left.naive_utc())?;
        back(&left.date_naive())?;
        back(&left.time())?;
        prop_assert_eq!(key(&left).cmp(&key(&right)), left.cmp(&right));
        let (left, right) = (left.naive_utc(), right.naive_utc());
        prop_assert_eq!(key(&left).cmp(&key(&right)), left.cmp(&right));
        prop_assert_eq!(key(&left.date()).cmp(&key(&right.date())), left.date().cmp(&right.date()));
        prop_assert_eq!(key(&left.time()).cmp(&key(&right.time())), left.time().cmp(&right.time()));
    }
}

#[cfg(feature = "time")]
proptest! {
    #[test]
    fn times_of_time_are_sorted_as_they_pass(left in instant(), right in instant(), hours in -14_i8..=14) {
        let moment = |(seconds, nanos)| {
            let moment = ::time::OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            moment.replace_nanosecond(nanos).unwrap()
        };
        let (left, right) = (moment(left), moment(right));
        back(&left)?;
        if let Some(elsewhere) = left.checked_to_offset(::time::UtcOffset::from_hms(hours, 0, 0).unwrap()) {
            back(&elsewhere)?;
            prop_assert_eq!(key(&elsewhere), key(&left));
        }
        back(&left.date())?;
        back(&left.time())?;
        prop_assert_eq!(key(&left).cmp(&key(&right)), left.cmp(&right));
        prop_assert_eq!(key(&left.date()).cmp(&key(&right.date())), left.date().cmp(&right.date()));
        prop_assert_eq!(key(&left.time()).cmp(&key(&right.time())), left.time().cmp(&right.time()));
    }
}
