//! The table in DynamoDB that a struct with mistakes is taken for.

use proc_macro2::Ident;
use syn::parse_quote;

use crate::attr::{DynamoAttr, IndexAttr, Setting};
use crate::check::{index_method, no_key};
use crate::model::{Dynamo, Field, Index, Projection, Reach};

/// The likely table, if there is a field that may be its key.
pub(super) fn likely(dynamo: &DynamoAttr, fields: &[Field]) -> Option<Dynamo> {
    let keys: Vec<_> = fields.iter().filter(|field| field.is_key()).map(key).collect();
    let partition = named(&dynamo.partition, fields).or_else(|| keys.first().cloned())?;
    let other = || keys.iter().find(|key| key.ident != partition.ident).cloned();
    let sort = named(&dynamo.sort, fields).or_else(other);
    let mut indexes: Vec<Index> = Vec::new();
    for attr in &dynamo.indexes {
        let likely = index(attr, fields, &partition);
        indexes.extend(likely.filter(|index| indexes.iter().all(|other| other.method != index.method)));
    }
    Some(Dynamo { table: String::new(), partition, sort, ttl: None, indexes })
}

/// What calls of a query need: its name, and the types of its keys.
fn index(attr: &IndexAttr, fields: &[Field], partition: &Field) -> Option<Index> {
    let Setting::Set(name) = &attr.name else { return None };
    let method = match &attr.method {
        Setting::Set(method) => index_method(name, Some(method)),
        Setting::Absent | Setting::Faulty => index_method(name, None),
    };
    let reach = if attr.local.is_some() { Reach::Local } else { Reach::Global };
    Some(Index {
        name: String::new(),
        method: method.ok()?,
        reach,
        partition: named(&attr.partition, fields).unwrap_or_else(|| partition.clone()),
        sort: named(&attr.sort, fields),
        projection: Projection::All,
    })
}

fn named(setting: &Setting<Ident>, fields: &[Field]) -> Option<Field> {
    let Setting::Set(ident) = setting else { return None };
    fields.iter().find(|field| field.ident == *ident).map(key)
}

/// A field as a key: of a type that can be one, or its bounds would be messages of their own.
fn key(field: &Field) -> Field {
    let ty = if no_key(field.value_type()).is_some() {
        parse_quote!(::std::string::String)
    } else {
        field.ty.clone()
    };
    Field { ty, ..field.clone() }
}
