//! One field held against its column: what is emitted, by the field's form.
//!
//! A type that sqlx knows must be exactly the column's. Another one is judged by what it says it is stored as, through a
//! probe. The traits of both are the backend's (`ryw-postgres/src/fit.rs`). A part of a flattened field has a type that only rustc knows, so that
//! one is always probed, and by its value.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;

use super::blame;
use super::columns::{self, Column, Holds};
use crate::builtin::{is_builtin, is_named};
use crate::check::option;
use crate::expand::generated_at;
use crate::model::{Field, Form};

/// Code that compiles if the field can hold the column. `__whole` is a value of the struct.
pub(super) fn fit(field: &Field, column: Column, is_view: bool) -> TokenStream {
    let span = match field.form {
        Form::Part { .. } => generated_at(&field.ident),
        Form::Plain | Form::Json | Form::TryFrom(_) => generated_at(&field.ty),
    };
    // The server cannot know that a view's column is never NULL; the user does.
    let holds = if field.promised { column.holds.never_null() } else { column.holds };
    match (&field.form, holds) {
        (Form::Plain, holds) => plain(&field.ty, &field.ty, holds, is_view, span),
        (Form::Json, holds) => json(field, holds, span),
        (Form::TryFrom(ty), holds) => {
            let nullable = option(&field.ty).map(|_| quote!(::core::option::Option<#ty>));
            let stored = nullable.map_or_else(|| ty.clone(), |ty| syn::parse_quote!(#ty));
            plain(&stored, ty, holds, is_view, generated_at(ty))
        }
        (Form::Part { whole }, holds) => {
            let ident = &field.ident;
            part(&quote_spanned!(span=> __whole.#whole.#ident), holds, span)
        }
    }
}

/// A field that is stored as `ty`, of which `blamed` stands in the user's code.
fn plain(ty: &Type, blamed: &Type, holds: Holds, is_view: bool, span: Span) -> TokenStream {
    match holds {
        Holds::Exactly(held) if is_builtin(ty) => {
            let rule = rule(ty, &held, is_view);
            let held = columns::moved(held, span);
            quote_spanned!(span=> __fit::#rule::<#ty, #held>();)
        }
        Holds::Unmapped { reason, .. } if is_builtin(ty) => unmapped(blamed, &reason),
        holds => {
            let null = holds
                .maybe_null()
                .then(|| quote_spanned!(span=> __fit::nullable::<#ty, ::core::option::Option<_>>();));
            let judged = probed(&quote_spanned!(span=> __fit::Probe::<#ty>::new()), &holds, span);
            quote!(#null #judged)
        }
    }
}

/// The rule whose advice a misfit of the two needs.
fn rule(ty: &Type, held: &Type, is_view: bool) -> Ident {
    let number = |ty| ["i8", "i16", "i32", "i64", "f32", "f64"].iter().any(|number| is_named(ty, number));
    let (needed, inner) = (option(held).is_some() && option(ty).is_none(), option(ty).unwrap_or(ty));
    let rule = match (needed, is_view) {
        (true, true) => "of_view",
        (true, false) => "nullable",
        (false, _) if number(inner) && number(option(held).unwrap_or(held)) => "number",
        (false, _) => "field",
    };
    format_ident!("{rule}")
}

fn part(value: &TokenStream, holds: Holds, span: Span) -> TokenStream {
    let null = holds.maybe_null().then(|| quote_spanned!(span=> __fit::may_be_null(&#value);));
    let judged = probed(&quote_spanned!(span=> __fit::Probe::of(&#value)), &holds, span);
    quote!(#null #judged)
}

/// NULL apart: that has been looked at.
fn probed(probe: &TokenStream, holds: &Holds, span: Span) -> TokenStream {
    let held = match holds {
        Holds::Exactly(held) => columns::moved(option(held).unwrap_or(held).clone(), span),
        // What a missing feature would map it to is not known here.
        Holds::Unmapped { reason, .. } if blame::is_missing_feature(reason) => return TokenStream::new(),
        Holds::Unmapped { reason, .. } if reason.contains("[] of column") => {
            quote_spanned!(span=> ::std::vec::Vec<__fit::DatabaseType>)
        }
        Holds::Unmapped { .. } => quote_spanned!(span=> __fit::DatabaseType),
        Holds::MaybeNull | Holds::Anything => return TokenStream::new(),
    };
    quote_spanned!(span=> __fit::holds(&#probe.judge::<#held>());)
}

fn json(field: &Field, holds: Holds, span: Span) -> TokenStream {
    let ty = &field.ty;
    let null = holds
        .maybe_null()
        .then(|| quote_spanned!(span=> __fit::nullable::<#ty, ::core::option::Option<_>>();));
    let mistake = match &holds {
        Holds::Exactly(held) => {
            let held = option(held).unwrap_or(held).to_token_stream().to_string();
            (!held.ends_with("JsonValue")).then(|| format!("`{}`", held.replace(' ', "")))
        }
        Holds::Unmapped { reason, .. } => {
            Some(reason.split(" of column").next().unwrap_or(reason).to_owned())
        }
        Holds::MaybeNull | Holds::Anything => None,
    };
    let mistake = mistake.map(|held| {
        let message =
            format!("`json` is stored in a column of type `jsonb` or `json`, and this one holds {held}");
        syn::Error::new_spanned(ty, message).to_compile_error()
    });
    quote!(#null #mistake)
}

fn unmapped(blamed: &Type, why: &str) -> TokenStream {
    syn::Error::new_spanned(blamed, blame::unmapped(why)).to_compile_error()
}
