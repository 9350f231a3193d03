//! A constraint, whichever kind of error it made: another row in the way is a [conflict](Error::is_conflict), everything
//! else is [the database's refusal](Error::is_database), and both know which constraint it was.

use super::{Error, Kind, conflict, database};
use crate::{Column, Violation, ViolationKind};

impl Error {
    /// The write would break a constraint; for backends.
    #[must_use]
    pub fn violation_of(violation: Violation) -> Self {
        Self::new(match violation.kind() {
            ViolationKind::Unique | ViolationKind::Exclusion => {
                Kind::Conflict(conflict::Conflict(Box::new(violation)))
            }
            ViolationKind::ForeignKey | ViolationKind::Check | ViolationKind::NotNull => {
                Kind::Database(database::Database::violated(violation))
            }
        })
    }

    /// Another row has the value of these columns already; for backends that know their columns, and no names of
    /// constraints.
    #[must_use]
    pub fn duplicate_of<C: Column>(columns: &[C]) -> Self {
        let mut violation = Violation::new(ViolationKind::Unique);
        if let Some(column) = columns.first() {
            let table = column.table();
            let (schema, table) =
                table.split_once('.').map_or((None, table), |(schema, table)| (Some(schema), table));
            violation = violation.with_table(schema, table);
        }
        Self::violation_of(violation.with_columns(columns.iter().map(|column| column.name())))
    }

    /// The constraint that the write would have broken, if that is why it failed.
    ///
    /// ```
    /// use ryw_core::{Error, ViolationKind};
    ///
    /// fn status(error: &Error) -> u16 {
    ///     match error.violation() {
    ///         Some(violation) if violation.constraint() == Some("orders_quantity_check") => 422,
    ///         Some(violation) if violation.kind() == ViolationKind::ForeignKey => 404,
    ///         Some(_) => 409,
    ///         None => 500,
    ///     }
    /// }
    /// # assert_eq!(status(&Error::commit_unknown()), 500);
    /// # assert_eq!(status(&Error::conflict("articles_slug_key")), 409);
    /// ```
    #[must_use]
    pub const fn violation(&self) -> Option<&Violation> {
        match &self.kind {
            Kind::Conflict(conflict) => Some(&conflict.0),
            Kind::Database(database) => database.violation(),
            Kind::CommitUnknown(_)
            | Kind::Config(_)
            | Kind::NotFound(_)
            | Kind::Overloaded(_)
            | Kind::Stale(_)
            | Kind::Unavailable(_)
            | Kind::VersionConflict(_) => None,
        }
    }

    /// Whether another row already has the value that was to be written to `column`: a unique constraint or index on it, alone
    /// or together with other columns, would have been broken.
    ///
    /// `false` too where the backend could not learn the constraint's columns; [`violation`](Self::violation) then still
    /// has its name.
    #[must_use]
    pub fn is_duplicate_of<C: Column>(&self, column: C) -> bool {
        let duplicate = self.violation().filter(|violation| violation.kind() == ViolationKind::Unique);
        duplicate.is_some_and(|violation| violation.is_about(column))
    }

    /// Puts what was learnt of the violated constraint in place of what was known; for backends.
    ///
    /// Does nothing to any other error. The kind stays as it is.
    #[must_use]
    pub fn with_violation(mut self, learnt: Violation) -> Self {
        match &mut self.kind {
            Kind::Conflict(conflict) => *conflict.0 = learnt,
            Kind::Database(database) => database.learn(learnt),
            Kind::CommitUnknown(_)
            | Kind::Config(_)
            | Kind::NotFound(_)
            | Kind::Overloaded(_)
            | Kind::Stale(_)
            | Kind::Unavailable(_)
            | Kind::VersionConflict(_) => {}
        }
        self
    }
}
