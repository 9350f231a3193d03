//! `dynamo(...)` on the struct: the table, its keys and its indexes, by the names of fields.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprCall, ExprLit, Ident, Lit, LitStr, Meta, Path, Token};

use super::{Setting, duplicate, name, set_flag, set_once, set_string, value_of};
use crate::ctxt::Ctxt;
use crate::suggest::unknown;

pub(super) const IN_DYNAMO: &[&str] = &["table", "pk", "sk", "ttl", "index"];
pub(super) const IN_INDEX: &[&str] = &["name", "pk", "sk", "local", "global", "projection", "method"];
/// How a projection is written.
const PROJECTIONS: &str = "`projection = all`, `projection = keys` or `projection = include(a, b)`";

/// `dynamo(...)`.
pub(crate) struct DynamoAttr {
    pub(crate) path: Path,
    pub(crate) table: Setting<LitStr>,
    /// `pk`, and in what follows.
    pub(crate) partition: Setting<Ident>,
    /// `sk`, and in what follows.
    pub(crate) sort: Setting<Ident>,
    pub(crate) ttl: Setting<Ident>,
    pub(crate) indexes: Vec<IndexAttr>,
    /// Something was reported that may stand for what seems to be missing.
    pub(crate) faulty: bool,
}

/// `index(...)`.
pub(crate) struct IndexAttr {
    pub(crate) path: Path,
    pub(crate) name: Setting<LitStr>,
    pub(crate) partition: Setting<Ident>,
    pub(crate) sort: Setting<Ident>,
    pub(crate) local: Option<Path>,
    pub(crate) global: Option<Path>,
    pub(crate) projection: Setting<ProjectionAttr>,
    pub(crate) method: Setting<LitStr>,
    pub(crate) faulty: bool,
}

/// The value of `projection`.
pub(crate) enum ProjectionAttr {
    All,
    /// The word itself, to be blamed.
    Keys(Path),
    Include(Path, Vec<Ident>),
}

impl DynamoAttr {
    pub(super) fn parse(ctxt: &Ctxt, meta: &Meta) -> Self {
        let mut parsed = Self {
            path: meta.path().clone(),
            table: Setting::Absent,
            partition: Setting::Absent,
            sort: Setting::Absent,
            ttl: Setting::Absent,
            indexes: Vec::new(),
            faulty: false,
        };
        let Some(inner) = list(ctxt, meta, "write `dynamo(table = \"...\")`") else {
            parsed.faulty = true;
            return parsed;
        };
        for meta in inner {
            match meta.path() {
                path if path.is_ident("table") => set_string(ctxt, &mut parsed.table, &meta),
                path if path.is_ident("pk") => set_field(ctxt, &mut parsed.partition, &meta),
                path if path.is_ident("sk") => set_field(ctxt, &mut parsed.sort, &meta),
                path if path.is_ident("ttl") => set_field(ctxt, &mut parsed.ttl, &meta),
                path if path.is_ident("index") => parsed.indexes.push(IndexAttr::parse(ctxt, &meta)),
                path => {
                    parsed.faulty = true;
                    ctxt.error(unknown(path, IN_DYNAMO, ("an index: `index(...)`", IN_INDEX)));
                }
            }
        }
        parsed
    }
}

impl IndexAttr {
    fn parse(ctxt: &Ctxt, meta: &Meta) -> Self {
        let mut parsed = Self {
            path: meta.path().clone(),
            name: Setting::Absent,
            partition: Setting::Absent,
            sort: Setting::Absent,
            local: None,
            global: None,
            projection: Setting::Absent,
            method: Setting::Absent,
            faulty: false,
        };
        let Some(inner) = list(ctxt, meta, "write `index(name = \"...\", pk = field)`") else {
            parsed.faulty = true;
            return parsed;
        };
        for meta in inner {
            match meta.path() {
                path if path.is_ident("name") => set_string(ctxt, &mut parsed.name, &meta),
                path if path.is_ident("pk") => set_field(ctxt, &mut parsed.partition, &meta),
                path if path.is_ident("sk") => set_field(ctxt, &mut parsed.sort, &meta),
                path if path.is_ident("local") => set_flag(ctxt, &mut parsed.local, &meta),
                path if path.is_ident("global") => set_flag(ctxt, &mut parsed.global, &meta),
                path if path.is_ident("projection") => set_projection(ctxt, &mut parsed.projection, &meta),
                path if path.is_ident("method") => set_string(ctxt, &mut parsed.method, &meta),
                path => {
                    parsed.faulty = true;
                    ctxt.error(unknown(path, IN_INDEX, ("the table: `dynamo(...)`", IN_DYNAMO)));
                }
            }
        }
        parsed
    }
}

/// What stands in the parentheses; a word without any has nothing in them.
fn list(ctxt: &Ctxt, meta: &Meta, how: &str) -> Option<Vec<Meta>> {
    let inner = match meta {
        Meta::List(list) => list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated),
        Meta::Path(_) => Ok(Punctuated::new()),
        Meta::NameValue(_) => Err(syn::Error::new_spanned(meta, how)),
    };
    inner.map_err(|error| ctxt.error(error)).ok().map(|inner| inner.into_iter().collect())
}

/// A key that takes the name of a field.
fn set_field(ctxt: &Ctxt, slot: &mut Setting<Ident>, meta: &Meta) {
    if !matches!(slot, Setting::Absent) {
        return ctxt.error(duplicate(meta.path()));
    }
    let field = match meta {
        Meta::NameValue(pair) => ident(&pair.value),
        Meta::Path(_) | Meta::List(_) => None,
    };
    *slot = field.map_or(Setting::Faulty, Setting::Set);
    if matches!(slot, Setting::Faulty) {
        let name = name(meta.path());
        let message = quoted(meta).map_or_else(
            || format!("`{name}` takes the name of a field: `{name} = field`"),
            |field| format!("`{name}` takes the name of a field, without quotes: `{name} = {field}`"),
        );
        ctxt.error_at(value_of(meta), message);
    }
}

/// The text, if the value is a string.
fn quoted(meta: &Meta) -> Option<String> {
    let Meta::NameValue(pair) = meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
    syn::parse_str::<Ident>(&text.value()).is_ok().then(|| text.value())
}

fn set_projection(ctxt: &Ctxt, slot: &mut Setting<ProjectionAttr>, meta: &Meta) {
    if !matches!(slot, Setting::Absent) {
        return ctxt.error(duplicate(meta.path()));
    }
    let projection = match meta {
        Meta::NameValue(pair) => projection(&pair.value),
        Meta::Path(_) | Meta::List(_) => Err(value_of(meta)),
    };
    *slot = projection.map_or_else(
        |blame| {
            ctxt.error_at(blame, format_args!("write {PROJECTIONS}"));
            Setting::Faulty
        },
        Setting::Set,
    );
}

/// The projection, or what is to blame.
fn projection(value: &Expr) -> Result<ProjectionAttr, TokenStream> {
    match value {
        Expr::Path(word) if word.path.is_ident("all") => Ok(ProjectionAttr::All),
        Expr::Path(word) if word.path.is_ident("keys") => Ok(ProjectionAttr::Keys(word.path.clone())),
        Expr::Call(ExprCall { func, args, .. }) => match &**func {
            Expr::Path(word) if word.path.is_ident("include") && !args.is_empty() => {
                let fields = args.iter().map(|field| ident(field).ok_or_else(|| field.to_token_stream()));
                Ok(ProjectionAttr::Include(word.path.clone(), fields.collect::<Result<_, _>>()?))
            }
            other => Err(other.to_token_stream()),
        },
        other => Err(other.to_token_stream()),
    }
}

fn ident(value: &Expr) -> Option<Ident> {
    let Expr::Path(path) = value else { return None };
    path.path.get_ident().cloned()
}

/// `dynamo` once.
pub(super) fn set(ctxt: &Ctxt, slot: &mut Option<DynamoAttr>, meta: &Meta) {
    let dynamo = DynamoAttr::parse(ctxt, meta);
    set_once(ctxt, slot, meta.path(), dynamo);
}
