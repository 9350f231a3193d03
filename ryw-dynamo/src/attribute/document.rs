//! What serde knows, as a document: maps, lists, numbers, texts, booleans and NULL, where JSON would have them.
//!
//! It is read by way of `serde_json::Value`, and as exact as that: whole numbers of 64 bits, and `f64`. It is *written* without,
//! because `serde_json` turns NaN into null, which cannot be read back. A whole `f64` is a number like any other, so that a
//! `serde_json::Value` of `3.0` comes back as `3`.

mod write;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

use self::write::{Refusal, Writer};
use super::{AttributeError, Attributes};

/// The attribute of a value that serde knows; `None` if it is null, and so left out.
///
/// # Errors
/// As [`put_json`].
pub(crate) fn json_attribute(value: &impl Serialize) -> Result<Option<AttributeValue>, AttributeError> {
    match value.serialize(Writer) {
        Ok(AttributeValue::Null(_)) => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(Refusal(error)) => Err(error),
    }
}

/// Adds a value that serde knows to an item, unless it is null.
///
/// # Errors
/// If it has a NaN, an infinity or a whole number of more than 64 bits in it, a map with keys that are no texts, or if its
/// `Serialize` fails.
pub fn put_json(
    attributes: &mut Attributes,
    name: &str,
    value: &impl Serialize,
) -> Result<(), AttributeError> {
    if let Some(value) = json_attribute(value).map_err(|error| error.within(name))? {
        attributes.insert(name.to_owned(), value);
    }
    Ok(())
}

/// Takes a value that serde knows out of an item; what is missing is null.
///
/// # Errors
/// If the attribute is bytes, or not of the value's shape.
pub fn take_json<T: DeserializeOwned>(attributes: &mut Attributes, name: &str) -> Result<T, AttributeError> {
    read(attributes.remove(name)).map_err(|error| error.within(name))
}

fn read<T: DeserializeOwned>(value: Option<AttributeValue>) -> Result<T, AttributeError> {
    let is_missing = value.is_none();
    let document = value.map_or(Ok(Value::Null), document)?;
    T::deserialize(document).map_err(|error| {
        if is_missing {
            return AttributeError::expected("a document", None);
        }
        let why = format!("it is no `{}` by serde", std::any::type_name::<T>());
        AttributeError::unreadable(why).with_source(error)
    })
}

fn document(value: AttributeValue) -> Result<Value, AttributeError> {
    Ok(match value {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(value) => Value::Bool(value),
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::N(digits) => Value::Number(number(&digits)?),
        AttributeValue::L(list) => Value::Array(elements(list, document)?),
        AttributeValue::Ss(set) => Value::Array(set.into_iter().map(Value::String).collect()),
        AttributeValue::Ns(set) => Value::Array(elements(set, |digits| number(&digits).map(Value::Number))?),
        AttributeValue::M(map) => {
            let part = |(name, value): (String, AttributeValue)| match document(value) {
                Ok(value) => Ok((name, value)),
                Err(error) => Err(error.within(&name)),
            };
            Value::Object(map.into_iter().map(part).collect::<Result<_, _>>()?)
        }
        other => return Err(AttributeError::expected("what JSON has", Some(&other))),
    })
}

fn elements<E>(
    list: Vec<E>,
    element: impl Fn(E) -> Result<Value, AttributeError>,
) -> Result<Vec<Value>, AttributeError> {
    list.into_iter()
        .enumerate()
        .map(|(index, found)| element(found).map_err(|error| error.at(index)))
        .collect()
}

/// As `serde_json` reads it, if that is exact; else the nearest float, which `serde_json` may miss by a bit.
fn number(digits: &str) -> Result<Number, AttributeError> {
    if let Some(number) = digits.parse::<Number>().ok().filter(|number| number.to_string() == digits) {
        return Ok(number);
    }
    let nearest = digits.parse().ok().and_then(Number::from_f64);
    nearest.ok_or_else(|| AttributeError::unreadable(format!("{digits} is no number of JSON's")))
}
