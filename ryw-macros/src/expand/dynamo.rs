//! What is emitted for DynamoDB: the attributes, how an entity becomes an item and an item an entity, and the methods that
//! only this backend has. All else is in its crate.

mod batch;
mod condition;
mod item;
mod mapping;
mod query;
mod transact;
mod verify;
mod write_item;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Bodies;
use crate::model::{Dynamo, Entity};

pub(super) fn expand(entity: &Entity, dynamo: &Dynamo, bodies: Bodies) -> TokenStream {
    let write_item = entity.is_written().then(|| write_item::expand(entity, bodies));
    let item = item::expand(entity, dynamo, bodies);
    let reads = [
        query::methods(entity, dynamo, bodies),
        transact::reads(entity, bodies),
        verify::method(entity, bodies),
    ];
    let reads = on_the_repository(&entity.names.repository, &reads);
    let writes = entity.is_written().then(|| {
        let writes = [
            transact::writes(entity, bodies),
            condition::methods(entity, bodies),
            batch::methods(entity, bodies),
        ];
        on_the_repository(&entity.names.repository, &writes)
    });
    quote!(#item #write_item #reads #writes)
}

fn on_the_repository(repository: &Ident, methods: &[TokenStream]) -> TokenStream {
    quote!(impl #repository<::ryw_dynamo::DynamoSource> { #(#methods)* })
}
