//! `impl Entity` and its kin: what every backend needs to know of the struct.

use proc_macro2::TokenStream;
use quote::quote;

use super::Bodies;
use crate::model::{Entity, Field, Names, Role};

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, key, .. } = &entity.names;
    let text = name.to_string();
    let value = bodies.of(|| {
        let keys: Vec<_> = entity.keys().map(cloned).collect();
        match keys.as_slice() {
            [one] => quote!(#one),
            several => quote!((#(#several),*)),
        }
    });
    let is_deleted = entity.deleted_at().map(|field| {
        let ident = &field.ident;
        let body = bodies.of(|| quote!(self.#ident.is_some()));
        quote!(fn is_deleted(&self) -> bool { #body })
    });
    let written = entity.is_written().then(|| {
        let kin = [
            Some(stored(entity, bodies)),
            assigned_key(entity),
            versioned(entity, bodies),
            soft_delete(entity),
        ];
        kin.into_iter().flatten().collect::<TokenStream>()
    });
    quote! {
        impl ::ryw_core::Entity for #name {
            type Key = #key;

            const NAME: &'static str = #text;

            fn key(&self) -> #key {
                #value
            }

            #is_deleted
        }

        #written
    }
}

fn stored(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, new, patch, column, .. } = &entity.names;
    let body = bodies.of(|| {
        let given = entity.given_members().into_iter().map(|field| {
            let (ident, value) = (field.twin(), cloned(&field));
            quote!(#ident: #value)
        });
        let touched = touched(entity);
        quote!(#touched #new { #(#given),* })
    });
    quote! {
        impl ::ryw_core::Stored for #name {
            type New = #new;
            type Patch = #patch;
            type Column = #column;

            fn to_new(&self) -> #new {
                #body
            }
        }
    }
}

fn assigned_key(entity: &Entity) -> Option<TokenStream> {
    let name = &entity.names.entity;
    entity.knows_its_key().then(|| quote!(impl ::ryw_core::AssignedKey for #name {}))
}

fn versioned(entity: &Entity, bodies: Bodies) -> Option<TokenStream> {
    let (name, field) = (&entity.names.entity, entity.version()?);
    let (ident, ty) = (&field.ident, &field.ty);
    let body = bodies.of(|| quote!(self.#ident));
    Some(quote! {
        impl ::ryw_core::Versioned for #name {
            type Version = #ty;

            fn version(&self) -> #ty {
                #body
            }
        }
    })
}

fn soft_delete(entity: &Entity) -> Option<TokenStream> {
    let name = &entity.names.entity;
    entity.deleted_at().map(|_| quote!(impl ::ryw_core::SoftDelete for #name {}))
}

fn cloned(field: &Field) -> TokenStream {
    let ident = &field.ident;
    quote!(::core::clone::Clone::clone(&self.#ident))
}

/// What is not sent is touched, or a private field that the program never looks at would be called dead code, though its
/// column is read back.
fn touched(entity: &Entity) -> Option<TokenStream> {
    let unread = |field: &&Field| match field.role {
        Role::Generated | Role::CreatedAt | Role::UpdatedAt => true,
        Role::Key(_) | Role::Plain | Role::Version | Role::DeletedAt => false,
    };
    let fields: Vec<_> = entity.fields().filter(unread).map(|field| &field.ident).collect();
    (!fields.is_empty()).then(|| quote!(let _ = (#(&self.#fields,)*);))
}
