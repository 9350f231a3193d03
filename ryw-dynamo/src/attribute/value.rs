//! What derived impls call.

use std::error::Error as StdError;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Attribute, AttributeError, Attributes, put, take};

/// The attribute of an enum's variant.
#[must_use]
pub fn label(label: &str) -> AttributeValue {
    AttributeValue::S(label.to_owned())
}

/// The text of an attribute that must be one.
///
/// # Errors
/// If it is missing, or none.
pub fn text(value: Option<AttributeValue>) -> Result<String, AttributeError> {
    match value {
        Some(AttributeValue::S(text)) => Ok(text),
        other => Err(AttributeError::expected("a text (S)", other.as_ref())),
    }
}

/// A text that stands for none of the enum's variants.
#[must_use]
pub fn unknown_label(name: &str, label: &str) -> AttributeError {
    AttributeError::unreadable(format!(
        "no variant of `{name}` is stored as `{label}`: add one, or correct the item"
    ))
}

/// The parts of an attribute that must be a map.
///
/// # Errors
/// If it is missing, or none.
pub fn map(value: Option<AttributeValue>) -> Result<Attributes, AttributeError> {
    match value {
        Some(AttributeValue::M(parts)) => Ok(parts),
        other => Err(AttributeError::expected("a map (M)", other.as_ref())),
    }
}

/// Adds a value in the form of another type.
///
/// # Errors
/// As [`put`].
pub fn put_as<T: Attribute>(
    attributes: &mut Attributes,
    name: &str,
    value: &(impl Clone + Into<T>),
) -> Result<(), AttributeError> {
    put(attributes, name, &value.clone().into())
}

/// Adds a value, if there is one, in the form of another type.
///
/// # Errors
/// As [`put`].
pub fn put_as_if_any<T: Attribute>(
    attributes: &mut Attributes,
    name: &str,
    value: &Option<impl Clone + Into<T>>,
) -> Result<(), AttributeError> {
    value.as_ref().map_or(Ok(()), |value| put_as::<T>(attributes, name, value))
}

/// Takes a value that is stored in the form of another type.
///
/// # Errors
/// As [`take`], or if the other type's value is none of this one.
pub fn take_as<T: Attribute, U: TryFrom<T>>(
    attributes: &mut Attributes,
    name: &str,
) -> Result<U, AttributeError>
where
    U::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    converted(take(attributes, name)?, name)
}

/// Takes a value, if there is one, that is stored in the form of another type.
///
/// # Errors
/// As [`take_as`].
pub fn take_as_if_any<T: Attribute, U: TryFrom<T>>(
    attributes: &mut Attributes,
    name: &str,
) -> Result<Option<U>, AttributeError>
where
    U::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    take::<Option<T>>(attributes, name)?.map(|stored| converted(stored, name)).transpose()
}

fn converted<T, U: TryFrom<T>>(stored: T, name: &str) -> Result<U, AttributeError>
where
    U::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    U::try_from(stored).map_err(|refusal| {
        let why = format!("what is stored is no `{}`", std::any::type_name::<U>());
        AttributeError::unreadable(why).with_source(refusal).within(name)
    })
}
