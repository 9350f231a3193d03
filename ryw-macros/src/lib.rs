//! `#[derive(Repository)]`: from a struct to a repository whose reads see the session's own writes.
//!
//! ```text
//! #[derive(Clone, Debug, PartialEq, Repository)]
//! #[repository(postgres(table = "articles"))]
//! pub struct Article {
//!     #[repository(key, generated)]
//!     pub id: i64,
//!     #[repository(unique)]
//!     pub slug: String,
//!     pub title: String,
//!     #[repository(rename = "text")]
//!     pub body: Option<String>,
//!     #[repository(version)]
//!     pub version: i32,
//!     #[repository(created_at)]
//!     pub created_at: DateTime<Utc>,
//!     #[repository(updated_at)]
//!     pub updated_at: DateTime<Utc>,
//!     #[repository(deleted_at)]
//!     pub deleted_at: Option<DateTime<Utc>>,
//! }
//! ```
//!
//! makes
//!
//! | | |
//! |---|---|
//! | `ArticleRepository<S = PostgresSource>` | the methods below, over Postgres and over `MemorySource`; over `DynamoSource` as [below](#dynamodb) |
//! | `NewArticle` | what the application gives a new row: here `slug`, `title`, `body`. Made `From` an `Article` too, where the application makes the key |
//! | `ArticlePatch` | what an update changes, by default nothing: `Article::patch().title("New").body_null()`, or its public fields, each a `Change` or, of an `Option`, a `NullableChange`. Made `From` a `NewArticle` too, which sets all that this has |
//! | `ArticleColumn` | the columns |
//!
//! and implements `ryw_core::Entity`, `Stored` and their kin for the struct, `ryw_core::Repository` and its kin for the
//! repository.
//!
//! # Writes
//!
//! Each returns the row as the database stored it, in a `Written`; inside a transaction (`insert_in(&mut tx, …)` and so on)
//! just the row.
//!
//! | | |
//! |---|---|
//! | `insert(&ctx, new)` | a new row, of a `NewArticle` or what becomes one |
//! | `insert_many(&ctx, news)` | new rows, all or none, by one statement; returned in the order given. With a field that is an array of texts no more than a few thousand at a time: the server walks along all of their elements for each row |
//! | `replace(&ctx, &article)` | stores what the application gives of it in the row of its key; with a `version` only in the row of the same version |
//! | `update(&ctx, &key, patch)` | changes what the patch says |
//! | `update_if(&ctx, &key, version, patch)` | with a `version`: only the row of that version |
//! | `upsert(&ctx, new)` | a new row, or in place of the one of its key; where the application makes the key |
//! | `upsert_by_slug(&ctx, new)` | the same by a `unique` field; the row keeps its key |
//! | `delete(&ctx, &key)` | removes the row; with a `deleted_at` marks it |
//! | `restore`, `purge` | with a `deleted_at`: takes the mark away; removes the row for good |
//!
//! A change that finds no row is `is_not_found()`. A row of another version is `is_version_conflict()`, and
//! `error.current::<Article>()` is that row. A row marked as deleted is there for none of them but `upsert`, `restore` and
//! `purge`: its key stays taken, so that `insert` of the same is a conflict, and so do its unique values, unless their
//! index leaves such rows out (`CREATE UNIQUE INDEX … WHERE deleted_at IS NULL`). `upsert` takes the mark away: who stores a
//! row finds it.
//!
//! # Reads
//!
//! | | |
//! |---|---|
//! | `find(&ctx, &key)`, `find_many(&ctx, &keys)` | the row of a key; the rows of keys, in their order |
//! | `exists(&ctx, &key)`, `count(&ctx)` | whether there is one; how many there are |
//! | `find_by_slug(&ctx, "a")` | by a `unique` field |
//! | `list(&ctx, &PageRequest::first(20))` | a page in the order of the keys, from either end or from a cursor |
//! | `list_by_author(&ctx, &author, &page)` | the same of the rows with one value in an `indexed` field |
//! | `stream(&ctx)`, `stream_by_author(&ctx, &author)` | all rows, one at a time, of one moment |
//!
//! With a `deleted_at` also `find_with_deleted`, and all others leave marked rows out. Inside a
//! transaction `find_in`, and `find_for_update_in`, which holds the row until the transaction ends.
//!
//! # Attributes
//!
//! On the struct:
//!
//! | `#[repository(...)]` | meaning |
//! |---|---|
//! | `postgres(table = "articles")` | the table in Postgres; `"schema.table"` names its schema too. Needs the crate `ryw-postgres` |
//! | `dynamo(table = "articles", ...)` | the table in [DynamoDB](#dynamodb). Needs the crate `ryw-dynamo` |
//! | `read_only` | only the reads are generated: for a view, or a struct that has some of a table's columns |
//! | `checked = false` | the SQL is held against no database when the crate compiles; `verify` does when the program runs |
//!
//! One of the first two is required. With both, the same repository is there over either source, and over Postgres unless
//! another is named: `ArticleRepository<DynamoSource>`.
//!
//! On a field. The column is named after the field, and the application gives its value, unless said otherwise:
//!
//! | `#[repository(...)]` | meaning |
//! |---|---|
//! | `key` | names the row, by itself or with other such fields; the key then is a tuple, in the fields' order. Not an `Option` |
//! | `key, generated` | a key, or part of one, by an identity column or a default |
//! | `generated` | set by the column's default: never sent, read back |
//! | `rename = "column"` | the column's name |
//! | `unique` | has a unique constraint or index of its own: makes `find_by_x` and `upsert_by_x` |
//! | `indexed` | makes `list_by_x` and `stream_by_x`; an index on the column and the key serves both |
//! | `not_null` | a promise: the column is never NULL, though the server cannot know, as of a view's. Broken, it is an error when the row is read |
//! | `version` | `i16`, `i32` or `i64`: 1 on insert, one more in every write. At most one field |
//! | `created_at` | set to the database's `now()` by insert |
//! | `updated_at` | set to the database's `now()` by every write |
//! | `deleted_at` | an `Option`: set to the database's `now()` by `delete`, which leaves the row. At most one field |
//! | `skip` | not stored; `Default` when read |
//!
//! # The struct
//!
//! It takes no generics and no lifetimes: its statements are checked against one table whose columns have one type each, and
//! a row outlives the query that read it. Where several tables share a shape, give each a struct of its own; instead of
//! `&str` store a `String`. It must be `Clone` and `Debug`, as must the types of its fields. Types other than those sqlx has
//! derive [`Value`](#values), or need sqlx's `Type`, `Encode`, `Decode` and, for `insert_many` and `find_many`,
//! `PgHasArrayType`.
//!
//! # Forms
//!
//! In which form a field is stored, if not as its type says:
//!
//! | `#[repository(...)]` | meaning |
//! |---|---|
//! | `json` | as `jsonb`, by serde; `None` of an `Option` is NULL. Needs the feature `json` |
//! | `try_from = "T"` | as a `T`: made of it by `TryFrom` when read, made into it by `Into` when written |
//! | `flatten(street, city = "home_city")` | its own fields, each in a column |
//!
//! `find_by_x` and the like take their value by `&str` for a `String`, by `&[T]` for a `Vec<T>`, else by `&T`; of an
//! `Option<T>` as of `T`, and find no row without a value.
//!
//! Names of fields and columns that begin with `__ryw` are reserved.
//!
//! # DynamoDB
//!
//! ```text
//! #[derive(Clone, Debug, Repository)]
//! #[repository(dynamo(
//!     table = "favorites",
//!     ttl = expires_at,
//!     index(name = "by_color", pk = color, sk = added_at),
//!     index(name = "by_weight", local, sk = weight, projection = include(color, expires_at)),
//! ))]
//! pub struct Favorite {
//!     #[repository(key)]
//!     pub user_id: Uuid,
//!     #[repository(key)]
//!     pub added_at: DateTime<Utc>,
//!     pub color: Option<String>,
//!     pub weight: i32,
//!     pub expires_at: Option<ExpiresAt>,
//! }
//! ```
//!
//! Each field is an attribute, named after it or by `rename`. What `dynamo(...)` names are fields:
//!
//! | `dynamo(...)` | meaning |
//! |---|---|
//! | `table = "favorites"` | the table, without the prefix that a source may add. Required |
//! | `pk = user_id`, `sk = added_at` | the key field of the partition, and the one that sorts; without a word the first and the second field with `key`. A table has one key field, or two |
//! | `ttl = expires_at` | the field that says when DynamoDB may delete the item, an `ExpiresAt` or an `Option` of it |
//! | `index(...)` | a secondary index; as many as there are |
//!
//! | `index(...)` | meaning |
//! |---|---|
//! | `name = "by_color"` | its name in the table. Required |
//! | `pk = color` | the field of its partitions. A local index has the table's |
//! | `sk = added_at` | the field that sorts. Required of a local index |
//! | `local`, `global` | of the table's partitions, and as consistent as the table; or over the whole table, and only eventually consistent, which is the default |
//! | `projection = all` | what its entries hold: `all`, which is the default, `include(a, b)` or `keys`. It must be the whole struct: a missing attribute would be read as `None`, or be an error. For an index that holds less write a `read_only` struct of what it holds |
//! | `method = "by_color"` | what follows `query_` in the name of its method; without a word the index's name in snake case, `by_` before it |
//!
//! A key of an index may be an `Option`: items without a value are not in it. Keys are text, numbers and bytes, and what
//! is stored as one of them (`ryw_dynamo::KeyValue`).
//!
//! The methods are those above, but for what such a table cannot do: `list`, `stream` and `count`, for partitions have no order
//! and nobody counts items; `find_by_x`, `list_by_x` and `upsert_by_x`. Instead there are
//!
//! | | |
//! |---|---|
//! | `query(&ctx, &user_id)` | the rows of a partition, in the order of the sort key: pages, streams, conditions on what sorts |
//! | `query_by_color(&ctx, "red")` | the same of an index. A global one has no `strong()`: it does not compile |
//! | `scan(&ctx)` | all rows |
//! | `update_when(&ctx, &key, patch, condition)`, `delete_when` | a change under a condition |
//! | `put_batch(&ctx, news)`, `delete_batch(&ctx, &keys)` | many rows by few requests, not all or none |
//! | `insert_in(&mut tx, new)`, `replace_in`, `upsert_in`, `update_in`, `update_if_in`, `delete_in`, `restore_in`, `purge_in`, `check_in` | added to a `TransactWrite`, and sent when it is committed |
//! | `find_in(&mut tx, &key)` | added to a `TransactGet` |
//! | `verify()` | holds the struct against the table: keys, types, indexes, projections, expiry |
//!
//! DynamoDB makes no values, so there is no `generated`: the application makes the key, a UUID for instance. `version`,
//! `created_at`, `updated_at` and `deleted_at` are there as above, the times by the source's clock. `unique`, `indexed`,
//! `not_null` and `checked` are said to Postgres, beside `postgres(...)`.
//!
//! # Values
//!
//! `#[derive(Value)]` makes an enum without fields, or a newtype, the value of a column, a key and the element of an array; in
//! DynamoDB the value of an attribute and a key, and a struct of several named fields a map.
//!
//! | `#[value(...)]` | on | meaning |
//! |---|---|---|
//! | `postgres`, `dynamo` | all | where it is stored; both may be named. Without a word in Postgres, if a crate of the build uses `ryw-postgres`, else in DynamoDB: a macro cannot see which of them *your* crate has, so name it where a build has both |
//! | `rename_all = "snake_case"` | an enum | how variants are spelled; one of serde's styles |
//! | `postgres(type = "shade")` | an enum | an enum of the database's own, in place of text; `"schema.type"` names its schema too |
//! | `rename = "n/a"` | a variant | what stands for it |
//! | `rename = "town"` | a field of a map | the attribute's name |
//! | `no_array` | a newtype | it has no array type in Postgres |
//!
//! `docs/types.md` lists the types, and says what works with which.
//!
//! # What is checked
//!
//! Every attribute: all mistakes of a struct are reported at once, each at the token to blame. For DynamoDB types check the
//! rest (what can be a key, what an attribute holds, which reads are strong), and `verify` the table, when the program starts.
//!
//! For Postgres every statement, by the database at `DATABASE_URL`, or offline by the cache `.sqlx` that `cargo sqlx prepare` writes:
//! tables and columns exist, and each field of a type that sqlx knows holds exactly its column's type, in an `Option` if
//! the column may be NULL. Known types are told by their spelling: `String`, `Option<Uuid>`, `chrono::DateTime<Utc>`. A
//! field of another type is held against its column by what it says it is stored as; so do the values of `derive(Value)`,
//! aliases of known types, and by inference the parts of a flattened field. What says nothing is checked for NULL only;
//! its own `Decode` judges the rest when a row is read.
//!
//! A change of the schema rebuilds what was checked against the old one: the entries of `.sqlx` and the files in the nearest
//! folder `migrations` are dependencies of the crate. A migration that is new is none yet; see `docs/types.md`.
//!
//! The generated `verify` asks the same of the database that the program meets: columns, types, NULL, and every statement,
//! prepared and planned.
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
#[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only what is checked is looked into"))]
mod queries;
mod row;
mod sql;
mod suggest;
mod value;

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

#[allow(missing_docs, reason = "`ryw_core` has the page, for there are the types that it speaks of")]
#[proc_macro_attribute]
pub fn queries(attr: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    queries::queries(attr.into(), item.into(), queries::describe).into()
}

/// Lets a struct be made of the rows of a custom query, each field of the column of its name.
///
/// `#[row(rename = "column")]` on a field gives the column another name. Used by `queries`.
#[proc_macro_derive(Row, attributes(row))]
pub fn derive_row(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    row::row(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a fieldless enum or a newtype the value of a column or an attribute. See [the crate's documentation](crate#values) for the
/// attributes.
#[proc_macro_derive(Value, attributes(value))]
pub fn derive_value(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    value::value(&parse_macro_input!(input as DeriveInput)).into()
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
