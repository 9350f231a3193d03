//! Whether a field can hold its column, told by types: the check of an entity's SQL calls these, in functions that never run.
//!
//! sqlx says which type a column is mapped to. A field of a built-in type must be just that, or an `Option` of it; there is a
//! trait for each advice that a misfit can need, and all of them hold alike. A value of the user's own is
//! judged if it says what it is stored as ([`StoredAs`], which `#[derive(Value)]` implements), and else left to its own
//! `Decode`. Which of the two, [`Probe`] finds out: an inherent method hides one of a trait, if its bounds hold.

use std::marker::PhantomData;

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident $(: $note:literal)?;)*) => {
        $(
            $(#[$doc])*
            #[diagnostic::on_unimplemented(
                message = "a column of `{Column}` does not fit a field of `{Self}`",
                label = "the column holds `{Column}`"
                $(, note = $note)?
            )]
            pub trait $rule<Column> {}

            #[diagnostic::do_not_recommend]
            impl<T> $rule<T> for T {}

            #[diagnostic::do_not_recommend]
            impl<T> $rule<T> for Option<T> {}
        )*
    };
}

rules! {
    /// A field that can hold its column.
    FieldOf;

    /// A field that can hold a column of numbers.
    NumberOf: "a number needs the column's own width";

    /// A field that can hold a column with NULLs.
    NullableOf: "a column that may be NULL needs an `Option`";

    /// A field that can hold a column of a view.
    ViewOf: "every column of a view counts as one that may be NULL: give the field an `Option`, or, if it never is, promise so \
             with `#[repository(not_null)]`";
}

/// Compiles if the field can hold its column.
pub const fn field<Field: FieldOf<Column>, Column>() {}

/// Compiles if the field can hold its column, which is one of numbers.
pub const fn number<Field: NumberOf<Column>, Column>() {}

/// Compiles if the field can hold its column, which may be NULL.
pub const fn nullable<Field: NullableOf<Column>, Column>() {}

/// Compiles if the field can hold its column, which is one of a view.
pub const fn of_view<Field: ViewOf<Column>, Column>() {}

/// Compiles if this field can hold a column with NULLs.
pub const fn may_be_null<Field: NullableOf<Option<Held>>, Held>(_: &Field) {}

/// A type whose columns are held against another's.
pub trait StoredAs {
    /// The type that sqlx maps such a column to; [`DatabaseType`] if it maps it to none.
    type As;
}

/// A column of a type that sqlx maps to none of its own: an enum of the database's, for instance.
#[derive(Debug)]
pub struct DatabaseType;

/// Asks what a field is stored as.
pub struct Probe<F>(PhantomData<F>);

/// What a field is stored as, and the column it is held against.
pub struct Judged<Value, Column>(PhantomData<(Value, Column)>);

impl<F> Probe<F> {
    /// Of a field of this type.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Of this field, whose type rustc infers.
    #[must_use]
    pub const fn of(_: &F) -> Self {
        Self(PhantomData)
    }
}

impl<F> Default for Probe<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: StoredAs> Probe<F> {
    /// It is known.
    #[must_use]
    pub const fn judge<Column>(&self) -> Judged<F::As, Column> {
        Judged(PhantomData)
    }
}

/// The answer for what is not known to be [`StoredAs`] anything.
pub trait Unjudged {
    /// It is taken for whatever the column holds.
    fn judge<Column>(&self) -> Judged<Column, Column> {
        Judged(PhantomData)
    }
}

impl<F> Unjudged for Probe<F> {}

/// A value of this type, or an `Option` of it, can hold the column.
#[diagnostic::on_unimplemented(
    message = "a column of `{Column}` does not fit a value that is stored as `{Self}`",
    label = "the column holds `{Column}`, this is stored as `{Self}`",
    note = "change the type inside the value, or the column; `DatabaseType` is a type of the database's own, such as an enum"
)]
pub trait Holds<Column> {}

#[diagnostic::do_not_recommend]
impl<T> Holds<T> for T {}

#[diagnostic::do_not_recommend]
impl<T> Holds<T> for Option<T> {}

/// Compiles if the field can hold its column.
pub const fn holds<Value: Holds<Column>, Column>(_: &Judged<Value, Column>) {}

impl<T: StoredAs> StoredAs for Option<T> {
    type As = Option<T::As>;
}

impl<T: StoredAs> StoredAs for Vec<T> {
    type As = Vec<T::As>;
}

impl StoredAs for Vec<u8> {
    type As = Self;
}

macro_rules! as_themselves {
    ($($(#[$attribute:meta])* $ty:ty,)*) => {
        $($(#[$attribute])* impl StoredAs for $ty { type As = Self; })*
    };
}

// A field of a flattened struct is known by inference only, so these too have to say what they are.
as_themselves! {
    bool,
    i8,
    i16,
    i32,
    i64,
    f32,
    f64,
    String,
    sqlx::postgres::types::PgInterval,
    sqlx::postgres::types::PgMoney,
    sqlx::postgres::types::PgRange<i32>,
    sqlx::postgres::types::PgRange<i64>,
    #[cfg(feature = "chrono")] sqlx::types::chrono::NaiveDate,
    #[cfg(feature = "chrono")] sqlx::types::chrono::NaiveDateTime,
    #[cfg(feature = "chrono")] sqlx::types::chrono::NaiveTime,
    #[cfg(feature = "chrono")] sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc>,
    #[cfg(feature = "ipnetwork")] sqlx::types::ipnetwork::IpNetwork,
    #[cfg(feature = "json")] sqlx::types::JsonValue,
    #[cfg(feature = "rust_decimal")] sqlx::types::Decimal,
    #[cfg(feature = "time")] sqlx::types::time::Date,
    #[cfg(feature = "time")] sqlx::types::time::Time,
    #[cfg(feature = "time")] sqlx::types::time::PrimitiveDateTime,
    #[cfg(feature = "time")] sqlx::types::time::OffsetDateTime,
    #[cfg(feature = "uuid")] sqlx::types::Uuid,
}
