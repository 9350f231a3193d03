//! The traits of a repository, by macros of ryw-core: their signatures stand in one place.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::{Entity, Names};

/// Over Postgres, by way of the inherent methods.
pub(super) fn postgres(entity: &Entity) -> TokenStream {
    let Names { entity: name, repository, .. } = &entity.names;
    let can = abilities(entity);
    quote!(::ryw_core::__forward_repository!(#repository<::ryw_postgres::PostgresSource>, #name: #can);)
}

/// In memory, for tests.
pub(super) fn memory(entity: &Entity) -> TokenStream {
    let Names { entity: name, repository, .. } = &entity.names;
    let can = abilities(entity);
    quote!(::ryw_core::__forward_repository!(#repository<::ryw_core::MemorySource>, #name: #can);)
}

/// What the repository can do, in the words of the macros.
pub(super) fn abilities(entity: &Entity) -> TokenStream {
    let writes = entity.is_written();
    let abilities = [
        ("reads", true),
        ("writes", writes),
        ("upsert", writes && entity.knows_its_key()),
        ("versioned", writes && entity.version().is_some()),
        ("soft_delete", writes && entity.deleted_at().is_some()),
    ];
    let abilities = abilities.into_iter().filter(|(_, has)| *has).map(|(word, _)| format_ident!("{word}"));
    quote!(#(#abilities)*)
}
