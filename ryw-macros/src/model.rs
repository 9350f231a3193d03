//! A struct that passed every check. Illegal states have no value here, so printing needs no second thought.

mod dynamo;

use std::fmt;

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::{Attribute, Ident, LitStr, Type, Visibility, parse_quote};

pub(crate) use self::dynamo::{Dynamo, Index, Projection, Reach};
use crate::builtin::is_array;

/// The names that generated code is built around.
pub(crate) struct Names {
    pub(crate) vis: Visibility,
    pub(crate) entity: Ident,
    pub(crate) repository: Ident,
    /// What the application gives a new row.
    pub(crate) new: Ident,
    /// What an update changes.
    pub(crate) patch: Ident,
    /// The enum of the columns.
    pub(crate) column: Ident,
    /// The key's type: a tuple if there are several key fields.
    pub(crate) key: Type,
}

/// A struct to be stored.
pub(crate) struct Entity {
    pub(crate) names: Names,
    pub(crate) stores: Stores,
    pub(crate) access: Access,
    /// In the user's order.
    fields: Vec<Field>,
    skipped: Vec<Ident>,
}

/// Where it is stored. The first is where a repository writes to without being told.
pub(crate) enum Stores {
    Postgres(Table),
    Dynamo(Dynamo),
    Both(Table, Dynamo),
}

/// The table in Postgres, quoted where it is printed.
pub(crate) struct Table {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    /// The user's `"..."`, which mistakes about the table as a whole are shown at.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only the SQL check points at it"))]
    pub(crate) literal: LitStr,
    /// Whether the statements are held against a database when the user's crate compiles.
    pub(crate) checked: bool,
}

/// One field and its column.
#[derive(Clone)]
pub(crate) struct Field {
    /// What the user says of it, for what is made of it.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) column: String,
    pub(crate) role: Role,
    /// Whether no two rows hold the same value, by the word of the user and of a constraint of the table.
    pub(crate) unique: bool,
    /// Whether an index leads to the rows that hold a value, by the word of the user.
    pub(crate) indexed: bool,
    /// Whether the column is never NULL, by the word of the user: the server cannot know.
    pub(crate) promised: bool,
    pub(crate) form: Form,
}

/// What the repository can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    ReadWrite,
    ReadOnly,
}

/// In which form a field's value stands in its column; whoever gives the value.
#[derive(Clone)]
pub(crate) enum Form {
    /// As sqlx, or its own type, says.
    Plain,
    /// As `jsonb`, by serde.
    Json,
    /// As another type, made by `Into` and made back by `TryFrom`; without the field's `Option`.
    TryFrom(Type),
    /// As one of the columns that a field of the struct is spread over. The `ident` is the name inside that field, all else
    /// is the field's; the part's own type is known to rustc alone.
    Part { whole: Ident },
}

/// Who gives a column its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// Names the row, by itself or with others.
    Key(Maker),
    /// The application.
    Plain,
    /// The database, by the column's default.
    Generated,
    /// The database: 1 on insert, and one more in every write.
    Version,
    /// The database, by `now()` on insert.
    CreatedAt,
    /// The database, by `now()` in every write.
    UpdatedAt,
    /// The database, by `now()` on delete, which leaves the row.
    DeletedAt,
}

/// Who makes a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Maker {
    Application,
    Database,
}

impl Names {
    fn new(vis: &Visibility, entity: &Ident, key: Type) -> Self {
        let named = |name: String| Ident::new(&name, entity.span());
        let bare = entity.unraw();
        Self {
            vis: vis.clone(),
            repository: named(format!("{bare}Repository")),
            new: named(format!("New{bare}")),
            patch: named(format!("{bare}Patch")),
            column: named(format!("{bare}Column")),
            entity: entity.clone(),
            key,
        }
    }
}

impl Entity {
    /// Takes the fields in the user's order; `None` if none of them is a key.
    pub(crate) fn new(
        vis: &Visibility,
        ident: &Ident,
        stores: Stores,
        access: Access,
        fields: Vec<Field>,
        skipped: Vec<Ident>,
    ) -> Option<Self> {
        let key = key(&fields)?;
        Some(Self { names: Names::new(vis, ident, key), stores, access, fields, skipped })
    }

    /// What a struct with mistakes is taken for. It may lack a key, or all fields; then the key's type is `unkeyed`.
    pub(crate) fn stub(
        vis: &Visibility,
        ident: &Ident,
        stores: Stores,
        access: Access,
        fields: Vec<Field>,
        skipped: Vec<Ident>,
        unkeyed: Type,
    ) -> Self {
        let key = key(&fields).unwrap_or(unkeyed);
        Self { names: Names::new(vis, ident, key), stores, access, fields, skipped }
    }

    /// The table in Postgres. Statements are printed only for what is stored there.
    pub(crate) fn table(&self) -> &Table {
        self.stores.postgres().unwrap_or_else(|| unreachable!("a statement is printed only for Postgres"))
    }

    /// All fields that have a column.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// The fields that have none.
    pub(crate) fn skipped(&self) -> &[Ident] {
        &self.skipped
    }

    /// The key fields, at least one.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Field> {
        self.fields().filter(|field| field.is_key())
    }

    pub(crate) fn has_composite_key(&self) -> bool {
        self.keys().count() > 1
    }

    /// Whether the application makes the whole key.
    pub(crate) fn knows_its_key(&self) -> bool {
        self.keys().all(|field| field.role == Role::Key(Maker::Application))
    }

    /// What the application gives a new row, in the order of the placeholders.
    pub(crate) fn given(&self) -> impl Iterator<Item = &Field> {
        self.fields().filter(|field| field.is_given())
    }

    /// What an update may change.
    pub(crate) fn patched(&self) -> impl Iterator<Item = &Field> {
        self.fields().filter(|field| field.role == Role::Plain)
    }

    /// The trait of what the field's column holds, by what is done with it.
    pub(crate) fn in_column(&self, field: &Field) -> Ident {
        let is_sent = matches!(field.role, Role::Key(_)) || self.is_written() && field.is_given();
        let name = if is_sent { "InColumn" } else { "FromColumn" };
        Ident::new(name, Span::call_site())
    }

    /// [`given`](Self::given), as fields of the struct.
    pub(crate) fn given_members(&self) -> Vec<Field> {
        members(self.given())
    }

    /// [`patched`](Self::patched), as fields of the struct.
    pub(crate) fn patched_members(&self) -> Vec<Field> {
        members(self.patched())
    }

    /// The fields of the struct that have a column, or several.
    pub(crate) fn members(&self) -> Vec<Field> {
        members(self.fields())
    }

    /// The unique columns that the application gives, which a new row can be in conflict with an old one in.
    pub(crate) fn unique(&self) -> impl Iterator<Item = &Field> {
        self.patched().filter(|field| field.unique)
    }

    /// The fields, not the whole key, by which rows are found.
    pub(crate) fn lookups(&self) -> impl Iterator<Item = &Field> {
        self.fields().filter(|field| field.unique || field.indexed)
    }

    pub(crate) const fn is_written(&self) -> bool {
        match self.access {
            Access::ReadWrite => true,
            Access::ReadOnly => false,
        }
    }

    pub(crate) fn version(&self) -> Option<&Field> {
        self.fields().find(|field| field.role == Role::Version)
    }

    pub(crate) fn deleted_at(&self) -> Option<&Field> {
        self.fields().find(|field| field.role == Role::DeletedAt)
    }
}

impl Stores {
    pub(crate) const fn postgres(&self) -> Option<&Table> {
        match self {
            Self::Postgres(table) | Self::Both(table, _) => Some(table),
            Self::Dynamo(_) => None,
        }
    }

    pub(crate) const fn dynamo(&self) -> Option<&Dynamo> {
        match self {
            Self::Dynamo(dynamo) | Self::Both(_, dynamo) => Some(dynamo),
            Self::Postgres(_) => None,
        }
    }

    /// The name of the table, for messages.
    pub(crate) fn table(&self) -> String {
        match self {
            Self::Postgres(table) | Self::Both(table, _) => table.to_string(),
            Self::Dynamo(dynamo) => dynamo.table.clone(),
        }
    }
}

impl fmt::Display for Table {
    /// As the user named it, unquoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl Field {
    pub(crate) const fn is_key(&self) -> bool {
        matches!(self.role, Role::Key(_))
    }

    /// Whether the application gives a new row its value.
    pub(crate) const fn is_given(&self) -> bool {
        match self.role {
            Role::Key(Maker::Application) | Role::Plain => true,
            Role::Key(Maker::Database)
            | Role::Generated
            | Role::Version
            | Role::CreatedAt
            | Role::UpdatedAt
            | Role::DeletedAt => false,
        }
    }

    /// The field's name, without what makes a keyword a name.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// Whether its column is one of arrays, as far as the spelling tells.
    pub(crate) fn is_array(&self) -> bool {
        match &self.form {
            Form::Plain => is_array(&self.ty),
            Form::TryFrom(ty) => is_array(ty),
            Form::Json | Form::Part { .. } => false,
        }
    }

    /// A name made of the field's. It belongs to the derive, so that lints leave it alone.
    pub(crate) fn derived(&self, name: &str) -> Ident {
        Ident::new(name, Span::call_site().located_at(self.ident.span()))
    }

    /// The same field of another struct.
    pub(crate) fn twin(&self) -> Ident {
        let mut twin = self.ident.clone();
        twin.set_span(Span::call_site().located_at(self.ident.span()));
        twin
    }

    /// The variant of the enum of columns.
    pub(crate) fn variant(&self) -> Ident {
        self.derived(&match &self.form {
            Form::Plain | Form::Json | Form::TryFrom(_) => variant(&self.name()),
            Form::Part { whole } => variant(&format!("{}_{}", whole.unraw(), self.name())),
        })
    }
}

/// The fields of the struct that these columns make up: the parts of a flattened one lie side by side.
fn members<'a>(fields: impl Iterator<Item = &'a Field>) -> Vec<Field> {
    let mut members: Vec<Field> = Vec::new();
    for field in fields {
        let Form::Part { whole } = &field.form else {
            members.push(field.clone());
            continue;
        };
        if members.last().is_none_or(|last| last.ident != *whole) {
            members.push(Field { ident: whole.clone(), form: Form::Plain, ..field.clone() });
        }
    }
    members
}

/// The key's type.
fn key(fields: &[Field]) -> Option<Type> {
    let keys: Vec<_> = fields.iter().filter(|field| field.is_key()).map(|field| &field.ty).collect();
    match keys.as_slice() {
        [] => None,
        [one] => Some((*one).clone()),
        several => Some(parse_quote!((#(#several),*))),
    }
}

/// `created_at` → `CreatedAt`.
pub(crate) fn variant(name: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    };
    let variant: String = name.split('_').map(capitalised).collect();
    // Two that are no names for a variant: the keyword, and what begins with a digit.
    if variant == "Self" || variant.is_empty() || variant.starts_with(|first: char| first.is_ascii_digit()) {
        return format!("_{variant}");
    }
    variant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_in_camel_case() {
        let cases = [
            ("id", "Id"),
            ("created_at", "CreatedAt"),
            ("_hidden", "Hidden"),
            ("self_", "_Self"),
            ("_1", "_1"),
            ("SELECT", "SELECT"),
            ("äpfel", "Äpfel"),
        ];
        for (name, expected) in cases {
            assert_eq!(variant(name), expected);
        }
    }
}
