//! The writes under a condition of the user's.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::Bodies;
use crate::model::{Entity, Names};

pub(super) fn methods(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, patch, key, .. } = &entity.names;
    let update = bodies.of(|| {
        quote!(::ryw_dynamo::__private::update_when::<#name>(&self.source, ctx, key, &patch, condition).await)
    });
    let delete = bodies.of(
        || quote!(::ryw_dynamo::__private::delete_when::<#name>(&self.source, ctx, key, condition).await),
    );
    let deletes = match entity.deleted_at() {
        None => " Removes the row of `key` if it is as `condition` says, and returns what it was.",
        Some(_) => " Marks the row of `key` as deleted if it is as `condition` says, and returns it.",
    };
    quote! {
        /// Changes the row of `key` if it is as `condition` says, and returns it as stored.
        ///
        /// # Errors
        /// Not found, if there is no such row; a version conflict, with the row that there is, if it is another than `condition`
        /// says.
        pub async fn update_when(
            &self,
            ctx: &::ryw_core::Context,
            key: &#key,
            patch: #patch,
            condition: ::ryw_dynamo::Condition,
        ) -> ::core::result::Result<::ryw_core::Written<#name>, ::ryw_core::Error> {
            #update
        }

        #[doc = #deletes]
        ///
        /// # Errors
        /// As [`update_when`](Self::update_when).
        pub async fn delete_when(
            &self,
            ctx: &::ryw_core::Context,
            key: &#key,
            condition: ::ryw_dynamo::Condition,
        ) -> ::core::result::Result<::ryw_core::Written<#name>, ::ryw_core::Error> {
            #delete
        }
    }
}
