//! Which rule of the database a write would have broken.
//!
//! A backend tells it from codes and fields, never from messages: these come in the server's language. Not promised: that
//! the columns are always known. A backend that cannot learn them leaves them out rather than guess; see
//! [`columns`](Violation::columns).

use std::fmt;

use crate::Column;

/// A constraint that a write would have broken. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Violation {
    kind: ViolationKind,
    constraint: Option<String>,
    schema: Option<String>,
    table: Option<String>,
    columns: Vec<String>,
}

/// The kinds of constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// Another row has the same value in a unique column, or in a set of columns that is unique.
    Unique,
    /// The row that is referred to is not there, or the one to be removed is still referred to.
    ForeignKey,
    /// A `CHECK` says no.
    Check,
    /// A column that must have a value was given none.
    NotNull,
    /// Another row is in the way of an `EXCLUDE` constraint.
    Exclusion,
}

impl Violation {
    /// A violation of which only the kind is known; for backends.
    #[must_use]
    pub const fn new(kind: ViolationKind) -> Self {
        Self { kind, constraint: None, schema: None, table: None, columns: Vec::new() }
    }

    /// Adds the constraint's name.
    #[must_use]
    pub fn with_constraint(mut self, constraint: impl Into<String>) -> Self {
        self.constraint = Some(constraint.into());
        self
    }

    /// Adds the table: `table`, or `schema.table`.
    #[must_use]
    pub fn with_table(mut self, schema: Option<&str>, table: &str) -> Self {
        self.schema = schema.map(str::to_owned);
        self.table = Some(table.to_owned());
        self
    }

    /// Adds the columns, in place of those it had.
    #[must_use]
    pub fn with_columns(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Which kind of constraint.
    #[must_use]
    pub const fn kind(&self) -> ViolationKind {
        self.kind
    }

    /// The constraint's name. `None` where it has none, as `NOT NULL` before PostgreSQL 18.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    /// The schema of the table that the constraint belongs to, if the backend has schemas.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The table that the constraint belongs to. For a foreign key that is the table that refers, also where it was a row
    /// of the other one that could not be removed.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }

    /// The columns that the constraint is about, in its order; of a unique index over an expression, the columns in that.
    ///
    /// Empty if they could not be learnt: each backend says when.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    /// Whether the constraint is about `column`, alone or with others.
    #[must_use]
    pub fn is_about<C: Column>(&self, column: C) -> bool {
        self.is_of_table(column.table()) && self.columns.iter().any(|known| known == column.name())
    }

    /// `named` as in an attribute. Without a schema, any will do: which one is meant is up to the session.
    fn is_of_table(&self, named: &str) -> bool {
        let (schema, table) =
            named.split_once('.').map_or((None, named), |(schema, table)| (Some(schema), table));
        let same_schema = schema.is_none() || self.schema.is_none() || schema == self.schema.as_deref();
        same_schema && self.table.as_deref() == Some(table)
    }
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::NotNull => "not-null",
            Self::Exclusion => "exclusion",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} constraint", self.kind)?;
        if let Some(constraint) = &self.constraint {
            write!(f, " `{constraint}`")?;
        }
        match (&self.table, &self.columns[..]) {
            (Some(table), []) => write!(f, " of `{table}`"),
            (Some(table), columns) => write!(f, " of `{table}` ({})", columns.join(", ")),
            (None, []) => Ok(()),
            (None, columns) => write!(f, " ({})", columns.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum ArticleColumn {
        Author,
        Slug,
    }

    impl Column for ArticleColumn {
        fn table(self) -> &'static str {
            "articles"
        }

        fn name(self) -> &'static str {
            match self {
                Self::Author => "author_id",
                Self::Slug => "slug",
            }
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct ArchivedSlug;

    impl Column for ArchivedSlug {
        fn table(self) -> &'static str {
            "archive.articles"
        }

        fn name(self) -> &'static str {
            "slug"
        }
    }

    fn unique(columns: &[&str]) -> Violation {
        Violation::new(ViolationKind::Unique)
            .with_table(Some("public"), "articles")
            .with_columns(columns.to_vec())
    }

    #[test]
    fn a_duplicate_is_one_of_its_columns() {
        let error = Error::violation_of(unique(&["author_id", "slug"]));
        assert!(error.is_duplicate_of(ArticleColumn::Slug) && error.is_duplicate_of(ArticleColumn::Author));
        let error = Error::violation_of(unique(&["slug"]));
        assert!(error.is_duplicate_of(ArticleColumn::Slug) && !error.is_duplicate_of(ArticleColumn::Author));
        assert!(!error.is_duplicate_of(ArchivedSlug), "a table of the same name in another schema");
        assert!(!Error::violation_of(unique(&[])).is_duplicate_of(ArticleColumn::Slug), "nothing is guessed");
        let archived = unique(&["slug"]).with_table(Some("archive"), "articles");
        assert!(Error::violation_of(archived).is_duplicate_of(ArchivedSlug));
    }

    #[test]
    fn only_a_unique_constraint_makes_a_duplicate() {
        for kind in [
            ViolationKind::ForeignKey,
            ViolationKind::Check,
            ViolationKind::NotNull,
            ViolationKind::Exclusion,
        ] {
            let violation = Violation::new(kind).with_table(None, "articles").with_columns(["slug"]);
            assert!(violation.is_about(ArticleColumn::Slug));
            assert!(!Error::violation_of(violation).is_duplicate_of(ArticleColumn::Slug), "{kind}");
        }
    }

    #[test]
    fn it_says_what_is_known() {
        let cases = [
            (
                unique(&["slug"]).with_constraint("articles_slug_key"),
                "unique constraint `articles_slug_key` of `articles` (slug)",
            ),
            (Violation::new(ViolationKind::Check).with_constraint("price"), "check constraint `price`"),
            (
                Violation::new(ViolationKind::NotNull).with_table(None, "articles").with_columns(["title"]),
                "not-null constraint of `articles` (title)",
            ),
        ];
        for (violation, expected) in cases {
            assert_eq!(violation.to_string(), expected);
        }
    }
}
