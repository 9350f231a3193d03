//! The compiler's part of the check: bounds between what the database said and the user's types.
//!
//! Printed into a constant that nothing calls. An argument and an element of a tuple are blamed where they stand; a
//! struct's field stands elsewhere, so there the message names the column.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;

use super::argument;
use super::model::{Query, Row};
use crate::builtin::is_builtin;
use crate::expand::generated_at;

/// What the database said of a query.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) columns: Vec<Column>,
    /// The type of each argument's parameter, as far as it is to be checked.
    pub(crate) parameters: Vec<Option<Type>>,
}

/// A column of the result.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) holds: Holds,
    pub(crate) maybe_null: bool,
}

/// What sqlx knows of a column's type.
#[derive(Debug)]
pub(crate) enum Holds {
    Exactly(Type),
    /// It is left to the field.
    Anything,
    /// It has no Rust type, and why.
    Unmapped(String),
}

/// All bounds of a query.
pub(crate) fn fits(query: &Query, checked: &Checked) -> TokenStream {
    let arguments = query.arguments.iter().zip(&checked.parameters).filter_map(|(argument, parameter)| {
        let (parameter, judged) = (parameter.as_ref()?, argument::judged(&argument.ty)?);
        let span = generated_at(&argument.ty);
        let parameter = moved(&owned(parameter), span);
        Some(quote_spanned!(span=> ::ryw_postgres::__private::query::takes::<#judged, #parameter>();))
    });
    let columns = match query.shape.row() {
        None => TokenStream::new(),
        Some(Row::Scalar(ty)) => checked.columns.iter().map(|column| element(ty, column)).collect(),
        Some(Row::Tuple(_, elements)) => {
            elements.iter().zip(&checked.columns).map(|(ty, column)| element(ty, column)).collect()
        }
        Some(Row::Named(ty)) => named(ty, &checked.columns),
    };
    quote! {
        const _: () = {
            fn __arguments_and_columns_fit() {
                #(#arguments)*
                #columns
            }
        };
    }
}

/// `str` for `&str`, `[T]` for `&[T]`.
fn owned(parameter: &Type) -> Type {
    match parameter {
        Type::Reference(reference) => (*reference.elem).clone(),
        other => other.clone(),
    }
}

#[cfg(feature = "postgres")]
fn moved(ty: &Type, span: proc_macro2::Span) -> TokenStream {
    crate::expand::query_check::columns::moved(ty.clone(), span)
}

/// Without the feature nothing is described.
#[cfg(not(feature = "postgres"))]
fn moved(ty: &Type, _: proc_macro2::Span) -> TokenStream {
    quote!(#ty)
}

/// A scalar, or an element of a tuple, and its column.
fn element(ty: &Type, column: &Column) -> TokenStream {
    let span = generated_at(ty);
    let nullness = nullness(column);
    match &column.holds {
        Holds::Exactly(held) if is_builtin(ty) => {
            let held = held_type(&moved(held, span), column);
            quote_spanned!(span=> ::ryw_postgres::__private::query::fits::<#ty, #held, #nullness>();)
        }
        Holds::Unmapped(reason) if is_builtin(ty) => syn::Error::new_spanned(ty, reason).to_compile_error(),
        Holds::Exactly(_) | Holds::Anything | Holds::Unmapped(_) => {
            quote_spanned!(span=> ::ryw_postgres::__private::query::null_fits::<#ty, #nullness>();)
        }
    }
}

/// A struct, or a single value of the user's own type.
fn named(ty: &Type, columns: &[Column]) -> TokenStream {
    let span = generated_at(ty);
    if let [column] = columns {
        let nullness = nullness(column);
        return quote_spanned! {span=>
            use ::ryw_postgres::__private::query::{AsRow as _, AsValue as _};
            (&::ryw_postgres::__private::query::Single::<#ty>::NEW).null_fits::<#nullness>();
        };
    }
    let names = columns.iter().map(|column| &column.name);
    let fields = columns.iter().map(|column| field(ty, column));
    quote_spanned! {span=>
        #[allow(unused_imports, reason = "only for what cannot be made of a row")]
        use ::ryw_postgres::__private::query::NoFields as _;
        const _: () = ::ryw_postgres::__private::query::columns_match(
            ::ryw_postgres::__private::query::Fields::<#ty>::NAME,
            ::ryw_postgres::__private::query::Fields::<#ty>::COLUMNS,
            &[#(#names),*],
        );
        #(#fields)*
    }
}

/// A struct's field, found by its column's name.
fn field(ty: &Type, column: &Column) -> TokenStream {
    let (span, name) = (generated_at(ty), &column.name);
    let (held, message) = match &column.holds {
        Holds::Exactly(held) => (
            held_type(&moved(held, span), column),
            format!("the column `{name}` holds `{{Column}}`, which does not fit its field, `{{Self}}`"),
        ),
        // Judged for NULL alone.
        Holds::Anything => (
            quote_spanned!(span=> ::ryw_postgres::__private::query::Unknown),
            format!("the column `{name}` may be NULL, and its field, `{{Self}}`, is no `Option`"),
        ),
        Holds::Unmapped(reason) => (
            quote_spanned!(span=> ::ryw_postgres::__private::query::Unknown),
            format!("the field of `{name}` is `{{Self}}`: {reason}"),
        ),
    };
    let judge = match &column.holds {
        Holds::Anything => quote_spanned!(span=> ::ryw_postgres::__private::query::NullOnly),
        Holds::Exactly(_) | Holds::Unmapped(_) => quote_spanned!(span=> __Judge),
    };
    let nullness = nullness(column);
    quote_spanned!(span=> ::ryw_postgres::__private::query::field_fits!(#ty, #name, #message, #held, #nullness, #judge);)
}

fn held_type(held: &TokenStream, column: &Column) -> TokenStream {
    if column.maybe_null { quote!(::core::option::Option<#held>) } else { held.clone() }
}

fn nullness(column: &Column) -> TokenStream {
    if column.maybe_null {
        quote!(::ryw_postgres::__private::query::MaybeNull)
    } else {
        quote!(::ryw_postgres::__private::query::NeverNull)
    }
}
