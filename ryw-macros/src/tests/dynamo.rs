//! What the derive prints for DynamoDB, and what it says of mistakes.

use quote::quote;

use super::expansion;

#[cfg(feature = "dynamo")]
#[test]
fn an_item_reads_well() {
    insta::assert_snapshot!(expansion(quote! {
        #[repository(dynamo(
            table = "favorites",
            ttl = expires_at,
            index(name = "by_color", pk = color, sk = weight),
            index(name = "by-weight", local, sk = weight, projection = include(color, note, expires_at)),
        ))]
        pub struct Favorite {
            #[repository(key)]
            pub user_id: UserId,
            #[repository(key, rename = "addedAt")]
            pub added_at: DateTime<Utc>,
            pub color: Option<Color>,
            pub weight: i32,
            pub note: Option<String>,
            pub expires_at: ExpiresAt,
        }
    }));
}

/// What an attribute can add to a struct.
#[cfg(feature = "dynamo")]
#[test]
fn forms_versions_and_marks_read_well() {
    insta::assert_snapshot!(expansion(quote! {
        #[repository(dynamo(table = "pages", ttl = expires_at))]
        struct Page {
            #[repository(key)]
            id: String,
            #[repository(try_from = "String")]
            email: Email,
            #[repository(try_from = "String")]
            other: Option<Email>,
            #[repository(flatten(street, city = "home_city"))]
            address: Address,
            #[repository(skip)]
            cached: Cache,
            expires_at: Option<ExpiresAt>,
            #[repository(version)]
            version: i32,
            #[repository(created_at)]
            created_at: DateTime<Utc>,
            #[repository(updated_at)]
            updated_at: DateTime<Utc>,
            #[repository(deleted_at)]
            deleted_at: Option<DateTime<Utc>>,
        }
    }));
}

#[cfg(all(feature = "dynamo", feature = "postgres"))]
#[test]
fn both_backends_read_well() {
    insta::assert_snapshot!(expansion(quote! {
        #[repository(postgres(table = "favorites"), dynamo(table = "favorites_v2"))]
        pub struct Favorite {
            #[repository(key)]
            pub id: i64,
            pub color: String,
        }
    }));
}

#[cfg(feature = "dynamo")]
#[test]
fn what_is_read_only_reads_well() {
    insta::assert_snapshot!(expansion(quote! {
        #[repository(dynamo(table = "favorites", index(name = "by_color", pk = color, projection = keys)), read_only)]
        struct FavoriteKey {
            #[repository(key)]
            id: i64,
            color: String,
        }
    }));
}

#[cfg(feature = "dynamo")]
#[test]
fn a_mistake_still_yields_everything() {
    let expansion = expansion(quote! {
        #[repository(dynamo(table = "favorites", index(name = "by_color", pk = color, sk = wieght)))]
        pub struct Favorite {
            #[repository(key)]
            pub user_id: i64,
            #[repository(key)]
            pub shared: bool,
            pub color: String,
            pub weight: i32,
        }
    });
    for part in
        ["impl ::ryw_dynamo::__private::Item for Favorite", "fn query_by_color", "fn query(", "fn insert_in"]
    {
        assert!(expansion.contains(part), "{part} is missing in {expansion}");
    }
    assert!(expansion.contains("did you mean `weight`?"), "{expansion}");
}

#[cfg(not(feature = "dynamo"))]
#[test]
fn without_the_feature_the_backend_is_asked_for() {
    let expansion = expansion(quote! {
        #[repository(dynamo(table = "favorites"))]
        struct Favorite {
            #[repository(key)]
            id: i64,
        }
    });
    assert!(expansion.contains("add the crate `ryw-dynamo` to your dependencies"), "{expansion}");
}

#[cfg(all(feature = "dynamo", feature = "json"))]
#[test]
fn a_document_is_put_and_taken() {
    let expansion = expansion(quote! {
        #[repository(dynamo(table = "pages"))]
        struct Page {
            #[repository(key)]
            id: String,
            #[repository(json)]
            settings: Option<Settings>,
        }
    });
    for call in [
        "take_json(&mut attributes, \"settings\")?",
        "put_json(&mut attributes, \"settings\", &self.settings)?",
    ] {
        assert!(expansion.contains(call), "{call} is missing in {expansion}");
    }
    assert!(expansion.contains("__private::change_json("), "{expansion}");
}
