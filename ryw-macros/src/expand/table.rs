//! `impl Table`: the statements, and the two mappings between the struct and a row.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};

use super::{Bodies, generated_at};
use crate::model::{Entity, Names};
use crate::sql::{Kind, Piece, pieces};

pub(super) fn expand(names: &Names, bodies: Bodies<'_>) -> TokenStream {
    let entity = &names.entity;
    let (table, texts, from_row, bind) = match bodies {
        Bodies::Real(entity) => (table(entity), texts(entity), from_row(entity), bind(entity)),
        Bodies::Stub => {
            (String::new(), stub_texts(), bodies.of(TokenStream::new()), bodies.of(TokenStream::new()))
        }
    };
    quote! {
        impl ::ryw_postgres::__private::Table for #entity {
            const TABLE: &'static str = #table;
            #texts

            fn from_row(
                row: &::ryw_postgres::__private::PgRow,
            ) -> ::core::result::Result<Self, ::ryw_postgres::__private::SqlxError> {
                #from_row
            }

            fn bind(
                &self,
                args: &mut ::ryw_postgres::__private::PgArguments,
            ) -> ::core::result::Result<(), ::ryw_postgres::__private::BoxDynError> {
                #bind
            }
        }
    }
}

/// The table as the user named it, unquoted.
fn table(entity: &Entity) -> String {
    match &entity.table.schema {
        Some(schema) => format!("{schema}.{}", entity.table.name),
        None => entity.table.name.clone(),
    }
}

fn texts(entity: &Entity) -> TokenStream {
    let texts = Kind::ALL.into_iter().map(|kind| {
        let pieces = pieces(entity, kind).into_iter().map(piece);
        text(kind, &quote!(::core::concat!(#(#pieces),*)))
    });
    texts.collect()
}

fn stub_texts() -> TokenStream {
    Kind::ALL.into_iter().map(|kind| text(kind, &quote!(""))).collect()
}

fn text(kind: Kind, text: &TokenStream) -> TokenStream {
    let name = format_ident!("{}", kind.constant());
    quote!(const #name: &'static str = #text;)
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
fn raw(text: &str) -> Literal {
    // A raw literal can hold neither its own end nor a carriage return.
    if text.contains("\"#") || text.contains('\r') {
        return Literal::string(text);
    }
    format!("r#\"{text}\"#").parse().expect("a raw string ends where it is closed")
}

/// Reads by index: every statement gives the columns in the fields' order.
fn from_row(entity: &Entity) -> TokenStream {
    let fields = entity.fields().enumerate().map(|(index, field)| {
        let (ident, index) = (&field.ident, Literal::usize_unsuffixed(index));
        let value = quote_spanned!(generated_at(&field.ty)=> row.try_get(#index)?);
        quote!(#ident: #value)
    });
    quote! {
        use ::ryw_postgres::__private::sqlx::Row as _;
        ::core::result::Result::Ok(Self { #(#fields),* })
    }
}

/// Adds what is sent, in the order of the placeholders. What is not sent is touched, or a private field that the program
/// never looks at would be called dead code, though its column is read back.
fn bind(entity: &Entity) -> TokenStream {
    let values = entity.sent().map(|field| {
        let ident = &field.ident;
        quote_spanned!(generated_at(&field.ty)=> args.add(&self.#ident)?;)
    });
    let unsent: Vec<_> = entity
        .fields()
        .filter(|field| !entity.sent().any(|sent| sent.ident == field.ident))
        .map(|field| &field.ident)
        .collect();
    let touched = (!unsent.is_empty()).then(|| quote!(let _ = (#(&self.#unsent,)*);));
    quote! {
        use ::ryw_postgres::__private::sqlx::Arguments as _;
        #(#values)*
        #touched
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
