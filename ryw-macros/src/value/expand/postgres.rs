//! The impls by which sqlx stores a value and reads it back, all of it through the backend: the user's crate need not know
//! sqlx.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::Ident;

use super::{if_held, member};
use crate::sql::quote as quoted;
use crate::value::model::{Array, Enum, Newtype, Stored, TypeName};

/// The impls with `nothing` in them.
pub(super) fn stub(ident: &Ident, nothing: &TokenStream) -> TokenStream {
    let text = quote!(::std::string::String);
    let parts = Parts {
        items: TokenStream::new(),
        ty: text.clone(),
        encode: nothing.clone(),
        decode: nothing.clone(),
        arrays: Some(text),
        stored: None,
        held: None,
    };
    parts.print(ident)
}

pub(super) fn enumeration(value: &Enum) -> TokenStream {
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

pub(super) fn newtype(value: &Newtype) -> TokenStream {
    let Newtype { ident, inner, array, .. } = value;
    let (member, ty) = (member(value), inner.to_token_stream());
    let parts = Parts {
        items: TokenStream::new(),
        arrays: (*array == Array::Yes).then(|| ty.clone()),
        encode: quote!(<#ty as __sqlx::Encode<'q, __sqlx::Postgres>>::encode_by_ref(&self.#member, buffer)),
        decode: quote! {
            let held = <#ty as __sqlx::Decode<'r, __sqlx::Postgres>>::decode(value)?;
            ::core::result::Result::Ok(Self { #member: held })
        },
        stored: Some(quote!(<#ty as ::ryw_postgres::__private::fit::StoredAs>::As)),
        held: Some(ty.clone()),
        ty,
    };
    parts.print(ident)
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
    /// The type inside.
    held: Option<TokenStream>,
}

impl Parts {
    fn print(self, ident: &Ident) -> TokenStream {
        let Self { items, ty, encode, decode, arrays, stored, held } = self;
        let if_stored = if_held(held.as_ref(), &quote!(::ryw_postgres::__private::fit::StoredAs));
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
            };
        }
    }
}
