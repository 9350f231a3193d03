//! Printing: the function, with its texts and its check in its body.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Attribute, Signature, Type, Visibility};

use super::fits::{self, Checked};
use super::model::{Place, Query, Row, Shape};
use super::template::{Combination, Rendered};
use crate::expand::{generated_at, raw};

/// What becomes of a read's rows: they are numbered where their order is the user's, and put into it again outside.
///
/// An outer join keeps no order that SQL promises. The numbers are given inside, to the rows as they come out of the user's
/// own `ORDER BY`; without one they mean nothing, as the order does.
const WRAPPED: [&str; 3] = [
    r#"SELECT "__ryw_q".*, "__ryw_facts".* FROM "#,
    "AS \"__ryw_facts\" LEFT JOIN (SELECT \"__ryw_u\".*, row_number() OVER () AS \"__ryw_order\", \
     true AS \"__ryw_row\" FROM (",
    // A comment may end the user's text.
    "\n) AS \"__ryw_u\") AS \"__ryw_q\" ON true ORDER BY \"__ryw_q\".\"__ryw_order\"",
];

/// The function, checked.
pub(crate) fn expand(query: &Query, checked: &Checked) -> TokenStream {
    let Query { attrs, vis, sig, .. } = query;
    let (texts, check, arguments) = (texts(query), fits::fits(query, checked), arguments(query));
    let (groups, sql) = chosen(query);
    let (name, command) = (sig.ident.to_string(), query.nature.command.name());
    let witness = witness(query);
    let (run, at) = match &query.place {
        Place::Read(ctx) => (quote!(read), quote!(self.source(), #ctx)),
        Place::Write(ctx) => (quote!(write), quote!(self.source(), #ctx)),
        Place::Transaction(tx) => (quote!(run_in), quote!(#tx)),
    };
    let shaped = shaped(&query.shape, checked);
    quote! {
        #(#attrs)*
        #vis #sig {
            #texts
            #check
            #groups
            let __arguments = || {
                #arguments
            };
            let __query = ::ryw_postgres::__private::query::Query {
                name: #name,
                command: #command,
                sql: #sql,
                arguments: &__arguments,
                witness: ::ryw_postgres::__private::query::Witness::#witness,
            };
            ::ryw_postgres::__private::query::#run(#at, &__query, |__answer| #shaped).await
        }
    }
}

/// The function, with nothing in it: a mistake has been reported.
pub(crate) fn stub(attrs: &[Attribute], vis: &Visibility, sig: &Signature) -> TokenStream {
    quote! {
        #(#attrs)*
        #[allow(unused_variables, clippy::unused_async, reason = "a mistake in it has been reported")]
        #vis #sig {
            ::core::unreachable!("`queries` has reported an error")
        }
    }
}

/// The text of each combination of groups.
fn texts(query: &Query) -> TokenStream {
    let groups = query.template.groups.len();
    let texts: Vec<_> = Combination::every(groups).map(|groups| text(query, groups)).collect();
    match texts.as_slice() {
        [text] => quote!(const __SQL: &str = #text;),
        texts => {
            let count = texts.len();
            quote!(const __SQL: [&str; #count] = [#(#texts),*];)
        }
    }
}

fn text(query: &Query, groups: Combination) -> TokenStream {
    let Rendered { text, arguments, .. } = query.template.render(groups);
    let [begin, join, end] = WRAPPED;
    match (&query.place, query.nature.returning) {
        (Place::Read(_), _) => {
            let tickets = format!("${}", 1 + arguments.len());
            let (begin, rest) = (raw(begin), raw(&format!(" {join}{text}{end}")));
            quote!(::core::concat!(#begin, ::ryw_postgres::__private::facts!(#tickets), #rest))
        }
        (Place::Write(_) | Place::Transaction(_), true) => {
            let text = raw(&format!("{text}\n, "));
            quote!(::core::concat!(#text, ::ryw_postgres::__private::witness!()))
        }
        (Place::Write(_) | Place::Transaction(_), false) => raw(&text).into_token_stream(),
    }
}

/// Whether the rows end in the witness of the write.
fn witness(query: &Query) -> TokenStream {
    match (&query.place, query.nature.returning) {
        (Place::Write(_) | Place::Transaction(_), true) => quote!(InRows),
        (Place::Read(_), _) | (_, false) => quote!(None),
    }
}

/// Which groups are in, a bit each; and the text for them.
fn chosen(query: &Query) -> (TokenStream, TokenStream) {
    if query.template.groups.is_empty() {
        return (TokenStream::new(), quote!(__SQL));
    }
    let bits = (0..query.template.groups.len()).map(|group| {
        let arguments = query.template.arguments_of(group).into_iter();
        let given =
            arguments.map(|at| &query.arguments[at]).filter(|argument| argument.is_option).map(|argument| {
                let ident = &argument.ident;
                quote!(#ident.is_some())
            });
        let shift = Literal::usize_unsuffixed(group);
        quote!(::core::primitive::usize::from(#(#given)&&*) << #shift)
    });
    (quote!(let __groups = #(#bits)|*;), quote!(__SQL[__groups]))
}

/// Adds what the chosen text has, in the order of its numbers.
fn arguments(query: &Query) -> TokenStream {
    let values = query.arguments.iter().enumerate().map(|(at, argument)| {
        let ident = &argument.ident;
        let add = quote_spanned! {generated_at(&argument.ty)=>
            ::ryw_postgres::__private::sqlx::Arguments::add(&mut __arguments, &#ident)?;
        };
        match query.template.uses(at) {
            (_, true) => add,
            (groups, false) => {
                let mask = Literal::usize_unsuffixed(groups.iter().fold(0, |mask, group| mask | 1 << group));
                quote!(if __groups & #mask != 0 { #add })
            }
        }
    });
    if query.arguments.is_empty() {
        return quote!(::core::result::Result::Ok(::ryw_postgres::__private::PgArguments::default()));
    }
    quote! {
        let mut __arguments = ::ryw_postgres::__private::PgArguments::default();
        #(#values)*
        ::core::result::Result::Ok(__arguments)
    }
}

/// What is made of the answer.
fn shaped(shape: &Shape, checked: &Checked) -> TokenStream {
    let method = match shape {
        Shape::Affected => return quote!(::core::result::Result::Ok(__answer.affected())),
        Shape::All(_) => quote!(all),
        Shape::Optional(_) => quote!(optional),
        Shape::One(_) => quote!(one),
    };
    let decode = match shape.row() {
        Some(Row::Tuple(_, elements)) => tuple(elements),
        Some(Row::Scalar(ty)) => values(ty),
        Some(Row::Named(ty)) if checked.columns.len() == 1 => {
            let span = generated_at(ty);
            return quote_spanned! {span=> {
                #[allow(unused_imports, reason = "the type is one or the other")]
                use ::ryw_postgres::__private::query::{AsRow as _, AsValue as _};
                __answer.#method(|__rows| (&::ryw_postgres::__private::query::Single::<#ty>::NEW).rows(__rows))
            }};
        }
        Some(Row::Named(ty)) => {
            let span = generated_at(ty);
            return quote_spanned!(span=> __answer.#method(|__rows| ::ryw_postgres::__private::query::rows::<#ty>(__rows)));
        }
        None => return TokenStream::new(),
    };
    quote!(__answer.#method(#decode))
}

fn values(ty: &Type) -> TokenStream {
    quote_spanned!(generated_at(ty)=> ::ryw_postgres::__private::query::values::<#ty>)
}

/// By index: the check has counted the columns.
fn tuple(elements: &[Type]) -> TokenStream {
    let columns = elements.iter().enumerate().map(|(at, ty)| {
        let at = Literal::usize_unsuffixed(at);
        quote_spanned!(generated_at(ty)=> __row.try_get::<#ty, _>(#at)?)
    });
    quote! {
        |__rows| ::ryw_postgres::__private::query::each(__rows, |__row| {
            ::core::result::Result::Ok((#(#columns,)*))
        })
    }
}
