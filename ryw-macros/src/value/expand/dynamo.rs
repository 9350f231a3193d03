//! The impls by which a value becomes an attribute of DynamoDB and an attribute a value: an enum's variant as text, a newtype
//! as what it holds, a struct as a map.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;

use super::{if_held, member};
use crate::expand::generated_at;
use crate::value::model::{Enum, Map, Newtype};

/// The impls with `nothing` in them.
pub(super) fn stub(ident: &Ident, nothing: &TokenStream) -> TokenStream {
    let attribute = attribute(ident, None, nothing, nothing);
    let text = quote!(::ryw_dynamo::__private::KeyKind::Text);
    quote! {
        #attribute

        impl ::ryw_dynamo::__private::KeyValue for #ident {
            const KIND: ::ryw_dynamo::__private::KeyKind = #text;
        }
    }
}

pub(super) fn enumeration(value: &Enum) -> TokenStream {
    let Enum { ident, variants, .. } = value;
    let name = ident.to_string();
    let (idents, labels): (Vec<_>, Vec<_>) = variants.iter().map(|(ident, label)| (ident, label)).unzip();
    let to = quote! {
        let label = match self {
            #(Self::#idents => #labels,)*
        };
        ::core::result::Result::Ok(::core::option::Option::Some(::ryw_dynamo::__private::label(label)))
    };
    let from = quote! {
        match ::ryw_dynamo::__private::text(value)?.as_str() {
            #(#labels => ::core::result::Result::Ok(Self::#idents),)*
            other => ::core::result::Result::Err(::ryw_dynamo::__private::unknown_label(#name, other)),
        }
    };
    let attribute = attribute(ident, None, &to, &from);
    quote! {
        #attribute

        impl ::ryw_dynamo::__private::KeyValue for #ident {
            const KIND: ::ryw_dynamo::__private::KeyKind = ::ryw_dynamo::__private::KeyKind::Text;
        }
    }
}

pub(super) fn newtype(value: &Newtype) -> TokenStream {
    let Newtype { ident, inner, .. } = value;
    let (member, span) = (member(value), generated_at(inner));
    let held = quote_spanned!(span=> <#inner as ::ryw_dynamo::__private::Attribute>);
    let to = quote!(#held::to_attribute(&self.#member));
    let from = quote!(#held::from_attribute(value).map(|held| Self { #member: held }));
    let attribute = attribute(ident, Some(&held), &to, &from);
    let if_key = if_held(Some(&quote!(#inner)), &quote!(::ryw_dynamo::__private::KeyValue));
    quote! {
        #attribute

        impl ::ryw_dynamo::__private::KeyValue for #ident #if_key {
            const KIND: ::ryw_dynamo::__private::KeyKind =
                <#inner as ::ryw_dynamo::__private::KeyValue>::KIND;
        }
    }
}

pub(super) fn map(value: &Map) -> TokenStream {
    let puts = value.fields.iter().map(|(ident, attribute, ty)| {
        quote_spanned! {generated_at(ty)=>
            ::ryw_dynamo::__private::field::<#ty>(#attribute).put(&mut attributes, &self.#ident)?;
        }
    });
    let takes = value.fields.iter().map(|(ident, attribute, ty)| {
        let taken = quote_spanned! {generated_at(ty)=>
            ::ryw_dynamo::__private::field::<#ty>(#attribute).take(&mut attributes)?
        };
        quote!(#ident: #taken)
    });
    let to = quote! {
        let mut attributes = ::ryw_dynamo::__private::Attributes::new();
        #(#puts)*
        ::core::result::Result::Ok(::core::option::Option::Some(
            ::ryw_dynamo::__private::AttributeValue::M(attributes),
        ))
    };
    let from = quote! {
        let mut attributes = ::ryw_dynamo::__private::map(value)?;
        ::core::result::Result::Ok(Self { #(#takes),* })
    };
    attribute(&value.ident, None, &to, &from)
}

/// `held` can be left out if the type inside can.
fn attribute(ident: &Ident, held: Option<&TokenStream>, to: &TokenStream, from: &TokenStream) -> TokenStream {
    let left_out = held.map(|held| quote!(const CAN_BE_LEFT_OUT: bool = #held::CAN_BE_LEFT_OUT;));
    quote! {
        impl ::ryw_dynamo::__private::Attribute for #ident {
            #left_out

            fn to_attribute(
                &self,
            ) -> ::core::result::Result<
                ::core::option::Option<::ryw_dynamo::__private::AttributeValue>,
                ::ryw_dynamo::__private::AttributeError,
            > {
                #to
            }

            fn from_attribute(
                value: ::core::option::Option<::ryw_dynamo::__private::AttributeValue>,
            ) -> ::core::result::Result<Self, ::ryw_dynamo::__private::AttributeError> {
                #from
            }
        }
    }
}
