//! The table in DynamoDB, its keys and its indexes.

use syn::{Ident, Type};

use super::Field;
use crate::check::option;

/// A table that passed every check.
pub(crate) struct Dynamo {
    pub(crate) table: String,
    /// The key field that says in which partition an item lies.
    pub(crate) partition: Field,
    /// The other key field, by which the items of a partition are sorted, if there is one.
    pub(crate) sort: Option<Field>,
    pub(crate) ttl: Option<Field>,
    pub(crate) indexes: Vec<Index>,
}

/// A secondary index.
pub(crate) struct Index {
    pub(crate) name: String,
    /// What queries it.
    pub(crate) method: Ident,
    pub(crate) reach: Reach,
    pub(crate) partition: Field,
    pub(crate) sort: Option<Field>,
    pub(crate) projection: Projection,
}

/// How far an index reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// Within the table's partitions.
    Local,
    /// Over the whole table.
    Global,
}

/// What the entries of an index hold: always enough for an entity.
pub(crate) enum Projection {
    All,
    Keys,
    /// These attributes, beside the keys.
    Include(Vec<String>),
}

impl Field {
    /// The type of the value under a key of an index: an item without the value is in no index.
    pub(crate) fn value_type(&self) -> &Type {
        option(&self.ty).unwrap_or(&self.ty)
    }
}
