//! The statements, judged by the database while the user's crate compiles, and kept out of the running code.
//!
//! sqlx describes each statement, online or from its cache. Of what it expands to, only the type of each column is
//! used, and emitted as a bound between that type and the field's. A mismatch is then rustc's to report, at the field.

mod blame;
pub(crate) mod columns;
pub(crate) mod describe;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

pub(crate) use self::blame::{complaint, unmapped};
use self::columns::{Column, Holds};
use super::generated_at;
use crate::model::{Entity, Field};
use crate::sql::{Kind, Reader, statement};

/// Describes every statement: each must be sound, and each gets its entry in the cache.
pub(crate) fn query_check(entity: &Entity) -> TokenStream {
    match columns(entity) {
        Ok(columns) => fits(entity, columns),
        Err(error) => error.to_compile_error(),
    }
}

/// What the columns hold, or the first statement that fails.
fn columns(entity: &Entity) -> syn::Result<Vec<Column>> {
    let mut seen = BTreeSet::new();
    let described = Kind::all(entity).into_iter().filter_map(|kind| {
        let text = statement(entity, kind, Reader::Check).text();
        let expansion =
            seen.insert(text.clone()).then(|| describe::describe(&text, kind.parameters(entity)))?;
        Some(expansion.map_err(|message| blame::blame(entity, kind, &text, &message)))
    });
    let find = described.collect::<syn::Result<Vec<_>>>()?.swap_remove(0);
    columns::columns(find).map_err(|surprise| syn::Error::new_spanned(&entity.table.literal, surprise))
}

/// A never-called function that compiles if every field can hold its column.
fn fits(entity: &Entity, columns: Vec<Column>) -> TokenStream {
    let fits = entity.fields().zip(columns).map(|(field, column)| fit(field, column));
    let of_views = (!entity.is_written()).then(|| {
        quote! {
            note = "every column of a view counts as one that may be NULL: if it never is, promise so with \
                    `#[repository(not_null)]`",
        }
    });
    quote! {
        const _: () = {
            #[diagnostic::on_unimplemented(
                message = "a column of `{Column}` does not fit a field of `{Self}`",
                label = "the column holds `{Column}`",
                note = "a column that may be NULL needs an `Option`; a number needs the column's own width",
                #of_views
            )]
            trait __Holds<Column> {}

            #[diagnostic::do_not_recommend]
            impl<T> __Holds<T> for T {}

            #[diagnostic::do_not_recommend]
            impl<T> __Holds<T> for ::core::option::Option<T> {}

            fn __fits<Field: __Holds<Column>, Column>() {}

            fn __columns_fit_their_fields() {
                #(#fits)*
            }
        };
    }
}

fn fit(field: &Field, column: Column) -> TokenStream {
    let (ty, span) = (&field.ty, generated_at(&field.ty));
    match column.holds {
        Holds::Exactly(held) => {
            let held = columns::moved(held, span);
            quote_spanned!(span=> __fits::<#ty, #held>();)
        }
        Holds::MaybeNull => quote_spanned!(span=> __fits::<#ty, ::core::option::Option<_>>();),
        Holds::Anything => TokenStream::new(),
        Holds::Unmapped { reason, .. } => {
            syn::Error::new_spanned(ty, blame::unmapped(&reason)).to_compile_error()
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::DeriveInput;

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
                user_id: i64,
                note: Option<String>,
                color: Color,
                shade: Option<Color>,
                id: Uuid,
            }
        };
        let ctxt = Ctxt::new();
        let entity = check(&ctxt, &Input::new(&ctxt, &item));
        ctxt.check().unwrap();
        let holds = [
            Holds::Exactly(syn::parse_quote!(i64)),
            Holds::Exactly(syn::parse_quote!(::std::option::Option<String>)),
            Holds::Anything,
            Holds::MaybeNull,
            Holds::Unmapped {
                reason: "SQLx feature `uuid` required for type UUID of column #5 (\"id\")".to_owned(),
                maybe_null: false,
            },
        ];
        let columns = holds.map(|holds| Column { name: String::new(), holds }).into();
        let tokens = fits(&entity.unwrap(), columns);
        insta::assert_snapshot!(prettyplease::unparse(&syn::parse2(tokens).unwrap()));
    }
}
