//! `verify`: the table is asked when the program starts, for nothing of it is known when it compiles.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::Bodies;
use crate::model::Entity;

pub(super) fn method(entity: &Entity, bodies: Bodies) -> TokenStream {
    let name = &entity.names.entity;
    let body = bodies.of(|| quote!(::ryw_dynamo::__private::verify::<#name>(&self.source).await));
    quote! {
        /// Makes sure that the table is as this repository takes it to be: its keys and their types, its indexes and what they
        /// hold, and the attribute by which items expire.
        ///
        /// # Errors
        /// A configuration error that lists everything that does not fit, or unavailable.
        pub async fn verify(&self) -> ::core::result::Result<(), ::ryw_core::Error> {
            #body
        }
    }
}
