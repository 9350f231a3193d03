//! Printing the impls by which sqlx stores a value and reads it back, all of it through the backend: the user's crate need
//! not know sqlx.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Data, DeriveInput, Ident, Index, Member};

use super::model::{Array, Enum, Newtype, Stored, TypeName, Value};
use crate::sql::quote as quoted;

/// The impls of a value without a mistake.
pub(super) fn expand(value: &Value) -> TokenStream {
    match value {
        Value::Enum(value) => enumeration(value),
        Value::Newtype(value) => newtype(value),
    }
}

/// The impls of a type with mistakes, with nothing in them: its entities compile as far as they can.
pub(super) fn stub(input: &DeriveInput) -> TokenStream {
    if !cfg!(feature = "postgres") || !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let nothing = quote!(::core::unreachable!("the derive of `Value` has reported an error"));
    let text = quote!(::std::string::String);
    let parts = Parts {
        items: TokenStream::new(),
        ty: text.clone(),
        encode: nothing.clone(),
        decode: nothing.clone(),
        arrays: Some(text),
        stored: None,
        write: nothing.clone(),
        read: nothing,
        held: None,
    };
    match input.data {
        Data::Enum(_) | Data::Struct(_) => parts.print(&input.ident),
        Data::Union(_) => TokenStream::new(),
    }
}

fn enumeration(value: &Enum) -> TokenStream {
    let Enum { ident, stored, variants } = value;
    let name = ident.to_string();
    let (idents, labels): (Vec<_>, Vec<_>) = variants.iter().map(|(ident, label)| (ident, label)).unzip();
    let (items, ty, judged) = match stored {
        Stored::Text => (TokenStream::new(), quote!(::std::string::String), quote!(::std::string::String)),
        Stored::Enum(name) => {
            let of_the_database = quote!(::ryw_postgres::__private::fit::DatabaseType);
            (enum_type(name), quote!(::ryw_postgres::__private::EnumOf<__Type>), of_the_database)
        }
    };
    let parts = Parts {
        items,
        arrays: Some(ty.clone()),
        ty,
        encode: quote! {
            let label = match self {
                #(Self::#idents => #labels,)*
            };
            <&str as __sqlx::Encode<'_, __sqlx::Postgres>>::encode_by_ref(&label, buffer)
        },
        decode: quote! {
            match <&str as __sqlx::Decode<'r, __sqlx::Postgres>>::decode(value)? {
                #(#labels => ::core::result::Result::Ok(Self::#idents),)*
                other => ::core::result::Result::Err(::ryw_postgres::__private::unknown_label(#name, other)),
            }
        },
        stored: Some(judged),
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
    parts.print(ident)
}

/// The database's type, as the session sees it: by its name.
fn enum_type(TypeName { schema, name }: &TypeName) -> TokenStream {
    let bare = quoted(name);
    let full = schema.as_deref().map_or(bare.clone(), |schema| format!("{}.{bare}", quoted(schema)));
    quote! {
        struct __Type;

        impl ::ryw_postgres::__private::EnumType for __Type {
            const NAME: &'static str = #full;
            const BARE: &'static str = #bare;
        }
    }
}

fn newtype(value: &Newtype) -> TokenStream {
    let Newtype { ident, field, inner, array } = value;
    let member = field.clone().map_or(Member::Unnamed(Index::from(0)), Member::Named);
    let ty = inner.to_token_stream();
    let parts = Parts {
        items: TokenStream::new(),
        arrays: (*array == Array::Yes).then(|| ty.clone()),
        encode: quote!(<#ty as __sqlx::Encode<'q, __sqlx::Postgres>>::encode_by_ref(&self.#member, buffer)),
        decode: quote! {
            let held = <#ty as __sqlx::Decode<'r, __sqlx::Postgres>>::decode(value)?;
            ::core::result::Result::Ok(Self { #member: held })
        },
        stored: Some(quote!(<#ty as ::ryw_postgres::__private::fit::StoredAs>::As)),
        write: quote!(::ryw_core::CursorKey::write(&self.#member, cursor);),
        read: quote! {
            let held = <#ty as ::ryw_core::CursorKey>::read(cursor)?;
            ::core::option::Option::Some(Self { #member: held })
        },
        held: Some(ty.clone()),
        ty,
    };
    let impls = parts.print(ident);
    quote! {
        #impls

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

/// What differs from one value to the next.
struct Parts {
    /// What the rest needs.
    items: TokenStream,
    /// Whose place in the database it takes.
    ty: TokenStream,
    /// `self` into `buffer`.
    encode: TokenStream,
    /// `value` into `Self`.
    decode: TokenStream,
    /// What stands for it in an array.
    arrays: Option<TokenStream>,
    /// What the check of an entity's SQL holds its column against.
    stored: Option<TokenStream>,
    /// `self` into `cursor`.
    write: TokenStream,
    /// `Self` out of `cursor`.
    read: TokenStream,
    /// The type inside, which must be able to do what this one does. Without the `for`, which says nothing, a bound on a
    /// concrete type that does not hold would be an error at once; so the impl is only one that is not there.
    held: Option<TokenStream>,
}

impl Parts {
    fn print(self, ident: &Ident) -> TokenStream {
        let Self { items, ty, encode, decode, arrays, stored, write, read, held } = self;
        let if_held = |can: TokenStream| held.as_ref().map(|held| quote!(where for<'__any> #held: #can));
        let (if_stored, if_carried) = (
            if_held(quote!(::ryw_postgres::__private::fit::StoredAs)),
            if_held(quote!(::ryw_core::CursorKey)),
        );
        let arrays = arrays.map(|element| {
            quote! {
                impl __sqlx::postgres::PgHasArrayType for #ident {
                    fn array_type_info() -> __sqlx::postgres::PgTypeInfo {
                        <#element as __sqlx::postgres::PgHasArrayType>::array_type_info()
                    }

                    fn array_compatible(ty: &__sqlx::postgres::PgTypeInfo) -> bool {
                        <#element as __sqlx::postgres::PgHasArrayType>::array_compatible(ty)
                    }
                }
            }
        });
        let stored = stored.map(|stored| {
            quote! {
                impl ::ryw_postgres::__private::fit::StoredAs for #ident #if_stored {
                    type As = #stored;
                }
            }
        });
        quote! {
            const _: () = {
                use ::ryw_postgres::__private::sqlx as __sqlx;

                #items

                impl __sqlx::Type<__sqlx::Postgres> for #ident {
                    fn type_info() -> __sqlx::postgres::PgTypeInfo {
                        <#ty as __sqlx::Type<__sqlx::Postgres>>::type_info()
                    }

                    fn compatible(ty: &__sqlx::postgres::PgTypeInfo) -> bool {
                        <#ty as __sqlx::Type<__sqlx::Postgres>>::compatible(ty)
                    }
                }

                impl<'q> __sqlx::Encode<'q, __sqlx::Postgres> for #ident {
                    fn encode_by_ref(
                        &self,
                        buffer: &mut __sqlx::postgres::PgArgumentBuffer,
                    ) -> ::core::result::Result<__sqlx::encode::IsNull, __sqlx::error::BoxDynError> {
                        #encode
                    }
                }

                impl<'r> __sqlx::Decode<'r, __sqlx::Postgres> for #ident {
                    fn decode(
                        value: __sqlx::postgres::PgValueRef<'r>,
                    ) -> ::core::result::Result<Self, __sqlx::error::BoxDynError> {
                        #decode
                    }
                }

                #arrays
                #stored

                impl ::ryw_core::CursorKey for #ident #if_carried {
                    fn write(&self, cursor: &mut ::ryw_core::CursorWriter) {
                        #write
                    }

                    fn read(cursor: &mut ::ryw_core::CursorReader<'_>) -> ::core::option::Option<Self> {
                        #read
                    }
                }
            };
        }
    }
}
