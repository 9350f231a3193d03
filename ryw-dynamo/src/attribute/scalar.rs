//! Texts, booleans, and what stands around a value.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Attribute, AttributeError, text};

impl Attribute for String {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::S(self.clone())))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        text(value)
    }
}

impl Attribute for Box<str> {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::S(self.to_string())))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        text(value).map(Self::from)
    }
}

impl Attribute for char {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::S(self.to_string())))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        text.parse().map_err(|error| {
            AttributeError::unreadable(format!("`{text}` is not one character")).with_source(error)
        })
    }
}

impl Attribute for bool {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::Bool(*self)))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        match value {
            Some(AttributeValue::Bool(value)) => Ok(value),
            other => Err(AttributeError::expected("a boolean (BOOL)", other.as_ref())),
        }
    }
}

/// `Some` of a value that is left out could not be told from `None`, so a type that has such values is no `Option`'s:
///
/// ```compile_fail
/// use std::collections::HashSet;
///
/// use ryw_dynamo::Attribute;
///
/// let words: Option<HashSet<String>> = None; // without the `Option` an empty set is as good
/// assert!(words.to_attribute().is_ok());
/// ```
impl<T: Attribute> Attribute for Option<T> {
    const CAN_BE_LEFT_OUT: bool = true;

    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        const {
            assert!(
                !T::CAN_BE_LEFT_OUT,
                "an `Option` of a set, or of an `Option`: DynamoDB cannot tell its empty value from `None`. Take the outer \
                 `Option` away"
            );
        }
        let Some(value) = self else { return Ok(None) };
        match value.to_attribute()? {
            Some(value) => Ok(Some(value)),
            None => Err(AttributeError::unstorable(
                "it is `Some` of a value that is left out, and would be read back as `None`",
            )),
        }
    }

    /// NULL, which other programs write for nothing, is `None` too.
    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        match value {
            None | Some(AttributeValue::Null(_)) => Ok(None),
            Some(value) => T::from_attribute(Some(value)).map(Some),
        }
    }
}

impl<T: Attribute> Attribute for Box<T> {
    const CAN_BE_LEFT_OUT: bool = T::CAN_BE_LEFT_OUT;

    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        T::to_attribute(self)
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        T::from_attribute(value).map(Self::new)
    }
}
