//! What a struct with mistakes still gets: the same types, methods and impls, with nothing in them.
//!
//! Code that uses the repository then compiles as far as it can, and one mistake stays one message.

mod dynamo;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{LitStr, Type, parse_quote};

use crate::ast::{Field, Input};
use crate::attr::FieldAttrs;
use crate::check::counts;
use crate::expand::{self, Bodies};
use crate::model::{self, Access, Entity, Form, Maker, Role, Stores, Table};

/// The diagnostics, and a stub.
pub(crate) fn expand(input: &Input<'_>, mistakes: &syn::Error) -> TokenStream {
    let diagnostics = mistakes.to_compile_error();
    let stub = stub(input);
    quote!(#diagnostics #stub)
}

fn stub(input: &Input<'_>) -> TokenStream {
    if !input.original.generics.params.is_empty() {
        // An impl would need bounds nobody has written.
        return TokenStream::new();
    }
    let (skipped, stored): (Vec<_>, Vec<_>) =
        input.fields().iter().partition(|field| field.attrs.skip.is_some());
    let key = likely_key(&stored);
    let fields: Vec<_> = stored.into_iter().map(|field| likely_field(field, key)).collect();
    let skipped = skipped.into_iter().map(|field| field.ident.clone()).collect();
    match likely_stores(input, &fields) {
        Some(stores) => expand::stored(&likely(input, stores, fields, skipped), Bodies::Stub),
        None => expand::no_backend(&likely(input, Stores::Postgres(unnamed()), fields, skipped)),
    }
}

/// What the user most likely means.
fn likely(input: &Input<'_>, stores: Stores, fields: Vec<model::Field>, skipped: Vec<Ident>) -> Entity {
    let (vis, ident) = (&input.original.vis, &input.original.ident);
    let access = if input.attrs.read_only.is_some() { Access::ReadOnly } else { Access::ReadWrite };
    let nothing: Type = parse_quote!(());
    Entity::stub(vis, ident, stores, access, fields, skipped, nothing)
}

/// The backends that are named, as far as they are there.
fn likely_stores(input: &Input<'_>, fields: &[model::Field]) -> Option<Stores> {
    let postgres = input.attrs.postgres.as_ref().filter(|_| cfg!(feature = "postgres")).map(|_| unnamed());
    let dynamo = input.attrs.dynamo.as_ref().filter(|_| cfg!(feature = "dynamo"));
    match (postgres, dynamo.and_then(|dynamo| dynamo::likely(dynamo, fields))) {
        (Some(table), Some(dynamo)) => Some(Stores::Both(table, dynamo)),
        (Some(table), None) => Some(Stores::Postgres(table)),
        (None, Some(dynamo)) => Some(Stores::Dynamo(dynamo)),
        (None, None) => None,
    }
}

/// A table that nothing is asked of.
fn unnamed() -> Table {
    Table { schema: None, name: String::new(), literal: LitStr::new("", Span::call_site()), checked: false }
}

/// The field that calls of `find` will most likely pass, if none is marked.
fn likely_key<'a>(fields: &[&Field<'a>]) -> Option<&'a syn::Ident> {
    if fields.iter().any(|field| field.attrs.key.is_some()) {
        return None;
    }
    let named = fields.iter().find(|field| *field.ident == "id");
    named.or(fields.first()).map(|field| field.ident)
}

fn likely_field(field: &Field<'_>, key: Option<&syn::Ident>) -> model::Field {
    let (attrs, ty) = (&field.attrs, &field.original.ty);
    let ty = if attrs.version.is_some() && !counts(ty) { parse_quote!(i64) } else { ty.clone() };
    model::Field {
        docs: Vec::new(),
        vis: field.original.vis.clone(),
        ident: field.ident.clone(),
        ty,
        column: field.ident.unraw().to_string(),
        role: likely_role(attrs, key == Some(field.ident)),
        unique: attrs.unique.is_some(),
        indexed: attrs.indexed.is_some() && attrs.unique.is_none(),
        promised: false,
        form: Form::Plain,
    }
}

fn likely_role(attrs: &FieldAttrs, key: bool) -> Role {
    if attrs.key.is_some() || key {
        Role::Key(if attrs.generated.is_some() { Maker::Database } else { Maker::Application })
    } else if attrs.generated.is_some() {
        Role::Generated
    } else if attrs.version.is_some() {
        Role::Version
    } else if attrs.created_at.is_some() {
        Role::CreatedAt
    } else if attrs.updated_at.is_some() {
        Role::UpdatedAt
    } else if attrs.deleted_at.is_some() {
        Role::DeletedAt
    } else {
        Role::Plain
    }
}
