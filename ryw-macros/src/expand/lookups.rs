//! The reads by other fields than the key: `find_by_…` for a unique one; `list_by_…` and `stream_by_…` for an indexed one.
//!
//! Their SQL stands in the methods, for a trait cannot know how many there are.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;

use super::{Bodies, generated_at, table};
use crate::builtin::is_named;
use crate::check::{option, wrapped};
use crate::model::{Entity, Field, Names};
use crate::sql::Kind;

/// The methods over Postgres.
pub(super) fn postgres(entity: &Entity, bodies: Bodies) -> TokenStream {
    let methods: Vec<_> = entity
        .lookups()
        .enumerate()
        .map(|(place, field)| match bodies {
            Bodies::Real if field.unique => find_by(entity, field, found(entity, field, place)),
            Bodies::Real => {
                list_by(entity, field, listed(entity, field, place), streamed(entity, field, place))
            }
            Bodies::Stub => stub(entity, field),
        })
        .collect();
    block(entity, &methods, &quote!(<::ryw_postgres::PostgresSource>))
}

/// The methods in memory.
pub(super) fn memory(entity: &Entity, bodies: Bodies) -> TokenStream {
    let methods: Vec<_> = entity
        .lookups()
        .map(|field| match bodies {
            Bodies::Real if field.unique => find_by(entity, field, found_in_memory(entity, field)),
            Bodies::Real => {
                list_by(entity, field, listed_in_memory(entity, field), streamed_in_memory(entity, field))
            }
            Bodies::Stub => stub(entity, field),
        })
        .collect();
    block(entity, &methods, &quote!(<::ryw_core::MemorySource>))
}

/// Stubs for a repository whose backend is not known.
pub(super) fn any_source(entity: &Entity) -> TokenStream {
    let repository = &entity.names.repository;
    let methods = entity.lookups().map(|field| stub(entity, field));
    quote!(impl<S> #repository<S> { #(#methods)* })
}

/// Nothing, if there are no methods.
fn block(entity: &Entity, methods: &[TokenStream], source: &TokenStream) -> TokenStream {
    let repository = &entity.names.repository;
    match methods {
        [] => TokenStream::new(),
        _ => quote!(impl #repository #source { #(#methods)* }),
    }
}

fn stub(entity: &Entity, field: &Field) -> TokenStream {
    let nothing = || Bodies::Stub.of(TokenStream::new);
    if field.unique {
        return find_by(entity, field, nothing());
    }
    list_by(entity, field, nothing(), nothing())
}

fn find_by(entity: &Entity, field: &Field, body: TokenStream) -> TokenStream {
    let (name, value, text) = (&entity.names.entity, parameter(&field.ty), field.name());
    let method = field.derived(&format!("find_by_{text}"));
    let doc = format!(" The row whose `{text}` is `value`, if there is one.");
    quote! {
        #[doc = #doc]
        pub async fn #method(
            &self,
            ctx: &::ryw_core::Context,
            value: #value,
        ) -> ::core::result::Result<::core::option::Option<#name>, ::ryw_core::Error> {
            #body
        }
    }
}

fn list_by(entity: &Entity, field: &Field, list: TokenStream, stream: TokenStream) -> TokenStream {
    let Names { entity: name, key, .. } = &entity.names;
    let (value, text) = (parameter(&field.ty), field.name());
    let (list_by, stream_by) =
        (field.derived(&format!("list_by_{text}")), field.derived(&format!("stream_by_{text}")));
    let list_doc = format!(" One page of the rows whose `{text}` is `value`, in the order of their keys.");
    let stream_doc = format!(
        " The rows whose `{text}` is `value`, in the order of their keys and read as they are asked for."
    );
    quote! {
        #[doc = #list_doc]
        pub async fn #list_by(
            &self,
            ctx: &::ryw_core::Context,
            value: #value,
            page: &::ryw_core::PageRequest<#key>,
        ) -> ::core::result::Result<::ryw_core::Page<#name>, ::ryw_core::Error> {
            #list
        }

        #[doc = #stream_doc]
        pub fn #stream_by(
            &self,
            ctx: &::ryw_core::Context,
            value: #value,
        ) -> ::ryw_core::EntityStream<#name> {
            #stream
        }
    }
}

fn found(entity: &Entity, field: &Field, place: usize) -> TokenStream {
    let sql = table::text(entity, Bodies::Real, Kind::FindBy(place));
    quote_spanned! {generated_at(&field.ty)=>
        const SQL: &str = #sql;
        ::ryw_postgres::__private::find_by(&self.source, ctx, SQL, value).await
    }
}

fn listed(entity: &Entity, field: &Field, place: usize) -> TokenStream {
    let pages = table::pages(entity, Bodies::Real, |edge| Kind::ListBy(place, edge));
    quote_spanned! {generated_at(&field.ty)=>
        const PAGES: ::ryw_postgres::__private::Pages = #pages;
        ::ryw_postgres::__private::list_by(&self.source, ctx, &PAGES, value, page).await
    }
}

fn streamed(entity: &Entity, field: &Field, place: usize) -> TokenStream {
    let sql = table::text(entity, Bodies::Real, Kind::StreamBy(place));
    quote_spanned! {generated_at(&field.ty)=>
        const SQL: &str = #sql;
        ::ryw_postgres::__private::stream_by(&self.source, ctx, SQL, value)
    }
}

fn found_in_memory(entity: &Entity, field: &Field) -> TokenStream {
    let (name, is_wanted) = (&entity.names.entity, is_wanted(field));
    quote!(self.source.find_by(ctx, |row: &#name| #is_wanted))
}

fn listed_in_memory(entity: &Entity, field: &Field) -> TokenStream {
    let (name, is_wanted) = (&entity.names.entity, is_wanted(field));
    quote!(self.source.list_by(ctx, |row: &#name| #is_wanted, page))
}

fn streamed_in_memory(entity: &Entity, field: &Field) -> TokenStream {
    let (name, is_wanted) = (&entity.names.entity, is_wanted(field));
    quote_spanned! {generated_at(&field.ty)=>
        let value = ::std::borrow::ToOwned::to_owned(value);
        self.source.stream_by(ctx, move |row: &#name| {
            let value = &value;
            #is_wanted
        })
    }
}

/// Whether `row` holds `value`.
fn is_wanted(field: &Field) -> TokenStream {
    let (ident, span) = (&field.ident, generated_at(&field.ty));
    match option(&field.ty) {
        None => quote_spanned!(span=> row.#ident == *value),
        Some(_) => quote_spanned!(span=> row.#ident.as_ref().is_some_and(|held| *held == *value)),
    }
}

/// What a value is looked for by: a borrow, of the slice if there is one. Rows without a value are found by none.
pub(super) fn parameter(ty: &Type) -> TokenStream {
    let ty = option(ty).unwrap_or(ty);
    match wrapped(ty, "Vec") {
        Some(element) => quote!(&[#element]),
        None if is_named(ty, "String") => quote!(&str),
        None => quote!(&#ty),
    }
}
