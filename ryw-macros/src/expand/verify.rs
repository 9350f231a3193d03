//! `verify`: the statements once more, for the server to prepare when the program starts.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{Bodies, generated_at, table};
use crate::check::option;
use crate::model::{Entity, Field, Form};
use crate::sql::{Edge, Kind};

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let (name, repository) = (&entity.names.entity, &entity.names.repository);
    let body = bodies.of(|| quote!(::ryw_postgres::__private::verify::<#name>(&self.source).await));
    let told = (bodies == Bodies::Real).then(|| told(entity));
    quote! {
        #told

        impl #repository<::ryw_postgres::PostgresSource> {
            /// Makes sure that the primary's database has the columns of this repository, and takes its statements from this
            /// role. Nothing is executed.
            ///
            /// # Errors
            /// A configuration error that lists every column and statement that does not fit, or unavailable.
            pub async fn verify(&self) -> ::core::result::Result<(), ::ryw_core::Error> {
                #body
            }
        }
    }
}

fn told(entity: &Entity) -> TokenStream {
    let name = &entity.names.entity;
    let statements = Kind::all(entity).into_iter().map(|kind| statement(entity, kind));
    let columns = entity.fields().map(|field| expected(entity, field));
    quote! {
        impl ::ryw_postgres::__private::Verify for #name {
            const STATEMENTS: &'static [(&'static str, &'static str)] = &[#(#statements),*];

            fn columns() -> ::std::vec::Vec<::ryw_postgres::__private::Expected> {
                ::std::vec![#(#columns),*]
            }
        }
    }
}

/// A statement, by what sends it.
fn statement(entity: &Entity, kind: Kind) -> TokenStream {
    let pages = |name: &'static str, edge| {
        let member = match edge {
            Edge::First => quote!(first),
            Edge::After => quote!(after),
            Edge::Last => quote!(last),
            Edge::Before => quote!(before),
        };
        (name, "Table", quote!(LIST.#member))
    };
    let (name, owner, constant) = match kind {
        Kind::Find => ("find", "Table", quote!(FIND)),
        Kind::FindMany => ("find_many", "Table", quote!(FIND_MANY)),
        Kind::Exists => ("exists", "Table", quote!(EXISTS)),
        Kind::Count => ("count", "Table", quote!(COUNT)),
        Kind::List(edge) => pages("list", edge),
        Kind::Stream => ("stream", "Table", quote!(STREAM)),
        // Their texts stand in the methods themselves.
        Kind::FindBy(place) => return by_field(entity, kind, "find_by", place),
        Kind::ListBy(place, _) => return by_field(entity, kind, "list_by", place),
        Kind::StreamBy(place) => return by_field(entity, kind, "stream_by", place),
        Kind::FindIn => ("find_in", "Table", quote!(FIND_IN)),
        Kind::FindForUpdate => ("find_for_update_in", "WriteTable", quote!(FIND_FOR_UPDATE)),
        Kind::FindWithDeleted => ("find_with_deleted", "SoftDeleteTable", quote!(FIND_WITH_DELETED)),
        Kind::Insert => ("insert", "WriteTable", quote!(INSERT)),
        Kind::InsertMany => ("insert_many", "WriteTable", quote!(INSERT_MANY)),
        Kind::Update => ("update", "WriteTable", quote!(UPDATE)),
        Kind::UpdateIf => ("update_if", "VersionedTable", quote!(UPDATE_IF)),
        Kind::Upsert => ("upsert", "UpsertTable", quote!(UPSERT)),
        Kind::UpsertBy(unique) => {
            let index = Literal::usize_unsuffixed(unique);
            let text = quote!(<Self as ::ryw_postgres::__private::WriteTable>::UPSERT_BY[#index].1);
            let name = entity.unique().nth(unique).map(Field::name).unwrap_or_default();
            let name = format!("upsert_by_{name}");
            return quote!((#name, #text));
        }
        Kind::Delete => ("delete", "WriteTable", quote!(DELETE)),
        Kind::Restore => ("restore", "SoftDeleteTable", quote!(RESTORE)),
        Kind::Purge => ("purge", "SoftDeleteTable", quote!(PURGE)),
    };
    let owner = format_ident!("{owner}");
    quote!((#name, <Self as ::ryw_postgres::__private::#owner>::#constant))
}

/// A statement that looks rows up by a field.
fn by_field(entity: &Entity, kind: Kind, method: &str, place: usize) -> TokenStream {
    let field = entity.lookups().nth(place).map(Field::name).unwrap_or_default();
    let (name, text) = (format!("{method}_{field}"), table::text(entity, Bodies::Real, kind));
    quote!((#name, #text))
}

fn expected(entity: &Entity, field: &Field) -> TokenStream {
    let (column, ty) = (&field.column, &field.ty);
    let span = generated_at(ty);
    let accepts = match &field.form {
        Form::Plain => {
            let (held, in_column) = (table::mapping::held(field), entity.in_column(field));
            quote_spanned!(span=> <#held as ::ryw_postgres::__private::#in_column>::accepts)
        }
        Form::Json => {
            quote!(::ryw_postgres::__private::accepts::<::ryw_postgres::__private::sqlx::types::Json<()>>)
        }
        Form::TryFrom(ty) => quote!(::ryw_postgres::__private::accepts::<#ty>),
        Form::Part { whole } => {
            let (name, part) = (&entity.names.entity, &field.ident);
            quote!(::ryw_postgres::__private::accepts_part(|entity: &#name| &entity.#whole.#part))
        }
    };
    let (name, nullable) = match &field.form {
        Form::Part { whole } => (format!("{whole}.{}", field.name()), quote!(::core::option::Option::None)),
        Form::Plain | Form::Json | Form::TryFrom(_) => {
            let nullable = option(ty).is_some();
            (field.name(), quote!(::core::option::Option::Some(#nullable)))
        }
    };
    quote! {
        ::ryw_postgres::__private::Expected { field: #name, column: #column, accepts: #accepts, nullable: #nullable }
    }
}
