//! Every rule about values. All mistakes are reported, and one mistake is one message.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Data, DataEnum, DataStruct, DeriveInput, Fields, Ident, LitStr, Type, Variant};

use super::attr::{PostgresAttr, TypeAttrs, VariantAttrs, refuse};
use super::case::Case;
use super::model::{Array, Backends, Enum, Kind, Map, Newtype, Stored, TypeName, Value};
use crate::attr::Setting;
use crate::builtin::is_array;
use crate::check::option;
use crate::ctxt::Ctxt;
use crate::suggest::nearest;

/// Is the backend compiled in?
const POSTGRES: bool = cfg!(feature = "postgres");
/// And the other?
const DYNAMO: bool = cfg!(feature = "dynamo");
/// A longer label is no name to PostgreSQL.
const LONGEST_LABEL: usize = 63;

/// Turns what the user wrote into a model. `None` only where `ctxt` holds a mistake.
pub(super) fn check(ctxt: &Ctxt, input: &DeriveInput, attrs: &TypeAttrs) -> Option<Value> {
    generics(ctxt, input);
    let backends = backends(ctxt, input, attrs);
    let kind = match &input.data {
        Data::Enum(data) => enumeration(ctxt, input, attrs, data).map(Kind::Enum),
        Data::Struct(data) if backends == Some(Backends::Dynamo) && has_several_names(data) => {
            map(ctxt, input, attrs, data).map(Kind::Map)
        }
        Data::Struct(data) => newtype(ctxt, input, attrs, data, backends).map(Kind::Newtype),
        Data::Union(_) => {
            let message = "a union cannot be stored: nobody knows which of its fields it holds";
            ctxt.error_at(&input.ident, message);
            None
        }
    };
    Some(Value { kind: kind?, backends: backends? })
}

/// The backends that are named; if none is, the one that is there.
fn backends(ctxt: &Ctxt, input: &DeriveInput, attrs: &TypeAttrs) -> Option<Backends> {
    let mut there = Some(());
    if let Some(postgres) = attrs.postgres.as_ref().filter(|_| !POSTGRES) {
        let message = "for `postgres` add the crate `ryw-postgres` to your dependencies";
        ctxt.error_at(&postgres.path, message);
        there = None;
    }
    if let Some(dynamo) = attrs.dynamo.as_ref().filter(|_| !DYNAMO) {
        ctxt.error_at(dynamo, "for `dynamo` add the crate `ryw-dynamo` to your dependencies");
        there = None;
    }
    there?;
    let likely = likely_backends(attrs);
    if likely.is_none() {
        let message = "where is it stored? Add the crate `ryw-postgres` or `ryw-dynamo` to your dependencies";
        ctxt.error_at(&input.ident, message);
    }
    likely
}

/// The backends that impls can be printed for.
pub(super) fn likely_backends(attrs: &TypeAttrs) -> Option<Backends> {
    let is_named = attrs.postgres.is_some() || attrs.dynamo.is_some();
    match (attrs.postgres.is_some() && POSTGRES, attrs.dynamo.is_some() && DYNAMO) {
        (true, true) => Some(Backends::Both),
        (true, false) => Some(Backends::Postgres),
        (false, true) => Some(Backends::Dynamo),
        (false, false) if is_named => None,
        (false, false) if POSTGRES => Some(Backends::Postgres),
        (false, false) => DYNAMO.then_some(Backends::Dynamo),
    }
}

/// Is it a struct of named fields, more than the one of a newtype?
fn has_several_names(data: &DataStruct) -> bool {
    matches!(data.fields, Fields::Named(_)) && data.fields.len() > 1
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
    if attrs.postgres.as_ref().is_some_and(|postgres| matches!(postgres.name, Setting::Set(_))) {
        short_labels(ctxt, &variants);
    }
    let variants: Option<Vec<_>> =
        variants.into_iter().map(|labelled| labelled.map(|(ident, label, _)| (ident, label))).collect();
    let (stored, variants) = (stored?, variants?);
    (!variants.is_empty()).then(|| Enum { ident: input.ident.clone(), stored, variants })
}

/// `postgres(type = "type")` or `"schema.type"`; without a type it is text.
fn stored(ctxt: &Ctxt, postgres: &PostgresAttr) -> Option<Stored> {
    let literal = match &postgres.name {
        Setting::Set(literal) => literal,
        Setting::Faulty => return None,
        Setting::Absent => return Some(Stored::Text),
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

/// A struct in an attribute of its own: in DynamoDB, for Postgres has no such columns.
fn map(ctxt: &Ctxt, input: &DeriveInput, attrs: &TypeAttrs, data: &DataStruct) -> Option<Map> {
    if let Setting::Set(literal) = &attrs.rename_all {
        ctxt.error_at(
            literal,
            "`rename_all` is for enums: name the attribute of a field with `#[value(rename = \"...\")]`",
        );
    }
    if let Some(path) = &attrs.no_array {
        ctxt.error_at(path, "`no_array` is for Postgres, and this is stored in DynamoDB: remove it");
    }
    let mut fields: Vec<(Ident, String, Type)> = Vec::new();
    let mut is_complete = true;
    for field in &data.fields {
        let Some(ident) = &field.ident else { continue };
        let (name, blame) = match VariantAttrs::parse(ctxt, &field.attrs).rename {
            Setting::Absent => (ident.unraw().to_string(), ident.to_token_stream()),
            Setting::Set(literal) => (literal.value(), literal.to_token_stream()),
            Setting::Faulty => {
                is_complete = false;
                continue;
            }
        };
        if name.is_empty() {
            ctxt.error_at(&blame, "the attribute's name is empty");
        }
        if let Some((owner, ..)) = fields.iter().find(|(_, other, _)| *other == name) {
            ctxt.error_at(
                &blame,
                format_args!("the attribute `{name}` already belongs to the field `{owner}`"),
            );
        }
        fields.push((ident.clone(), name, field.ty.clone()));
    }
    is_complete.then(|| Map { ident: input.ident.clone(), fields })
}

fn newtype(
    ctxt: &Ctxt,
    input: &DeriveInput,
    attrs: &TypeAttrs,
    data: &DataStruct,
    backends: Option<Backends>,
) -> Option<Newtype> {
    if let Some(postgres) = &attrs.postgres
        && !matches!(postgres.name, Setting::Absent)
    {
        let message = "a newtype is stored as what it holds: `postgres(type = ...)` is for enums";
        ctxt.error_at(&postgres.path, message);
    }
    if let Some(path) = &attrs.no_array
        && backends == Some(Backends::Dynamo)
    {
        ctxt.error_at(path, "`no_array` is for Postgres, and this is stored in DynamoDB: remove it");
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
