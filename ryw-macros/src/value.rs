//! `#[derive(Value)]`: a fieldless enum or a newtype as the value of a column, or of an attribute in DynamoDB; there a struct,
//! too.
//!
//! The same way as the other derive: [`attr`] parses, [`check`] reports every mistake at once, the [`model`] cannot hold an
//! illegal state, [`expand`] prints, and after a mistake the type still has its impls, so that the entities which use it add
//! no message of their own.
//!
//! A macro cannot see which crates the user has, only which of them are somewhere in the build. So the impls are printed for
//! the backends that the user names, and without a word for Postgres, if it is there: what worked with one backend must not
//! break because another crate of the same build uses the other.
//!
//! sqlx's own `#[derive(Type)]` was rejected: it makes users depend on sqlx, and a variant that two names were given to, or
//! a name that is too long for the server, shows only when a row is read. What a newtype holds is told to the
//! check of the entity's SQL as well (`Stored`), so that `UserId(i64)` on a `text` column does not compile.

mod attr;
mod case;
mod check;
mod expand;
mod model;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use self::attr::TypeAttrs;
use crate::ctxt::Ctxt;

/// The whole derive.
pub(crate) fn value(input: &DeriveInput) -> TokenStream {
    let ctxt = Ctxt::new();
    let attrs = TypeAttrs::parse(&ctxt, &input.attrs);
    let value = check::check(&ctxt, input, &attrs);
    match (ctxt.check(), value) {
        (Ok(()), Some(value)) => expand::expand(&value),
        (Ok(()), None) => unreachable!("check reports a mistake wherever it gives no model"),
        (Err(mistakes), _) => {
            let stub = expand::stub(input, check::likely_backends(&attrs));
            let diagnostics = mistakes.to_compile_error();
            quote::quote!(#diagnostics #stub)
        }
    }
}

#[cfg(test)]
mod tests;
