//! `impl Row`: an entity is what the rows of a custom query may become.

use proc_macro2::TokenStream;
use quote::quote;

use super::Bodies;
use crate::check::option;
use crate::model::{self, Entity, Form};
use crate::row::{self, Field, interface};

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let fields: Vec<_> = entity
        .fields()
        .map(|field| {
            let column = field.column.clone();
            Field { ident: &field.ident, ty: &field.ty, column, judged: judged(field) }
        })
        .collect();
    let body = bodies.of(|| quote!(<Self as ::ryw_postgres::__private::Table>::from_row(row)));
    interface(&entity.names.entity, &fields, &body)
}

/// What a field's column is held against, by its form. The type of a part is known to rustc alone.
fn judged(field: &model::Field) -> TokenStream {
    match &field.form {
        Form::Plain => row::judged(&field.ty),
        Form::Json => row::null_only(&field.ty),
        Form::TryFrom(ty) if option(&field.ty).is_some() => {
            row::judged(&syn::parse_quote!(::core::option::Option<#ty>))
        }
        Form::TryFrom(ty) => row::judged(ty),
        Form::Part { .. } => quote!(Unjudged::ryw_postgres::__private::query::YourType),
    }
}
