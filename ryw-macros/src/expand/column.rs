//! The enum of the columns.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::Bodies;
use crate::model::{Entity, Names};

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { vis, entity: name, column, .. } = &entity.names;
    let doc = format!(" The columns of [`{name}`].");
    // In a stub two may be the same.
    let mut seen = BTreeSet::new();
    let fields: Vec<_> = entity.fields().filter(|field| seen.insert(field.variant())).collect();
    let variants = fields.iter().map(|field| {
        let (variant, doc) = (field.variant(), format!(" The column `{}`.", field.column));
        quote!(#[doc = #doc] #variant)
    });
    let names = bodies.of(|| {
        let names = fields.iter().map(|field| {
            let (variant, column) = (field.variant(), &field.column);
            quote!(Self::#variant => #column)
        });
        quote!(match self { #(#names),* })
    });
    let table = entity.stores.table();
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #vis enum #column {
            #(#variants),*
        }

        impl ::ryw_core::Column for #column {
            fn name(self) -> &'static str {
                #names
            }

            fn table(self) -> &'static str {
                #table
            }
        }
    }
}
