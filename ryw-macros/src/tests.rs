//! What the derive prints: formatted, as a reader of the expansion sees it.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::DeriveInput;

use crate::repository;

fn favorite() -> TokenStream {
    quote! {
        #[repository(postgres(table = "favorites"))]
        pub struct Favorite {
            #[repository(key)]
            pub user_id: i64,
            pub color_hex: String,
            #[repository(rename = "colour_note")]
            pub note: Option<String>,
            #[repository(generated)]
            pub created_at: DateTime<Utc>,
            #[repository(updated_at)]
            pub updated_at: DateTime<Utc>,
        }
    }
}

/// What an attribute can add to a struct.
#[cfg(feature = "postgres")]
fn page() -> TokenStream {
    quote! {
        #[repository(postgres(table = "pages"))]
        struct Page {
            #[repository(key)]
            book: String,
            #[repository(key, generated)]
            number: i32,
            /// Where it is found.
            #[repository(unique)]
            slug: Option<String>,
            #[repository(skip)]
            cached: Cache,
            #[repository(version)]
            version: i32,
            #[repository(deleted_at)]
            deleted_at: Option<DateTime<Utc>>,
        }
    }
}

/// What is read only, by other fields than its key.
#[cfg(feature = "postgres")]
fn link() -> TokenStream {
    quote! {
        #[repository(postgres(table = "pages"), read_only)]
        struct Link {
            #[repository(key)]
            id: i64,
            #[repository(unique)]
            slug: String,
            #[repository(indexed)]
            parent: Option<i64>,
        }
    }
}

/// The formatted expansion, with the check of the SQL switched out.
fn expansion(item: TokenStream) -> String {
    let item: DeriveInput = syn::parse2(item).unwrap();
    let tokens = repository(&item, |_| TokenStream::new());
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

#[cfg(feature = "postgres")]
#[test]
fn a_repository_reads_well() {
    insta::assert_snapshot!(expansion(favorite()));
}

/// The struct whose build is measured beside one written by hand (`benches/src/derive`).
#[cfg(feature = "postgres")]
#[test]
fn ten_fields_stay_small() {
    let item: TokenStream = include_str!("../../benches/src/derive/derived.rs").parse().unwrap();
    let mut file: syn::File = syn::parse2(item).unwrap();
    let expansion = expansion(file.items.pop().unwrap().into_token_stream());
    insta::assert_snapshot!(expansion);
    assert!(expansion.lines().count() < 800, "{} lines", expansion.lines().count());
}

#[cfg(feature = "postgres")]
#[test]
fn keys_versions_and_marks_read_well() {
    insta::assert_snapshot!(expansion(page()));
}

#[cfg(feature = "postgres")]
#[test]
fn what_is_read_only_reads_well() {
    insta::assert_snapshot!(expansion(link()));
}

#[cfg(feature = "postgres")]
#[test]
fn a_mistake_still_yields_everything() {
    let mistaken = quote! {
        #[repository(postgres(table = "favorites"))]
        pub struct Favorite {
            #[repository(key)]
            pub user_id: i64,
            #[repository(renamed = "colour_note")]
            pub note: Option<String>,
        }
    };
    insta::assert_snapshot!(expansion(mistaken));
}

#[test]
fn without_a_backend_the_stub_needs_none() {
    let expansion = expansion(quote!(
        struct Favorite {
            #[repository(key)]
            id: i64,
        }
    ));
    assert!(!expansion.contains("ryw_postgres ::"), "{expansion}");
    assert!(!expansion.contains(":: ryw_postgres"), "{expansion}");
}

#[cfg(not(feature = "postgres"))]
#[test]
fn without_the_feature_the_backend_is_asked_for() {
    assert!(expansion(favorite()).contains("add the crate `ryw-postgres` to your dependencies"));
}
