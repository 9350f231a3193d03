//! What the application gives a new row.

use proc_macro2::TokenStream;
use quote::quote;

use super::Bodies;
use crate::model::{Entity, Field, Names};

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { vis, entity: name, new, .. } = &entity.names;
    let doc = format!(" What the application gives a new [`{name}`]; the database gives it the rest.");
    let given = entity.given_members();
    let fields = given.iter().map(|field| {
        let (docs, vis, ident, ty) = (docs(field), &field.vis, field.twin(), &field.ty);
        quote!(#docs #vis #ident: #ty)
    });
    let conversions = entity.knows_its_key().then(|| conversions(entity, bodies));
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #vis struct #new {
            #(#fields),*
        }

        #conversions
    }
}

/// An entity is as good as what it was made of, if it has its key from the application.
fn conversions(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, new, .. } = &entity.names;
    let (owned, borrowed) = (
        bodies.of(|| quote!(::ryw_core::Stored::to_new(&entity))),
        bodies.of(|| quote!(::ryw_core::Stored::to_new(entity))),
    );
    quote! {
        impl ::core::convert::From<#name> for #new {
            fn from(entity: #name) -> Self {
                #owned
            }
        }

        impl ::core::convert::From<&#name> for #new {
            fn from(entity: &#name) -> Self {
                #borrowed
            }
        }
    }
}

/// The user's words, or which field it is.
fn docs(field: &Field) -> TokenStream {
    let docs = &field.docs;
    if docs.is_empty() {
        let doc = format!(" The `{}`.", field.name());
        return quote!(#[doc = #doc]);
    }
    quote!(#(#docs)*)
}
