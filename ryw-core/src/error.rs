//! One opaque error for every backend.
//!
//! Ask the predicates what to do; ask [`source`](std::error::Error::source) what the driver said. Each kind lies in a
//! file of its own: payload, constructor, predicate, and what a backend owes.

use std::error::Error as StdError;
use std::fmt;

mod commit_unknown;
mod config;
mod conflict;
mod database;
mod not_found;
mod overloaded;
mod stale;
mod unavailable;
mod version_conflict;
mod violated;

/// Why an operation failed.
pub struct Error {
    kind: Kind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug)]
enum Kind {
    CommitUnknown(commit_unknown::CommitUnknown),
    Config(config::Config),
    Conflict(conflict::Conflict),
    Database(database::Database),
    NotFound(not_found::NotFound),
    Overloaded(overloaded::Overloaded),
    Stale(stale::Stale),
    Unavailable(unavailable::Unavailable),
    VersionConflict(version_conflict::VersionConflict),
}

impl Error {
    const fn new(kind: Kind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause, as the driver told it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether the same call may succeed if it is simply made again: the server was away or overloaded, or refused for
    /// a passing reason, and nothing was done. An unknown commit is *not* retryable: it may have been done.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match &self.kind {
            Kind::Overloaded(_) | Kind::Stale(_) | Kind::Unavailable(_) => true,
            Kind::Database(database) => database.is_passing(),
            Kind::CommitUnknown(_)
            | Kind::Config(_)
            | Kind::Conflict(_)
            | Kind::NotFound(_)
            | Kind::VersionConflict(_) => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::CommitUnknown(kind) => kind.fmt(f),
            Kind::Config(kind) => kind.fmt(f),
            Kind::Conflict(kind) => kind.fmt(f),
            Kind::Database(kind) => kind.fmt(f),
            Kind::NotFound(kind) => kind.fmt(f),
            Kind::Overloaded(kind) => kind.fmt(f),
            Kind::Stale(kind) => kind.fmt(f),
            Kind::Unavailable(kind) => kind.fmt(f),
            Kind::VersionConflict(kind) => kind.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.kind).field("source", &self.source).finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entity;

    #[derive(Clone, Debug, PartialEq)]
    struct Row;

    impl Entity for Row {
        type Key = ();
        const NAME: &'static str = "Row";

        fn key(&self) {}
    }

    #[derive(Clone, Debug, PartialEq)]
    struct Other;

    impl Entity for Other {
        type Key = ();
        const NAME: &'static str = "Other";

        fn key(&self) {}
    }

    #[test]
    fn a_version_conflict_holds_the_row_as_it_is() {
        let conflict = Error::version_conflict(Row);
        assert_eq!((conflict.current::<Row>(), conflict.current::<Other>()), (Some(&Row), None));
        assert!(!conflict.is_retryable(), "the same call would fail again");
    }

    #[test]
    fn each_kind_answers_to_its_own_predicate_only() {
        let errors = [
            Error::config("no primary"),
            Error::unavailable("no server to write to"),
            Error::commit_unknown(),
            Error::not_found("Favorite"),
            Error::conflict("favorites_pkey"),
            Error::database("find Favorite"),
            Error::overloaded("reads on the primary"),
            Error::version_conflict(Row),
            Error::stale("the index"),
        ];
        for (index, error) in errors.iter().enumerate() {
            let answers = [
                error.is_config(),
                error.is_unavailable(),
                error.is_commit_unknown(),
                error.is_not_found(),
                error.is_conflict(),
                error.is_database(),
                error.is_overloaded(),
                error.is_version_conflict(),
                error.is_stale(),
            ];
            let expected: Vec<_> = (0..answers.len()).map(|other| other == index).collect();
            assert_eq!(answers.as_slice(), expected, "{error}");
        }
    }

    #[test]
    fn an_unknown_commit_is_not_retryable() {
        assert!(!Error::commit_unknown().is_retryable());
        assert!(Error::unavailable("gone").is_retryable());
        assert!(Error::overloaded("reads on the primary").is_retryable());
        assert!(Error::database("x").passing().is_retryable());
    }

    #[test]
    fn the_cause_is_the_source_and_not_part_of_the_message() {
        let error = Error::unavailable("the primary does not answer").with_source("connection refused");
        assert_eq!(error.to_string(), "the primary does not answer");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("connection refused"));
    }
}
