//! Reading the columns' types out of sqlx's expansion. The shape relied on:
//!
//! ```text
//! { #[allow(..)] { ..; ::sqlx::__query_with_result::<..>(..).try_map(|row: ..| {
//!     ..
//!     let sqlx_query_as_note = row.try_get_unchecked::<Option<String>, _>(2)?.into();
//!     ..
//! }) } }
//! ```
//!
//! It comes without a promise of stability, so any other shape is an error, and a test expands a known query.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Block, Expr, ExprMethodCall, GenericArgument, Local, Pat, Stmt, Type};

use crate::check::option;

/// One column of the result, in order.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) holds: Holds,
}

/// What sqlx knows of a column.
#[derive(Debug)]
pub(crate) enum Holds {
    /// The Rust type sqlx maps it to, an `Option` if it may be NULL.
    Exactly(Type),
    /// It may be NULL; the type is left to the field.
    MaybeNull,
    /// It is never NULL; the type is left to the field.
    Anything,
    /// No Rust type, and why.
    Unmapped { reason: String, maybe_null: bool },
}

impl Holds {
    pub(super) fn maybe_null(&self) -> bool {
        match self {
            Self::Exactly(ty) => option(ty).is_some(),
            Self::MaybeNull => true,
            Self::Anything => false,
            Self::Unmapped { maybe_null, .. } => *maybe_null,
        }
    }

    /// The same, by somebody's word that there is no NULL.
    pub(super) fn never_null(self) -> Self {
        match self {
            Self::Exactly(ty) => Self::Exactly(option(&ty).cloned().unwrap_or(ty)),
            Self::MaybeNull | Self::Anything => Self::Anything,
            Self::Unmapped { reason, .. } => Self::Unmapped { reason, maybe_null: false },
        }
    }
}

/// The columns in sqlx's expansion of a `query_as!`.
pub(crate) fn columns(expansion: TokenStream) -> Result<Vec<Column>, String> {
    let surprise = || "sqlx expands queries in a way this version of ryw-macros does not know".to_owned();
    let ambiguous = mentions(&expansion, "warn_on_ambiguous_inferred_date_time_crate");
    let mapping = mapping(syn::parse2(expansion).map_err(|_| surprise())?).ok_or_else(surprise)?;
    let columns = mapping.stmts.into_iter().filter_map(|statement| match statement {
        Stmt::Local(local) => Some(column(local, ambiguous).ok_or_else(surprise)),
        Stmt::Item(_) | Stmt::Expr(..) | Stmt::Macro(_) => None,
    });
    columns.collect()
}

/// The body of the closure that maps a row.
fn mapping(outer: Block) -> Option<Block> {
    let Some(Stmt::Expr(Expr::Block(inner), _)) = outer.stmts.into_iter().next() else { return None };
    let Some(Stmt::Expr(Expr::MethodCall(try_map), None)) = inner.block.stmts.into_iter().next_back() else {
        return None;
    };
    let Some(Expr::Closure(closure)) = try_map.args.into_iter().next() else { return None };
    let Expr::Block(body) = *closure.body else { return None };
    Some(body.block)
}

/// `let sqlx_query_as_NAME = row.try_get…(i)?….;`
fn column(local: Local, ambiguous: bool) -> Option<Column> {
    let Pat::Ident(variable) = local.pat else { return None };
    let variable = variable.ident.to_string();
    let name = variable.trim_start_matches("r#").strip_prefix("sqlx_query_as_")?.to_owned();
    let holds = holds(try_get(*local.init?.expr)?)?;
    Some(Column { name, holds: if ambiguous { loosened(holds) } else { holds } })
}

/// The call of `row.try_get` or `row.try_get_unchecked` at the heart of the expression.
fn try_get(expr: Expr) -> Option<ExprMethodCall> {
    match expr {
        Expr::Try(tried) => try_get(*tried.expr),
        Expr::MethodCall(call) if call.method == "into" => try_get(*call.receiver),
        Expr::MethodCall(call) if call.method == "try_get" || call.method == "try_get_unchecked" => {
            Some(call)
        }
        _ => None,
    }
}

/// The call's first type argument.
fn holds(call: ExprMethodCall) -> Option<Holds> {
    let Some(arguments) = call.turbofish else { return Some(Holds::Anything) };
    let Some(GenericArgument::Type(ty)) = arguments.args.into_iter().next() else { return None };
    let inner = option(&ty).unwrap_or(&ty);
    Some(match inner {
        Type::Infer(_) => Holds::MaybeNull,
        Type::Macro(error) => Holds::Unmapped {
            reason: error.mac.parse_body::<syn::LitStr>().ok()?.value(),
            maybe_null: option(&ty).is_some(),
        },
        _ => Holds::Exactly(ty),
    })
}

/// With both chrono and time compiled in, sqlx cannot tell which one a date means: only NULL is then checked.
fn loosened(holds: Holds) -> Holds {
    match holds {
        Holds::Exactly(ty) if !mentions(&ty.to_token_stream(), "time") => Holds::Exactly(ty),
        Holds::Exactly(ty) if option(&ty).is_some() => Holds::MaybeNull,
        Holds::Exactly(_) | Holds::Anything => Holds::Anything,
        Holds::MaybeNull | Holds::Unmapped { .. } => holds,
    }
}

/// The type as seen from the user's crate, which need not know sqlx, with every token at `span`.
pub(crate) fn moved(ty: Type, span: Span) -> TokenStream {
    rewritten(ty.to_token_stream(), span)
}

fn rewritten(tokens: TokenStream, span: Span) -> TokenStream {
    let rewrite = |mut token: TokenTree| match token {
        TokenTree::Group(group) => {
            let mut moved = Group::new(group.delimiter(), rewritten(group.stream(), span));
            moved.set_span(span);
            TokenTree::Group(moved).into()
        }
        TokenTree::Ident(ident) if ident == "sqlx" => quote_spanned!(span=> ::ryw_postgres::__private::sqlx),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
            token.set_span(span);
            quote!(#token)
        }
    };
    tokens.into_iter().map(rewrite).collect()
}

/// Does `ident` occur anywhere in `tokens`?
pub(crate) fn mentions(tokens: &TokenStream, ident: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(&group.stream(), ident),
        TokenTree::Ident(found) => found == ident,
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use tests::KNOWN;
