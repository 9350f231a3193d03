//! The bounds that a query's check is made of; the compiler says where one does not hold.
//!
//! The macro that checks a query knows a struct's name and no more. So the struct's derive says, for each field by its
//! number, what its column is held against ([`Column`]), and a column finds its number by its name, while the crate compiles
//! ([`place`]). A macro by example that lists a struct's fields was rejected: it would have to be imported beside the struct.

use std::marker::PhantomData;

use super::row::Row;

/// The column may be NULL.
pub struct MaybeNull;

/// The column is never NULL.
pub struct NeverNull;

/// The field's type is compared with the column's.
pub struct Exactly;

/// Only NULL is judged.
pub struct NullOnly;

/// Nothing is judged.
pub struct Unjudged;

/// A field's type that the check does not know.
pub struct YourType;

/// A column's type that sqlx does not know.
pub struct Unknown;

/// What the column of a struct's field number `FIELD` is held against; implemented beside [`Row`].
pub trait Column<const FIELD: usize> {
    /// What the field can hold.
    type Field;
    /// How strictly it is judged.
    type Judge;
}

/// Implements [`Column`] for each field of a struct. For generated code.
#[doc(hidden)]
#[macro_export]
macro_rules! __columns {
    ($row:ident { $($field:literal: $judge:ident $ty:ty,)* }) => {
        $(
            impl $crate::__private::query::Column<$field> for $row {
                type Field = $ty;
                type Judge = $crate::__private::query::$judge;
            }
        )*
    };
}

/// Compiles if a struct's field can hold its column; else `$message` says why not. For generated code.
#[doc(hidden)]
#[macro_export]
macro_rules! __field_fits {
    ($row:ty, $column:literal, $message:literal, $held:ty, $nullness:ty, $judge:ty) => {{
        #[diagnostic::on_unimplemented(
            message = $message,
            label = "is made of the query's rows",
            note = "a column that may be NULL needs an `Option`, unless the query says that it is not: `AS \"name!\"`; a \
                    number needs the column's own width"
        )]
        trait __Holds<Column, Nullness, Judge> {}

        #[diagnostic::do_not_recommend]
        impl<Field, Column, Nullness, Judge> __Holds<Column, Nullness, Judge> for Field where
            Field: $crate::__private::query::Holds<Column, Nullness, Judge>
        {
        }

        fn __fits<Field: __Holds<Column, Nullness, Judge>, Column, Nullness, Judge>() {}

        const __FIELD: usize =
            $crate::__private::query::place($crate::__private::query::Fields::<$row>::COLUMNS, $column);
        #[allow(dead_code, reason = "of a column whose type is not known only NULL is judged")]
        type __Judge = <$row as $crate::__private::query::Column<__FIELD>>::Judge;
        __fits::<<$row as $crate::__private::query::Column<__FIELD>>::Field, $held, $nullness, $judge>();
    }};
}

/// Of columns that have no field, which [`columns_match`] reports.
impl<T> Column<NO_FIELD> for T {
    type Field = Unknown;
    type Judge = Unjudged;
}

const NO_FIELD: usize = usize::MAX;

/// Whether a field can hold a column: an `Option` if it may be NULL.
#[diagnostic::on_unimplemented(
    message = "a column of `{Column}` does not fit `{Self}`",
    label = "the column holds `{Column}`",
    note = "a column that may be NULL needs an `Option`, unless the query says that it is not: `AS \"name!\"`; a number needs \
            the column's own width"
)]
pub trait Holds<Column, Nullness, Judge> {}

#[diagnostic::do_not_recommend]
impl<T> Holds<T, NeverNull, Exactly> for T {}

#[diagnostic::do_not_recommend]
impl<T> Holds<T, NeverNull, Exactly> for Option<T> {}

#[diagnostic::do_not_recommend]
impl<T> Holds<Option<T>, MaybeNull, Exactly> for Option<T> {}

#[diagnostic::do_not_recommend]
impl<Field, Column> Holds<Column, NeverNull, NullOnly> for Field {}

#[diagnostic::do_not_recommend]
impl<Field, Column> Holds<Column, MaybeNull, NullOnly> for Option<Field> {}

#[diagnostic::do_not_recommend]
impl<Field, Column, Nullness> Holds<Column, Nullness, Unjudged> for Field {}

/// Whether a value can be what the column holds, as far as NULL goes.
#[diagnostic::on_unimplemented(
    message = "the column may be NULL, and `{Self}` is no `Option`",
    label = "the column may be NULL",
    note = "write `Option<{Self}>`; or say in the query that it is never NULL: `AS \"name!\"`"
)]
pub trait NullFits<Nullness> {}

#[diagnostic::do_not_recommend]
impl<T> NullFits<NeverNull> for T {}

#[diagnostic::do_not_recommend]
impl<T> NullFits<MaybeNull> for Option<T> {}

/// Whether an argument, without references and `Option`, is what a parameter takes.
#[diagnostic::on_unimplemented(
    message = "an argument of `{Self}` does not fit a parameter of `{Parameter}`",
    label = "the database takes `{Parameter}` here",
    note = "a number needs the parameter's own width; a cast in the SQL, `:name::int8`, gives the parameter another type"
)]
pub trait Takes<Parameter: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> Takes<T> for T {}

#[diagnostic::do_not_recommend]
impl Takes<str> for String {}

#[diagnostic::do_not_recommend]
impl<T> Takes<[T]> for Vec<T> {}

#[diagnostic::do_not_recommend]
impl<T, const N: usize> Takes<[T]> for [T; N] {}

#[diagnostic::do_not_recommend]
impl Takes<[String]> for [&str] {}

#[diagnostic::do_not_recommend]
impl Takes<[String]> for Vec<&str> {}

#[diagnostic::do_not_recommend]
impl<const N: usize> Takes<[String]> for [&str; N] {}

/// Compiles if the argument fits.
pub const fn takes<Argument: Takes<Parameter> + ?Sized, Parameter: ?Sized>() {}

/// Compiles if the column fits.
pub const fn fits<Field: Holds<Column, Nullness, Exactly>, Column, Nullness>() {}

/// Compiles if the column fits, as far as NULL goes.
pub const fn null_fits<Field: NullFits<Nullness>, Nullness>() {}

/// The columns of a struct's fields, if it can be made of a row at all.
///
/// Of one that cannot the compiler finds only what [`NoFields`] says: nothing. So the one complaint is that of the function
/// that would make it.
pub struct Fields<T>(PhantomData<T>);

impl<T: Row> Fields<T> {
    /// The type's name.
    pub const NAME: &'static str = T::NAME;
    /// Their names, in the fields' order.
    pub const COLUMNS: &'static [&'static str] = T::COLUMNS;
}

/// Of what cannot be made of a row.
pub trait NoFields {
    /// Of no account.
    const NAME: &'static str = "";
    /// None.
    const COLUMNS: &'static [&'static str] = &[];
}

impl<T> NoFields for Fields<T> {}

/// The number of the field whose column has this name.
#[must_use]
pub const fn place(columns: &[&str], name: &str) -> usize {
    let mut at = 0;
    while at < columns.len() {
        if same(columns[at], name) {
            return at;
        }
        at += 1;
    }
    NO_FIELD
}

/// Compiles if each column of a query has a field, and each field a column.
#[track_caller]
pub const fn columns_match(row: &str, columns: &[&str], names: &[&str]) {
    let mut at = 0;
    while at < names.len() && !columns.is_empty() {
        if place(columns, names[at]) == NO_FIELD {
            let text = Text::new().and("the query gives a column `").and(names[at]).and("`, for which `");
            panic!("{}", text.and(row).and("` has no field").as_str());
        }
        at += 1;
    }
    let mut at = 0;
    while at < columns.len() {
        if place(names, columns[at]) == NO_FIELD {
            let text = Text::new().and("the query gives no column `").and(columns[at]).and("`, which `");
            panic!("{}", text.and(row).and("` needs").as_str());
        }
        at += 1;
    }
}

const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A message put together while the crate compiles; what is too long is cut.
struct Text {
    bytes: [u8; 256],
    length: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; 256], length: 0 }
    }

    const fn and(mut self, more: &str) -> Self {
        let more = more.as_bytes();
        let mut at = 0;
        while at < more.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = more[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            // Cut within a character.
            Err(_) => "the query's columns are not the fields'",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: &[&str] = &["a", "b"];

    #[test]
    fn a_column_finds_its_field() {
        assert_eq!((place(PAIR, "a"), place(PAIR, "b"), place(PAIR, "c")), (0, 1, NO_FIELD));
        columns_match("Pair", PAIR, &["b", "a"]);
        columns_match("Stranger", Fields::<i64>::COLUMNS, &["a"]);
    }

    #[test]
    #[should_panic(expected = "the query gives a column `c`, for which `Pair` has no field")]
    fn a_column_without_a_field_is_named() {
        columns_match("Pair", PAIR, &["a", "b", "c"]);
    }

    #[test]
    #[should_panic(expected = "the query gives no column `b`, which `Pair` needs")]
    fn a_field_without_a_column_is_named() {
        columns_match("Pair", PAIR, &["a"]);
    }
}
