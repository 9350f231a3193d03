//! What generated code hands over.
//!
//! A derive emits which attributes there are, and how an entity becomes an item and an item an entity; everything that
//! happens with them is in this crate, once for all entities.

use ryw_core::{Entity, Error, Generator, InMemory};

use crate::attribute::{AttributeError, Attributes};
use crate::expression::Changes;
use crate::schema::{Index, KeyAttribute};

/// An entity read from a table; implemented by the derive.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not stored in a DynamoDB table",
    note = "add `#[repository(dynamo(table = \"...\"))]` beside `#[derive(Repository)]`"
)]
pub trait Item: Entity {
    /// The table's name, without the source's prefix.
    const TABLE: &'static str;
    /// The attribute that says in which partition an item lies.
    const PARTITION: KeyAttribute;
    /// The attribute by which the items of a partition are sorted, if they are.
    const SORT: Option<KeyAttribute>;
    /// The indexes that the struct names.
    const INDEXES: &'static [Index];
    /// The attribute that says when an item expires, if there is one.
    const TTL: Option<&'static str>;
    /// The attribute that marks an item as deleted, if there is one.
    const DELETED_AT: Option<&'static str>;
    /// Every attribute, in the fields' order; for projections.
    const ATTRIBUTES: &'static [&'static str];

    /// Puts a key's attributes, one or two, into `attributes`.
    ///
    /// # Errors
    /// If a value has no attribute: an empty string, a number that is none.
    fn put_key(key: &Self::Key, attributes: &mut Attributes) -> Result<(), AttributeError>;

    /// Makes the entity of its item. Attributes that it does not name are left alone.
    ///
    /// # Errors
    /// If an attribute is missing, or of another type than the field's.
    fn from_attributes(attributes: Attributes) -> Result<Self, AttributeError>;
}

/// An entity written to a table; implemented by the derive, unless it is read-only.
pub trait WriteItem: Item + InMemory {
    /// The attribute that counts an item's writes, if there is one.
    const VERSION: Option<&'static str>;

    /// The item of the entity. What is `None` or an empty set is left out.
    ///
    /// # Errors
    /// If a value has no attribute.
    fn to_attributes(&self) -> Result<Attributes, AttributeError>;

    /// Adds what `patch` sets and removes. What every write does is added by [`stamp`](Self::stamp) and by the version.
    ///
    /// # Errors
    /// If a value has no attribute.
    fn put_patch(patch: &Self::Patch, changes: &mut Changes) -> Result<(), AttributeError>;

    /// Adds what every write sets by itself: `updated_at`. The version is counted by the caller.
    ///
    /// # Errors
    /// If a time cannot be made in the field's type.
    fn stamp(by: &mut Generator, changes: &mut Changes) -> Result<(), Error> {
        let _ = (by, changes);
        Ok(())
    }

    /// Adds the mark of a deleted item, if there is one for it.
    ///
    /// # Errors
    /// If a time cannot be made in the field's type.
    fn stamp_deleted(by: &mut Generator, changes: &mut Changes) -> Result<(), Error> {
        let _ = (by, changes);
        Ok(())
    }

    /// The version of this entity as an attribute, if there is one.
    ///
    /// # Errors
    /// None: a version is a whole number.
    fn version_attribute(&self) -> Result<Option<crate::attribute::AttributeValue>, AttributeError> {
        Ok(None)
    }
}
