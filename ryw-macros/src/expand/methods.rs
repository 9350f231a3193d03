//! The methods a user calls: inherent, so that no trait need be imported, and one line each.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::Bodies;
use super::forward::abilities;
use crate::model::{Entity, Field, Names};

/// A method, apart from its body.
struct Method {
    name: Ident,
    doc: String,
    parameters: Vec<Parameter>,
    output: TokenStream,
    /// The function that does it, and what it is told first.
    function: &'static str,
    first: Option<TokenStream>,
}

/// What a method takes, and what it makes of it.
struct Parameter {
    name: &'static str,
    ty: TokenStream,
    passed: TokenStream,
}

/// Where a method runs.
#[derive(Clone, Copy)]
enum Within<'a> {
    /// By itself, on the source of the repository.
    Context(&'a Ident),
    /// In a transaction of the user's.
    Transaction(&'a Ident),
}

/// The methods over Postgres.
pub(super) fn postgres(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, repository, .. } = &entity.names;
    let (writes, reads, stream) = (writes(entity), reads(entity), stream(entity, bodies));
    let alone = writes.iter().map(|method| method.written().print(Within::Context(name), bodies));
    let reads = reads.iter().map(|method| method.print(Within::Context(name), bodies));
    let within = writes.iter().map(|method| method.inside().print(Within::Transaction(name), bodies));
    let finds = finds_inside(entity);
    let finds = finds.iter().map(|method| method.print(Within::Transaction(name), bodies));
    quote! {
        impl #repository<::ryw_postgres::PostgresSource> {
            #(#alone)*
            #(#reads)*
            #stream
            #(#within)*
            #(#finds)*
        }
    }
}

/// The methods in memory.
pub(super) fn memory(entity: &Entity) -> TokenStream {
    let Names { entity: name, repository, new, column, .. } = &entity.names;
    let can = abilities(entity);
    let unique = entity.unique().filter(|_| entity.is_written());
    let upserts: Vec<_> = unique
        .map(|field| {
            let Method { name: method, doc, .. } = upsert_by(entity, field);
            let variant = field.variant();
            quote! {
                #[doc = #doc]
                pub async fn #method(
                    &self,
                    ctx: &::ryw_core::Context,
                    new: impl ::core::convert::Into<#new>,
                ) -> ::core::result::Result<::ryw_core::Written<#name>, ::ryw_core::Error> {
                    self.source.upsert_by::<#name>(ctx, #column::#variant, new)
                }
            }
        })
        .collect();
    let upserts =
        (!upserts.is_empty()).then(|| quote!(impl #repository<::ryw_core::MemorySource> { #(#upserts)* }));
    quote! {
        ::ryw_core::__memory_repository!(#repository, #name: #can);
        #upserts
    }
}

/// Stubs for a repository whose backend is not known.
pub(super) fn any_source(entity: &Entity) -> TokenStream {
    let Names { entity: name, repository, .. } = &entity.names;
    let writes = writes(entity).into_iter().map(|method| method.written());
    let methods = writes.chain(reads(entity)).map(|method| method.print(Within::Context(name), Bodies::Stub));
    let stream = stream(entity, Bodies::Stub);
    quote!(impl<S> #repository<S> { #(#methods)* #stream })
}

/// No future, but what gives one for each row.
fn stream(entity: &Entity, bodies: Bodies) -> TokenStream {
    let name = &entity.names.entity;
    let body = bodies.of(|| quote!(::ryw_postgres::__private::stream(&self.source, ctx)));
    quote! {
        /// All rows, in the order of their keys and read as they are asked for, of one moment.
        pub fn stream(&self, ctx: &::ryw_core::Context) -> ::ryw_core::EntityStream<#name> {
            #body
        }
    }
}

impl Method {
    fn new(name: &'static str, doc: &str, parameters: Vec<Parameter>, output: TokenStream) -> Self {
        let doc = format!(" {doc}");
        Self { name: format_ident!("{name}"), doc, parameters, output, function: name, first: None }
    }

    /// The same, with the position beside what it returns.
    fn written(&self) -> Self {
        let output = &self.output;
        self.with(self.name.clone(), self.doc.clone(), quote!(::ryw_core::Written<#output>))
    }

    /// The same inside a transaction, which has no position yet.
    fn inside(&self) -> Self {
        let doc = format!(" Like `{}`, inside `tx`: its position exists once `tx` is committed.", self.name);
        self.with(format_ident!("{}_in", self.name), doc, self.output.clone())
    }

    fn with(&self, name: Ident, doc: String, output: TokenStream) -> Self {
        let parameters = self.parameters.iter().map(Parameter::copy).collect();
        Self { name, doc, parameters, output, function: self.function, first: self.first.clone() }
    }

    fn print(&self, within: Within<'_>, bodies: Bodies) -> TokenStream {
        let Self { name, doc, output, first, .. } = self;
        let parameters = self.parameters.iter().map(|parameter| {
            let (name, ty) = (format_ident!("{}", parameter.name), &parameter.ty);
            quote!(#name: #ty)
        });
        let passed: Vec<_> =
            first.iter().chain(self.parameters.iter().map(|parameter| &parameter.passed)).collect();
        let (place, body) = match within {
            Within::Context(entity) => {
                let function = format_ident!("{}", self.function);
                let body = bodies.of(|| {
                    quote!(::ryw_postgres::__private::#function::<#entity>(&self.source, ctx, #(#passed),*).await)
                });
                (quote!(ctx: &::ryw_core::Context), body)
            }
            Within::Transaction(entity) => {
                let function = format_ident!("{}_in", self.function);
                let body = bodies
                    .of(|| quote!(::ryw_postgres::__private::#function::<#entity>(tx, #(#passed),*).await));
                (quote!(tx: &mut ::ryw_postgres::Transaction), body)
            }
        };
        quote! {
            #[doc = #doc]
            pub async fn #name(
                &self,
                #place,
                #(#parameters),*
            ) -> ::core::result::Result<#output, ::ryw_core::Error> {
                #body
            }
        }
    }
}

impl Parameter {
    /// Passed on as it is.
    fn plain(name: &'static str, ty: TokenStream) -> Self {
        let ident = format_ident!("{name}");
        Self { name, ty, passed: quote!(#ident) }
    }

    /// The key of a row.
    fn key(entity: &Entity) -> Self {
        let key = &entity.names.key;
        Self::plain("key", quote!(&#key))
    }

    /// What makes a new row.
    fn new(entity: &Entity) -> Self {
        let new = &entity.names.new;
        Self { name: "new", ty: quote!(impl ::core::convert::Into<#new>), passed: quote!(new.into()) }
    }

    /// What makes new rows.
    fn news(entity: &Entity) -> Self {
        let new = &entity.names.new;
        let into = quote!(impl ::core::convert::Into<#new>);
        Self {
            name: "news",
            ty: quote!(impl ::core::iter::IntoIterator<Item = #into>),
            passed: quote!(news.into_iter().map(::core::convert::Into::into).collect()),
        }
    }

    fn copy(&self) -> Self {
        Self { name: self.name, ty: self.ty.clone(), passed: self.passed.clone() }
    }
}

/// Each by itself and inside a transaction. None, if the repository only reads.
fn writes(entity: &Entity) -> Vec<Method> {
    if !entity.is_written() {
        return Vec::new();
    }
    let Names { entity: name, patch, .. } = &entity.names;
    let row = || quote!(#name);
    let maybe = || quote!(::core::option::Option<#name>);
    let key = || Parameter::key(entity);
    let patch = || Parameter::plain("patch", quote!(#patch));
    let replace = if entity.version().is_some() { "replace_versioned" } else { "replace" };
    let entity_itself = vec![Parameter::plain("entity", quote!(&#name))];
    let deleted = match entity.deleted_at() {
        None => "Removes the row of `key`, and returns what it was.",
        Some(_) => "Marks the row of `key` as deleted, and returns it.",
    };
    let mut writes = vec![
        Method::new(
            "insert",
            "Stores a new row, and returns it as stored.",
            vec![Parameter::new(entity)],
            row(),
        ),
        Method::new(
            "insert_many",
            "Stores new rows, all or none, by one statement, and returns them as stored, in the order given.",
            vec![Parameter::news(entity)],
            quote!(::std::vec::Vec<#name>),
        ),
        Method {
            function: replace,
            ..Method::new(
                "replace",
                "Replaces the row of the same key, and returns it as stored.",
                entity_itself,
                row(),
            )
        },
        Method::new(
            "update",
            "Changes the row of `key`, and returns it as stored.",
            vec![key(), patch()],
            row(),
        ),
    ];
    if let Some(version) = entity.version() {
        let (doc, ty) =
            ("Changes the row of `key` if it has this version, and returns it as stored.", &version.ty);
        let parameters = vec![key(), Parameter::plain("version", quote!(#ty)), patch()];
        writes.push(Method::new("update_if", doc, parameters, row()));
    }
    if entity.knows_its_key() {
        let doc = "Stores a row, new or in place of the one of the same key, and returns it as stored.";
        writes.push(Method::new("upsert", doc, vec![Parameter::new(entity)], row()));
    }
    writes.extend(entity.unique().map(|field| upsert_by(entity, field)));
    writes.push(Method::new("delete", deleted, vec![key()], maybe()));
    if entity.deleted_at().is_some() {
        let restores =
            "Takes the mark from the row of `key`, which `delete` has left there, and returns it as stored.";
        let purges = "Removes the row of `key` for good, deleted or not, and returns what it was.";
        writes.push(Method::new("restore", restores, vec![key()], row()));
        writes.push(Method::new("purge", purges, vec![key()], maybe()));
    }
    writes
}

fn upsert_by(entity: &Entity, field: &Field) -> Method {
    let Names { entity: name, column, .. } = &entity.names;
    let (field_name, variant) = (field.name(), field.variant());
    let doc = format!(
        " Stores a row, new or in place of the one with the same `{field_name}`, which keeps its key, and returns it as \
         stored."
    );
    Method {
        name: field.derived(&format!("upsert_by_{field_name}")),
        doc,
        first: Some(quote!(#column::#variant)),
        ..Method::new("upsert_by", "", vec![Parameter::new(entity)], quote!(#name))
    }
}

fn reads(entity: &Entity) -> Vec<Method> {
    let Names { entity: name, key: key_type, .. } = &entity.names;
    let maybe = || quote!(::core::option::Option<#name>);
    let key = || Parameter::key(entity);
    let mut reads = vec![
        Method::new("find", "The row of `key`, if there is one.", vec![key()], maybe()),
        Method::new(
            "find_many",
            "The rows of `keys`, in their order, as far as there are any.",
            vec![Parameter::plain("keys", quote!(&[#key_type]))],
            quote!(::std::vec::Vec<#name>),
        ),
        Method::new("exists", "Whether there is a row of `key`.", vec![key()], quote!(bool)),
        Method::new("count", "How many rows there are.", Vec::new(), quote!(u64)),
        Method::new(
            "list",
            "One page of the rows, in the order of their keys.",
            vec![Parameter::plain("page", quote!(&::ryw_core::PageRequest<#key_type>))],
            quote!(::ryw_core::Page<#name>),
        ),
    ];
    if entity.is_written() && entity.deleted_at().is_some() {
        let doc = "The row of `key`, deleted or not, if there is one.";
        reads.push(Method::new("find_with_deleted", doc, vec![key()], maybe()));
    }
    reads
}

/// Reads inside a transaction: it is on the primary, and sees its own writes.
fn finds_inside(entity: &Entity) -> Vec<Method> {
    let name = &entity.names.entity;
    let find = |function, method, doc| Method {
        name: format_ident!("{method}"),
        ..Method::new(function, doc, vec![Parameter::key(entity)], quote!(::core::option::Option<#name>))
    };
    let mut finds = vec![find("find", "find_in", "The row of `key` as `tx` sees it, if there is one.")];
    if entity.is_written() {
        finds.push(find(
            "find_for_update",
            "find_for_update_in",
            "Like `find_in`, and nobody else changes or locks the row before `tx` has ended.",
        ));
    }
    finds
}
