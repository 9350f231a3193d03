//! The methods a user calls: inherent, so that no trait need be imported; generic over the source, so that they are
//! compiled where they are called, and there alone.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::Bodies;
use crate::model::{Entity, Field, Names};

/// What a source must be able to do, to have a method.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ability {
    Read,
    List,
    Write,
    Unique,
    Upsert,
    Version,
    SoftDelete,
}

/// A method of a source that can do what it needs.
struct Method {
    needs: Ability,
    writes: bool,
    name: Ident,
    doc: String,
    parameters: Vec<Parameter>,
    output: TokenStream,
    /// What it calls, and what that is told first.
    function: &'static str,
    first: Option<TokenStream>,
}

/// What a method takes, and what it makes of it.
struct Parameter {
    name: &'static str,
    ty: TokenStream,
    passed: TokenStream,
}

/// The methods over every source that can do what they need.
pub(super) fn shared(entity: &Entity) -> TokenStream {
    let Names { entity: name, repository, .. } = &entity.names;
    let methods: Vec<_> = reads(entity).into_iter().chain(writes(entity)).collect();
    let blocks = Ability::ALL.into_iter().filter_map(|ability| {
        let methods: Vec<_> = methods
            .iter()
            .filter(|method| method.needs == ability)
            .map(|method| method.print(&method.call(name)))
            .collect();
        let stream = (ability == Ability::List)
            .then(|| stream(entity, &quote!(::ryw_core::ListStore::<#name>::stream(&self.source, ctx))));
        let store = ability.store();
        (!methods.is_empty())
            .then(|| quote!(impl<S: ::ryw_core::#store<#name>> #repository<S> { #(#methods)* #stream }))
    });
    quote!(#(#blocks)*)
}

/// The methods inside a transaction of Postgres.
pub(super) fn postgres(entity: &Entity) -> TokenStream {
    let Names { entity: name, repository, .. } = &entity.names;
    let finds = finds_inside(entity).into_iter();
    let methods = finds.chain(writes(entity).into_iter().map(Method::inside));
    let methods = methods.map(|method| method.print_inside(name));
    quote!(impl #repository<::ryw_postgres::PostgresSource> { #(#methods)* })
}

/// Stubs for a repository whose backend is not known.
pub(super) fn any_source(entity: &Entity) -> TokenStream {
    let repository = &entity.names.repository;
    let nothing = Bodies::Stub.of(TokenStream::new);
    let methods = reads(entity).into_iter().chain(writes(entity)).map(|method| method.print(&nothing));
    let stream = stream(entity, &nothing);
    quote!(impl<S> #repository<S> { #(#methods)* #stream })
}

/// No future, but what gives one for each row.
fn stream(entity: &Entity, body: &TokenStream) -> TokenStream {
    let name = &entity.names.entity;
    quote! {
        /// All rows, in the order of their keys and read as they are asked for, of one moment.
        pub fn stream(&self, ctx: &::ryw_core::Context) -> ::ryw_core::EntityStream<#name> {
            #body
        }
    }
}

impl Ability {
    const ALL: [Self; 7] =
        [Self::Read, Self::List, Self::Write, Self::Unique, Self::Upsert, Self::Version, Self::SoftDelete];

    /// The trait of such sources.
    fn store(self) -> Ident {
        let name = match self {
            Self::Read => "ReadStore",
            Self::List => "ListStore",
            Self::Write => "Store",
            Self::Unique => "UniqueStore",
            Self::Upsert => "UpsertStore",
            Self::Version => "VersionedStore",
            Self::SoftDelete => "SoftDeleteStore",
        };
        format_ident!("{name}")
    }
}

impl Method {
    fn read(name: &'static str, doc: &str, parameters: Vec<Parameter>, output: TokenStream) -> Self {
        let doc = format!(" {doc}");
        let (needs, writes) = (Ability::Read, false);
        Self {
            needs,
            writes,
            name: format_ident!("{name}"),
            doc,
            parameters,
            output,
            function: name,
            first: None,
        }
    }

    fn write(name: &'static str, doc: &str, parameters: Vec<Parameter>, output: TokenStream) -> Self {
        Self { needs: Ability::Write, writes: true, ..Self::read(name, doc, parameters, output) }
    }

    fn needs(self, needs: Ability) -> Self {
        Self { needs, ..self }
    }

    /// The same inside a transaction.
    fn inside(self) -> Self {
        let doc = format!(" Like `{}`, inside `tx`: its position exists once `tx` is committed.", self.name);
        Self { name: format_ident!("{}_in", self.name), doc, ..self }
    }

    /// A method of a source, with the position beside what a write returns.
    fn print(&self, body: &TokenStream) -> TokenStream {
        let (name, doc, parameters, output) = (&self.name, &self.doc, self.parameters(), &self.output);
        let output = if self.writes { quote!(::ryw_core::Written<#output>) } else { quote!(#output) };
        quote! {
            #[doc = #doc]
            pub async fn #name(
                &self,
                ctx: &::ryw_core::Context,
                #parameters
            ) -> ::core::result::Result<#output, ::ryw_core::Error> {
                #body
            }
        }
    }

    /// What it does over any source.
    fn call(&self, entity: &Ident) -> TokenStream {
        let (store, function, passed) =
            (self.needs.store(), format_ident!("{}", self.function), self.passed());
        quote!(::ryw_core::#store::<#entity>::#function(&self.source, ctx, #passed).await)
    }

    /// A method inside a transaction, which has no position yet.
    fn print_inside(&self, entity: &Ident) -> TokenStream {
        let (name, doc, parameters, output) = (&self.name, &self.doc, self.parameters(), &self.output);
        let (function, passed) = (format_ident!("{}_in", self.function), self.passed());
        quote! {
            #[doc = #doc]
            pub async fn #name(
                &self,
                tx: &mut ::ryw_postgres::Transaction,
                #parameters
            ) -> ::core::result::Result<#output, ::ryw_core::Error> {
                ::ryw_postgres::__private::#function::<#entity>(tx, #passed).await
            }
        }
    }

    fn parameters(&self) -> TokenStream {
        let parameters = self.parameters.iter().map(|Parameter { name, ty, .. }| {
            let name = format_ident!("{name}");
            quote!(#name: #ty)
        });
        quote!(#(#parameters),*)
    }

    fn passed(&self) -> TokenStream {
        let passed = self.first.iter().chain(self.parameters.iter().map(|parameter| &parameter.passed));
        quote!(#(#passed),*)
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
}

/// None, if the repository only reads.
fn writes(entity: &Entity) -> Vec<Method> {
    if !entity.is_written() {
        return Vec::new();
    }
    let Names { entity: name, patch, .. } = &entity.names;
    let row = || quote!(#name);
    let maybe = || quote!(::core::option::Option<#name>);
    let key = || Parameter::key(entity);
    let patch = || Parameter::plain("patch", quote!(#patch));
    let entity_itself = vec![Parameter::plain("entity", quote!(&#name))];
    let deleted = match entity.deleted_at() {
        None => "Removes the row of `key`, and returns what it was.",
        Some(_) => "Marks the row of `key` as deleted, and returns it.",
    };
    let mut writes = vec![
        Method::write(
            "insert",
            "Stores a new row, and returns it as stored.",
            vec![Parameter::new(entity)],
            row(),
        ),
        Method::write(
            "insert_many",
            "Stores new rows, all or none, by one statement, and returns them as stored, in the order given.",
            vec![Parameter::news(entity)],
            quote!(::std::vec::Vec<#name>),
        ),
        Method::write(
            "replace",
            "Replaces the row of the same key, and returns it as stored.",
            entity_itself,
            row(),
        ),
        Method::write(
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
        writes.push(Method::write("update_if", doc, parameters, row()).needs(Ability::Version));
    }
    if entity.knows_its_key() {
        let doc = "Stores a row, new or in place of the one of the same key, and returns it as stored.";
        writes.push(Method::write("upsert", doc, vec![Parameter::new(entity)], row()).needs(Ability::Upsert));
    }
    writes.extend(entity.unique().map(|field| upsert_by(entity, field)));
    writes.push(Method::write("delete", deleted, vec![key()], maybe()));
    if entity.deleted_at().is_some() {
        let restores =
            "Takes the mark from the row of `key`, which `delete` has left there, and returns it as stored.";
        let purges = "Removes the row of `key` for good, deleted or not, and returns what it was.";
        writes.push(Method::write("restore", restores, vec![key()], row()).needs(Ability::SoftDelete));
        writes.push(Method::write("purge", purges, vec![key()], maybe()).needs(Ability::SoftDelete));
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
        ..Method::write("upsert_by", "", vec![Parameter::new(entity)], quote!(#name)).needs(Ability::Unique)
    }
}

fn reads(entity: &Entity) -> Vec<Method> {
    let Names { entity: name, key: key_type, .. } = &entity.names;
    let maybe = || quote!(::core::option::Option<#name>);
    let key = || Parameter::key(entity);
    let mut reads = vec![
        Method::read("find", "The row of `key`, if there is one.", vec![key()], maybe()),
        Method::read(
            "find_many",
            "The rows of `keys`, in their order, as far as there are any.",
            vec![Parameter::plain("keys", quote!(&[#key_type]))],
            quote!(::std::vec::Vec<#name>),
        ),
        Method::read("exists", "Whether there is a row of `key`.", vec![key()], quote!(bool)),
        Method::read("count", "How many rows there are.", Vec::new(), quote!(u64)).needs(Ability::List),
        Method::read(
            "list",
            "One page of the rows, in the order of their keys.",
            vec![Parameter::plain("page", quote!(&::ryw_core::PageRequest<#key_type>))],
            quote!(::ryw_core::Page<#name>),
        )
        .needs(Ability::List),
    ];
    if entity.is_written() && entity.deleted_at().is_some() {
        let doc = "The row of `key`, deleted or not, if there is one.";
        reads.push(Method::read("find_with_deleted", doc, vec![key()], maybe()).needs(Ability::SoftDelete));
    }
    reads
}

/// Reads inside a transaction: it is on the primary, and sees its own writes.
fn finds_inside(entity: &Entity) -> Vec<Method> {
    let name = &entity.names.entity;
    let find = |function, method, doc| Method {
        name: format_ident!("{method}"),
        ..Method::read(function, doc, vec![Parameter::key(entity)], quote!(::core::option::Option<#name>))
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
