//! The call into sqlx.

use proc_macro2::TokenStream;
use quote::quote;
use sqlx_macros_core::FOSS_DRIVERS;
use sqlx_macros_core::query::{QueryMacroInput, expand_input};

/// What `query_as!` would expand to for this statement, or the server's or sqlx's complaint.
///
/// Every argument is cast to `_`: sqlx then leaves its type alone. They are the fields, and those are checked as columns.
pub(super) fn describe(text: &str, parameters: usize) -> Result<TokenStream, String> {
    expand(text, (0..parameters).map(|_| Parameter::Unchecked)).map_err(|error| error.to_string())
}

/// Whether sqlx is to say of which Rust type a parameter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parameter {
    Checked,
    Unchecked,
}

/// What `query_as!` would expand to for this statement and arguments, or why it would not.
pub(crate) fn expand(
    text: &str,
    parameters: impl Iterator<Item = Parameter>,
) -> Result<TokenStream, sqlx_macros_core::Error> {
    let args = parameters.map(|parameter| match parameter {
        Parameter::Checked => quote!(()),
        Parameter::Unchecked => quote!(() as _),
    });
    let input = quote!(source = #text, record = Row, args = [#(#args),*]);
    let input: QueryMacroInput = syn::parse2(input)?;
    expand_input(input, FOSS_DRIVERS)
}
