//! The call into sqlx.

use proc_macro2::TokenStream;
use quote::quote;
use sqlx_core::error::Error as DriverError;
use sqlx_macros_core::FOSS_DRIVERS;
use sqlx_macros_core::query::{QueryMacroInput, expand_input};
use sqlx_postgres::PgDatabaseError;

/// What `query_as!` would expand to for this statement, or the server's or sqlx's complaint.
///
/// Every argument is cast to `_`: sqlx then leaves its type alone. They are the fields, and those are checked as columns.
pub(super) fn describe(text: &str, parameters: usize) -> Result<TokenStream, String> {
    expand(text, (0..parameters).map(|_| Parameter::Unchecked))
        .map_err(|error| server(&*error).map_or_else(|| error.to_string(), words))
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

/// What the server said, if it was the server.
pub(crate) fn server<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a PgDatabaseError> {
    let DriverError::Database(error) = error.downcast_ref::<DriverError>()? else { return None };
    error.try_downcast_ref::<PgDatabaseError>()
}

/// All that it said, without what sqlx puts around it: whose error it is, and a line of the server's source.
pub(crate) fn words(error: &PgDatabaseError) -> String {
    let mut said = error.message().to_owned();
    for more in [error.detail(), error.hint()].into_iter().flatten() {
        said.push_str(&format!("\n{more}"));
    }
    said
}
