//! The reads of many items: by a partition of the table or of an index, and of the whole table.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use crate::builtin::is_named;
use crate::check::wrapped;
use crate::expand::lookups::parameter;
use crate::expand::{Bodies, generated_at};
use crate::model::{Dynamo, Entity, Field, Index, Reach};

pub(super) fn methods(entity: &Entity, dynamo: &Dynamo, bodies: Bodies) -> TokenStream {
    let table = dynamo.sort.as_ref().map(|sort| table(entity, &dynamo.partition, sort, bodies));
    let indexes =
        dynamo.indexes.iter().enumerate().map(|(place, index)| self::index(entity, place, index, bodies));
    let scan = scan(entity, bodies);
    quote!(#table #(#indexes)* #scan)
}

fn table(entity: &Entity, partition: &Field, sort: &Field, bodies: Bodies) -> TokenStream {
    let doc = format!(
        " The rows of the partition `{}`, in the order of `{}`. Strongly consistent where the context asks for it.",
        partition.name(),
        sort.name()
    );
    let at = generated_at(&partition.ty);
    let body = bodies.of(|| {
        let partition = passed(partition);
        quote_spanned!(at=> ::ryw_dynamo::__private::query_table(&self.source, ctx, #partition))
    });
    query(entity, &format_ident!("query"), &doc, (partition, Some(sort)), Reach::Local, &body)
}

fn index(entity: &Entity, place: usize, index: &Index, bodies: Bodies) -> TokenStream {
    let (name, place) = (&entity.names.entity, Literal::usize_unsuffixed(place));
    let at = generated_at(&index.partition.ty);
    let body = bodies.of(|| {
        let partition = passed(&index.partition);
        quote_spanned! {at=>
            ::ryw_dynamo::__private::query_index(
                &self.source,
                ctx,
                &<#name as ::ryw_dynamo::__private::Item>::INDEXES[#place],
                #partition,
            )
        }
    });
    let keys = (&index.partition, index.sort.as_ref());
    query(entity, &index.method, &index_doc(index), keys, index.reach, &body)
}

fn index_doc(index: &Index) -> String {
    let order = index
        .sort
        .as_ref()
        .map_or_else(|| "in no order".to_owned(), |sort| format!("in the order of `{}`", sort.name()));
    let consistency = match index.reach {
        Reach::Local => "As consistent as the table.",
        Reach::Global => "Eventually consistent: a global index has no other reads.",
    };
    format!(
        " The rows whose `{}` is `partition`, {order}, by the index `{}`. {consistency}",
        index.partition.name(),
        index.name
    )
}

fn query(
    entity: &Entity,
    method: &Ident,
    doc: &str,
    (partition, sort): (&Field, Option<&Field>),
    reach: Reach,
    body: &TokenStream,
) -> TokenStream {
    let (name, partition) = (&entity.names.entity, parameter(&partition.ty));
    let sort = sort.map_or_else(
        || quote!(()),
        |sort| {
            let ty = sort.value_type();
            quote!(#ty)
        },
    );
    let consistency = match reach {
        Reach::Local => quote!(::ryw_dynamo::Consistent),
        Reach::Global => quote!(::ryw_dynamo::EventualOnly),
    };
    quote! {
        #[doc = #doc]
        pub fn #method(
            &self,
            ctx: &::ryw_core::Context,
            partition: #partition,
        ) -> ::ryw_dynamo::Query<'_, #name, #sort, #consistency> {
            #body
        }
    }
}

/// A partition as a value: it is taken by a slice, where there is one.
fn passed(partition: &Field) -> TokenStream {
    let (ty, at) = (partition.value_type(), generated_at(&partition.ty));
    if is_named(ty, "String") || wrapped(ty, "Vec").is_some() {
        return quote_spanned!(at=> &::std::borrow::ToOwned::to_owned(partition));
    }
    quote_spanned!(at=> partition)
}

fn scan(entity: &Entity, bodies: Bodies) -> TokenStream {
    let name = &entity.names.entity;
    let body = bodies.of(|| quote!(::ryw_dynamo::__private::scan(&self.source, ctx)));
    quote! {
        /// All rows, in no order. It reads the whole table, and is paid for as such.
        pub fn scan(&self, ctx: &::ryw_core::Context) -> ::ryw_dynamo::Scan<'_, #name> {
            #body
        }
    }
}
