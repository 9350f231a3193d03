//! The rules of `dynamo(...)`: fields by their names, keys by what a key can be, and what DynamoDB cannot do.

mod index;
mod key;
mod named;

use syn::LitStr;

pub(crate) use self::index::index_method;
pub(crate) use self::key::no_key;
use self::named::Named;
use super::blame;
use crate::ast::{Field, Input};
use crate::attr::{ContainerAttrs, DynamoAttr, Setting};
use crate::ctxt::Ctxt;
use crate::model::{self, Dynamo};

/// Is the backend there?
const DYNAMO: bool = cfg!(feature = "dynamo");
/// A longer name is none to DynamoDB.
const LONGEST_NAME: usize = 255;

/// The table, its keys and its indexes. `None` where `ctxt` holds a mistake.
pub(super) fn check(
    ctxt: &Ctxt,
    input: &Input<'_>,
    dynamo: &DynamoAttr,
    checked: &[Option<Vec<model::Field>>],
) -> Option<Dynamo> {
    if !DYNAMO {
        ctxt.error_at(&dynamo.path, "for `dynamo(...)` add the crate `ryw-dynamo` to your dependencies");
    }
    let fields = Named::new(ctxt, input.fields(), checked);
    made_by_the_application(ctxt, input.fields());
    if input.attrs.postgres.is_none() {
        only_here(ctxt, input);
    }
    let table = table(ctxt, dynamo);
    let keys = key::keys(&fields, dynamo);
    let ttl = ttl(&fields, dynamo);
    let indexes = index::indexes(&fields, dynamo, keys.as_ref());
    let (partition, sort) = keys?;
    Some(Dynamo {
        table: table?,
        partition: partition.model()?,
        sort: match sort {
            Some(sort) => Some(sort.model()?),
            None => None,
        },
        ttl: ttl?,
        indexes: indexes?,
    })
}

fn table(ctxt: &Ctxt, dynamo: &DynamoAttr) -> Option<String> {
    match &dynamo.table {
        Setting::Set(literal) => table_name(ctxt, literal),
        Setting::Faulty => None,
        Setting::Absent if dynamo.faulty => None,
        Setting::Absent => blame(ctxt, &dynamo.path, "which table? Write `dynamo(table = \"...\")`"),
    }
}

fn table_name(ctxt: &Ctxt, literal: &LitStr) -> Option<String> {
    let name = literal.value();
    if name.is_empty() {
        return blame(ctxt, literal, "the table's name is empty");
    }
    legible(ctxt, literal, "a table's", name)
}

/// A name that DynamoDB takes.
fn legible(ctxt: &Ctxt, literal: &LitStr, whose: &str, name: String) -> Option<String> {
    let legible = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    if let Some(strange) = name.chars().find(|letter| !legible(*letter)) {
        let message = format!("{whose} name has letters, digits, `_`, `-` and `.`, and no `{strange}`");
        return blame(ctxt, literal, &message);
    }
    if name.len() > LONGEST_NAME {
        let message = format!("{whose} name has at most {LONGEST_NAME} letters, and this has {}", name.len());
        return blame(ctxt, literal, &message);
    }
    Some(name)
}

/// DynamoDB stores what it is sent.
fn made_by_the_application(ctxt: &Ctxt, fields: &[Field<'_>]) {
    for generated in fields.iter().filter_map(|field| field.attrs.generated.as_ref()) {
        let message = "DynamoDB makes no values: let the application make this one, `Uuid::now_v7()` for instance, and \
                       remove `generated`";
        ctxt.error_at(generated, message);
    }
}

/// What is said to Postgres alone.
fn only_here(ctxt: &Ctxt, input: &Input<'_>) {
    let ContainerAttrs { checked, .. } = &input.attrs;
    if let Setting::Set(checked) = checked {
        let message = "there is no SQL to be checked: remove `checked`. `verify` compares the struct with its table when \
                       the program starts";
        ctxt.error_at(checked, message);
    }
    for field in input.fields() {
        let attrs = &field.attrs;
        if let Some(unique) = &attrs.unique {
            let message = "a DynamoDB table has no unique attributes beside its key: remove `unique`. To find items by this \
                           field, give the table an index: `index(name = \"...\", pk = FIELD)`";
            ctxt.error_at(unique, message.replace("FIELD", &field.ident.to_string()));
        }
        if let Some(indexed) = &attrs.indexed {
            let message = "an index of DynamoDB has a name and keys of its own: remove `indexed`, and write \
                           `index(name = \"...\", pk = FIELD)` into `dynamo(...)`";
            ctxt.error_at(indexed, message.replace("FIELD", &field.ident.to_string()));
        }
        if let Some(not_null) = &attrs.not_null {
            let message = "an attribute is there unless the type is an `Option`, and reading holds it to that: remove \
                           `not_null`";
            ctxt.error_at(not_null, message);
        }
    }
}

/// The outer `None` is a mistake. Its type is for rustc to judge.
#[expect(clippy::option_option, reason = "a mistake, or no such field")]
fn ttl(fields: &Named<'_>, dynamo: &DynamoAttr) -> Option<Option<model::Field>> {
    let ident = match &dynamo.ttl {
        Setting::Set(ident) => ident,
        Setting::Faulty => return None,
        Setting::Absent => return Some(None),
    };
    let found = fields.find(ident)?;
    if let Some(form) = found.form() {
        let message = format!("DynamoDB reads this as a number of seconds: remove `{form}` from the field");
        return fields.blame(ident, &message);
    }
    if found.attrs().key.is_some() {
        return fields.blame(ident, "a key says which item it is, not when it expires: name another field");
    }
    found.model().map(Some)
}
