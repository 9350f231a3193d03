//! What stands in `#[repository(...)]`, with the spans kept, so that every mistake can be shown where it was made.

mod dynamo;
mod storage;

use proc_macro2::TokenStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitBool, LitStr, Meta, MetaNameValue, Path, Token};

pub(crate) use self::dynamo::{DynamoAttr, IndexAttr, ProjectionAttr};
pub(crate) use self::storage::{PartAttr, STORAGE, StorageAttrs};
use crate::ctxt::Ctxt;
use crate::suggest::unknown;

const ON_THE_STRUCT: &[&str] = &["postgres", "dynamo", "read_only", "checked"];
const ON_A_FIELD: &[&str] = &[
    "key",
    "rename",
    "unique",
    "indexed",
    "not_null",
    "generated",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
    "skip",
    "json",
    "try_from",
    "flatten",
];
const IN_POSTGRES: &[&str] = &["table"];

/// A setting that takes a value.
///
/// `Faulty` is not `Absent`: what was written wrongly has been reported and must not be reported as missing too.
#[derive(Default)]
pub(crate) enum Setting<T> {
    #[default]
    Absent,
    Faulty,
    Set(T),
}

/// `#[repository(...)]` on the struct.
pub(crate) struct ContainerAttrs {
    pub(crate) postgres: Option<PostgresAttr>,
    pub(crate) dynamo: Option<DynamoAttr>,
    pub(crate) read_only: Option<Path>,
    pub(crate) checked: Setting<LitBool>,
    /// A key that means nothing was reported; the missing backend then is no news.
    pub(crate) faulty: bool,
}

/// `postgres(...)`.
pub(crate) struct PostgresAttr {
    pub(crate) path: Path,
    pub(crate) table: Setting<LitStr>,
}

/// `#[repository(...)]` on a field. Flags are the path that set them.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) key: Option<Path>,
    pub(crate) rename: Setting<LitStr>,
    pub(crate) unique: Option<Path>,
    pub(crate) indexed: Option<Path>,
    pub(crate) not_null: Option<Path>,
    pub(crate) generated: Option<Path>,
    pub(crate) version: Option<Path>,
    pub(crate) created_at: Option<Path>,
    pub(crate) updated_at: Option<Path>,
    pub(crate) deleted_at: Option<Path>,
    pub(crate) skip: Option<Path>,
    pub(crate) storage: StorageAttrs,
}

impl ContainerAttrs {
    pub(crate) fn parse(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut parsed =
            Self { postgres: None, dynamo: None, read_only: None, checked: Setting::Absent, faulty: false };
        let (metas, complete) = metas(ctxt, attrs);
        parsed.faulty = !complete;
        for meta in metas {
            if meta.path().is_ident("postgres") {
                let postgres = PostgresAttr::parse(ctxt, &meta);
                set_once(ctxt, &mut parsed.postgres, meta.path(), postgres);
            } else if meta.path().is_ident("dynamo") {
                dynamo::set(ctxt, &mut parsed.dynamo, &meta);
            } else if meta.path().is_ident("read_only") {
                set_flag(ctxt, &mut parsed.read_only, &meta);
            } else if meta.path().is_ident("checked") {
                set_bool(ctxt, &mut parsed.checked, &meta);
            } else {
                parsed.faulty = true;
                ctxt.error(unknown(meta.path(), ON_THE_STRUCT, ("a field", ON_A_FIELD)));
            }
        }
        parsed
    }
}

impl PostgresAttr {
    fn parse(ctxt: &Ctxt, meta: &Meta) -> Self {
        let mut parsed = Self { path: meta.path().clone(), table: Setting::Absent };
        let inner = match meta {
            Meta::List(list) => list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated),
            Meta::Path(_) => Ok(Punctuated::new()),
            Meta::NameValue(_) => Err(syn::Error::new_spanned(meta, "write `postgres(table = \"...\")`")),
        };
        let inner = inner.unwrap_or_else(|error| {
            parsed.table = Setting::Faulty;
            ctxt.error(error);
            Punctuated::new()
        });
        for meta in inner {
            if meta.path().is_ident("table") {
                set_string(ctxt, &mut parsed.table, &meta);
            } else {
                // Most likely `table`, misspelt.
                parsed.table = Setting::Faulty;
                ctxt.error(unknown(meta.path(), IN_POSTGRES, ("a field", ON_A_FIELD)));
            }
        }
        parsed
    }
}

impl FieldAttrs {
    pub(crate) fn parse(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut parsed = Self::default();
        for meta in metas(ctxt, attrs).0 {
            if meta.path().is_ident("rename") {
                set_string(ctxt, &mut parsed.rename, &meta);
            } else if let Some(flag) = parsed.flag(meta.path()) {
                set_flag(ctxt, flag, &meta);
            } else if !parsed.storage.take(ctxt, &meta) {
                ctxt.error(unknown(meta.path(), ON_A_FIELD, ("the struct", ON_THE_STRUCT)));
            }
        }
        parsed
    }

    /// The flag of this name.
    fn flag(&mut self, path: &Path) -> Option<&mut Option<Path>> {
        let flag = match path.get_ident()?.to_string().as_str() {
            "key" => &mut self.key,
            "unique" => &mut self.unique,
            "indexed" => &mut self.indexed,
            "not_null" => &mut self.not_null,
            "generated" => &mut self.generated,
            "version" => &mut self.version,
            "created_at" => &mut self.created_at,
            "updated_at" => &mut self.updated_at,
            "deleted_at" => &mut self.deleted_at,
            "skip" => &mut self.skip,
            _ => return None,
        };
        Some(flag)
    }
}

/// Everything inside the `#[repository(...)]` attributes, and whether all of it could be parsed.
fn metas(ctxt: &Ctxt, attrs: &[Attribute]) -> (Vec<Meta>, bool) {
    let (mut metas, mut complete) = (Vec::new(), true);
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("repository")) {
        let parsed = match &attr.meta {
            Meta::List(list) => list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated),
            Meta::Path(_) | Meta::NameValue(_) => {
                Err(syn::Error::new_spanned(&attr.meta, "write `#[repository(...)]`, with parentheses"))
            }
        };
        match parsed {
            Ok(parsed) => metas.extend(parsed),
            Err(error) => {
                complete = false;
                ctxt.error(error);
            }
        }
    }
    (metas, complete)
}

/// Sets `slot` unless it was set before, which is a mistake.
pub(crate) fn set_once<T>(ctxt: &Ctxt, slot: &mut Option<T>, path: &Path, value: T) {
    if slot.is_some() {
        ctxt.error(duplicate(path));
    } else {
        *slot = Some(value);
    }
}

/// A key that takes no value.
pub(crate) fn set_flag(ctxt: &Ctxt, slot: &mut Option<Path>, meta: &Meta) {
    if !matches!(meta, Meta::Path(_)) {
        ctxt.error_at(value_of(meta), format_args!("`{}` takes no value", name(meta.path())));
    }
    set_once(ctxt, slot, meta.path(), meta.path().clone());
}

/// A key that takes a string.
pub(crate) fn set_string(ctxt: &Ctxt, slot: &mut Setting<LitStr>, meta: &Meta) {
    if !matches!(slot, Setting::Absent) {
        return ctxt.error(duplicate(meta.path()));
    }
    *slot = match meta {
        Meta::NameValue(MetaNameValue { value: Expr::Lit(ExprLit { lit: Lit::Str(value), .. }), .. }) => {
            Setting::Set(value.clone())
        }
        Meta::Path(_) | Meta::List(_) | Meta::NameValue(_) => {
            let name = name(meta.path());
            ctxt.error_at(value_of(meta), format_args!("`{name}` takes a string: `{name} = \"...\"`"));
            Setting::Faulty
        }
    };
}

/// A key that takes `true` or `false`.
fn set_bool(ctxt: &Ctxt, slot: &mut Setting<LitBool>, meta: &Meta) {
    if !matches!(slot, Setting::Absent) {
        return ctxt.error(duplicate(meta.path()));
    }
    *slot = match meta {
        Meta::NameValue(MetaNameValue {
            value: Expr::Lit(ExprLit { lit: Lit::Bool(value), .. }), ..
        }) => Setting::Set(value.clone()),
        Meta::Path(_) | Meta::List(_) | Meta::NameValue(_) => {
            let name = name(meta.path());
            ctxt.error_at(value_of(meta), format_args!("`{name}` takes `true` or `false`: `{name} = false`"));
            Setting::Faulty
        }
    };
}

pub(crate) fn duplicate(path: &Path) -> syn::Error {
    syn::Error::new_spanned(path, format_args!("`{}` is given twice: keep one", name(path)))
}

/// The tokens to blame for a value of the wrong kind.
fn value_of(meta: &Meta) -> TokenStream {
    match meta {
        Meta::Path(path) => quote::quote!(#path),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(pair) => {
            let value = &pair.value;
            quote::quote!(#value)
        }
    }
}

/// A path as the user wrote it.
pub(crate) fn name(path: &Path) -> String {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of the tables in the crate's documentation begins with each.
    #[test]
    fn every_attribute_stands_in_the_reference() {
        let reference = include_str!("lib.rs");
        let names = ON_THE_STRUCT.iter().chain(ON_A_FIELD);
        for name in names {
            let ends = ["`", "(", " = "].map(|end| format!("//! | `{name}{end}"));
            assert!(ends.iter().any(|row| reference.contains(row)), "`{name}` is not in the reference");
        }
        // These may share a row.
        for name in dynamo::IN_DYNAMO.iter().chain(dynamo::IN_INDEX) {
            let ends = ["`", "(", " = "].map(|end| format!("`{name}{end}"));
            assert!(ends.iter().any(|row| reference.contains(row)), "`{name}` is not in the reference");
        }
    }
}
