//! `impl WriteTable` and its kin: the statements that write, and how what they store is sent.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::table::mapping::{added, argument, changed, held, member};
use super::table::{text, texts};
use super::{Bodies, generated_at};
use crate::check::option;
use crate::model::{Entity, Field, Form, Names};
use crate::sql::Kind;

const WRITES: [(&str, Kind); 5] = [
    ("INSERT", Kind::Insert),
    ("INSERT_MANY", Kind::InsertMany),
    ("UPDATE", Kind::Update),
    ("DELETE", Kind::Delete),
    ("FIND_FOR_UPDATE", Kind::FindForUpdate),
];
const SOFT_DELETE: [(&str, Kind); 3] =
    [("RESTORE", Kind::Restore), ("PURGE", Kind::Purge), ("FIND_WITH_DELETED", Kind::FindWithDeleted)];

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, new, patch, .. } = &entity.names;
    let texts = texts(entity, bodies, &WRITES);
    let upserts = upserts(entity, bodies);
    let bind_new = bodies.of(|| bind_new(entity));
    let bind_news = bodies.of(|| bind_news(entity));
    let bind_patch = bodies.of(|| bind_patch(entity));
    let replace_if = replace_if(entity, bodies);
    let more = [
        entity.knows_its_key().then(|| more(entity, bodies, "UpsertTable", &[("UPSERT", Kind::Upsert)])),
        entity.version().map(|_| more(entity, bodies, "VersionedTable", &[("UPDATE_IF", Kind::UpdateIf)])),
        entity.deleted_at().map(|_| more(entity, bodies, "SoftDeleteTable", &SOFT_DELETE)),
    ];
    let more = more.into_iter().flatten();
    quote! {
        impl ::ryw_postgres::__private::WriteTable for #name {
            #texts
            #upserts

            fn bind_new(
                new: &#new,
                args: &mut ::ryw_postgres::__private::PgArguments,
            ) -> ::core::result::Result<(), ::ryw_postgres::__private::BoxDynError> {
                #bind_new
            }

            fn bind_news(
                news: &[#new],
                args: &mut ::ryw_postgres::__private::PgArguments,
            ) -> ::core::result::Result<(), ::ryw_postgres::__private::BoxDynError> {
                #bind_news
            }

            fn bind_patch(
                patch: &#patch,
                args: &mut ::ryw_postgres::__private::PgArguments,
            ) -> ::core::result::Result<(), ::ryw_postgres::__private::BoxDynError> {
                #bind_patch
            }

            #replace_if
        }

        #(#more)*
    }
}

/// How a whole entity is stored, if rows have versions.
fn replace_if(entity: &Entity, bodies: Bodies) -> Option<TokenStream> {
    let version = entity.version()?;
    let ident = &version.ident;
    let body = bodies.of(|| {
        quote_spanned! {generated_at(&version.ty)=>
            use ::ryw_postgres::__private::sqlx::Arguments as _;
            args.add(self.#ident)
        }
    });
    Some(quote! {
        const REPLACE_IF: ::core::option::Option<&'static str> =
            ::core::option::Option::Some(<Self as ::ryw_postgres::__private::VersionedTable>::UPDATE_IF);

        fn bind_version(
            &self,
            args: &mut ::ryw_postgres::__private::PgArguments,
        ) -> ::core::result::Result<(), ::ryw_postgres::__private::BoxDynError> {
            #body
        }
    })
}

/// A trait of statements that not every entity has.
fn more(entity: &Entity, bodies: Bodies, name: &str, kinds: &[(&str, Kind)]) -> TokenStream {
    let (name, entity_name) = (format_ident!("{name}"), &entity.names.entity);
    let texts = texts(entity, bodies, kinds);
    quote!(impl ::ryw_postgres::__private::#name for #entity_name { #texts })
}

/// The upserts by unique columns, if there are any.
fn upserts(entity: &Entity, bodies: Bodies) -> Option<TokenStream> {
    let column = &entity.names.column;
    let upserts: Vec<_> = entity
        .unique()
        .enumerate()
        .map(|(index, field)| {
            let (variant, text) = (field.variant(), text(entity, bodies, Kind::UpsertBy(index)));
            quote!((#column::#variant, #text))
        })
        .collect();
    (!upserts.is_empty())
        .then(|| quote!(const UPSERT_BY: &'static [(#column, &'static str)] = &[#(#upserts),*];))
}

/// Adds what is given, in the order of the placeholders.
fn bind_new(entity: &Entity) -> TokenStream {
    let values: Vec<_> = entity.given().map(added).collect();
    let arguments = entity.given().any(|field| !matches!(field.form, Form::Plain));
    let arguments = arguments.then(|| {
        quote!(
            use ::ryw_postgres::__private::sqlx::Arguments as _;
        )
    });
    quote! {
        #arguments
        #(#values)*
        ::core::result::Result::Ok(())
    }
}

/// Adds an array for each of what is given.
fn bind_news(entity: &Entity) -> TokenStream {
    let values = entity.given().map(|field| {
        let value = element(field);
        let function = if field.is_array() { quote!(array_of_arrays) } else { quote!(array) };
        quote_spanned!(generated_at(&field.ty)=> ::ryw_postgres::__private::#function(args, news, |new| #value)?;)
    });
    quote! {
        #(#values)*
        ::core::result::Result::Ok(())
    }
}

/// What a new row adds to the array of a field.
fn element(field: &Field) -> TokenStream {
    if !field.is_array() {
        return argument(field);
    }
    let ident = field.twin();
    match option(&field.ty) {
        None => quote!(::core::option::Option::Some(&new.#ident[..])),
        Some(_) => quote!(new.#ident.as_ref().map(|all| &all[..])),
    }
}

/// Adds for each column whether it is set, and to what.
fn bind_patch(entity: &Entity) -> TokenStream {
    let values = entity.patched().map(|field| {
        let (ident, value, span) = (member(field), changed(field), generated_at(&field.ty));
        if !matches!(field.form, Form::Plain) {
            return quote_spanned! {span=>
                ::ryw_postgres::__private::change(args, patch.#ident.is_keep(), #value)?;
            };
        }
        let held = held(field);
        quote_spanned! {span=>
            <#held as ::ryw_postgres::__private::InColumn>::change(patch.#ident.is_keep(), #value, args)?;
        }
    });
    quote! {
        #(#values)*
        ::core::result::Result::Ok(())
    }
}
