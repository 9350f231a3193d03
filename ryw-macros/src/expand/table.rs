//! `impl Table`: the statements that read, how a row becomes a struct, and how a key is sent.

pub(crate) mod mapping;

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};

use super::{Bodies, generated_at};
use crate::model::Entity;
use crate::sql::{Edge, Kind, Piece, pieces};

const READS: [(&str, Kind); 6] = [
    ("FIND", Kind::Find),
    ("FIND_MANY", Kind::FindMany),
    ("EXISTS", Kind::Exists),
    ("COUNT", Kind::Count),
    ("STREAM", Kind::Stream),
    ("FIND_IN", Kind::FindIn),
];

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let (name, key) = (&entity.names.entity, &entity.names.key);
    let table = entity.table().to_string();
    let texts = texts(entity, bodies, &READS);
    let list = pages(entity, bodies, Kind::List);
    let from_row = bodies.of(|| mapping::from_row(entity));
    let (bind_key, bind_keys) = (bodies.of(|| bind_key(entity)), bodies.of(|| bind_keys(entity)));
    quote! {
        impl ::ryw_postgres::__private::Table for #name {
            const TABLE: &'static str = #table;
            #texts
            const LIST: ::ryw_postgres::__private::Pages = #list;

            fn from_row(
                row: &::ryw_postgres::__private::query::Columns<'_>,
            ) -> ::core::result::Result<Self, ::ryw_postgres::__private::SqlxError> {
                #from_row
            }

            fn bind_key(
                key: &#key,
                args: &mut ::ryw_postgres::__private::PgArguments,
            ) -> ::core::result::Result<(), ::ryw_postgres::__private::BoxDynError> {
                #bind_key
            }

            fn bind_keys(
                keys: &[#key],
                args: &mut ::ryw_postgres::__private::PgArguments,
            ) -> ::core::result::Result<(), ::ryw_postgres::__private::BoxDynError> {
                #bind_keys
            }
        }
    }
}

/// The statements of a trait, each under the name of its constant.
pub(super) fn texts(entity: &Entity, bodies: Bodies, kinds: &[(&str, Kind)]) -> TokenStream {
    let texts = kinds.iter().map(|(name, kind)| {
        let (name, text) = (format_ident!("{name}"), text(entity, bodies, *kind));
        quote!(const #name: &'static str = #text;)
    });
    texts.collect()
}

/// The text of a statement.
pub(super) fn text(entity: &Entity, bodies: Bodies, kind: Kind) -> TokenStream {
    if bodies == Bodies::Stub {
        return quote!("");
    }
    let mut pieces: Vec<_> = pieces(entity, kind).into_iter().map(piece).collect();
    match pieces.as_slice() {
        [_] => pieces.remove(0),
        several => quote!(::core::concat!(#(#several),*)),
    }
}

/// The statements of a list.
pub(super) fn pages(entity: &Entity, bodies: Bodies, kind: impl Fn(Edge) -> Kind) -> TokenStream {
    let [first, after, last, before] = Edge::ALL.map(|edge| text(entity, bodies, kind(edge)));
    quote! {
        ::ryw_postgres::__private::Pages {
            first: #first,
            after: #after,
            last: #last,
            before: #before,
        }
    }
}

/// A literal, or a macro of the backend that becomes one.
fn piece(piece: Piece) -> TokenStream {
    match piece {
        Piece::Text(text) => raw(&text).into_token_stream(),
        Piece::Facts { tickets } => {
            let tickets = format!("${tickets}");
            quote!(::ryw_postgres::__private::facts!(#tickets))
        }
        Piece::Witness => quote!(::ryw_postgres::__private::witness!()),
    }
}

/// A literal that shows SQL as it is, quotes and all.
pub(crate) fn raw(text: &str) -> Literal {
    // A raw literal can hold neither its own end nor a carriage return.
    if text.contains("\"#") || text.contains('\r') {
        return Literal::string(text);
    }
    format!("r#\"{text}\"#").parse().expect("a raw string ends where it is closed")
}

/// Adds the parts of a key.
fn bind_key(entity: &Entity) -> TokenStream {
    let composite = entity.has_composite_key();
    let values = entity.keys().enumerate().map(|(index, field)| {
        let index = Literal::usize_unsuffixed(index);
        let part = if composite { quote!(&key.#index) } else { quote!(key) };
        let ty = &field.ty;
        quote_spanned!(generated_at(ty)=> <#ty as ::ryw_postgres::__private::InColumn>::add(#part, args)?;)
    });
    quote! {
        #(#values)*
        ::core::result::Result::Ok(())
    }
}

/// Adds an array for each part of the keys.
fn bind_keys(entity: &Entity) -> TokenStream {
    let composite = entity.has_composite_key();
    let values = entity.keys().enumerate().map(|(index, field)| {
        let index = Literal::usize_unsuffixed(index);
        let part = if composite { quote!(&key.#index) } else { quote!(key) };
        quote_spanned!(generated_at(&field.ty)=> ::ryw_postgres::__private::array(args, keys, |key| #part)?;)
    });
    quote! {
        #(#values)*
        ::core::result::Result::Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_holds_any_text() {
        for text in [r#"SELECT "a""#, "\"#\"", "\"##\"", "a\rb", "a\r\nb", "a\\b", ""] {
            let literal: syn::LitStr = syn::parse2(raw(text).into_token_stream()).unwrap();
            assert_eq!(literal.value(), text);
        }
    }
}
