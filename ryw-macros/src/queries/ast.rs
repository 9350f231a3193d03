//! The impl block as the user wrote it, taken apart.
//!
//! To syn a function without a body is no item of an impl: it keeps the tokens, and they are parsed here.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, ImplItem, ItemImpl, LitStr, Meta, Signature, Token, Visibility};

use crate::ctxt::Ctxt;

/// One thing in the impl block.
pub(crate) enum Item {
    Query(Box<Function>),
    /// Left as it is.
    Other(TokenStream),
}

/// A function that is to be a query.
pub(crate) struct Function {
    /// Without `#[query]`.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// `None` if a mistake in it has been reported.
    pub(crate) sql: Option<LitStr>,
}

/// A function without a body.
struct Bodiless {
    attrs: Vec<Attribute>,
    vis: Visibility,
    sig: Signature,
}

impl Parse for Bodiless {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let (vis, sig) = (input.parse()?, input.parse()?);
        input.parse::<Token![;]>()?;
        Ok(Self { attrs, vis, sig })
    }
}

/// Takes the items of the block apart, and leaves it without any.
pub(crate) fn items(ctxt: &Ctxt, block: &mut ItemImpl) -> Vec<Item> {
    if let Some((_, path, _)) = &block.trait_ {
        ctxt.error_at(path, "queries are a repository's own functions: write `impl ArticleRepository { … }`");
    }
    std::mem::take(&mut block.items).into_iter().map(|item| self::item(ctxt, item)).collect()
}

fn item(ctxt: &Ctxt, item: ImplItem) -> Item {
    match item {
        ImplItem::Verbatim(tokens) => match syn::parse2(tokens.clone()) {
            Ok(function) => bodiless(ctxt, function),
            Err(_) => Item::Other(tokens),
        },
        ImplItem::Fn(mut function) => {
            let (queries, attrs) = split(std::mem::take(&mut function.attrs));
            for query in queries {
                ctxt.error_at(
                    &query,
                    "a query has no body, for its SQL is all it does: write `;` for the `{ … }`, or remove `#[query]`",
                );
            }
            function.attrs = attrs;
            Item::Other(function.into_token_stream())
        }
        other => Item::Other(other.into_token_stream()),
    }
}

fn bodiless(ctxt: &Ctxt, function: Bodiless) -> Item {
    let Bodiless { attrs, vis, sig } = function;
    let (queries, attrs) = split(attrs);
    for second in queries.iter().skip(1) {
        ctxt.error_at(second, "`query` is given twice: keep one");
    }
    let sql = match queries.first() {
        Some(query) => sql(ctxt, query),
        None => {
            ctxt.error_at(
                &sig.ident,
                "what does it run? Write `#[query(\"…\")]` above it, or give it a body",
            );
            None
        }
    };
    Item::Query(Box::new(Function { attrs, vis, sig, sql }))
}

/// The `#[query]` attributes, and the others.
fn split(attrs: Vec<Attribute>) -> (Vec<Attribute>, Vec<Attribute>) {
    attrs.into_iter().partition(|attr| attr.path().is_ident("query"))
}

fn sql(ctxt: &Ctxt, query: &Attribute) -> Option<LitStr> {
    let parsed = match &query.meta {
        Meta::List(list) => list.parse_args::<LitStr>(),
        Meta::Path(_) | Meta::NameValue(_) => Err(syn::Error::new_spanned(&query.meta, "")),
    };
    parsed
        .map_err(|_| {
            let tokens = match &query.meta {
                Meta::List(list) if !list.tokens.is_empty() => list.tokens.clone(),
                meta => meta.to_token_stream(),
            };
            ctxt.error_at(tokens, "a query is one string literal: `#[query(\"SELECT …\")]`");
        })
        .ok()
}
