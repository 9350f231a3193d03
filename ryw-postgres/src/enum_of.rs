//! The enums of the database's own that `#[derive(Value)]` stores.
//!
//! Such a type is known to a session by its name alone: its number differs from one database to the next.
//! So [`EnumOf`] compares names: the one that was given, or without its schema, for that is how the server prints the name
//! of a type whose schema is in the session's search path.

use std::marker::PhantomData;

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgHasArrayType, PgTypeInfo};
use sqlx::{Postgres, Type};

/// An enum of the database's own.
pub trait EnumType {
    /// Its name, quoted, with its schema if one was given.
    const NAME: &'static str;
    /// Its name, quoted, without a schema.
    const BARE: &'static str;
}

/// A column of such an enum.
pub struct EnumOf<N>(PhantomData<N>);

impl<N: EnumType> Type<Postgres> for EnumOf<N> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name(N::NAME)
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        *ty == PgTypeInfo::with_name(N::NAME) || *ty == PgTypeInfo::with_name(N::BARE)
    }
}

impl<N: EnumType> PgHasArrayType for EnumOf<N> {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of(N::NAME)
    }

    fn array_compatible(ty: &PgTypeInfo) -> bool {
        *ty == PgTypeInfo::array_of(N::NAME) || *ty == PgTypeInfo::array_of(N::BARE)
    }
}

/// A row holds a label that no variant has.
#[must_use]
pub fn unknown_label(name: &str, label: &str) -> BoxDynError {
    format!("no variant of `{name}` is stored as `{label}`").into()
}
