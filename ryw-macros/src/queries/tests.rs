//! What the attribute prints: formatted, as a reader of the expansion sees it.

use quote::quote;
use syn::parse_quote;

use super::fits::{Checked, Column, Holds};
use super::model::Query;
use super::queries;

fn column(name: &str, holds: Holds, maybe_null: bool) -> Column {
    Column { name: name.to_owned(), holds, maybe_null }
}

/// As if the database had said so.
fn described(query: &Query) -> syn::Result<Checked> {
    let parameters = query.arguments.iter().map(|_| Some(parse_quote!(i64))).collect();
    let columns = match query.sig.ident.to_string().as_str() {
        "newest" => vec![
            column("id", Holds::Exactly(parse_quote!(i64)), false),
            column("title", Holds::Exactly(parse_quote!(String)), true),
            column("mood", Holds::Unmapped("no mapping".to_owned()), false),
        ],
        "viewed" => vec![column("views", Holds::Exactly(parse_quote!(i64)), false)],
        _ => Vec::new(),
    };
    Ok(Checked { columns, parameters })
}

fn expansion(item: proc_macro2::TokenStream) -> String {
    let tokens = queries(proc_macro2::TokenStream::new(), item, described);
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

#[cfg(feature = "postgres")]
#[test]
fn queries_read_well() {
    insta::assert_snapshot!(expansion(quote! {
        impl ArticleRepository {
            /// The newest articles of an author.
            #[query("SELECT * FROM articles WHERE author_id = :author {AND title ILIKE :title} LIMIT :limit")]
            pub async fn newest(&self, ctx: &Context, author: i64, title: Option<&str>, limit: i64)
                -> Result<Vec<Article>, Error>;

            /// Counts a view.
            #[query("UPDATE articles SET views = views + 1 WHERE id = :id RETURNING views")]
            pub async fn viewed(&self, ctx: &Context, id: i64) -> Result<Written<i64>, Error>;

            /// Forgets.
            #[query("DELETE FROM articles WHERE author_id = :author")]
            pub async fn forget(&self, tx: &mut Transaction, author: i64) -> Result<u64, Error>;

            /// Left alone.
            pub fn other(&self) -> i64 {
                1
            }
        }
    }));
}

#[cfg(feature = "postgres")]
#[test]
fn a_mistake_leaves_the_signature() {
    insta::assert_snapshot!(expansion(quote! {
        impl ArticleRepository {
            #[query("SELECT count(*) FROM articles WHERE author_id = :autor")]
            pub async fn count_of(&self, ctx: &Context, author: i64) -> Result<i64, Error>;
        }
    }));
}

#[cfg(not(feature = "postgres"))]
#[test]
fn without_the_feature_the_backend_is_asked_for() {
    let expansion = expansion(quote! {
        impl ArticleRepository {
            #[query("SELECT 1")]
            pub async fn one(&self, ctx: &Context) -> Result<i64, Error>;
        }
    });
    assert!(expansion.contains("add the crate `ryw-postgres` to your dependencies"), "{expansion}");
    assert!(!expansion.contains(":: ryw_postgres") && !expansion.contains("::ryw_postgres"), "{expansion}");
}
