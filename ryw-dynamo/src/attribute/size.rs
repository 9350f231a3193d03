//! How large an item is, by the rules that AWS publishes ("DynamoDB item sizes and formats").
//!
//! They are called approximate for numbers; where they leave something open, this counts the smaller size. So what is refused
//! here would be refused by the service, and what passes may still be, if it is within bytes of the limit.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{AttributeError, Attributes, number};

/// The largest item that DynamoDB takes, in bytes: 400 KB of 1024 bytes. Its names count.
pub const MAX_ITEM_SIZE: usize = 400 * 1024;

/// What a list or a map takes beside its elements.
const COLLECTION: usize = 3;
/// What each element of a list or a map takes beside itself.
const ELEMENT: usize = 1;

/// The size of an item in bytes, by the rules that AWS publishes: the UTF-8 of names and texts, the bytes of binary values, a byte for
/// two digits of a number and one more, a byte for a boolean or NULL, 3 bytes for a list or map and one for each of its elements.
#[must_use]
pub fn estimated_size(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

/// Refuses an item that the service would refuse for its size.
pub(crate) fn check_size(attributes: &Attributes) -> Result<(), AttributeError> {
    let size = estimated_size(attributes);
    if size <= MAX_ITEM_SIZE {
        return Ok(());
    }
    let largest = attributes.iter().max_by_key(|(_, value)| value_size(value));
    let (name, own) = largest.map_or(("", 0), |(name, value)| (name.as_str(), value_size(value)));
    Err(too_large(name, &format!("it takes {own} bytes of the item's {size}")))
}

/// Refuses a value with which no item can be. How large the item is that an update makes only the service knows.
pub(crate) fn check_value_size(name: &str, value: &AttributeValue) -> Result<(), AttributeError> {
    let size = name.len() + value_size(value);
    if size <= MAX_ITEM_SIZE {
        return Ok(());
    }
    Err(too_large(name, &format!("it takes {size} bytes")))
}

fn too_large(name: &str, what: &str) -> AttributeError {
    let why = format!(
        "{what}, and DynamoDB's largest item has {MAX_ITEM_SIZE}: compress it, split the item, or keep it elsewhere, in S3 for \
         instance"
    );
    AttributeError::unstorable(why).within(name)
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number::size(number),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::Ss(set) => set.iter().map(String::len).sum(),
        AttributeValue::Ns(set) => set.iter().map(|number| number::size(number)).sum(),
        AttributeValue::Bs(set) => set.iter().map(|bytes| bytes.as_ref().len()).sum(),
        AttributeValue::L(list) => {
            COLLECTION + list.iter().map(|value| ELEMENT + value_size(value)).sum::<usize>()
        }
        AttributeValue::M(map) => {
            COLLECTION
                + map.iter().map(|(name, value)| ELEMENT + name.len() + value_size(value)).sum::<usize>()
        }
        // Not our enum: the service judges what this version does not know.
        _ => 0,
    }
}
