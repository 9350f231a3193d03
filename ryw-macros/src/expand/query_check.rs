//! The statements, judged by the database while the user's crate compiles, and kept out of the running code.
//!
//! sqlx describes each statement, online or from its cache. Of what it expands to, only the type of each column is
//! used, and emitted as a bound between that type and the field's. A mismatch is then rustc's to report, at the field.

mod blame;
pub(crate) mod columns;
pub(crate) mod describe;
mod fit;
mod track;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

pub(crate) use self::blame::unmapped;
use self::columns::Column;
use crate::model::Entity;
use crate::sql::{Kind, statement};

/// Describes every statement: each must be sound, and each gets its entry in the cache.
pub(crate) fn query_check(entity: &Entity) -> TokenStream {
    let mut texts = BTreeSet::new();
    let checked = match columns(entity, &mut texts) {
        Ok(columns) => fits(entity, columns),
        Err(error) => error.to_compile_error(),
    };
    let tracked = track::track(texts.iter().map(String::as_str));
    quote!(#checked #tracked)
}

/// What the columns hold, or the first statement that fails; `seen` takes the statements.
fn columns(entity: &Entity, seen: &mut BTreeSet<String>) -> syn::Result<Vec<Column>> {
    let described = Kind::all(entity).into_iter().filter_map(|kind| {
        let text = statement(entity, kind).text();
        let expansion =
            seen.insert(text.clone()).then(|| describe::describe(&text, kind.parameters(entity)))?;
        Some(expansion.map_err(|message| blame::blame(entity, kind, &text, &message)))
    });
    let find = described.collect::<syn::Result<Vec<_>>>()?.swap_remove(0);
    columns::columns(find).map_err(|surprise| syn::Error::new_spanned(&entity.table().literal, surprise))
}

/// A never-called function that compiles if every field can hold its column.
fn fits(entity: &Entity, columns: Vec<Column>) -> TokenStream {
    let struct_ = &entity.names.entity;
    let is_view = !entity.is_written();
    let fits = entity.fields().zip(columns).map(|(field, column)| fit::fit(field, column, is_view));
    quote! {
        const _: () = {
            #[allow(unused_imports, reason = "only values of the user's own types are probed")]
            fn __columns_fit_their_fields(__whole: &#struct_) {
                use ::ryw_postgres::__private::fit::{self as __fit, Unjudged as _};
                #(#fits)*
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use syn::DeriveInput;

    use super::columns::Holds;
    use super::*;
    use crate::ast::Input;
    use crate::check::check;
    use crate::ctxt::Ctxt;

    #[test]
    fn each_field_is_held_against_its_column() {
        let item: DeriveInput = syn::parse_quote! {
            #[repository(postgres(table = "favorites"))]
            struct Favorite {
                #[repository(key)]
                user_id: UserId,
                note: Option<String>,
                color: Color,
                shade: Option<Color>,
                id: Uuid,
                #[repository(try_from = "String")]
                email: Option<Email>,
                #[repository(flatten(street))]
                address: Address,
            }
        };
        let ctxt = Ctxt::new();
        let entity = check(&ctxt, &Input::new(&ctxt, &item));
        ctxt.check().unwrap();
        let unmapped = |reason: &str, maybe_null| Holds::Unmapped { reason: reason.to_owned(), maybe_null };
        let holds = [
            Holds::Exactly(syn::parse_quote!(i64)),
            Holds::Exactly(syn::parse_quote!(::std::option::Option<String>)),
            Holds::Anything,
            unmapped("no built-in mapping found for type ui.shade of column #4 (\"shade\")", true),
            unmapped("SQLx feature `uuid` required for type UUID of column #5 (\"id\")", false),
            Holds::Exactly(syn::parse_quote!(::std::option::Option<String>)),
            Holds::Exactly(syn::parse_quote!(::std::option::Option<String>)),
        ];
        let columns = holds.map(|holds| Column { name: String::new(), holds }).into();
        let tokens = fits(&entity.unwrap(), columns);
        insta::assert_snapshot!(prettyplease::unparse(&syn::parse2(tokens).unwrap()));
    }
}
