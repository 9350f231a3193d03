//! Every rule about the attributes. All mistakes are reported, none is repaired, and one mistake is one message.

use std::collections::HashMap;

use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{GenericArgument, LitStr, PathArguments, Type};

use crate::ast::{Field, Input, Shape};
use crate::attr::{ContainerAttrs, PostgresAttr, Setting};
use crate::ctxt::Ctxt;
use crate::model::{self, Entity, Role, Table};
use crate::sql::RESERVED;

/// Is the backend's checker compiled in?
const POSTGRES: bool = cfg!(feature = "postgres");

/// Turns what the user wrote into a model. `None` only where `ctxt` holds a mistake.
pub(crate) fn check(ctxt: &Ctxt, input: &Input<'_>) -> Option<Entity> {
    generics(ctxt, input);
    let table = backend(ctxt, input);
    let fields = shape(ctxt, input)?;
    let ident = &input.original.ident;
    Entity::new(&input.original.vis, ident, table?, fields)
}

/// Generated code names the type without arguments.
fn generics(ctxt: &Ctxt, input: &Input<'_>) {
    let generics = &input.original.generics;
    if !generics.params.is_empty() {
        let message =
            "a repository's type takes no generics or lifetimes: its fields must be owned, concrete values";
        ctxt.error_at(&generics.params, message);
    } else if let Some(clause) = &generics.where_clause {
        ctxt.error_at(clause, "a repository's type takes no `where` clause");
    }
}

/// Which backend, and its table.
fn backend(ctxt: &Ctxt, input: &Input<'_>) -> Option<Table> {
    let ContainerAttrs { postgres, dynamo, faulty } = &input.attrs;
    if let Some(path) = dynamo {
        let message = "`dynamo` is not available in this version: it comes with the backend crate `ryw-dynamo`; \
                       use `postgres(table = \"...\")`";
        ctxt.error_at(path, message);
    }
    match postgres {
        Some(postgres) => self::postgres(ctxt, postgres),
        None if dynamo.is_some() || *faulty => None,
        None => {
            let message = "where is it stored? Add `#[repository(postgres(table = \"...\"))]` to the struct";
            ctxt.error_at(&input.original.ident, message);
            None
        }
    }
}

fn postgres(ctxt: &Ctxt, postgres: &PostgresAttr) -> Option<Table> {
    if !POSTGRES {
        ctxt.error_at(
            &postgres.path,
            "for `postgres(...)` add the crate `ryw-postgres` to your dependencies",
        );
    }
    match &postgres.table {
        Setting::Set(literal) => table(ctxt, literal),
        Setting::Faulty => None,
        Setting::Absent => {
            ctxt.error_at(&postgres.path, "which table? Write `postgres(table = \"...\")`");
            None
        }
    }
}

/// `table` or `schema.table`.
fn table(ctxt: &Ctxt, literal: &LitStr) -> Option<Table> {
    let value = literal.value();
    let parts: Vec<_> = value.split('.').collect();
    let mistake = if value.is_empty() {
        Some("the table's name is empty")
    } else if value.contains(['"', '\0']) {
        Some("write the table's name plainly: it is quoted for you, and can hold no quote or NUL")
    } else if parts.len() > 2 {
        Some("a table is `\"table\"` or `\"schema.table\"`: this has more than one dot")
    } else if parts.contains(&"") {
        Some("a name is missing beside the dot: a table is `\"table\"` or `\"schema.table\"`")
    } else {
        None
    };
    if let Some(mistake) = mistake {
        ctxt.error_at(literal, mistake);
        return None;
    }
    let (schema, name) = match parts[..] {
        [schema, name] => (Some(schema.to_owned()), name.to_owned()),
        _ => (None, value),
    };
    Some(Table { schema, name, literal: literal.clone() })
}

/// The fields, if the item is a struct that names them.
fn shape(ctxt: &Ctxt, input: &Input<'_>) -> Option<Vec<model::Field>> {
    let message = match &input.shape {
        Shape::Named(fields) => return self::fields(ctxt, input, fields),
        Shape::Tuple => "a tuple struct has no field names to name columns after: give its fields names",
        Shape::Unit => "a unit struct has no fields to store: give it named fields, one of them the key",
        Shape::Enum => "an enum is no row of a table: derive `Repository` on a struct with named fields",
        Shape::Union => "a union is no row of a table: derive `Repository` on a struct with named fields",
    };
    ctxt.error_at(&input.original.ident, message);
    None
}

fn fields(ctxt: &Ctxt, input: &Input<'_>, fields: &[Field<'_>]) -> Option<Vec<model::Field>> {
    one_key(ctxt, input, fields);
    let checked: Vec<_> = fields.iter().map(|field| self::field(ctxt, field)).collect();
    distinct_columns(ctxt, fields, &checked);
    checked.into_iter().collect()
}

fn one_key(ctxt: &Ctxt, input: &Input<'_>, fields: &[Field<'_>]) {
    let mut keys = fields.iter().filter_map(|field| field.attrs.key.as_ref());
    if keys.next().is_none() {
        let message = "which field is the key? Mark it with `#[repository(key)]`";
        ctxt.error_at(&input.original.ident, message);
    }
    for second in keys {
        let message = "composite keys are not supported yet: keep one `#[repository(key)]`, on a column that alone \
                       is unique";
        ctxt.error_at(second, message);
    }
}

fn field(ctxt: &Ctxt, field: &Field<'_>) -> Option<model::Field> {
    let role = role(ctxt, field);
    // Statements give the column back under the field's name.
    let name = unreserved(ctxt, field.ident, field.ident.unraw().to_string());
    let column = match &field.attrs.rename {
        Setting::Set(literal) => column(ctxt, literal),
        Setting::Absent => name.clone(),
        Setting::Faulty => None,
    };
    name?;
    Some(model::Field {
        ident: field.ident.clone(),
        ty: field.original.ty.clone(),
        column: column?,
        role: role?,
    })
}

/// A column's name from `rename`.
fn column(ctxt: &Ctxt, literal: &LitStr) -> Option<String> {
    let value = literal.value();
    let mistake = if value.is_empty() {
        "the column's name is empty"
    } else if value.contains('\0') {
        "a column's name can hold no NUL"
    } else {
        return unreserved(ctxt, literal, value);
    };
    blame(ctxt, literal, mistake)
}

/// The statements carry columns of ryw's own.
fn unreserved(ctxt: &Ctxt, tokens: impl ToTokens, name: String) -> Option<String> {
    if name.starts_with(RESERVED) {
        let message = format!(
            "names that begin with `{RESERVED}` are reserved for the columns that ryw adds to its statements"
        );
        return blame(ctxt, tokens, &message);
    }
    Some(name)
}

/// Who gives the column its value: at most one of the three attributes says.
fn role(ctxt: &Ctxt, field: &Field<'_>) -> Option<Role> {
    let attrs = &field.attrs;
    match (&attrs.key, &attrs.generated, &attrs.updated_at) {
        (None, None, None) => Some(Role::Plain),
        (Some(_), None, None) => key(ctxt, &field.original.ty),
        (None, Some(_), None) => Some(Role::Generated),
        (None, None, Some(_)) => Some(Role::UpdatedAt),
        (Some(_), _, Some(path)) => {
            blame(ctxt, path, "a key never changes: `key` and `updated_at` exclude each other")
        }
        (Some(_), Some(path), None) => {
            let message = "keys generated by the database are not supported yet: make the key in the application, \
                           a UUID for instance, and remove `generated`";
            blame(ctxt, path, message)
        }
        (None, Some(_), Some(path)) => {
            let message = "`generated` and `updated_at` exclude each other: `updated_at` is set by every write, \
                           `generated` only by the column's default";
            blame(ctxt, path, message)
        }
    }
}

fn key(ctxt: &Ctxt, ty: &Type) -> Option<Role> {
    if option(ty).is_some() {
        return blame(ctxt, ty, "a key is never NULL: its type cannot be an `Option`");
    }
    Some(Role::Key)
}

fn blame<T>(ctxt: &Ctxt, tokens: impl ToTokens, message: &str) -> Option<T> {
    ctxt.error_at(tokens, message);
    None
}

/// Two fields cannot share a column.
fn distinct_columns(ctxt: &Ctxt, fields: &[Field<'_>], checked: &[Option<model::Field>]) {
    let mut owners = HashMap::new();
    for (field, checked) in fields.iter().zip(checked) {
        let Some(checked) = checked else { continue };
        if let Some(owner) = owners.insert(&checked.column, &checked.ident) {
            let message = format!("the column `{}` already belongs to the field `{owner}`", checked.column);
            match &field.attrs.rename {
                Setting::Set(literal) => ctxt.error_at(literal, message),
                Setting::Absent | Setting::Faulty => ctxt.error_at(field.ident, message),
            }
        }
    }
}

/// The `T` of an `Option<T>`, as far as its spelling tells.
pub(crate) fn option(ty: &Type) -> Option<&Type> {
    wrapped(ty, "Option")
}

/// The `T` of a `wrapper<T>`.
pub(crate) fn wrapped<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}
