//! The call into sqlx.

use proc_macro2::TokenStream;
use quote::quote;
use sqlx_macros_core::FOSS_DRIVERS;
use sqlx_macros_core::query::{QueryMacroInput, expand_input};

/// What `query_as!` would expand to for this statement, or the server's or sqlx's complaint.
///
/// Every argument is cast to `_`: sqlx then leaves its type alone. They are the fields, and those are checked as columns.
pub(super) fn describe(text: &str, parameters: usize) -> Result<TokenStream, String> {
    let args = (0..parameters).map(|_| quote!(() as _));
    let input = quote!(source = #text, record = Row, args = [#(#args),*]);
    let input: QueryMacroInput = syn::parse2(input).map_err(|error| error.to_string())?;
    expand_input(input, FOSS_DRIVERS).map_err(|error| error.to_string())
}
