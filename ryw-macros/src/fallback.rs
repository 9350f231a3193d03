//! What a struct with mistakes still gets: the same types, methods and impls, with nothing in them.
//!
//! Code that uses the repository then compiles as far as it can, and one mistake stays one message.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Type, parse_quote};

use crate::ast::{Field, Input};
use crate::expand::{self, Bodies};
use crate::model::Names;

/// The diagnostics, and a stub.
pub(crate) fn expand(input: &Input<'_>, mistakes: &syn::Error) -> TokenStream {
    let diagnostics = mistakes.to_compile_error();
    let stub = stub(input);
    quote!(#diagnostics #stub)
}

fn stub(input: &Input<'_>) -> TokenStream {
    let original = input.original;
    if !original.generics.params.is_empty() {
        // An impl would need bounds nobody has written.
        return TokenStream::new();
    }
    let names = Names::new(&original.vis, &original.ident, &likely_key(input.fields()));
    if cfg!(feature = "postgres") && input.attrs.postgres.is_some() {
        expand::postgres(&names, Bodies::Stub)
    } else {
        expand::no_backend(&names)
    }
}

/// The type that calls of `find` will most likely pass.
fn likely_key(fields: &[Field<'_>]) -> Type {
    let marked = fields.iter().find(|field| field.attrs.key.is_some());
    let named = || fields.iter().find(|field| *field.ident == "id");
    let key = marked.or_else(named).or(fields.first());
    key.map_or(parse_quote!(()), |field| field.original.ty.clone())
}
