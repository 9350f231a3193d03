//! The rules of `index(...)`.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::{Ident, LitStr};

use super::key::{self, Keys};
use super::named::{Found, Named};
use crate::attr::{DynamoAttr, IndexAttr, ProjectionAttr, Setting};
use crate::check::blame;
use crate::model::{Index, Projection, Reach};

/// A shorter name is none to DynamoDB.
const SHORTEST_NAME: usize = 3;

/// The indexes. Of the table's `keys` nothing is said if they are a mistake themselves.
pub(super) fn indexes(
    fields: &Named<'_>,
    dynamo: &DynamoAttr,
    keys: Option<&Keys<'_>>,
) -> Option<Vec<Index>> {
    let mut taken = Taken::default();
    let indexes: Vec<_> = dynamo.indexes.iter().map(|attr| index(fields, attr, keys, &mut taken)).collect();
    indexes.into_iter().collect()
}

/// Names and methods of the indexes before.
#[derive(Default)]
struct Taken {
    names: Vec<String>,
    methods: HashMap<String, String>,
}

fn index(fields: &Named<'_>, attr: &IndexAttr, keys: Option<&Keys<'_>>, taken: &mut Taken) -> Option<Index> {
    let named = name(fields, attr, taken);
    let reach = reach(fields, attr);
    let sort = sort(fields, attr);
    let partition = match reach {
        Some(Reach::Local) => local(fields, attr, keys),
        Some(Reach::Global) => global(fields, attr),
        None => None,
    };
    let (sort, partition) = (sort.ok()?, partition?);
    if let Some(sort) = &sort
        && sort.is(&partition)
        && let Setting::Set(ident) = &attr.sort
    {
        return fields.blame(
            ident,
            &format!("an index is not sorted by its own partition's key `{ident}`: name another field"),
        );
    }
    let projection = projection(fields, attr, keys?, (partition, sort));
    let (name, method) = named?;
    Some(Index {
        name,
        method,
        reach: reach?,
        partition: partition.model()?,
        sort: match sort {
            Some(sort) => Some(sort.model()?),
            None => None,
        },
        projection: projection?,
    })
}

/// The index's name, and that of the method which queries it.
fn name(fields: &Named<'_>, attr: &IndexAttr, taken: &mut Taken) -> Option<(String, Ident)> {
    let literal = match &attr.name {
        Setting::Set(literal) => literal,
        Setting::Faulty => return None,
        Setting::Absent if attr.faulty => return None,
        Setting::Absent => {
            return blame(fields.ctxt, &attr.path, "which index? Write `index(name = \"...\", pk = field)`");
        }
    };
    let value = literal.value();
    if value.len() < SHORTEST_NAME {
        let message = format!("an index's name has at least {SHORTEST_NAME} letters");
        return blame(fields.ctxt, literal, &message);
    }
    let name = super::legible(fields.ctxt, literal, "an index's", value)?;
    if taken.names.contains(&name) {
        return blame(
            fields.ctxt,
            literal,
            &format!("the table has an index `{name}` already: give this another name"),
        );
    }
    taken.names.push(name.clone());
    let (method, blamed) = method(fields, attr, literal)?;
    if let Some(other) = taken.methods.insert(method.to_string(), name.clone()) {
        let message = format!(
            "`{method}` already queries the index `{other}`: name the method of this one, `method = \"by_...\"`"
        );
        return blame(fields.ctxt, blamed, &message);
    }
    Some((name, method))
}

/// The method's name, and the tokens that give it.
fn method<'a>(fields: &Named<'_>, attr: &'a IndexAttr, name: &'a LitStr) -> Option<(Ident, &'a LitStr)> {
    let given = match &attr.method {
        Setting::Faulty => return None,
        Setting::Set(literal) => Some(literal),
        Setting::Absent => None,
    };
    let blamed = given.unwrap_or(name);
    match index_method(name, given) {
        Ok(method) => Some((method, blamed)),
        Err(method) => {
            let message = format!(
                "`{method}` would be the method, and is no name in Rust: write letters, digits and `_`, \
                 `method = \"by_color\"` for instance"
            );
            blame(fields.ctxt, blamed, &message)
        }
    }
}

/// `query_by_x`: after the index of this `name`, or as it is `given`. What is no name in Rust is an error.
pub(crate) fn index_method(name: &LitStr, given: Option<&LitStr>) -> Result<Ident, String> {
    let suffix = given.map_or_else(
        || {
            let words = words(&name.value());
            if words.starts_with("by_") { words } else { format!("by_{words}") }
        },
        LitStr::value,
    );
    let method = format!("query_{suffix}");
    match syn::parse_str::<Ident>(&method) {
        Ok(_) if !suffix.is_empty() => {
            let blamed = given.unwrap_or(name).span();
            Ok(Ident::new(&method, Span::call_site().located_at(blamed)))
        }
        _ => Err(method),
    }
}

/// A name in snake case: a capital after a small letter, and what is no letter or digit, begins a word.
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut was_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && was_small {
            words.push('_');
        }
        was_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        words.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' });
    }
    words
}

fn reach(fields: &Named<'_>, attr: &IndexAttr) -> Option<Reach> {
    match (&attr.local, &attr.global) {
        (None, _) => Some(Reach::Global),
        (Some(_), None) => Some(Reach::Local),
        (Some(_), Some(global)) => {
            blame(fields.ctxt, global, "`local` and `global` exclude each other: keep one")
        }
    }
}

/// A mistake, or the field that entries are sorted by, if there is one.
fn sort<'a>(fields: &Named<'a>, attr: &IndexAttr) -> Result<Option<Found<'a>>, ()> {
    match &attr.sort {
        Setting::Absent => Ok(None),
        Setting::Faulty => Err(()),
        Setting::Set(ident) => key::of_index(fields, ident).map(Some).ok_or(()),
    }
}

/// The partition of a global index.
fn global<'a>(fields: &Named<'a>, attr: &IndexAttr) -> Option<Found<'a>> {
    match &attr.partition {
        Setting::Set(ident) => key::of_index(fields, ident),
        Setting::Faulty => None,
        Setting::Absent if attr.faulty => None,
        Setting::Absent => {
            let message = "by which field? A global index has partitions of its own: write `pk = field`";
            blame(fields.ctxt, &attr.path, message)
        }
    }
}

/// The partition of a local index: the table's.
fn local<'a>(fields: &Named<'a>, attr: &IndexAttr, keys: Option<&Keys<'a>>) -> Option<Found<'a>> {
    let (partition, table_sort) = keys?;
    if table_sort.is_none() {
        let message = "a table without a sort key has no local indexes: mark a second field with `#[repository(key)]`, or \
                       make this one `global`";
        return blame(fields.ctxt, &attr.local, message);
    }
    if matches!(attr.sort, Setting::Absent) && !attr.faulty {
        let message =
            "sorted by which field? A local index sorts the table's partitions anew: write `sk = field`";
        return blame(fields.ctxt, &attr.path, message);
    }
    match &attr.partition {
        Setting::Absent => Some(*partition),
        Setting::Faulty => None,
        Setting::Set(ident) if ident.unraw() == partition.name() => Some(*partition),
        Setting::Set(ident) => {
            fields.find(ident)?;
            let message = format!(
                "a local index has the table's partitions, by `{}`: remove `pk`, or make it `global`",
                partition.name()
            );
            fields.blame(ident, &message)
        }
    }
}

/// What entries hold, which must be whole entities.
fn projection(fields: &Named<'_>, attr: &IndexAttr, table: &Keys<'_>, own: Keys<'_>) -> Option<Projection> {
    let keys: Vec<_> = [Some(table.0), table.1, Some(own.0), own.1].into_iter().flatten().collect();
    let is_key = |found: &Found<'_>| keys.iter().any(|key| key.is(found));
    match &attr.projection {
        Setting::Faulty => None,
        Setting::Absent | Setting::Set(ProjectionAttr::All) => Some(Projection::All),
        Setting::Set(ProjectionAttr::Keys(word)) => match fields.stored().find(|field| !is_key(field)) {
            None => Some(Projection::Keys),
            Some(missing) => blame(fields.ctxt, word, &not_covered(&missing)),
        },
        Setting::Set(ProjectionAttr::Include(word, included)) => {
            let found: Vec<_> =
                included.iter().map(|ident| fields.find(ident).map(|found| (ident, found))).collect();
            let found = found.into_iter().collect::<Option<Vec<_>>>()?;
            needless(fields, &found, is_key)?;
            let covered = |field: &Found<'_>| is_key(field) || found.iter().any(|(_, found)| found.is(field));
            if let Some(missing) = fields.stored().find(|field| !covered(field)) {
                return blame(fields.ctxt, word, &not_covered(&missing));
            }
            let attributes = found.iter().flat_map(|(_, found)| found.attributes()).map(str::to_owned);
            Some(Projection::Include(attributes.collect()))
        }
    }
}

/// Each field is named once, and keys not at all.
fn needless(
    fields: &Named<'_>,
    found: &[(&Ident, Found<'_>)],
    is_key: impl Fn(&Found<'_>) -> bool,
) -> Option<()> {
    let mut fine = Some(());
    for (place, (ident, field)) in found.iter().enumerate() {
        if is_key(field) {
            fine = fields.blame(ident, &format!("keys are in every index: remove `{ident}`"));
        } else if found[..place].iter().any(|(_, other)| other.is(field)) {
            fine = fields.blame(ident, &format!("`{ident}` is given twice: keep one"));
        }
    }
    fine
}

fn not_covered(missing: &Found<'_>) -> String {
    format!(
        "the index lacks the field `{}`, without which its entries are no entities: project it too, or `all`; or give the \
         fields that are there a `read_only` struct of their own",
        missing.name()
    )
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_become_words() {
        let cases = [
            ("by_color", "by_color"),
            ("ByColor", "by_color"),
            ("color-index", "color_index"),
            ("GSI1", "gsi1"),
            ("gsi1PK.gsi1SK", "gsi1_pk_gsi1_sk"),
        ];
        for (name, expected) in cases {
            assert_eq!(words(name), expected);
        }
    }
}
