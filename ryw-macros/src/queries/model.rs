//! A query that passed every check but the database's.

use syn::{Attribute, Ident, LitStr, Signature, Type, Visibility};

use super::nature::Nature;
use super::template::Template;

/// One function of the block.
pub(crate) struct Query {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) literal: LitStr,
    pub(crate) template: Template,
    pub(crate) nature: Nature,
    pub(crate) place: Place,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) shape: Shape,
}

/// Where it runs, by the name of the argument that says so.
pub(crate) enum Place {
    /// Where the session may read.
    Read(Ident),
    /// On the primary, by itself.
    Write(Ident),
    /// In a transaction.
    Transaction(Ident),
}

/// An argument that goes to the database.
pub(crate) struct Argument {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) is_option: bool,
}

/// What it returns.
pub(crate) enum Shape {
    All(Row),
    Optional(Row),
    One(Row),
    /// How many rows it changed.
    Affected,
}

/// What a row becomes.
pub(crate) enum Row {
    /// A column for each element.
    Tuple(Type, Vec<Type>),
    /// The only column, of a type that sqlx knows, or may be NULL.
    Scalar(Type),
    /// A struct of several columns, or a single value of a type of the user's own.
    Named(Type),
}

impl Shape {
    pub(crate) fn row(&self) -> Option<&Row> {
        match self {
            Self::All(row) | Self::Optional(row) | Self::One(row) => Some(row),
            Self::Affected => None,
        }
    }
}

impl Row {
    pub(crate) fn ty(&self) -> &Type {
        match self {
            Self::Tuple(ty, _) | Self::Scalar(ty) | Self::Named(ty) => ty,
        }
    }
}
