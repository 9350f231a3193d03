//! What derived impls call beside the mapping of values: what would else be printed once more for each field.

use crate::attribute::{Attribute, AttributeError, Attributes, ExpiresAt, KeyValue, put, put_key, take};
use crate::expression::Changes;
use crate::schema::KeyAttribute;

/// A field that is stored as its type says, in the attribute of this name.
///
/// What is done with it is looked up once, in [`field`], so that rustc says once, and not for each use, that no attribute holds
/// the field's type.
#[derive(Debug)]
pub struct Field<T> {
    name: &'static str,
    take: fn(&mut Attributes, &str) -> Result<T, AttributeError>,
    put: fn(&mut Attributes, &str, &T) -> Result<(), AttributeError>,
    change: fn(&mut Changes, &'static str, bool, Option<&T>) -> Result<(), AttributeError>,
}

/// A field that is a key.
#[derive(Debug)]
pub struct Key<T> {
    attribute: KeyAttribute,
    put: fn(&mut Attributes, &str, &T) -> Result<(), AttributeError>,
}

/// A field of this type.
#[must_use]
pub const fn field<T: Attribute>(name: &'static str) -> Field<T> {
    Field { name, take, put, change }
}

/// A key of this type.
#[must_use]
pub const fn key<T: KeyValue>(name: &'static str) -> Key<T> {
    Key { attribute: KeyAttribute { name, kind: T::KIND }, put: put_key }
}

impl<T> Field<T> {
    /// Takes it out of an item.
    ///
    /// # Errors
    /// As [`take`](crate::take).
    pub fn take(&self, attributes: &mut Attributes) -> Result<T, AttributeError> {
        (self.take)(attributes, self.name)
    }

    /// Adds it to an item.
    ///
    /// # Errors
    /// As [`put`](crate::put).
    pub fn put(&self, attributes: &mut Attributes, value: &T) -> Result<(), AttributeError> {
        (self.put)(attributes, self.name, value)
    }

    /// As [`change`].
    ///
    /// # Errors
    /// As there.
    pub fn change(
        &self,
        changes: &mut Changes,
        is_kept: bool,
        value: Option<&T>,
    ) -> Result<(), AttributeError> {
        (self.change)(changes, self.name, is_kept, value)
    }
}

impl<T> Key<T> {
    /// Its name, and what it is stored as.
    #[must_use]
    pub const fn attribute(&self) -> KeyAttribute {
        self.attribute
    }

    /// Adds it to an item.
    ///
    /// # Errors
    /// As [`put_key`](crate::put_key).
    pub fn put(&self, attributes: &mut Attributes, value: &T) -> Result<(), AttributeError> {
        (self.put)(attributes, self.attribute.name, value)
    }
}

/// The attribute by which items expire.
#[must_use]
pub const fn ttl<T: Ttl>(name: &'static str) -> &'static str {
    name
}

/// What the field of `ttl` holds.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no time at which DynamoDB lets an item expire",
    label = "`ttl` names this field",
    note = "its type is `ryw_dynamo::ExpiresAt`, or an `Option` of that: whole seconds since the Unix epoch, all that the service \
            understands"
)]
pub trait Ttl {}

impl Ttl for ExpiresAt {}

/// Adds what becomes of an attribute: it is kept, set to a value, or removed.
///
/// # Errors
/// If DynamoDB has nothing that is this value.
pub fn change<T: Attribute>(
    changes: &mut Changes,
    name: &'static str,
    is_kept: bool,
    value: Option<&T>,
) -> Result<(), AttributeError> {
    match value {
        Some(value) => changes.set(name, value)?,
        None if is_kept => {}
        None => changes.remove(name),
    }
    Ok(())
}

/// Like [`change`], of a value that serde knows.
///
/// # Errors
/// As [`put_json`](crate::put_json).
#[cfg(feature = "json")]
pub fn change_json<T: serde::Serialize>(
    changes: &mut Changes,
    name: &'static str,
    is_kept: bool,
    value: Option<&T>,
) -> Result<(), AttributeError> {
    match value {
        Some(value) => changes.set_json(name, value)?,
        None if is_kept => {}
        None => changes.remove(name),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_keeps_sets_or_removes() {
        let changed = |is_kept, value: Option<&String>| {
            let mut changes = Changes::default();
            change(&mut changes, "note", is_kept, value).unwrap();
            changes
        };
        let (mut set, mut removed) = (Changes::default(), Changes::default());
        set.set("note", &"a".to_owned()).unwrap();
        removed.remove("note");
        assert_eq!(changed(true, None), Changes::default());
        assert_eq!(changed(false, Some(&"a".to_owned())), set);
        assert_eq!(changed(false, None), removed);
    }
}
