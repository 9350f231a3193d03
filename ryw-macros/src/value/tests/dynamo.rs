//! The same for DynamoDB.

use quote::quote;

use super::expansion;

#[cfg(feature = "dynamo")]
#[test]
fn an_enum_is_text() {
    insta::assert_snapshot!(expansion(quote! {
        #[value(dynamo, rename_all = "kebab-case")]
        enum Shade {
            Light,
            VeryDark,
            #[value(rename = "n/a")]
            Unknown,
        }
    }));
}

#[cfg(feature = "dynamo")]
#[test]
fn a_newtype_is_what_it_holds() {
    insta::assert_snapshot!(expansion(quote! {
        #[value(dynamo)]
        struct UserId(i64);
    }));
}

#[cfg(feature = "dynamo")]
#[test]
fn a_struct_is_a_map() {
    insta::assert_snapshot!(expansion(quote! {
        #[value(dynamo)]
        struct Address {
            street: String,
            #[value(rename = "town")]
            city: Option<String>,
        }
    }));
}

#[cfg(all(feature = "dynamo", feature = "postgres"))]
#[test]
fn what_both_share_is_there_once() {
    let printed = expansion(quote! {
        #[value(postgres, dynamo)]
        enum Color {
            Red,
        }
    });
    assert_eq!(printed.matches("CursorKey for Color").count(), 1, "{printed}");
    assert!(printed.contains("Decode<'r, __sqlx::Postgres> for Color"), "{printed}");
    assert!(printed.contains("::ryw_dynamo::__private::Attribute for Color"), "{printed}");
}

/// A crate without one of the backends does not come to know it.
#[test]
fn unnamed_it_is_in_one_place() {
    let printed = expansion(quote!(
        enum Color {
            Red,
        }
    ));
    let (postgres, dynamo) =
        (cfg!(feature = "postgres"), cfg!(feature = "dynamo") && !cfg!(feature = "postgres"));
    assert_eq!(printed.contains("::ryw_postgres"), postgres, "{printed}");
    assert_eq!(printed.contains("::ryw_dynamo"), dynamo, "{printed}");
    assert_eq!(printed.contains("where is it stored?"), !postgres && !dynamo, "{printed}");
}

#[cfg(feature = "dynamo")]
#[test]
fn a_mistake_still_yields_the_impls() {
    let printed = expansion(quote! {
        #[value(dynamo)]
        struct Address {
            street: String,
            #[value(rename = "street")]
            city: String,
        }
    });
    assert!(
        printed.contains("the attribute `street` already belongs to the field `street`")
            && printed.contains("KeyValue for Address"),
        "{printed}"
    );
}

#[cfg(not(feature = "dynamo"))]
#[test]
fn without_the_feature_the_backend_is_asked_for() {
    let printed = expansion(quote! {
        #[value(dynamo)]
        struct UserId(i64);
    });
    assert!(printed.contains("for `dynamo` add the crate `ryw-dynamo` to your dependencies"), "{printed}");
}
