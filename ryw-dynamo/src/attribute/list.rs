//! Lists, and bytes, which look like lists in Rust.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::{Attribute, AttributeError};

impl<T: Attribute> Attribute for Vec<T> {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        T::list_to_attribute(self).map(Some)
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        T::list_from_attribute(value)
    }
}

impl<T: Attribute, const N: usize> Attribute for [T; N] {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        T::list_to_attribute(self).map(Some)
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let list = T::list_from_attribute(value)?;
        let found = list.len();
        list.try_into().map_err(|_| {
            AttributeError::unreadable(format!("it has {found} elements, where {N} are expected"))
        })
    }
}

/// Inside of a list nothing can be left out, so what would be is NULL there.
pub(super) fn to_attribute<T: Attribute>(list: &[T]) -> Result<AttributeValue, AttributeError> {
    let mut elements = Vec::with_capacity(list.len());
    for (index, element) in list.iter().enumerate() {
        elements.push(element_to(element).map_err(|error| error.at(index))?);
    }
    Ok(AttributeValue::L(elements))
}

pub(super) fn from_attribute<T: Attribute>(value: Option<AttributeValue>) -> Result<Vec<T>, AttributeError> {
    let elements = match value {
        Some(AttributeValue::L(elements)) => elements,
        other => return Err(AttributeError::expected("a list (L)", other.as_ref())),
    };
    let mut list = Vec::with_capacity(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        list.push(element_from(element).map_err(|error| error.at(index))?);
    }
    Ok(list)
}

/// A value where it cannot be left out.
pub(super) fn element_to(value: &impl Attribute) -> Result<AttributeValue, AttributeError> {
    Ok(value.to_attribute()?.unwrap_or(AttributeValue::Null(true)))
}

pub(super) fn element_from<T: Attribute>(value: AttributeValue) -> Result<T, AttributeError> {
    T::from_attribute(match value {
        AttributeValue::Null(_) => None,
        value => Some(value),
    })
}

pub(super) fn bytes_to_attribute(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

pub(super) fn bytes_from_attribute(value: Option<AttributeValue>) -> Result<Vec<u8>, AttributeError> {
    match value {
        Some(AttributeValue::B(bytes)) => Ok(bytes.into_inner()),
        other => Err(AttributeError::expected("bytes (B)", other.as_ref())),
    }
}
