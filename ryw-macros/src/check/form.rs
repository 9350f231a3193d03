//! The rules about the form in which a field is stored, and what cannot be combined with it.

use std::collections::HashMap;

use quote::ToTokens;
use syn::Type;
use syn::ext::IdentExt as _;

use super::{blame, column, option, unreserved};
use crate::ast::Field;
use crate::attr::{PartAttr, STORAGE, Setting, StorageAttrs, name};
use crate::builtin::is_array;
use crate::ctxt::Ctxt;
use crate::model::{self, Form, Role};

/// Why a field that rows are looked for by is stored as it is.
pub(super) const NOT_LOOKED_FOR: &str = "rows are looked for by a value as it is stored: derive `ryw_core::Value` for the \
                                         field's type, and remove this";
/// Is the backend's JSON compiled in?
const JSON: bool = cfg!(feature = "json");

/// The form of a field that stands in one column.
pub(super) fn form(ctxt: &Ctxt, field: &Field<'_>) -> Option<Form> {
    let StorageAttrs { json, try_from, flatten: _ } = &field.attrs.storage;
    only_one(ctxt, &field.attrs.storage)?;
    match (json, try_from) {
        (Some(path), _) => self::json(ctxt, field, path),
        (None, Some((path, ty))) => self::try_from(ctxt, field, path, ty),
        (None, None) => Some(Form::Plain),
    }
}

/// A field is stored in one form.
fn only_one(ctxt: &Ctxt, attrs: &StorageAttrs) -> Option<()> {
    let given = [
        attrs.json.as_ref(),
        attrs.try_from.as_ref().map(|(path, _)| path),
        attrs.flatten.as_ref().map(|(path, _)| path),
    ];
    let mut given = STORAGE.into_iter().zip(given).filter_map(|(name, path)| Some((name, path?)));
    let (Some((first, _)), Some((second, path))) = (given.next(), given.next()) else { return Some(()) };
    let message =
        format!("`{first}` and `{second}` exclude each other: a field is stored in one form. Keep one");
    blame(ctxt, path, &message)
}

fn json(ctxt: &Ctxt, field: &Field<'_>, path: &syn::Path) -> Option<Form> {
    if !JSON {
        let message = "`json` needs the feature `json` of `ryw-postgres` or `ryw-dynamo`: switch it on in your Cargo.toml";
        return blame(ctxt, path, message);
    }
    if field.attrs.key.is_some() {
        let message = "a key has an order that Rust and the database share, and documents have none: `key` and `json` \
                       exclude each other";
        return blame(ctxt, path, message);
    }
    let attrs = &field.attrs;
    let counted = [&attrs.version, &attrs.created_at, &attrs.updated_at, &attrs.deleted_at];
    if let Some(filled) = counted.into_iter().flatten().next() {
        let message = format!("the database puts no document into `{}`: remove `json`", name(filled));
        return blame(ctxt, path, &message);
    }
    Some(Form::Json)
}

fn try_from(ctxt: &Ctxt, field: &Field<'_>, path: &syn::Path, ty: &Setting<Type>) -> Option<Form> {
    let Setting::Set(ty) = ty else { return None };
    if field.attrs.key.is_some() {
        let message = "a key is looked for as it is stored, without a conversion: derive `ryw_core::Value` for its type, \
                       and remove `try_from`";
        return blame(ctxt, path, message);
    }
    if let Some(version) = &field.attrs.version {
        return blame(ctxt, version, "a version is a number in Rust too: remove `try_from`");
    }
    if is_array(ty) {
        let message = "arrays are converted element by element: derive `ryw_core::Value` for the element's type, and make the \
                       field a `Vec` of it";
        return blame(ctxt, ty, message);
    }
    if option(ty).is_some() {
        let message = "NULL is the field's: make the field an `Option`, and name the type inside it here";
        return blame(ctxt, ty, message);
    }
    Some(Form::TryFrom(ty.clone()))
}

/// The fields that a flattened field is spread over, each with its column.
pub(super) fn parts(
    ctxt: &Ctxt,
    field: &Field<'_>,
    (path, parts): &(syn::Path, Setting<Vec<PartAttr>>),
) -> Option<Vec<model::Field>> {
    let whole = only_one(ctxt, &field.attrs.storage).and_then(|()| spreadable(ctxt, field, path));
    let Setting::Set(parts) = parts else { return None };
    let mut seen = HashMap::new();
    let fields: Vec<_> = parts.iter().map(|part| self::part(ctxt, field, part, &mut seen)).collect();
    whole?;
    fields.into_iter().collect()
}

/// What must not stand beside `flatten`.
fn spreadable(ctxt: &Ctxt, field: &Field<'_>, path: &syn::Path) -> Option<()> {
    let attrs = &field.attrs;
    if let Some(key) = &attrs.key {
        let message = "a key is a column of its own: take the key's field out of the flattened struct, and mark it with \
                       `#[repository(key)]`";
        return blame(ctxt, key, message);
    }
    if let Some(unique) = &attrs.unique {
        let message = "a flattened field has several columns, and `unique` is said of one: take that field out of the \
                       flattened struct";
        return blame(ctxt, unique, message);
    }
    if let Some(indexed) = &attrs.indexed {
        let message = "a flattened field has several columns, and `indexed` is said of one: take that field out of the \
                       flattened struct";
        return blame(ctxt, indexed, message);
    }
    let filled = [&attrs.generated, &attrs.version, &attrs.created_at, &attrs.updated_at, &attrs.deleted_at];
    if let Some(filled) = filled.into_iter().flatten().next() {
        let message = "the database fills single columns: take the field out of the flattened struct";
        return blame(ctxt, filled, message);
    }
    if let Setting::Set(literal) = &attrs.rename {
        let message = "a flattened field has several columns: name each inside, `flatten(street, city = \"home_city\")`";
        return blame(ctxt, literal, message);
    }
    let ty = &field.original.ty;
    if option(ty).is_some() {
        let message = "when would it be `None`: with all columns NULL, or with one? Flatten the struct itself, with fields \
                       that are `Option`s, or store it with `json`";
        return blame(ctxt, ty, message);
    }
    if !matches!(ty, Type::Path(_)) {
        return blame(ctxt, path, "only a struct with named fields can be flattened");
    }
    Some(())
}

fn part<'a>(
    ctxt: &Ctxt,
    field: &Field<'_>,
    part: &'a PartAttr,
    seen: &mut HashMap<String, &'a PartAttr>,
) -> Option<model::Field> {
    let name = part.ident.unraw().to_string();
    if seen.insert(name.clone(), part).is_some() {
        return blame(ctxt, &part.ident, &format!("`{name}` is given twice: keep one"));
    }
    let column = match &part.column {
        Some(literal) => column(ctxt, literal),
        None => unreserved(ctxt, &part.ident, name),
    };
    Some(model::Field {
        docs: field.docs(),
        vis: field.original.vis.clone(),
        ident: part.ident.clone(),
        ty: field.original.ty.clone(),
        column: column?,
        role: Role::Plain,
        unique: false,
        indexed: false,
        promised: field.attrs.not_null.is_some(),
        form: Form::Part { whole: field.ident.clone() },
    })
}

/// Who is to blame for a column that belongs to two fields.
pub(super) fn names_its_column(field: &Field<'_>, checked: &model::Field) -> proc_macro2::TokenStream {
    if let Some((_, Setting::Set(parts))) = &field.attrs.storage.flatten {
        let part = parts.iter().find(|part| part.ident == checked.ident);
        return part.map_or(field.ident.to_token_stream(), |part| match &part.column {
            Some(literal) => literal.to_token_stream(),
            None => part.ident.to_token_stream(),
        });
    }
    match &field.attrs.rename {
        Setting::Set(literal) => literal.to_token_stream(),
        Setting::Absent | Setting::Faulty => field.ident.to_token_stream(),
    }
}
