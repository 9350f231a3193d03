//! Sets. DynamoDB has no empty one: that is left out, and what is missing is empty.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, Hash};

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Attribute, AttributeError, KeyValue};
use crate::schema::KeyKind;

impl<T: KeyValue + Eq + Hash, S: BuildHasher + Default> Attribute for HashSet<T, S> {
    const CAN_BE_LEFT_OUT: bool = true;

    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        to_attribute(self.len(), self.iter())
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        from_attribute(value)
    }
}

impl<T: KeyValue + Ord> Attribute for BTreeSet<T> {
    const CAN_BE_LEFT_OUT: bool = true;

    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        to_attribute(self.len(), self.iter())
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        from_attribute(value)
    }
}

fn to_attribute<'a, T: KeyValue + 'a>(
    length: usize,
    elements: impl Iterator<Item = &'a T>,
) -> Result<Option<AttributeValue>, AttributeError> {
    if length == 0 {
        return Ok(None);
    }
    let mut set = match T::KIND {
        KeyKind::Text => AttributeValue::Ss(Vec::with_capacity(length)),
        KeyKind::Number => AttributeValue::Ns(Vec::with_capacity(length)),
        KeyKind::Bytes => AttributeValue::Bs(Vec::with_capacity(length)),
    };
    for element in elements {
        match (&mut set, element.to_attribute()?) {
            (AttributeValue::Ss(set), Some(AttributeValue::S(text))) => set.push(text),
            (AttributeValue::Ns(set), Some(AttributeValue::N(number))) => set.push(number),
            (AttributeValue::Bs(set), Some(AttributeValue::B(bytes))) => set.push(bytes),
            (_, other) => {
                return Err(AttributeError::expected(expected::<T>(), other.as_ref()));
            }
        }
    }
    Ok(Some(set))
}

fn from_attribute<T: KeyValue, C: FromIterator<T>>(
    value: Option<AttributeValue>,
) -> Result<C, AttributeError> {
    match (T::KIND, value) {
        (_, None | Some(AttributeValue::Null(_))) => Ok(C::from_iter([])),
        (KeyKind::Text, Some(AttributeValue::Ss(set))) => collect(set, AttributeValue::S),
        (KeyKind::Number, Some(AttributeValue::Ns(set))) => collect(set, AttributeValue::N),
        (KeyKind::Bytes, Some(AttributeValue::Bs(set))) => collect(set, AttributeValue::B),
        (_, other) => Err(AttributeError::expected(expected::<T>(), other.as_ref())),
    }
}

fn collect<T: KeyValue, C: FromIterator<T>, E>(
    set: Vec<E>,
    element: fn(E) -> AttributeValue,
) -> Result<C, AttributeError> {
    set.into_iter().map(|found| T::from_attribute(Some(element(found)))).collect()
}

const fn expected<T: KeyValue>() -> &'static str {
    match T::KIND {
        KeyKind::Text => "a set of texts (SS)",
        KeyKind::Number => "a set of numbers (NS)",
        KeyKind::Bytes => "a set of bytes (BS)",
    }
}
