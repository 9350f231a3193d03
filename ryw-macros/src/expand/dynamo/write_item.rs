//! `impl WriteItem`: how a struct becomes an item, and a patch changes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::mapping;
use crate::expand::{Bodies, generated_at};
use crate::model::{Entity, Field, Names, Role};

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, patch, .. } = &entity.names;
    let version = match entity.version() {
        None => quote!(::core::option::Option::None),
        Some(field) => {
            let attribute = &field.column;
            quote!(::core::option::Option::Some(#attribute))
        }
    };
    let (to_attributes, put_patch) = (bodies.of(|| to_attributes(entity)), bodies.of(|| put_patch(entity)));
    let optional =
        (bodies == Bodies::Real).then(|| [stamp(entity), stamp_deleted(entity), version_attribute(entity)]);
    let optional = optional.into_iter().flatten().flatten();
    quote! {
        impl ::ryw_dynamo::__private::WriteItem for #name {
            const VERSION: ::core::option::Option<&'static str> = #version;

            fn to_attributes(
                &self,
            ) -> ::core::result::Result<
                ::ryw_dynamo::__private::Attributes,
                ::ryw_dynamo::__private::AttributeError,
            > {
                #to_attributes
            }

            fn put_patch(
                patch: &#patch,
                changes: &mut ::ryw_dynamo::__private::Changes,
            ) -> ::core::result::Result<(), ::ryw_dynamo::__private::AttributeError> {
                #put_patch
            }

            #(#optional)*
        }
    }
}

fn to_attributes(entity: &Entity) -> TokenStream {
    let values = entity.fields().map(mapping::put);
    quote! {
        let mut attributes = ::ryw_dynamo::__private::Attributes::new();
        #(#values)*
        ::core::result::Result::Ok(attributes)
    }
}

fn put_patch(entity: &Entity) -> TokenStream {
    let values: Vec<_> = entity.patched().map(mapping::changed).collect();
    let nothing = values.is_empty().then(|| quote!(let _ = (patch, changes);));
    quote! {
        #nothing
        #(#values)*
        ::core::result::Result::Ok(())
    }
}

/// What every write sets.
fn stamp(entity: &Entity) -> Option<TokenStream> {
    let stamped: Vec<_> =
        entity.fields().filter(|field| field.role == Role::UpdatedAt).map(mapping::stamped).collect();
    (!stamped.is_empty()).then(|| stamping("stamp", &stamped))
}

fn stamp_deleted(entity: &Entity) -> Option<TokenStream> {
    entity.deleted_at().map(|field| stamping("stamp_deleted", &[mapping::stamped(field)]))
}

fn stamping(name: &str, stamped: &[TokenStream]) -> TokenStream {
    let name = quote::format_ident!("{name}");
    quote! {
        fn #name(
            by: &mut ::ryw_core::Generator,
            changes: &mut ::ryw_dynamo::__private::Changes,
        ) -> ::core::result::Result<(), ::ryw_core::Error> {
            #(#stamped)*
            ::core::result::Result::Ok(())
        }
    }
}

fn version_attribute(entity: &Entity) -> Option<TokenStream> {
    let Field { ident, ty, .. } = entity.version()?;
    let value = quote_spanned! {generated_at(ty)=>
        ::ryw_dynamo::__private::Attribute::to_attribute(&self.#ident)
    };
    Some(quote! {
        fn version_attribute(
            &self,
        ) -> ::core::result::Result<
            ::core::option::Option<::ryw_dynamo::__private::AttributeValue>,
            ::ryw_dynamo::__private::AttributeError,
        > {
            #value
        }
    })
}
