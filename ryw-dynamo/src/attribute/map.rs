//! Maps from texts. Inside of them nothing is left out: a key with `None` is a key, and its value NULL.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use aws_sdk_dynamodb::types::AttributeValue;

use super::list::{element_from, element_to};
use super::{Attribute, AttributeError, map};

impl<T: Attribute, S: BuildHasher + Default> Attribute for HashMap<String, T, S> {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        to_attribute(self.iter())
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        from_attribute(value)
    }
}

impl<T: Attribute> Attribute for BTreeMap<String, T> {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        to_attribute(self.iter())
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        from_attribute(value)
    }
}

fn to_attribute<'a, T: Attribute + 'a>(
    parts: impl Iterator<Item = (&'a String, &'a T)>,
) -> Result<Option<AttributeValue>, AttributeError> {
    let part = |(name, value): (&String, &T)| {
        let value = element_to(value).map_err(|error| error.within(name))?;
        Ok((name.clone(), value))
    };
    let parts: Result<_, _> = parts.map(part).collect();
    Ok(Some(AttributeValue::M(parts?)))
}

fn from_attribute<T: Attribute, M: FromIterator<(String, T)>>(
    value: Option<AttributeValue>,
) -> Result<M, AttributeError> {
    let part = |(name, value): (String, AttributeValue)| {
        let value = element_from(value).map_err(|error: AttributeError| error.within(&name))?;
        Ok((name, value))
    };
    map(value)?.into_iter().map(part).collect()
}
