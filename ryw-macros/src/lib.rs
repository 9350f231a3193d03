//! `#[derive(Repository)]`: from a struct to a repository whose reads see the session's own writes.
//!
//! ```text
//! #[derive(Clone, Debug, PartialEq, Repository)]
//! #[repository(postgres(table = "favorites"))]
//! pub struct Favorite {
//!     #[repository(key)]
//!     pub user_id: i64,
//!     pub color_hex: String,
//!     #[repository(rename = "colour_note")]
//!     pub note: Option<String>,
//!     #[repository(generated)]
//!     pub created_at: DateTime<Utc>,
//!     #[repository(updated_at)]
//!     pub updated_at: DateTime<Utc>,
//! }
//! ```
//!
//! makes `FavoriteRepository<S = PostgresSource>` with `insert`, `update`, `upsert`, `delete`, `find`, `find_many`,
//! `list`, and `insert_in`, `update_in`, `upsert_in`, `delete_in` for use inside a transaction. It implements
//! `ryw_core::Entity` for the struct and `ryw_core::Repository` for the repository, over Postgres and in memory.
//!
//! # Attributes
//!
//! On the struct:
//!
//! | `#[repository(...)]` | meaning |
//! |---|---|
//! | `postgres(table = "favorites")` | the table; `"schema.table"` names its schema too. Required |
//!
//! On a field. The column is named after the field, and the application gives its value, unless said otherwise:
//!
//! | `#[repository(...)]` | meaning |
//! |---|---|
//! | `key` | names the row. Exactly one field, not an `Option`, given by the application |
//! | `rename = "column"` | the column's name |
//! | `generated` | set by the column's default: never sent, read back |
//! | `updated_at` | set to the database's `now()` by insert, update and upsert: never sent, read back |
//!
//! Names of fields and columns that begin with `__ryw` are reserved.
//!
//! # What is checked
//!
//! Every attribute: all mistakes of a struct are reported at once, each at the token to blame.
//!
//! Every statement, by the database at `DATABASE_URL`, or offline by the cache `.sqlx` that `cargo sqlx prepare` writes:
//! tables and columns exist, and each field of a type that sqlx knows holds exactly its column's type, in an `Option` if
//! the column may be NULL. Fields of other types (enums, newtypes, JSON into a struct) are checked for NULL only; their
//! own `Decode` judges the rest when a row is read. Known types are told by their spelling: `String`, `Option<Uuid>`,
//! `chrono::DateTime<Utc>`; an alias is not known.
//!
//! The statements are checked as they concern the struct. What the program sends carries columns of ryw's own behind these,
//! and a read stands in a subquery (`sql/sent.rs`); none of that depends on the struct, but for the number of the
//! parameter that is added.
//!
//! The check depends on `sqlx-macros-core`, whose interface comes without a promise of stability; the user's crate
//! needs no dependency on sqlx. Expanding `query_as!` instead was rejected: it names `::sqlx`, and it converts with `Into`,
//! so that an `i64` field would pass over an `int4` column and then fail at run time.

mod ast;
mod attr;
mod builtin;
mod check;
mod ctxt;
mod expand;
mod fallback;
mod model;
mod sql;
mod suggest;

use proc_macro2::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::ast::Input;
use crate::ctxt::Ctxt;
use crate::model::Entity;

/// Makes a repository of a struct with named fields. See the [crate's documentation](crate) for the attributes.
#[proc_macro_derive(Repository, attributes(repository))]
pub fn derive_repository(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    repository(&input, expand::query_check).into()
}

/// The whole derive, with the check of the SQL passed in, so that tests can do without a database.
fn repository(input: &DeriveInput, query_check: fn(&Entity) -> TokenStream) -> TokenStream {
    let ctxt = Ctxt::new();
    let input = Input::new(&ctxt, input);
    let entity = check::check(&ctxt, &input);
    match (ctxt.check(), entity) {
        (Ok(()), Some(entity)) => expand::expand(&entity, query_check),
        (Ok(()), None) => unreachable!("check reports a mistake wherever it gives no model"),
        (Err(mistakes), _) => fallback::expand(&input, &mistakes),
    }
}

#[cfg(test)]
mod tests;
