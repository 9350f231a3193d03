//! Printing. Nothing is decided here: one file for each thing that is emitted.

mod entity;
mod forward;
mod methods;
#[cfg(feature = "postgres")]
mod query_check;
mod repository;
mod table;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;

use crate::model::{Entity, Names};

#[cfg(feature = "postgres")]
pub(crate) use self::query_check::query_check;

/// Without the feature no struct with a `postgres(...)` passes the attribute check.
#[cfg(not(feature = "postgres"))]
pub(crate) fn query_check(_: &Entity) -> TokenStream {
    TokenStream::new()
}

/// What the functions do: their work, or nothing, because the derive has reported a mistake.
#[derive(Clone, Copy)]
pub(crate) enum Bodies<'a> {
    Real(&'a Entity),
    Stub,
}

impl Bodies<'_> {
    /// `work`, if there is anything to do it with.
    fn of(self, work: TokenStream) -> TokenStream {
        match self {
            Self::Real(_) => work,
            Self::Stub => quote!(::core::unreachable!("the derive of `Repository` has reported an error")),
        }
    }
}

/// The complete output for a struct without a mistake.
pub(crate) fn expand(entity: &Entity, query_check: fn(&Entity) -> TokenStream) -> TokenStream {
    let everything = postgres(&entity.names, Bodies::Real(entity));
    let checked = query_check(entity);
    quote!(#everything #checked)
}

/// All that is emitted for a struct in Postgres.
pub(crate) fn postgres(names: &Names, bodies: Bodies<'_>) -> TokenStream {
    let parts = [
        entity::expand(names, bodies),
        repository::expand(names, Some(quote!(::ryw_postgres::PostgresSource))),
        table::expand(names, bodies),
        methods::expand(names, bodies),
        forward::postgres(names),
        forward::memory(names),
    ];
    quote!(#(#parts)*)
}

/// All that can be emitted where no backend is known. Always a stub.
pub(crate) fn no_backend(names: &Names) -> TokenStream {
    let parts = [
        entity::expand(names, Bodies::Stub),
        repository::expand(names, None),
        methods::any_source(names),
        forward::memory(names),
    ];
    quote!(#(#parts)*)
}

/// Generated code that is to be blamed on `tokens`, yet belongs to the derive: lints leave it alone.
fn generated_at(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}
