//! What a request touches, as numbers.
//!
//! The numbers are the same in every process and every version, because tokens carry them: FNV-1a over the table's name, then
//! the partition key's value, then the sort key's. Two things of one number cost a strong read and nothing else.

use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::Touch;

use crate::attribute::Attributes;
use crate::item::Item;

/// The item of a key.
pub(crate) fn item<T: Item>(table: &str, key: &Attributes) -> Touch {
    let partition = key.get(T::PARTITION.name);
    let whole = self::partition(table, partition);
    // Where nothing sorts a second number of the same: 32 bits are too few for the keys that are kept by them.
    let item = match T::SORT {
        Some(sort) => key.get(sort.name).map_or(0, |sort| folded(value(FNV, sort))),
        None => partition.map_or(0, |partition| folded(value(bytes(FNV, b"item"), partition))),
    };
    Touch { item, ..whole }
}

/// A partition, and no item of it.
pub(crate) fn partition(table: &str, partition: Option<&AttributeValue>) -> Touch {
    let whole = self::table(table);
    Touch { partition: partition.map_or(0, |partition| folded(value(FNV, partition))), ..whole }
}

/// A table, and no partition of it.
pub(crate) fn table(table: &str) -> Touch {
    Touch { table: folded(bytes(FNV, table.as_bytes())), partition: 0, item: 0 }
}

const FNV: u64 = 0xcbf2_9ce4_8422_2325;

fn bytes(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Only what a key can be has a number of its own.
fn value(hash: u64, value: &AttributeValue) -> u64 {
    match value {
        AttributeValue::S(text) => bytes(bytes(hash, b"S"), text.as_bytes()),
        AttributeValue::N(number) => bytes(bytes(hash, b"N"), number.as_bytes()),
        AttributeValue::B(blob) => bytes(bytes(hash, b"B"), blob.as_ref()),
        _ => hash,
    }
}

fn folded(hash: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
    let folded = (hash ^ (hash >> 32)) as u32;
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_what_they_are() {
        let seven = AttributeValue::N("7".into());
        let touch = partition("favorites", Some(&seven));
        // Tokens of other processes carry these.
        assert_eq!((touch.table, touch.partition), (table("favorites").table, 0xbc95_31d5_u32), "{touch:x?}");
        assert_ne!(touch.partition, partition("favorites", Some(&AttributeValue::S("7".into()))).partition);
        assert_ne!(table("favorites"), table("favourites"));
    }
}
