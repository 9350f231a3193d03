//! A value that passed every check.

use syn::{Ident, Type};

/// A type that a column can hold.
pub(super) enum Value {
    Enum(Enum),
    Newtype(Newtype),
}

/// Variants without fields, each with the text that stands for it.
pub(super) struct Enum {
    pub(super) ident: Ident,
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
    pub(super) array: Array,
}

/// Whether there can be an array of it in a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Array {
    Yes,
    /// The database has no arrays of arrays.
    No,
}
