//! The types of arguments, as the check sees them.
//!
//! sqlx knows, for each type of parameter, one Rust type. An argument is held against it if its own type, without
//! references and `Option`, is one of these; any other (an enum, a newtype, JSON) is left to its own `Encode`.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Type, TypeArray, TypeReference, TypeSlice};

use crate::builtin::is_builtin;
use crate::check::{option, wrapped};

/// What is held against the parameter: the argument's type without references and `Option`; `None` if nothing can be.
pub(crate) fn judged(ty: &Type) -> Option<TokenStream> {
    let bare = bare(option(bare(ty)).unwrap_or_else(|| bare(ty)));
    is_known(bare).then(|| elided(bare.to_token_stream()))
}

/// Without references.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Reference(TypeReference { elem, .. }) => bare(elem),
        Type::Paren(paren) => bare(&paren.elem),
        Type::Group(group) => bare(&group.elem),
        _ => ty,
    }
}

fn is_known(ty: &Type) -> bool {
    let element = match ty {
        Type::Slice(TypeSlice { elem, .. }) | Type::Array(TypeArray { elem, .. }) => Some(&**elem),
        _ => wrapped(ty, "Vec"),
    };
    match element {
        Some(element) => {
            is_str_reference(element)
                || is_named(element, "u8")
                || option(element).is_none() && is_builtin(element)
        }
        None => is_named(ty, "str") || is_builtin(ty),
    }
}

fn is_str_reference(ty: &Type) -> bool {
    matches!(ty, Type::Reference(reference) if is_named(&reference.elem, "str"))
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

/// With `'_` for every lifetime: the check stands in a function of its own, which knows none of the user's.
fn elided(tokens: TokenStream) -> TokenStream {
    let mut after_a_quote = false;
    let elide = |token: TokenTree| -> TokenTree {
        let names_a_lifetime = after_a_quote;
        after_a_quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
        match token {
            TokenTree::Ident(name) if names_a_lifetime => Ident::new("_", name.span()).into(),
            TokenTree::Group(group) => {
                let mut elided = Group::new(group.delimiter(), self::elided(group.stream()));
                elided.set_span(group.span());
                elided.into()
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => token,
        }
    };
    tokens.into_iter().map(elide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_options_are_of_no_account() {
        let cases = [
            ("i64", Some("i64")),
            ("&i64", Some("i64")),
            ("Option<i64>", Some("i64")),
            ("Option<&'a str>", Some("str")),
            ("&Option<String>", Some("String")),
            ("&[i64]", Some("[i64]")),
            ("&[&'a str]", Some("[& '_ str]")),
            ("Vec<String>", Some("Vec < String >")),
            ("[u8; 4]", Some("[u8 ; 4]")),
            ("DateTime<Utc>", Some("DateTime < Utc >")),
            ("Color", None),
            ("&[Color]", None),
            ("Option<Color>", None),
            ("Json<Settings>", None),
        ];
        for (ty, expected) in cases {
            let judged = judged(&syn::parse_str(ty).unwrap()).map(|tokens| tokens.to_string());
            assert_eq!(judged.as_deref(), expected, "{ty}");
        }
    }
}
