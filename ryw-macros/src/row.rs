//! `#[derive(Row)]`: a struct that the rows of a custom query become, field by column name.
//!
//! An entity is one too; this is for what no table holds: joins, sums, parts of a row. Printed are the names, how a row is
//! read, and for each field what a query's check holds its column against. The field's own type appears there only where
//! sqlx knows it: a private type must not stand in a trait's interface.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Expr, ExprLit, Fields, Ident, Lit, Meta, Token, Type};

use crate::builtin::is_builtin;
use crate::check::option;
use crate::ctxt::Ctxt;
use crate::expand::generated_at;
use crate::suggest::unknown;

const ON_A_FIELD: &[&str] = &["rename"];

/// A field and its column.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) column: String,
    /// What the column is held against, by [`judged`] or another rule.
    pub(crate) judged: TokenStream,
}

/// The whole derive.
pub(crate) fn row(input: &DeriveInput) -> TokenStream {
    let ctxt = Ctxt::new();
    let fields = fields(&ctxt, input);
    match ctxt.check() {
        Ok(()) => {
            let body = from_row(&fields);
            let interface = interface(&input.ident, &fields, &body);
            quote!(#interface)
        }
        Err(mistakes) => {
            let diagnostics = mistakes.to_compile_error();
            if !input.generics.params.is_empty() || !cfg!(feature = "postgres") {
                return diagnostics;
            }
            let body = quote!(::core::unreachable!("the derive of `Row` has reported an error"));
            let stub = interface(&input.ident, &[], &body);
            quote!(#diagnostics #stub)
        }
    }
}

fn fields<'a>(ctxt: &Ctxt, input: &'a DeriveInput) -> Vec<Field<'a>> {
    if !cfg!(feature = "postgres") {
        ctxt.error_at(&input.ident, "for `#[derive(Row)]` add the crate `ryw-postgres` to your dependencies");
    }
    if !input.generics.params.is_empty() {
        ctxt.error_at(
            &input.generics.params,
            "a row's type takes no generics or lifetimes: its fields are owned, concrete values",
        );
    }
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("row")) {
        ctxt.error_at(attr, "`#[row(…)]` belongs on a field: a row has no table");
    }
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => Some(&fields.named),
            Fields::Named(_) | Fields::Unit | Fields::Unnamed(_) => None,
        },
        Data::Enum(_) | Data::Union(_) => None,
    };
    let Some(fields) = fields else {
        ctxt.error_at(
            &input.ident,
            "a row's columns are named after the fields of a struct: give it named fields, or return a tuple",
        );
        return Vec::new();
    };
    let mut checked: Vec<Field<'a>> = Vec::new();
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let column = column(ctxt, &field.attrs).unwrap_or_else(|| ident.unraw().to_string());
        if let Some(owner) = checked.iter().find(|other| other.column == column) {
            ctxt.error_at(
                ident,
                format_args!("the column `{column}` already belongs to the field `{}`", owner.ident),
            );
        }
        checked.push(Field { ident, ty: &field.ty, column, judged: judged(&field.ty) });
    }
    checked
}

/// The column's name, if an attribute gives it.
fn column(ctxt: &Ctxt, attrs: &[Attribute]) -> Option<String> {
    let mut column = None;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("row")) {
        let metas = match attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) {
            Ok(metas) => metas,
            Err(error) => {
                ctxt.error(error);
                continue;
            }
        };
        for meta in metas {
            if !meta.path().is_ident("rename") {
                ctxt.error(unknown(meta.path(), ON_A_FIELD, ("the struct", &[])));
                continue;
            }
            match renamed(&meta) {
                Some(_) if column.is_some() => {
                    ctxt.error_at(meta.path(), "`rename` is given twice: keep one")
                }
                Some(name) => column = Some(name),
                None => ctxt.error_at(&meta, "`rename` takes a string: `rename = \"column\"`"),
            }
        }
    }
    column
}

fn renamed(meta: &Meta) -> Option<String> {
    let Meta::NameValue(pair) = meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) = &pair.value else { return None };
    Some(name.value()).filter(|name| !name.is_empty())
}

fn from_row(fields: &[Field<'_>]) -> TokenStream {
    let fields = fields.iter().enumerate().map(|(at, field)| {
        let (ident, at) = (field.ident, Literal::usize_unsuffixed(at));
        let (held, read) = match option(field.ty) {
            Some(held) => (held, quote!(read_if_any)),
            None => (field.ty, quote!(read)),
        };
        let value = quote_spanned! {generated_at(field.ty)=>
            <#held as ::ryw_postgres::__private::FromColumn>::#read(row, #at)?
        };
        quote!(#ident: #value)
    });
    quote!(::core::result::Result::Ok(Self { #(#fields),* }))
}

/// What a query knows of the struct.
pub(crate) fn interface(name: &Ident, fields: &[Field<'_>], from_row: &TokenStream) -> TokenStream {
    let text = name.to_string();
    let columns = fields.iter().map(|field| &field.column);
    let judged = fields.iter().enumerate().map(|(at, field)| {
        let (at, judged) = (Literal::usize_unsuffixed(at), &field.judged);
        quote!(#at: #judged)
    });
    let judged = (!fields.is_empty())
        .then(|| quote!(::ryw_postgres::__private::query::columns!(#name { #(#judged,)* });));
    quote! {
        impl ::ryw_postgres::__private::query::Row for #name {
            const NAME: &'static str = #text;
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];

            fn from_row(
                row: &::ryw_postgres::__private::query::Columns<'_>,
            ) -> ::core::result::Result<Self, ::ryw_postgres::__private::SqlxError> {
                #from_row
            }
        }

        #judged
    }
}

/// What a column is held against: a known type, or whether it may be NULL.
pub(crate) fn judged(ty: &Type) -> TokenStream {
    if is_builtin(ty) { quote!(Exactly #ty) } else { null_only(ty) }
}

/// A column that is held against no type, only whether it may be NULL.
pub(crate) fn null_only(ty: &Type) -> TokenStream {
    let own = quote!(::ryw_postgres::__private::query::YourType);
    match option(ty) {
        Some(_) => quote!(NullOnly ::core::option::Option<#own>),
        None => quote!(NullOnly #own),
    }
}
