//! What stands in `#[value(...)]`.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Meta, MetaNameValue, Path, Token};

use crate::attr::{Setting, set_flag, set_once, set_string};
use crate::ctxt::Ctxt;
use crate::suggest::unknown;

const ON_THE_TYPE: &[&str] = &["postgres", "dynamo", "rename_all", "no_array"];
/// And on a field of a map.
const ON_A_VARIANT: &[&str] = &["rename"];
const IN_POSTGRES: &[&str] = &["type"];

/// `#[value(...)]` on the type.
pub(super) struct TypeAttrs {
    pub(super) postgres: Option<PostgresAttr>,
    pub(super) dynamo: Option<Path>,
    pub(super) rename_all: Setting<LitStr>,
    pub(super) no_array: Option<Path>,
}

/// `postgres`, or `postgres(...)`.
pub(super) struct PostgresAttr {
    pub(super) path: Path,
    /// The type of the database's own. Absent where there are no parentheses.
    pub(super) name: Setting<LitStr>,
}

/// `#[value(...)]` on a variant, or on a field of a map.
pub(super) struct VariantAttrs {
    pub(super) rename: Setting<LitStr>,
}

impl TypeAttrs {
    pub(super) fn parse(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut parsed = Self { postgres: None, dynamo: None, rename_all: Setting::Absent, no_array: None };
        for meta in metas(ctxt, attrs) {
            match meta.path() {
                path if path.is_ident("postgres") => {
                    let postgres = PostgresAttr::parse(ctxt, &meta);
                    set_once(ctxt, &mut parsed.postgres, path, postgres);
                }
                path if path.is_ident("dynamo") => set_flag(ctxt, &mut parsed.dynamo, &meta),
                path if path.is_ident("rename_all") => set_string(ctxt, &mut parsed.rename_all, &meta),
                path if path.is_ident("no_array") => set_flag(ctxt, &mut parsed.no_array, &meta),
                path => ctxt.error(unknown(path, ON_THE_TYPE, ("a variant", ON_A_VARIANT))),
            }
        }
        parsed
    }
}

impl PostgresAttr {
    fn parse(ctxt: &Ctxt, meta: &Meta) -> Self {
        let mut parsed = Self { path: meta.path().clone(), name: Setting::Absent };
        let inner = match meta {
            Meta::List(list) => list
                .parse_args_with(|input: ParseStream<'_>| Punctuated::parse_terminated_with(input, keyword)),
            Meta::Path(_) => return parsed,
            Meta::NameValue(_) => Err(syn::Error::new_spanned(meta, "write `postgres(type = \"...\")`")),
        };
        let inner: Punctuated<Meta, Token![,]> = inner.unwrap_or_else(|error| {
            parsed.name = Setting::Faulty;
            ctxt.error(error);
            Punctuated::new()
        });
        for meta in inner {
            if meta.path().is_ident("type") {
                set_string(ctxt, &mut parsed.name, &meta);
            } else {
                parsed.name = Setting::Faulty;
                ctxt.error(unknown(meta.path(), IN_POSTGRES, ("a variant", ON_A_VARIANT)));
            }
        }
        if matches!(parsed.name, Setting::Absent) {
            parsed.name = Setting::Faulty;
            ctxt.error_at(
                &parsed.path,
                "which type? Write `postgres(type = \"...\")`, or `postgres` for text",
            );
        }
        parsed
    }
}

impl VariantAttrs {
    pub(super) fn parse(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut parsed = Self { rename: Setting::Absent };
        for meta in metas(ctxt, attrs) {
            match meta.path() {
                path if path.is_ident("rename") => set_string(ctxt, &mut parsed.rename, &meta),
                path => ctxt.error(unknown(path, ON_A_VARIANT, ("the type", ON_THE_TYPE))),
            }
        }
        parsed
    }
}

/// `#[value(...)]` on the field of a newtype.
pub(super) fn refuse(ctxt: &Ctxt, attrs: &[Attribute]) {
    for meta in metas(ctxt, attrs) {
        ctxt.error_at(meta.path(), "a newtype's field has no attributes: it is stored as it is");
    }
}

/// `name` or `name = value`, where the name may be a keyword, as `type` is: syn's own parser takes none.
fn keyword(input: ParseStream<'_>) -> syn::Result<Meta> {
    let path = Path::from(Ident::parse_any(input)?);
    if !input.peek(Token![=]) {
        return Ok(Meta::Path(path));
    }
    Ok(Meta::NameValue(MetaNameValue { path, eq_token: input.parse()?, value: input.parse()? }))
}

/// Everything inside the `#[value(...)]` attributes.
fn metas(ctxt: &Ctxt, attrs: &[Attribute]) -> Vec<Meta> {
    let mut metas = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("value")) {
        let parsed = match &attr.meta {
            Meta::List(list) => list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated),
            Meta::Path(_) | Meta::NameValue(_) => {
                Err(syn::Error::new_spanned(&attr.meta, "write `#[value(...)]`, with parentheses"))
            }
        };
        match parsed {
            Ok(parsed) => metas.extend(parsed),
            Err(error) => ctxt.error(error),
        }
    }
    metas
}
