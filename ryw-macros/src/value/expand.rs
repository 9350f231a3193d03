//! Printing the impls of a value: one file for each backend, and here what is the same for all of them.

mod dynamo;
mod postgres;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Ident, Index, Member};

use super::model::{Backends, Enum, Kind, Map, Newtype, Value};

/// The impls of a value without a mistake.
pub(super) fn expand(value: &Value) -> TokenStream {
    match &value.kind {
        Kind::Enum(kind) => enumeration(kind, value.backends),
        Kind::Newtype(kind) => newtype(kind, value.backends),
        Kind::Map(kind) => map(kind),
    }
}

/// The impls of a type with mistakes, with nothing in them: its entities compile as far as they can.
pub(super) fn stub(input: &DeriveInput, backends: Option<Backends>) -> TokenStream {
    let Some(backends) = backends.filter(|_| input.generics.params.is_empty()) else {
        return TokenStream::new();
    };
    let nothing = quote!(::core::unreachable!("the derive of `Value` has reported an error"));
    let carried = Carried { write: nothing.clone(), read: nothing.clone(), held: None };
    match &input.data {
        Data::Enum(_) | Data::Struct(_) => {
            let carried = carried.print(&input.ident);
            let postgres = backends.postgres().then(|| postgres::stub(&input.ident, &nothing));
            let dynamo = backends.dynamo().then(|| dynamo::stub(&input.ident, &nothing));
            quote!(#carried #postgres #dynamo)
        }
        Data::Union(_) => TokenStream::new(),
    }
}

fn enumeration(value: &Enum, backends: Backends) -> TokenStream {
    let (idents, labels): (Vec<_>, Vec<_>) =
        value.variants.iter().map(|(ident, label)| (ident, label)).unzip();
    let carried = Carried {
        write: quote! {
            let label = match self {
                #(Self::#idents => #labels,)*
            };
            ::ryw_core::CursorKey::write(&::std::string::String::from(label), cursor);
        },
        read: quote! {
            let label: ::std::string::String = ::ryw_core::CursorKey::read(cursor)?;
            match label.as_str() {
                #(#labels => ::core::option::Option::Some(Self::#idents),)*
                _ => ::core::option::Option::None,
            }
        },
        held: None,
    };
    let carried = carried.print(&value.ident);
    let postgres = backends.postgres().then(|| postgres::enumeration(value));
    let dynamo = backends.dynamo().then(|| dynamo::enumeration(value));
    quote!(#postgres #dynamo #carried)
}

fn newtype(value: &Newtype, backends: Backends) -> TokenStream {
    let Newtype { ident, inner, .. } = value;
    let member = member(value);
    let carried = Carried {
        write: quote!(::ryw_core::CursorKey::write(&self.#member, cursor);),
        read: quote! {
            let held = <#inner as ::ryw_core::CursorKey>::read(cursor)?;
            ::core::option::Option::Some(Self { #member: held })
        },
        held: Some(quote!(#inner)),
    };
    let carried = carried.print(ident);
    let postgres = backends.postgres().then(|| postgres::newtype(value));
    let dynamo = backends.dynamo().then(|| dynamo::newtype(value));
    quote! {
        #postgres
        #dynamo
        #carried

        impl ::ryw_core::Generate for #ident
        where
            for<'__any> #inner: ::ryw_core::Generate,
        {
            fn generate(by: &mut ::ryw_core::Generator) -> Self {
                Self { #member: ::ryw_core::Generate::generate(by) }
            }
        }
    }
}

fn map(value: &Map) -> TokenStream {
    dynamo::map(value)
}

/// Where a newtype holds its value.
fn member(value: &Newtype) -> Member {
    value.field.clone().map_or(Member::Unnamed(Index::from(0)), Member::Named)
}

/// What an impl needs of the type inside, which must be able to do what this one does. Without the `for`, which says nothing,
/// a bound on a concrete type that does not hold would be an error at once; so the impl is only one that is not there.
fn if_held(held: Option<&TokenStream>, can: &TokenStream) -> Option<TokenStream> {
    held.map(|held| quote!(where for<'__any> #held: #can))
}

/// How a value stands in a cursor.
struct Carried {
    /// `self` into `cursor`.
    write: TokenStream,
    /// `Self` out of `cursor`.
    read: TokenStream,
    /// The type inside.
    held: Option<TokenStream>,
}

impl Carried {
    fn print(self, ident: &Ident) -> TokenStream {
        let Self { write, read, held } = self;
        let if_carried = if_held(held.as_ref(), &quote!(::ryw_core::CursorKey));
        quote! {
            impl ::ryw_core::CursorKey for #ident #if_carried {
                fn write(&self, cursor: &mut ::ryw_core::CursorWriter) {
                    #write
                }

                fn read(cursor: &mut ::ryw_core::CursorReader<'_>) -> ::core::option::Option<Self> {
                    #read
                }
            }
        }
    }
}
