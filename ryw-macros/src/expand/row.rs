//! `impl Row`: an entity is what the rows of a custom query may become.

use proc_macro2::TokenStream;
use quote::quote;

use super::Bodies;
use crate::model::Entity;
use crate::row::{Field, interface};

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let fields: Vec<_> = entity
        .fields()
        .map(|field| Field { ident: &field.ident, ty: &field.ty, column: field.column.clone() })
        .collect();
    let body = bodies.of(|| quote!(<Self as ::ryw_postgres::__private::Table>::from_row(row)));
    interface(&entity.names.entity, &fields, &body)
}
