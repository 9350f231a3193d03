//! What an update changes, and the methods that say it.

use proc_macro2::TokenStream;
use quote::quote;

use super::Bodies;
use crate::check::option;
use crate::model::{Entity, Field, Names};

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { vis, entity: name, patch, .. } = &entity.names;
    let doc = format!(" What an update changes of a [`{name}`]; unless something is said, nothing.");
    let patched = entity.patched_members();
    let fields = patched.iter().map(|field| {
        let (vis, ident, doc) = (&field.vis, field.twin(), format!(" What becomes of `{}`.", field.name()));
        let ty = change(field);
        quote!(#[doc = #doc] #vis #ident: #ty)
    });
    let setters = patched.iter().map(|field| setters(entity, field));
    let from_new = from_new(entity, bodies);
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug, Default)]
        #vis struct #patch {
            #(#fields),*
        }

        impl #name {
            /// A change of nothing, to be told what to change.
            #[must_use]
            #vis fn patch() -> #patch {
                ::core::default::Default::default()
            }
        }

        impl #patch {
            #(#setters)*
        }

        #from_new
    }
}

/// The type of a patch's field.
fn change(field: &Field) -> TokenStream {
    let ty = &field.ty;
    option(ty)
        .map_or_else(|| quote!(::ryw_core::Change<#ty>), |inner| quote!(::ryw_core::NullableChange<#inner>))
}

fn setters(entity: &Entity, field: &Field) -> TokenStream {
    let (vis, ident, ty) = (&field.vis, field.twin(), &field.ty);
    let doc = format!(" Sets `{}`.", field.name());
    let (value, change) = match option(ty) {
        None => (ty, quote!(::ryw_core::Change)),
        Some(inner) => (inner, quote!(::ryw_core::NullableChange)),
    };
    let null = format!("{}_null", field.name());
    // Only a stub has another field of this name.
    let free = entity.patched().all(|other| other.name() != null);
    let null = option(ty).filter(|_| free).map(|_| {
        let (name, doc) = (field.derived(&null), format!(" Sets `{}` to NULL.", field.name()));
        quote! {
            #[doc = #doc]
            #[must_use]
            #vis fn #name(mut self) -> Self {
                self.#ident = #change::Null;
                self
            }
        }
    });
    quote! {
        #[doc = #doc]
        #[must_use]
        #vis fn #ident(mut self, #ident: impl ::core::convert::Into<#value>) -> Self {
            self.#ident = #change::Set(#ident.into());
            self
        }

        #null
    }
}

/// Everything is set that the application gave.
fn from_new(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { new, patch, .. } = &entity.names;
    let fields: Vec<_> = entity.patched_members().iter().map(Field::twin).collect();
    let argument = if fields.is_empty() { quote!(_) } else { quote!(new) };
    let body = bodies.of(|| quote!(Self { #(#fields: new.#fields.into()),* }));
    quote! {
        impl ::core::convert::From<#new> for #patch {
            fn from(#argument: #new) -> Self {
                #body
            }
        }
    }
}
