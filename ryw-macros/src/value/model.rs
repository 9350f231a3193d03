//! A value that passed every check.

use syn::{Ident, Type};

/// A type that a column, or an attribute, can hold.
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) backends: Backends,
}

/// Where values of a type are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Backends {
    Postgres,
    Dynamo,
    Both,
}

/// What the type is.
pub(super) enum Kind {
    Enum(Enum),
    Newtype(Newtype),
    /// In DynamoDB only.
    Map(Map),
}

/// Variants without fields, each with the text that stands for it.
pub(super) struct Enum {
    pub(super) ident: Ident,
    /// In Postgres.
    pub(super) stored: Stored,
    /// At least one; no two of the same label.
    pub(super) variants: Vec<(Ident, String)>,
}

/// What an enum is in the database.
pub(super) enum Stored {
    Text,
    /// An enum of the database's own.
    Enum(TypeName),
}

/// The name of a type in the database.
pub(super) struct TypeName {
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

/// One field, whose type says all.
pub(super) struct Newtype {
    pub(super) ident: Ident,
    /// `None`: the field has no name.
    pub(super) field: Option<Ident>,
    pub(super) inner: Type,
    /// In Postgres.
    pub(super) array: Array,
}

/// Several fields, each with the name of its attribute.
pub(super) struct Map {
    pub(super) ident: Ident,
    pub(super) fields: Vec<(Ident, String, Type)>,
}

/// Whether there can be an array of it in a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Array {
    Yes,
    /// The database has no arrays of arrays.
    No,
}

impl Backends {
    pub(super) const fn postgres(self) -> bool {
        match self {
            Self::Postgres | Self::Both => true,
            Self::Dynamo => false,
        }
    }

    pub(super) const fn dynamo(self) -> bool {
        match self {
            Self::Dynamo | Self::Both => true,
            Self::Postgres => false,
        }
    }
}
