//! The methods a user calls: inherent, so that no trait need be imported, and one line each.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Bodies;
use crate::model::Names;

/// A method, apart from its body.
struct Method {
    name: &'static str,
    doc: &'static str,
    /// Each as `name: type`.
    parameters: Vec<(&'static str, TokenStream)>,
    output: TokenStream,
}

/// The methods over Postgres.
pub(super) fn expand(names: &Names, bodies: Bodies<'_>) -> TokenStream {
    let repository = &names.repository;
    let own = own_transaction(names).into_iter().map(|method| method.print(bodies, &quote!(&self.source,)));
    let given = given_transaction(names).into_iter().map(|method| method.print(bodies, &quote!()));
    quote! {
        impl #repository<::ryw_postgres::PostgresSource> {
            #(#own)*
            #(#given)*
        }
    }
}

/// Stubs for a repository whose backend is not known.
pub(super) fn any_source(names: &Names) -> TokenStream {
    let repository = &names.repository;
    let methods = own_transaction(names).into_iter().map(|method| method.print(Bodies::Stub, &quote!()));
    quote!(impl<S> #repository<S> { #(#methods)* })
}

impl Method {
    /// `first` is passed on before the parameters.
    fn print(&self, bodies: Bodies<'_>, first: &TokenStream) -> TokenStream {
        let (name, doc, output) = (format_ident!("{}", self.name), self.doc, &self.output);
        let (idents, types): (Vec<_>, Vec<_>) =
            self.parameters.iter().map(|(ident, ty)| (format_ident!("{ident}"), ty)).unzip();
        let body = bodies.of(quote!(::ryw_postgres::__private::#name(#first #(#idents),*).await));
        quote! {
            #[doc = #doc]
            pub async fn #name(&self, #(#idents: #types),*) -> ::core::result::Result<#output, ::ryw_core::Error> {
                #body
            }
        }
    }
}

fn own_transaction(names: &Names) -> Vec<Method> {
    let Names { entity, key, .. } = names;
    let context = || ("ctx", quote!(&::ryw_core::Context));
    let write = |name, doc| Method {
        name,
        doc,
        parameters: vec![context(), ("entity", quote!(&#entity))],
        output: quote!(::ryw_core::Written<#entity>),
    };
    let keyed =
        |name, doc, parameter, output| Method { name, doc, parameters: vec![context(), parameter], output };
    vec![
        write("insert", " Stores a new row, and returns it as stored."),
        write("update", " Replaces the row of the same key, and returns it as stored."),
        write(
            "upsert",
            " Stores the row, new or in place of the one of the same key, and returns it as stored.",
        ),
        keyed(
            "delete",
            " Removes the row of `key`, and returns what it was.",
            ("key", quote!(&#key)),
            quote!(::ryw_core::Written<::core::option::Option<#entity>>),
        ),
        keyed(
            "find",
            " The row of `key`, if there is one.",
            ("key", quote!(&#key)),
            quote!(::core::option::Option<#entity>),
        ),
        keyed(
            "find_many",
            " The rows of `keys`, as far as there are any.",
            ("keys", quote!(&[#key])),
            quote!(::std::vec::Vec<#entity>),
        ),
        keyed(
            "list",
            " One page of the rows, in the order of their keys.",
            ("page", quote!(&::ryw_core::PageRequest<#key>)),
            quote!(::ryw_core::Page<#entity>),
        ),
    ]
}

fn given_transaction(names: &Names) -> Vec<Method> {
    let Names { entity, key, .. } = names;
    let transaction = || ("tx", quote!(&mut ::ryw_postgres::Transaction));
    let write = |name, doc| Method {
        name,
        doc,
        parameters: vec![transaction(), ("entity", quote!(&#entity))],
        output: quote!(#entity),
    };
    vec![
        write("insert_in", " Like `insert`, inside `tx`: its position exists once `tx` is committed."),
        write("update_in", " Like `update`, inside `tx`: its position exists once `tx` is committed."),
        write("upsert_in", " Like `upsert`, inside `tx`: its position exists once `tx` is committed."),
        Method {
            name: "delete_in",
            doc: " Like `delete`, inside `tx`: its position exists once `tx` is committed.",
            parameters: vec![transaction(), ("key", quote!(&#key))],
            output: quote!(::core::option::Option<#entity>),
        },
    ]
}
