//! `impl Repository`, by macros of ryw-core: the trait's signatures stand in one place.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Names;

/// Over Postgres, by way of the inherent methods.
pub(super) fn postgres(names: &Names) -> TokenStream {
    let Names { entity, repository, .. } = names;
    quote!(::ryw_core::__forward_repository!(#repository<::ryw_postgres::PostgresSource>, #entity);)
}

/// In memory, for tests.
pub(super) fn memory(names: &Names) -> TokenStream {
    let Names { entity, repository, .. } = names;
    quote!(::ryw_core::__memory_repository!(#repository, #entity);)
}
