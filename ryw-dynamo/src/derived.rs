//! What derived impls call beside the mapping of values: what would else be printed once more for each field.

use crate::attribute::{Attribute, AttributeError, ExpiresAt, KeyValue};
use crate::expression::Changes;
use crate::schema::KeyAttribute;

/// The key that a field of this type is.
#[must_use]
pub const fn key<T: KeyValue>(name: &'static str) -> KeyAttribute {
    KeyAttribute { name, kind: T::KIND }
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
