//! Writes of many items by few requests: without conditions, and not all or none.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::Bodies;
use crate::model::{Entity, Names};

pub(super) fn methods(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, new, key, .. } = &entity.names;
    let put = bodies.of(|| {
        quote! {
            ::ryw_dynamo::__private::put_batch::<#name>(
                &self.source,
                ctx,
                news.into_iter().map(::core::convert::Into::into).collect(),
            )
            .await
        }
    });
    let delete =
        bodies.of(|| quote!(::ryw_dynamo::__private::delete_batch::<#name>(&self.source, ctx, keys).await));
    quote! {
        /// Stores rows, each new or in place of the one of its key, and returns them as stored, in the order given. Not
        /// all or none: after an error some may be stored.
        pub async fn put_batch(
            &self,
            ctx: &::ryw_core::Context,
            news: impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<#new>>,
        ) -> ::core::result::Result<::ryw_core::Written<::std::vec::Vec<#name>>, ::ryw_core::Error> {
            #put
        }

        /// Removes the rows of `keys` for good, as far as there are any. Not all or none: after an error some may be removed.
        pub async fn delete_batch(
            &self,
            ctx: &::ryw_core::Context,
            keys: &[#key],
        ) -> ::core::result::Result<::ryw_core::Written<()>, ::ryw_core::Error> {
            #delete
        }
    }
}
