//! The methods inside a transaction: they add to what is sent when it is committed, or read.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::expand::Bodies;
use crate::model::{Entity, Names};

pub(super) fn reads(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, key, .. } = &entity.names;
    let body = bodies.of(|| quote!(::ryw_dynamo::__private::find_in::<#name>(tx, &self.source, key)));
    quote! {
        /// Adds the item of `key` to what `tx` reads, all of it at one moment; what is returned takes it from what was found.
        ///
        /// # Errors
        /// A configuration error, if the key has no attribute, or `tx` is full or of another source.
        pub fn find_in(
            &self,
            tx: &mut ::ryw_dynamo::TransactGet,
            key: &#key,
        ) -> ::core::result::Result<::ryw_dynamo::Wanted<#name>, ::ryw_core::Error> {
            #body
        }
    }
}

pub(super) fn writes(entity: &Entity, bodies: Bodies) -> TokenStream {
    let methods = methods(entity).into_iter().map(|method| method.print(&entity.names.entity, bodies));
    quote!(#(#methods)*)
}

/// A method that adds a write.
struct Method {
    name: &'static str,
    doc: &'static str,
    parameters: TokenStream,
    passed: TokenStream,
    output: TokenStream,
}

fn methods(entity: &Entity) -> Vec<Method> {
    let Names { entity: name, new, patch, key, .. } = &entity.names;
    let method = |name, doc, (parameters, passed): (TokenStream, TokenStream)| Method {
        name,
        doc,
        parameters,
        passed,
        output: quote!(()),
    };
    let a_new = || (quote!(new: impl ::core::convert::Into<#new>), quote!(new.into()));
    let by_key = || (quote!(key: &#key), quote!(key));
    let deletes = match entity.deleted_at() {
        None => "Adds to `tx` that the row of `key` is removed, if there is one.",
        Some(_) => "Adds to `tx` that the row of `key` is marked as deleted. Without such a row `tx` fails.",
    };
    let insert = method(
        "insert",
        "Adds a new row to `tx`, and returns it as it will be stored. If there is a row of its key, `tx` fails.",
        a_new(),
    );
    let mut methods = vec![
        Method { output: quote!(#name), ..insert },
        method(
            "replace",
            "Adds to `tx` that the row of the same key is replaced, with a version only the row of the same one. Without \
             such a row `tx` fails.",
            (quote!(entity: &#name), quote!(entity)),
        ),
        method("upsert", "Adds a row to `tx`, new or in place of the one of the same key.", a_new()),
        method(
            "update",
            "Adds a change of the row of `key` to `tx`. Without such a row `tx` fails.",
            (quote!(key: &#key, patch: #patch), quote!(key, &patch)),
        ),
        method("delete", deletes, by_key()),
        method(
            "check",
            "Adds to `tx` that the row of `key` must be as `condition` says; if it is not, `tx` fails.",
            (quote!(key: &#key, condition: ::ryw_dynamo::Condition), quote!(key, condition)),
        ),
    ];
    if let Some(version) = entity.version() {
        let ty = &version.ty;
        let doc = "Adds a change of the row of `key` to `tx`. Unless it has this version, `tx` fails.";
        let parameters = quote!(key: &#key, version: #ty, patch: #patch);
        methods.push(method("update_if", doc, (parameters, quote!(key, version, &patch))));
    }
    if entity.deleted_at().is_some() {
        let restores =
            "Adds to `tx` that the mark is taken from the row of `key`. Without such a row `tx` fails.";
        let purges =
            "Adds to `tx` that the row of `key` is removed for good, deleted or not, if there is one.";
        methods.extend([method("restore", restores, by_key()), method("purge", purges, by_key())]);
    }
    methods
}

impl Method {
    fn print(self, entity: &Ident, bodies: Bodies) -> TokenStream {
        let Self { name, doc, parameters, passed, output } = self;
        let (method, doc) = (format_ident!("{name}_in"), format!(" {doc}"));
        let body =
            bodies.of(|| quote!(::ryw_dynamo::__private::#method::<#entity>(tx, &self.source, #passed)));
        quote! {
            #[doc = #doc]
            ///
            /// # Errors
            /// A configuration error, if a value has no attribute, or `tx` is full or of another source.
            pub fn #method(
                &self,
                tx: &mut ::ryw_dynamo::TransactWrite,
                #parameters
            ) -> ::core::result::Result<#output, ::ryw_core::Error> {
                #body
            }
        }
    }
}
