//! What the derive prints: formatted, as a reader of the expansion sees it.

use syn::DeriveInput;

use super::value;

mod dynamo;

fn expansion(item: proc_macro2::TokenStream) -> String {
    let item: DeriveInput = syn::parse2(item).unwrap();
    prettyplease::unparse(&syn::parse2(value(&item)).unwrap())
}

#[cfg(feature = "postgres")]
#[test]
fn an_enum_of_the_database_reads_well() {
    insta::assert_snapshot!(expansion(quote::quote! {
        #[value(postgres(type = "app.shade"), rename_all = "kebab-case")]
        enum Shade {
            Light,
            VeryDark,
            #[value(rename = "n/a")]
            Unknown,
        }
    }));
}

#[cfg(feature = "postgres")]
#[test]
fn a_newtype_is_its_inside() {
    let expansion = expansion(quote::quote!(
        struct UserId(i64);
    ));
    insta::assert_snapshot!(expansion);
}

#[cfg(feature = "postgres")]
#[test]
fn an_array_is_in_no_array() {
    for (inner, arrays) in [
        ("struct Held(Vec<String>);", false),
        ("struct Held([i32; 3]);", false),
        ("struct Held(Vec<u8>);", true),
        ("struct Held { inside: Vec<Vec<u8>> }", false),
        ("#[value(no_array)] struct Held(HashMap<String, String>);", false),
        ("struct Held(Json<Settings>);", true),
    ] {
        let printed = expansion(syn::parse_str(inner).unwrap());
        assert_eq!(printed.contains("PgHasArrayType for Held"), arrays, "{inner}");
    }
}

#[cfg(feature = "postgres")]
#[test]
fn a_mistake_still_yields_the_impls() {
    let printed = expansion(quote::quote! {
        #[value(rename_all = "snakecase")]
        enum Color {
            Red,
        }
    });
    assert!(
        printed.contains("did you mean `snake_case`?")
            && printed.contains("Decode<'r, __sqlx::Postgres> for Color"),
        "{printed}"
    );
}
