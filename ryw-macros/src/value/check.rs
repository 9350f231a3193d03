//! Every rule about values. All mistakes are reported, and one mistake is one message.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Data, DataEnum, DataStruct, DeriveInput, Fields, Ident, LitStr, Variant};

use super::attr::{PostgresAttr, TypeAttrs, VariantAttrs, refuse};
use super::case::Case;
use super::model::{Array, Enum, Newtype, Stored, TypeName, Value};
use crate::attr::Setting;
use crate::builtin::is_array;
use crate::check::option;
use crate::ctxt::Ctxt;
use crate::suggest::nearest;

/// Is a backend compiled in?
const POSTGRES: bool = cfg!(feature = "postgres");
/// A longer label is no name to PostgreSQL.
const LONGEST_LABEL: usize = 63;

/// Turns what the user wrote into a model. `None` only where `ctxt` holds a mistake.
pub(super) fn check(ctxt: &Ctxt, input: &DeriveInput) -> Option<Value> {
    if !POSTGRES {
        ctxt.error_at(&input.ident, "where is it stored? Add the crate `ryw-postgres` to your dependencies");
    }
    generics(ctxt, input);
    let attrs = TypeAttrs::parse(ctxt, &input.attrs);
    match &input.data {
        Data::Enum(data) => enumeration(ctxt, input, &attrs, data).map(Value::Enum),
        Data::Struct(data) => newtype(ctxt, input, &attrs, data).map(Value::Newtype),
        Data::Union(_) => {
            let message = "a union cannot be stored: nobody knows which of its fields it holds";
            ctxt.error_at(&input.ident, message);
            None
        }
    }
}

fn generics(ctxt: &Ctxt, input: &DeriveInput) {
    if !input.generics.params.is_empty() {
        let message = "a stored value takes no generics or lifetimes: it is read back as one concrete, owned type. \
                       Write a newtype for each type that you store";
        ctxt.error_at(&input.generics.params, message);
    } else if let Some(clause) = &input.generics.where_clause {
        ctxt.error_at(clause, "a stored value takes no `where` clause");
    }
}

fn enumeration(ctxt: &Ctxt, input: &DeriveInput, attrs: &TypeAttrs, data: &DataEnum) -> Option<Enum> {
    if let Some(path) = &attrs.no_array {
        let message = "`no_array` is for newtypes: an enum, be it text, can always stand in an array";
        ctxt.error_at(path, message);
    }
    if data.variants.is_empty() {
        ctxt.error_at(&input.ident, "an enum without variants has no value to store");
    }
    let stored = attrs.postgres.as_ref().map_or(Some(Stored::Text), |postgres| self::stored(ctxt, postgres));
    let case = case(ctxt, &attrs.rename_all);
    let variants: Vec<_> = data.variants.iter().map(|found| variant(ctxt, found, case?)).collect();
    distinct_labels(ctxt, &variants);
    if attrs.postgres.is_some() {
        short_labels(ctxt, &variants);
    }
    let variants: Option<Vec<_>> =
        variants.into_iter().map(|labelled| labelled.map(|(ident, label, _)| (ident, label))).collect();
    let (stored, variants) = (stored?, variants?);
    (!variants.is_empty()).then(|| Enum { ident: input.ident.clone(), stored, variants })
}

/// `postgres(type = "type")` or `"schema.type"`.
fn stored(ctxt: &Ctxt, postgres: &PostgresAttr) -> Option<Stored> {
    let literal = match &postgres.name {
        Setting::Set(literal) => literal,
        Setting::Faulty => return None,
        Setting::Absent => {
            ctxt.error_at(&postgres.path, "which type? Write `postgres(type = \"...\")`");
            return None;
        }
    };
    let value = literal.value();
    let parts: Vec<_> = value.split('.').collect();
    let mistake = if value.is_empty() {
        "the type's name is empty"
    } else if value.contains(['"', '\0']) {
        "write the type's name plainly: it is quoted for you, and can hold no quote or NUL"
    } else if parts.len() > 2 {
        "a type is `\"type\"` or `\"schema.type\"`: this has more than one dot"
    } else if parts.contains(&"") {
        "a name is missing beside the dot: a type is `\"type\"` or `\"schema.type\"`"
    } else {
        let (schema, name) = match parts[..] {
            [schema, name] => (Some(schema.to_owned()), name.to_owned()),
            _ => (None, value),
        };
        return Some(Stored::Enum(TypeName { schema, name }));
    };
    ctxt.error_at(literal, mistake);
    None
}

/// The style of the labels; variants are taken as they are spelled unless one is given.
fn case(ctxt: &Ctxt, rename_all: &Setting<LitStr>) -> Option<Case> {
    let literal = match rename_all {
        Setting::Absent => return Some(Case::Pascal),
        Setting::Faulty => return None,
        Setting::Set(literal) => literal,
    };
    let value = literal.value();
    let case = Case::named(&value);
    if case.is_none() {
        let known = Case::ALL.map(|(name, _)| name);
        let hint = nearest(&value, &known).map_or_else(
            || format!("known: {}", known.map(|name| format!("`{name}`")).join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        ctxt.error_at(literal, format_args!("unknown style `{value}`: {hint}"));
    }
    case
}

/// A variant, its label, and the tokens to blame for that.
type Labelled = (Ident, String, TokenStream);

fn variant(ctxt: &Ctxt, variant: &Variant, case: Case) -> Option<Labelled> {
    let attrs = VariantAttrs::parse(ctxt, &variant.attrs);
    if !matches!(variant.fields, Fields::Unit) {
        let message = "a variant with fields is more than one value: store the enum with `#[repository(json)]` on the \
                       entity's field, or take the fields out of it";
        ctxt.error_at(&variant.fields, message);
        return None;
    }
    let ident = variant.ident.clone();
    match attrs.rename {
        Setting::Faulty => None,
        Setting::Absent => {
            let (label, blame) = (case.spell(&ident.unraw().to_string()), ident.to_token_stream());
            Some((ident, label, blame))
        }
        Setting::Set(literal) if literal.value().contains('\0') => {
            ctxt.error_at(literal, "a label can hold no NUL");
            None
        }
        Setting::Set(literal) => Some((ident, literal.value(), literal.to_token_stream())),
    }
}

/// Two variants of one label could not be told apart when they are read.
fn distinct_labels(ctxt: &Ctxt, variants: &[Option<Labelled>]) {
    let mut owners = HashMap::new();
    for (ident, label, blame) in variants.iter().flatten() {
        if let Some(owner) = owners.insert(label, ident) {
            ctxt.error_at(blame, format_args!("`{label}` already stands for the variant `{owner}`"));
        }
    }
}

/// PostgreSQL cuts names, and refuses longer labels.
fn short_labels(ctxt: &Ctxt, variants: &[Option<Labelled>]) {
    for (_, label, blame) in variants.iter().flatten().filter(|(_, label, _)| label.len() > LONGEST_LABEL) {
        let message = format!(
            "a label of a Postgres enum has at most {LONGEST_LABEL} bytes, and this one {}: give it a shorter one with \
             `#[value(rename = \"...\")]`",
            label.len()
        );
        ctxt.error_at(blame, message);
    }
}

fn newtype(ctxt: &Ctxt, input: &DeriveInput, attrs: &TypeAttrs, data: &DataStruct) -> Option<Newtype> {
    if let Some(postgres) = &attrs.postgres {
        let message = "a newtype is stored as what it holds: `postgres(type = ...)` is for enums";
        ctxt.error_at(&postgres.path, message);
    }
    if let Setting::Set(literal) = &attrs.rename_all {
        ctxt.error_at(literal, "`rename_all` is for enums: a newtype is stored as what it holds");
    }
    for field in &data.fields {
        refuse(ctxt, &field.attrs);
    }
    let mut fields = data.fields.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        let message = match data.fields.len() {
            0 => "a struct without a field has no value to store: a newtype has exactly one",
            _ => {
                "a newtype has exactly one field. To store several, use `#[repository(flatten(...))]` or \
                  `#[repository(json)]` on the entity's field"
            }
        };
        ctxt.error_at(&input.ident, message);
        return None;
    };
    if option(&field.ty).is_some() {
        let message = "NULL belongs around a value, not in it: hold the value itself, and give the entity an `Option` of \
                       the newtype";
        ctxt.error_at(&field.ty, message);
        return None;
    }
    let array = if attrs.no_array.is_some() || is_array(&field.ty) { Array::No } else { Array::Yes };
    Some(Newtype { ident: input.ident.clone(), field: field.ident.clone(), inner: field.ty.clone(), array })
}
