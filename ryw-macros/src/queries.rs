//! `#[queries]`: the user's own SQL as functions of a repository, checked by the database while they compile.
//!
//! `ast` takes the block apart → `check` holds each function against the rules, with `template`, `nature` and `shape` →
//! `model` → `describe` asks the database → `expand` and `fits` print. Each function is judged by itself, and all
//! mistakes of a block come at once; a function with a mistake keeps its signature and loses its body, so that one
//! mistake is one message.
//!
//! Rejected: SQL put together at run time from parts, as query builders do: what is not known at compile time is not
//! checked then. Rejected: `query!` in the body of a function, as sqlx has it: a read could neither carry its verdict nor
//! choose its server.

mod argument;
mod ast;
mod check;
#[cfg(feature = "postgres")]
mod describe;
mod expand;
mod fits;
mod lex;
mod model;
mod nature;
mod position;
mod shape;
mod template;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemImpl;

use self::ast::{Function, Item};
use self::fits::Checked;
use self::model::Query;
use crate::ctxt::Ctxt;

/// The whole attribute, with the database's part passed in, so that tests can do without one.
pub(crate) fn queries(
    attr: TokenStream,
    item: TokenStream,
    describe: fn(&Query) -> syn::Result<Checked>,
) -> TokenStream {
    let mut block: ItemImpl = match syn::parse2(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let error = not_a_block(&item, error).to_compile_error();
            return quote!(#error #item);
        }
    };
    let ctxt = Ctxt::new();
    if !attr.is_empty() {
        ctxt.error_at(&attr, "`queries` takes no arguments: each function has its own `#[query(\"…\")]`");
    }
    if !cfg!(feature = "postgres") {
        ctxt.error_at(&block.self_ty, "for `#[queries]` add the crate `ryw-postgres` to your dependencies");
    }
    let items = ast::items(&ctxt, &mut block);
    let mut errors: Vec<_> = ctxt.check().err().into_iter().collect();
    let sound = errors.is_empty();
    let functions: TokenStream = items
        .into_iter()
        .map(|item| match item {
            Item::Other(tokens) => tokens,
            Item::Query(function) => self::function(*function, sound, describe, &mut errors),
        })
        .collect();
    let errors = errors.iter().map(syn::Error::to_compile_error);
    let block = with_items(block, functions);
    quote!(#(#errors)* #block)
}

/// What asks the database, if there is anything to ask it with.
#[cfg(feature = "postgres")]
pub(crate) fn describe(query: &Query) -> syn::Result<Checked> {
    let checked = describe::describe(query)?;
    describe::counted(query, &checked)?;
    Ok(checked)
}

/// Without the feature each block has a mistake, and nothing is asked.
#[cfg(not(feature = "postgres"))]
pub(crate) fn describe(_: &Query) -> syn::Result<Checked> {
    Ok(Checked { columns: Vec::new(), parameters: Vec::new() })
}

/// The mistake in what is no impl block.
fn not_a_block(item: &TokenStream, error: syn::Error) -> syn::Error {
    match syn::parse2::<syn::Item>(item.clone()) {
        Ok(syn::Item::Impl(_)) | Err(_) => error,
        Ok(other) => {
            let message = "`queries` goes on the block that declares them: `impl ArticleRepository { … }`";
            syn::Error::new_spanned(other, message)
        }
    }
}

/// One function: with its work, or a stub and its mistakes.
fn function(
    function: Function,
    sound: bool,
    describe: fn(&Query) -> syn::Result<Checked>,
    errors: &mut Vec<syn::Error>,
) -> TokenStream {
    let stub = expand::stub(&function.attrs, &function.vis, &function.sig);
    let ctxt = Ctxt::new();
    let has_sql = function.sql.is_some();
    let query = check::check(&ctxt, function);
    let checked = match (ctxt.check(), query) {
        (Ok(()), Some(query)) if sound => describe(&query).map(|checked| expand::expand(&query, &checked)),
        // Reported for the block, or with the attribute.
        (Ok(()), Some(_)) => return stub,
        (Ok(()), None) if !has_sql => return stub,
        (Ok(()), None) => unreachable!("check reports a mistake wherever it gives no model"),
        (Err(mistakes), _) => Err(mistakes),
    };
    checked.unwrap_or_else(|mistakes| {
        errors.push(mistakes);
        stub
    })
}

/// The block with these items in place of its own.
fn with_items(block: ItemImpl, items: TokenStream) -> TokenStream {
    let ItemImpl { attrs, generics, self_ty, .. } = &block;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    // A trait was refused; the functions find no other complaint outside of it.
    quote! {
        #(#attrs)*
        impl #impl_generics #self_ty #where_clause {
            #items
        }
    }
}

#[cfg(test)]
mod tests;
