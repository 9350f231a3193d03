//! Printing. Nothing is decided here: one file for each thing that is emitted.

mod column;
mod dynamo;
mod entity;
mod in_memory;
mod lookups;
mod methods;
mod new;
mod patch;
#[cfg(feature = "postgres")]
pub(crate) mod query_check;
mod repository;
mod row;
mod table;
mod verify;
mod write_table;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;

use crate::model::{Entity, Stores};

#[cfg(feature = "postgres")]
pub(crate) use self::query_check::query_check;
pub(crate) use self::table::raw;

/// Without the feature no struct with a `postgres(...)` passes the attribute check.
#[cfg(not(feature = "postgres"))]
pub(crate) fn query_check(_: &Entity) -> TokenStream {
    TokenStream::new()
}

/// What the functions do: their work, or nothing, because the derive has reported a mistake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    Real,
    Stub,
}

impl Bodies {
    /// `work`, if there is anything to do it with.
    fn of(self, work: impl FnOnce() -> TokenStream) -> TokenStream {
        match self {
            Self::Real => work(),
            Self::Stub => quote!(::core::unreachable!("the derive of `Repository` has reported an error")),
        }
    }
}

/// The complete output for a struct without a mistake.
pub(crate) fn expand(entity: &Entity, query_check: fn(&Entity) -> TokenStream) -> TokenStream {
    let everything = stored(entity, Bodies::Real);
    let is_checked = entity.stores.postgres().is_some_and(|table| table.checked);
    let checked = is_checked.then(|| query_check(entity));
    quote!(#everything #checked)
}

/// All that is emitted for a struct that is stored somewhere.
pub(crate) fn stored(entity: &Entity, bodies: Bodies) -> TokenStream {
    let in_memory = entity.is_written().then(|| in_memory::expand(entity, bodies));
    let postgres = entity.stores.postgres().map(|_| postgres(entity, bodies));
    let dynamo = entity.stores.dynamo().map(|dynamo| dynamo::expand(entity, dynamo, bodies));
    let parts = [
        domain(entity, bodies),
        repository::expand(&entity.names, Some(first_source(&entity.stores))),
        methods::shared(entity),
        postgres.unwrap_or_default(),
        dynamo.unwrap_or_default(),
        in_memory.unwrap_or_default(),
        lookups::memory(entity, bodies),
    ];
    quote!(#(#parts)*)
}

/// Where a repository writes to without being told.
fn first_source(stores: &Stores) -> TokenStream {
    match stores {
        Stores::Postgres(_) | Stores::Both(..) => quote!(::ryw_postgres::PostgresSource),
        Stores::Dynamo(_) => quote!(::ryw_dynamo::DynamoSource),
    }
}

/// What is emitted for Postgres alone.
fn postgres(entity: &Entity, bodies: Bodies) -> TokenStream {
    let write_table = entity.is_written().then(|| write_table::expand(entity, bodies));
    let parts = [
        table::expand(entity, bodies),
        row::expand(entity, bodies),
        write_table.unwrap_or_default(),
        methods::postgres(entity),
        lookups::postgres(entity, bodies),
        verify::expand(entity, bodies),
    ];
    quote!(#(#parts)*)
}

/// All that can be emitted where no backend is known. Always a stub.
pub(crate) fn no_backend(entity: &Entity) -> TokenStream {
    let in_memory = entity.is_written().then(|| in_memory::expand(entity, Bodies::Stub));
    let parts = [
        domain(entity, Bodies::Stub),
        repository::expand(&entity.names, None),
        in_memory.unwrap_or_default(),
        methods::any_source(entity),
        lookups::any_source(entity),
    ];
    quote!(#(#parts)*)
}

/// What there is whatever the backend.
fn domain(entity: &Entity, bodies: Bodies) -> TokenStream {
    if !entity.is_written() {
        return entity::expand(entity, bodies);
    }
    let parts = [
        column::expand(entity, bodies),
        new::expand(entity, bodies),
        patch::expand(entity, bodies),
        entity::expand(entity, bodies),
    ];
    quote!(#(#parts)*)
}

/// Generated code that is to be blamed on `tokens`, yet belongs to the derive: lints leave it alone.
pub(crate) fn generated_at(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}
