//! Every rule about the attributes. All mistakes are reported, none is repaired, and one mistake is one message.

mod dynamo;
mod form;
mod reads;

use std::collections::HashMap;

use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{GenericArgument, Ident, LitStr, Path, PathArguments, Type};

pub(crate) use self::dynamo::{index_method, no_key};
use crate::ast::{Field, Input, Shape};
use crate::attr::{ContainerAttrs, FieldAttrs, PostgresAttr, Setting, name};
use crate::builtin::is_named;
use crate::ctxt::Ctxt;
use crate::model::{self, Dynamo, Entity, Maker, Role, Stores, Table};
use crate::sql::RESERVED;

/// Is the backend's checker compiled in?
const POSTGRES: bool = cfg!(feature = "postgres");

/// Turns what the user wrote into a model. `None` only where `ctxt` holds a mistake.
pub(crate) fn check(ctxt: &Ctxt, input: &Input<'_>) -> Option<Entity> {
    generics(ctxt, input);
    somewhere(ctxt, input);
    let table = input.attrs.postgres.as_ref().map(|postgres| self::postgres(ctxt, input, postgres));
    let Checked { fields, skipped, dynamo } = shape(ctxt, input)?;
    let stores = match (table, dynamo) {
        (Some(table), Some(dynamo)) => Stores::Both(table?, dynamo?),
        (Some(table), None) => Stores::Postgres(table?),
        (None, Some(dynamo)) => Stores::Dynamo(dynamo?),
        (None, None) => return None,
    };
    let ident = &input.original.ident;
    Entity::new(&input.original.vis, ident, stores, reads::access(&input.attrs), fields, skipped)
}

/// Generated code names the type without arguments.
fn generics(ctxt: &Ctxt, input: &Input<'_>) {
    let generics = &input.original.generics;
    if !generics.params.is_empty() {
        let message = "a repository's type takes no generics or lifetimes, for a row has one shape and outlives its \
                       query: give the fields concrete types that own their values, and each shape a struct of its own";
        ctxt.error_at(&generics.params, message);
    } else if let Some(clause) = &generics.where_clause {
        ctxt.error_at(clause, "a repository's type takes no `where` clause");
    }
}

/// A backend is named.
fn somewhere(ctxt: &Ctxt, input: &Input<'_>) {
    let ContainerAttrs { postgres, dynamo, faulty, .. } = &input.attrs;
    if postgres.is_none() && dynamo.is_none() && !faulty {
        let message = "where is it stored? Add `#[repository(postgres(table = \"...\"))]` or \
                       `#[repository(dynamo(table = \"...\"))]` to the struct";
        ctxt.error_at(&input.original.ident, message);
    }
}

fn postgres(ctxt: &Ctxt, input: &Input<'_>, postgres: &PostgresAttr) -> Option<Table> {
    if !POSTGRES {
        ctxt.error_at(
            &postgres.path,
            "for `postgres(...)` add the crate `ryw-postgres` to your dependencies",
        );
    }
    match &postgres.table {
        Setting::Set(literal) => {
            // Not said is yes.
            let checked = !matches!(&input.attrs.checked, Setting::Set(said) if !said.value);
            table(ctxt, literal).map(|table| Table { checked, ..table })
        }
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
    Some(Table { schema, name, literal: literal.clone(), checked: true })
}

/// What becomes of the fields.
struct Checked {
    /// Those with a column.
    fields: Vec<model::Field>,
    /// Those without.
    skipped: Vec<Ident>,
    /// What they are in DynamoDB, if they are stored there: `Some(None)` is a mistake.
    #[expect(clippy::option_option, reason = "not stored there, or a mistake")]
    dynamo: Option<Option<Dynamo>>,
}

/// The fields, if the item is a struct that names them.
fn shape(ctxt: &Ctxt, input: &Input<'_>) -> Option<Checked> {
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

fn fields(ctxt: &Ctxt, input: &Input<'_>, fields: &[Field<'_>]) -> Option<Checked> {
    a_key(ctxt, input, fields);
    only_one(ctxt, fields, "version", |attrs| attrs.version.as_ref());
    only_one(ctxt, fields, "deleted_at", |attrs| attrs.deleted_at.as_ref());
    let (skipped, stored): (Vec<_>, Vec<_>) = fields.iter().partition(|field| field.attrs.skip.is_some());
    let mut checked: Vec<_> = stored.iter().map(|field| columns(ctxt, field)).collect();
    let dynamo = input.attrs.dynamo.as_ref().map(|dynamo| dynamo::check(ctxt, input, dynamo, &checked));
    reads::lookups(ctxt, &stored, &mut checked);
    distinct_columns(ctxt, &stored, &checked);
    distinct_names(ctxt, &stored);
    match &input.attrs.read_only {
        Some(read_only) => reads::only_reads(ctxt, read_only, &stored, &mut checked),
        None => something_given(ctxt, input, &checked),
    }
    let skipped: Vec<_> = skipped.into_iter().map(|field| skipped_field(ctxt, field)).collect();
    let checked = checked.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten();
    Some(Checked { fields: checked.collect(), skipped: skipped.into_iter().collect::<Option<_>>()?, dynamo })
}

/// A field's columns: one, unless it is flattened.
fn columns(ctxt: &Ctxt, field: &Field<'_>) -> Option<Vec<model::Field>> {
    match &field.attrs.storage.flatten {
        Some(flatten) => form::parts(ctxt, field, flatten),
        None => self::field(ctxt, field).map(|field| vec![field]),
    }
}

fn a_key(ctxt: &Ctxt, input: &Input<'_>, fields: &[Field<'_>]) {
    if fields.iter().all(|field| field.attrs.key.is_none()) {
        let message = "which field is the key? Mark it with `#[repository(key)]`";
        ctxt.error_at(&input.original.ident, message);
    }
}

/// A row has one of them.
fn only_one(
    ctxt: &Ctxt,
    fields: &[Field<'_>],
    name: &str,
    flag: impl for<'a> Fn(&'a FieldAttrs) -> Option<&'a Path>,
) {
    for second in fields.iter().filter_map(|field| flag(&field.attrs)).skip(1) {
        ctxt.error_at(second, format_args!("a row has one `{name}`: another field has it already"));
    }
}

/// A row of which the application gives nothing could be inserted once only, if at all.
fn something_given(ctxt: &Ctxt, input: &Input<'_>, checked: &[Option<Vec<model::Field>>]) {
    let made = |fields: &Option<Vec<model::Field>>| {
        fields.as_ref().is_some_and(|fields| fields.iter().all(|field| !field.is_given()))
    };
    if checked.iter().all(made) && !checked.is_empty() {
        let message = "the database makes every field of this: what would the application insert? Leave at least one \
                       field without `generated`, `version`, `created_at`, `updated_at` and `deleted_at`";
        ctxt.error_at(&input.original.ident, message);
    }
}

fn field(ctxt: &Ctxt, field: &Field<'_>) -> Option<model::Field> {
    let role = role(ctxt, field);
    let unique = unique(ctxt, field);
    let form = form::form(ctxt, field);
    // Statements give the column back under the field's name.
    let name = unreserved(ctxt, field.ident, field.ident.unraw().to_string());
    let column = match &field.attrs.rename {
        Setting::Set(literal) => column(ctxt, literal),
        Setting::Absent => name.clone(),
        Setting::Faulty => None,
    };
    name?;
    if field.attrs.indexed.is_some()
        && let Some(path) = field.attrs.storage.paths().next()
    {
        return blame(ctxt, path, form::NOT_LOOKED_FOR);
    }
    Some(model::Field {
        docs: field.docs(),
        vis: field.original.vis.clone(),
        ident: field.ident.clone(),
        ty: field.original.ty.clone(),
        column: column?,
        role: role?,
        unique: unique?,
        indexed: field.attrs.indexed.is_some(),
        promised: reads::promise(ctxt, field)?,
        form: form?,
    })
}

/// A field without a column has nothing else to be told.
fn skipped_field(ctxt: &Ctxt, field: &Field<'_>) -> Option<Ident> {
    let attrs = &field.attrs;
    let rename = match &attrs.rename {
        Setting::Set(literal) => Some(literal.to_token_stream()),
        Setting::Absent | Setting::Faulty => None,
    };
    let flags = [
        &attrs.key,
        &attrs.unique,
        &attrs.indexed,
        &attrs.not_null,
        &attrs.generated,
        &attrs.version,
        &attrs.created_at,
        &attrs.updated_at,
        &attrs.deleted_at,
    ];
    let flags = flags.into_iter().flatten().chain(attrs.storage.paths());
    let mut others = flags.map(ToTokens::to_token_stream).chain(rename).peekable();
    if others.peek().is_none() {
        return Some(field.ident.clone());
    }
    for other in others {
        ctxt.error_at(other, "a field with `skip` is not stored: remove this, or `skip`");
    }
    None
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

/// Who gives the column its value: at most one of the attributes says.
fn role(ctxt: &Ctxt, field: &Field<'_>) -> Option<Role> {
    let (attrs, ty) = (&field.attrs, &field.original.ty);
    let makers = [
        (&attrs.generated, Role::Generated),
        (&attrs.version, Role::Version),
        (&attrs.created_at, Role::CreatedAt),
        (&attrs.updated_at, Role::UpdatedAt),
        (&attrs.deleted_at, Role::DeletedAt),
    ];
    let mut said = makers.into_iter().filter_map(|(path, role)| Some((path.as_ref()?, role)));
    let (first, second) = (said.next(), said.next());
    match (&attrs.key, first, second) {
        (_, Some((first, _)), Some((second, _))) => {
            let message = format!(
                "`{}` and `{}` exclude each other: each says who gives the field its value, and when",
                name(first),
                name(second)
            );
            blame(ctxt, second, &message)
        }
        (Some(_), None, None) => key(ctxt, ty, Maker::Application),
        (Some(_), Some((_, Role::Generated)), None) => key(ctxt, ty, Maker::Database),
        (Some(_), Some((path, _)), None) => {
            let message = format!("a key never changes: `key` and `{}` exclude each other", name(path));
            blame(ctxt, path, &message)
        }
        (None, Some((_, Role::Version)), None) => version(ctxt, ty),
        (None, Some((_, Role::DeletedAt)), None) => deleted_at(ctxt, ty),
        (None, Some((_, role)), None) => Some(role),
        (None, None, _) => Some(Role::Plain),
        (Some(_), None, Some(_)) => unreachable!("the second comes after the first"),
    }
}

fn key(ctxt: &Ctxt, ty: &Type, maker: Maker) -> Option<Role> {
    if option(ty).is_some() {
        return blame(ctxt, ty, "a key is never NULL: its type cannot be an `Option`");
    }
    Some(Role::Key(maker))
}

/// Versions are counted up by the database, in its own width.
fn version(ctxt: &Ctxt, ty: &Type) -> Option<Role> {
    if counts(ty) {
        return Some(Role::Version);
    }
    blame(ctxt, ty, "a version counts the writes of a row: its type is `i16`, `i32` or `i64`")
}

/// Is it a number that a database counts up?
pub(crate) fn counts(ty: &Type) -> bool {
    ["i16", "i32", "i64"].iter().any(|number| is_named(ty, number))
}

fn deleted_at(ctxt: &Ctxt, ty: &Type) -> Option<Role> {
    if option(ty).is_some() {
        return Some(Role::DeletedAt);
    }
    blame(ctxt, ty, "a row that is not deleted has NULL here: the type of `deleted_at` is an `Option`")
}

/// Whether the field is marked, where that says something new and true.
fn unique(ctxt: &Ctxt, field: &Field<'_>) -> Option<bool> {
    let attrs = &field.attrs;
    let Some(path) = &attrs.unique else { return Some(false) };
    if attrs.key.is_some() {
        let message = "a key is unique by itself, and part of a key need not be: remove `unique`";
        return blame(ctxt, path, message);
    }
    if let Some(path) = attrs.storage.paths().next() {
        return blame(ctxt, path, form::NOT_LOOKED_FOR);
    }
    let counted = [&attrs.version, &attrs.created_at, &attrs.updated_at, &attrs.deleted_at];
    if let Some(role) = counted.into_iter().flatten().next() {
        let message = format!("`{}` is the same in many rows: remove `unique`", name(role));
        return blame(ctxt, path, &message);
    }
    Some(true)
}

fn blame<T>(ctxt: &Ctxt, tokens: impl ToTokens, message: &str) -> Option<T> {
    ctxt.error_at(tokens, message);
    None
}

/// Two fields cannot share a column.
fn distinct_columns(ctxt: &Ctxt, fields: &[&Field<'_>], checked: &[Option<Vec<model::Field>>]) {
    let mut owners = HashMap::new();
    for (field, checked) in fields.iter().zip(checked) {
        for checked in checked.iter().flatten() {
            if let Some(owner) = owners.insert(&checked.column, &checked.ident) {
                let message =
                    format!("the column `{}` already belongs to the field `{owner}`", checked.column);
                ctxt.error_at(form::names_its_column(field, checked), message);
            }
        }
    }
}

/// Fields become variants of an enum and methods of a patch, in whose names they must differ too.
fn distinct_names(ctxt: &Ctxt, fields: &[&Field<'_>]) {
    let mut variants = HashMap::new();
    for field in fields {
        let variant = model::variant(&field.ident.unraw().to_string());
        if let Some(other) = variants.insert(variant.clone(), field.ident) {
            let message = format!(
                "`{other}` and this are both the column `{variant}` in Rust: rename one of the fields"
            );
            ctxt.error_at(field.ident, message);
        }
        let nullable = |other: &&&Field<'_>| {
            *field.ident == format!("{}_null", other.ident.unraw()) && option(&other.original.ty).is_some()
        };
        if let Some(other) = fields.iter().find(nullable) {
            let message =
                format!("the patch sets `{}` to NULL by this name: rename one of the fields", other.ident);
            ctxt.error_at(field.ident, message);
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
