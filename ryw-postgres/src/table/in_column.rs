//! What the types of fields must be able to do, as one trait each way, so that a field of another type is one message.
//!
//! Generated code calls these by the field's type, whatever it does with the column. It began with sqlx's own traits as bounds:
//! each use complained of each of them, in ten errors that did not say what to do. For the same reason neither of these has
//! supertraits.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgTypeInfo};
use sqlx::{Arguments as _, Decode, Encode, Postgres, Type};

use crate::query::{Columns, FieldNumber};

/// A type that a column is read as.
#[diagnostic::on_unimplemented(
    message = "no column of Postgres is read as `{Self}`",
    label = "is to be read from a column",
    note = "derive `ryw_core::Value` for an enum or a newtype, or say in which form the field is stored: `#[repository(json)]`, `try_from`, `flatten`",
    note = "types of chrono, ipnetwork, rust_decimal, time and uuid need the feature of `ryw-postgres` of that name, those of serde_json `json`"
)]
pub trait FromColumn: Sized {
    /// Reads a field's column.
    ///
    /// # Errors
    /// If it is not there, or does not decode.
    fn read<I: FieldNumber>(row: &Columns<'_>, field: I) -> Result<Self, sqlx::Error>;

    /// The same, of a column that may be NULL.
    ///
    /// # Errors
    /// Likewise.
    fn read_if_any<I: FieldNumber>(row: &Columns<'_>, field: I) -> Result<Option<Self>, sqlx::Error>;

    /// Whether it can hold a value of this type.
    fn accepts(ty: &PgTypeInfo) -> bool;
}

#[diagnostic::do_not_recommend]
impl<T: for<'r> Decode<'r, Postgres> + Type<Postgres>> FromColumn for T {
    fn read<I: FieldNumber>(row: &Columns<'_>, field: I) -> Result<Self, sqlx::Error> {
        row.try_get(field)
    }

    fn read_if_any<I: FieldNumber>(row: &Columns<'_>, field: I) -> Result<Option<Self>, sqlx::Error> {
        row.try_get(field)
    }

    fn accepts(ty: &PgTypeInfo) -> bool {
        Self::compatible(ty)
    }
}

/// A type that a column is read as, and set to.
#[diagnostic::on_unimplemented(
    message = "no column of Postgres holds a `{Self}`",
    label = "is to be stored in a column",
    note = "derive `ryw_core::Value` for an enum or a newtype, or say in which form the field is stored: `#[repository(json)]`, `try_from`, `flatten`",
    note = "types of chrono, ipnetwork, rust_decimal, time and uuid need the feature of `ryw-postgres` of that name, those of serde_json `json`"
)]
pub trait InColumn: Sized {
    /// [`FromColumn::read`].
    ///
    /// # Errors
    /// If it is not there, or does not decode.
    fn read<I: FieldNumber>(row: &Columns<'_>, field: I) -> Result<Self, sqlx::Error>;

    /// [`FromColumn::read_if_any`].
    ///
    /// # Errors
    /// If it is not there, or does not decode.
    fn read_if_any<I: FieldNumber>(row: &Columns<'_>, field: I) -> Result<Option<Self>, sqlx::Error>;

    /// [`FromColumn::accepts`].
    fn accepts(ty: &PgTypeInfo) -> bool;

    /// Adds a value.
    ///
    /// # Errors
    /// If it does not encode.
    fn add(value: &Self, arguments: &mut PgArguments) -> Result<(), BoxDynError>;

    /// Adds a value, or NULL.
    ///
    /// # Errors
    /// If it does not encode.
    fn add_if_any(value: Option<&Self>, arguments: &mut PgArguments) -> Result<(), BoxDynError>;

    /// Adds whether a column is set, and to what.
    ///
    /// # Errors
    /// If it does not encode.
    fn change(keep: bool, value: Option<&Self>, arguments: &mut PgArguments) -> Result<(), BoxDynError>;
}

#[diagnostic::do_not_recommend]
impl<T: for<'r> Decode<'r, Postgres> + for<'q> Encode<'q, Postgres> + Type<Postgres>> InColumn for T {
    fn read<I: FieldNumber>(row: &Columns<'_>, field: I) -> Result<Self, sqlx::Error> {
        row.try_get(field)
    }

    fn read_if_any<I: FieldNumber>(row: &Columns<'_>, field: I) -> Result<Option<Self>, sqlx::Error> {
        row.try_get(field)
    }

    fn accepts(ty: &PgTypeInfo) -> bool {
        Self::compatible(ty)
    }

    fn add(value: &Self, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        arguments.add(value)
    }

    fn add_if_any(value: Option<&Self>, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        arguments.add(value)
    }

    fn change(keep: bool, value: Option<&Self>, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        super::change(arguments, keep, value)
    }
}
