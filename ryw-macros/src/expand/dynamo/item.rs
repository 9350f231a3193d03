//! `impl Item`: the table, its keys and its indexes, and how an item becomes a struct.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::mapping;
use crate::expand::{Bodies, generated_at};
use crate::model::{Dynamo, Entity, Field, Index, Projection, Reach};

pub(super) fn expand(entity: &Entity, dynamo: &Dynamo, bodies: Bodies) -> TokenStream {
    let (name, key, table) = (&entity.names.entity, &entity.names.key, &dynamo.table);
    let partition = self::key(&dynamo.partition, bodies);
    let sort = option(dynamo.sort.as_ref().map(|field| self::key(field, bodies)));
    let indexes = dynamo.indexes.iter().map(|index| self::index(index, bodies));
    let ttl = option(dynamo.ttl.as_ref().map(ttl));
    let deleted_at = option(entity.deleted_at().map(|field| {
        let attribute = &field.column;
        quote!(#attribute)
    }));
    let attributes = entity.fields().map(|field| &field.column);
    let put_key = bodies.of(|| put_key(entity));
    let from_attributes = bodies.of(|| mapping::from_attributes(entity));
    let mutable = (bodies == Bodies::Real).then(|| quote!(mut));
    quote! {
        impl ::ryw_dynamo::__private::Item for #name {
            const TABLE: &'static str = #table;
            const PARTITION: ::ryw_dynamo::__private::KeyAttribute = #partition;
            const SORT: ::core::option::Option<::ryw_dynamo::__private::KeyAttribute> = #sort;
            const INDEXES: &'static [::ryw_dynamo::__private::Index] = &[#(#indexes),*];
            const TTL: ::core::option::Option<&'static str> = #ttl;
            const DELETED_AT: ::core::option::Option<&'static str> = #deleted_at;
            const ATTRIBUTES: &'static [&'static str] = &[#(#attributes),*];

            fn put_key(
                key: &#key,
                attributes: &mut ::ryw_dynamo::__private::Attributes,
            ) -> ::core::result::Result<(), ::ryw_dynamo::__private::AttributeError> {
                #put_key
            }

            fn from_attributes(
                #mutable attributes: ::ryw_dynamo::__private::Attributes,
            ) -> ::core::result::Result<Self, ::ryw_dynamo::__private::AttributeError> {
                #from_attributes
            }
        }
    }
}

fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}

/// A key's name and kind. That its type can be a key is rustc's to judge, here.
fn key(field: &Field, bodies: Bodies) -> TokenStream {
    let (attribute, ty) = (&field.column, field.value_type());
    match bodies {
        Bodies::Real => {
            quote_spanned!(generated_at(ty)=> ::ryw_dynamo::__private::key::<#ty>(#attribute).attribute())
        }
        Bodies::Stub => {
            quote!(::ryw_dynamo::__private::key::<::std::string::String>(#attribute).attribute())
        }
    }
}

/// That its type is the one for it is rustc's to judge.
fn ttl(field: &Field) -> TokenStream {
    let (attribute, ty) = (&field.column, field.value_type());
    quote_spanned!(generated_at(ty)=> ::ryw_dynamo::__private::ttl::<#ty>(#attribute))
}

fn index(index: &Index, bodies: Bodies) -> TokenStream {
    let name = &index.name;
    let reach = match index.reach {
        Reach::Local => quote!(Local),
        Reach::Global => quote!(Global),
    };
    let (partition, sort) =
        (key(&index.partition, bodies), option(index.sort.as_ref().map(|field| key(field, bodies))));
    let projection = match &index.projection {
        Projection::All => quote!(All),
        Projection::Keys => quote!(Keys),
        Projection::Include(attributes) => quote!(Include(&[#(#attributes),*])),
    };
    quote! {
        ::ryw_dynamo::__private::Index {
            name: #name,
            reach: ::ryw_dynamo::__private::Reach::#reach,
            partition: #partition,
            sort: #sort,
            projection: ::ryw_dynamo::__private::Projection::#projection,
        }
    }
}

/// Puts the parts of a key.
fn put_key(entity: &Entity) -> TokenStream {
    let composite = entity.has_composite_key();
    let values = entity.keys().enumerate().map(|(index, field)| {
        let (index, attribute, ty) = (Literal::usize_unsuffixed(index), &field.column, &field.ty);
        let part = if composite { quote!(&key.#index) } else { quote!(key) };
        quote_spanned! {generated_at(ty)=>
            ::ryw_dynamo::__private::key::<#ty>(#attribute).put(attributes, #part)?;
        }
    });
    quote! {
        #(#values)*
        ::core::result::Result::Ok(())
    }
}
