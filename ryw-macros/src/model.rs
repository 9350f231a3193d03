//! A struct that passed every check. Illegal states have no value here, so printing needs no second thought.

use quote::format_ident;
use syn::{Ident, LitStr, Type, Visibility};

/// The names that generated code is built around; also all that a stub needs.
pub(crate) struct Names {
    pub(crate) vis: Visibility,
    pub(crate) entity: Ident,
    pub(crate) repository: Ident,
    pub(crate) key: Type,
}

/// A struct to be stored in a table.
pub(crate) struct Entity {
    pub(crate) names: Names,
    pub(crate) table: Table,
    before: Vec<Field>,
    key: Field,
    after: Vec<Field>,
}

/// The table, quoted where it is printed.
pub(crate) struct Table {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    /// The user's `"..."`, which mistakes about the table as a whole are shown at.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only the SQL check points at it"))]
    pub(crate) literal: LitStr,
}

/// One field and its column.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) column: String,
    pub(crate) role: Role,
}

/// Who gives a column its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// The application; it names the row. Exactly one field of an [`Entity`].
    Key,
    /// The application.
    Plain,
    /// The database, by the column's default.
    Generated,
    /// The database, by `now()` in every write.
    UpdatedAt,
}

impl Names {
    pub(crate) fn new(vis: &Visibility, entity: &Ident, key: &Type) -> Self {
        let repository = format_ident!("{}Repository", entity, span = entity.span());
        Self { vis: vis.clone(), entity: entity.clone(), repository, key: key.clone() }
    }
}

impl Entity {
    /// Takes the fields in the user's order; `None` unless exactly one of them is the key.
    pub(crate) fn new(vis: &Visibility, ident: &Ident, table: Table, mut fields: Vec<Field>) -> Option<Self> {
        let at = fields.iter().position(|field| field.role == Role::Key)?;
        let after = fields.split_off(at + 1);
        let (key, before) = (fields.pop()?, fields);
        let unique = after.iter().all(|field| field.role != Role::Key);
        unique.then(|| Self { names: Names::new(vis, ident, &key.ty), table, before, key, after })
    }

    pub(crate) fn key(&self) -> &Field {
        &self.key
    }

    /// All fields, in the user's order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.before.iter().chain([&self.key]).chain(&self.after)
    }

    /// The fields whose values travel to the database, in the order of their placeholders.
    pub(crate) fn sent(&self) -> impl Iterator<Item = &Field> {
        self.fields().filter(|field| match field.role {
            Role::Key | Role::Plain => true,
            Role::Generated | Role::UpdatedAt => false,
        })
    }
}
