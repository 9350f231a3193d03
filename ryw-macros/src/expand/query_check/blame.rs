//! Which of the user's tokens a failed statement is shown at, and in which words.

use crate::model::{Entity, Field};
use crate::sql::Kind;

/// How sqlx begins, if a feature of it is missing.
const MISSING_FEATURE: &str = "SQLx feature ";

/// One error: at the field whose column the message names, else at the table.
///
/// PostgreSQL's English messages are understood; in any other language the table is blamed, with the same words.
pub(super) fn blame(entity: &Entity, kind: Kind, statement: &str, message: &str) -> syn::Error {
    if message.contains("cargo sqlx prepare") {
        return syn::Error::new_spanned(&entity.table().literal, not_cached(entity));
    }
    if message.contains("ON CONFLICT") {
        return not_unique(entity, kind);
    }
    if message.starts_with("error communicating with database") {
        return syn::Error::new_spanned(&entity.table().literal, unreachable(message));
    }
    let explained = format!("{message}\nwhile checking `{statement}`");
    match entity.fields().find(|field| names_column(message, field)) {
        Some(field) => syn::Error::new_spanned(&field.ident, explained),
        None => syn::Error::new_spanned(&entity.table().literal, explained),
    }
}

fn not_cached(entity: &Entity) -> String {
    format!(
        "the queries of `{}` are not in the cache `.sqlx`, and no database is asked: set `DATABASE_URL` (and not \
         `SQLX_OFFLINE=true`) to check them against one, write the cache with `cargo sqlx prepare`, or say `checked = false`",
        entity.names.entity
    )
}

fn unreachable(message: &str) -> String {
    format!(
        "{message}\n`DATABASE_URL` names no server that answers: with `SQLX_OFFLINE=true` the cache is used instead"
    )
}

fn not_unique(entity: &Entity, kind: Kind) -> syn::Error {
    if let Kind::UpsertBy(unique) = kind
        && let Some(field) = entity.unique().nth(unique)
    {
        let message =
            format!("the column `{}` is not unique by a constraint or index of its own", field.column);
        return syn::Error::new_spanned(&field.ident, message);
    }
    let columns: Vec<_> = entity.keys().map(|field| format!("`{}`", field.column)).collect();
    let columns = match columns.as_slice() {
        [one] => format!("its column {one} needs"),
        several => format!("its columns {} together need", several.join(", ")),
    };
    let fields = entity.keys().map(|field| &field.ident);
    let message = format!("a key names one row: {columns} a primary key or unique constraint");
    syn::Error::new_spanned(quote::quote!(#(#fields)*), message)
}

/// Whether a feature would give the column a Rust type.
pub(super) fn is_missing_feature(message: &str) -> bool {
    message.starts_with(MISSING_FEATURE)
}

/// In the words of this crate, why sqlx has no Rust type for a column.
pub(crate) fn unmapped(message: &str) -> String {
    if let Some(needed) = message.strip_prefix(MISSING_FEATURE) {
        return format!("{needed}: switch on that feature of `ryw-postgres`").replacen(
            " required",
            " is required",
            1,
        );
    }
    let reason = message.split(';').next().unwrap_or(message);
    format!(
        "{reason}: give the field a type of your own with `#[derive(ryw_core::Value)]`, or one that implements sqlx's \
         `Type`, `Encode` and `Decode`"
    )
}

/// PostgreSQL quotes the column it complains about; in further lines, others that may be meant.
fn names_column(message: &str, field: &Field) -> bool {
    let (message, _) = message.split_once('\n').unwrap_or((message, ""));
    message.contains(&format!("column \"{}\"", field.column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_feature_is_one_of_the_backend() {
        let missing = "SQLx feature `uuid` required for type UUID of column #1 (\"id\")";
        let expected = "`uuid` is required for type UUID of column #1 (\"id\"): switch on that feature of `ryw-postgres`";
        assert_eq!(unmapped(missing), expected);
    }
}
