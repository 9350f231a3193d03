//! `impl Entity`: what every backend needs to know of the struct.

use proc_macro2::TokenStream;
use quote::quote;

use super::Bodies;
use crate::model::Names;

pub(super) fn expand(names: &Names, bodies: Bodies<'_>) -> TokenStream {
    let Names { entity, key, .. } = names;
    let name = entity.to_string();
    let body = match bodies {
        Bodies::Real(entity) => {
            let field = &entity.key().ident;
            quote!(&self.#field)
        }
        Bodies::Stub => bodies.of(TokenStream::new()),
    };
    quote! {
        impl ::ryw_core::Entity for #entity {
            type Key = #key;

            const NAME: &'static str = #name;

            fn key(&self) -> &#key {
                #body
            }
        }
    }
}
