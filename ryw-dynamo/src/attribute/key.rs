//! What can be a key, or an element of a set.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Attribute, AttributeError, Attributes};
use crate::schema::KeyKind;

/// The longest key that DynamoDB takes, in bytes: that of a partition. One that sorts has at most half of them.
const LONGEST_KEY: usize = 2048;

/// A value that can be a key: a text, a number or bytes. Such values can be elements of a set, too.
///
/// Keys are sorted as DynamoDB sorts them: texts by their UTF-8 bytes, numbers by size, bytes as unsigned. Timestamps, dates and
/// UUIDs are sorted as their values are; enums by the texts that stand for their variants.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can neither be a key nor be in a set in DynamoDB",
    note = "a key, and an element of a set, is a text, a number or bytes: `String`, whole numbers, `Decimal`, `Vec<u8>`, `Uuid`, \
            dates and timestamps. `#[derive(Value)]` makes one of an enum without fields, and of a newtype around any of these"
)]
pub trait KeyValue: Attribute {
    /// What it is stored as. [`to_attribute`](Attribute::to_attribute) MUST give that.
    const KIND: KeyKind;
}

macro_rules! keys {
    ($kind:ident: $($ty:ty),*) => {
        $(
            impl KeyValue for $ty {
                const KIND: KeyKind = KeyKind::$kind;
            }
        )*
    };
}

keys!(Text: String, Box<str>, char);
keys!(Number: i8, i16, i32, i64, i128, u8, u16, u32, u64, u128, f32, f64, super::ExpiresAt);
keys!(Bytes: Vec<u8>);

#[cfg(feature = "rust_decimal")]
keys!(Number: rust_decimal::Decimal);

#[cfg(feature = "uuid")]
keys!(Text: ::uuid::Uuid);

#[cfg(feature = "chrono")]
keys!(Text: ::chrono::DateTime<::chrono::Utc>, ::chrono::NaiveDateTime, ::chrono::NaiveDate, ::chrono::NaiveTime);

#[cfg(feature = "time")]
keys!(Text: ::time::OffsetDateTime, ::time::PrimitiveDateTime, ::time::Date, ::time::Time);

impl<const N: usize> KeyValue for [u8; N] {
    const KIND: KeyKind = KeyKind::Bytes;
}

impl<T: KeyValue> KeyValue for Box<T> {
    const KIND: KeyKind = T::KIND;
}

/// Adds a key to an item.
///
/// # Errors
/// If the value is an empty text or no bytes at all, is longer than 2048 bytes, or is nothing that DynamoDB has.
pub fn put_key(attributes: &mut Attributes, name: &str, value: &impl KeyValue) -> Result<(), AttributeError> {
    let value = key_attribute(value).map_err(|error| error.within(name))?;
    attributes.insert(name.to_owned(), value);
    Ok(())
}

/// The attribute of a key.
pub(crate) fn key_attribute(value: &impl KeyValue) -> Result<AttributeValue, AttributeError> {
    let Some(value) = value.to_attribute()? else {
        return Err(AttributeError::unstorable("it is a key, and a key is never left out"));
    };
    let length = match &value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::N(_) => return Ok(value),
        other => return Err(AttributeError::expected("a key (S, N or B)", Some(other))),
    };
    match length {
        0 => {
            Err(AttributeError::unstorable("it is a key, and empty: give it at least one character or byte"))
        }
        length if length > LONGEST_KEY => Err(AttributeError::unstorable(format!(
            "it is a key of {length} bytes, and the longest that DynamoDB takes has {LONGEST_KEY}: shorten it, by a hash for \
             instance"
        ))),
        _ => Ok(value),
    }
}
