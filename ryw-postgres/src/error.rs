//! The one place that says what a driver's error means.

use std::io;

use ryw_core::{Error, Violation, ViolationKind};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// What became of a statement that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The server refused it; nothing was done.
    Refused,
    /// It was never sent; nothing was done.
    Unsent,
    /// The connection, or the answer, was lost.
    Lost,
}

fn fate(error: &sqlx::Error) -> Fate {
    match error {
        // The session ended with it, perhaps after the commit record.
        sqlx::Error::Database(database) if ends_the_session(database.as_ref()) => Fate::Lost,
        sqlx::Error::Database(database) => match database.code().as_deref() {
            // Connection exceptions and operator intervention.
            Some(code) if code.starts_with("08") || code.starts_with("57P") => Fate::Lost,
            // Statement completion unknown, by its own name.
            Some("40003") => Fate::Lost,
            _ => Fate::Refused,
        },
        sqlx::Error::Configuration(_)
        | sqlx::Error::InvalidArgument(_)
        | sqlx::Error::Encode(_)
        // A type that a parameter names is looked up before the statement is sent.
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::BeginFailed => Fate::Unsent,
        _ => Fate::Lost,
    }
}

fn ends_the_session(error: &dyn DatabaseError) -> bool {
    error
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

/// A write that failed after it was handed to the server.
pub(crate) fn write_failed(error: sqlx::Error, operation: String) -> Error {
    match fate(&error) {
        // A standby: the server was a primary when it was connected to, or the address leads elsewhere by now.
        Fate::Refused if is_read_only(&error) => {
            Error::unavailable("the server that took the writes is read-only now").with_source(error)
        }
        Fate::Refused | Fate::Unsent => refused(error, operation),
        Fate::Lost => Error::commit_unknown().with_source(error),
    }
}

/// The answer is not waited for: another server leads by now, and the one that was asked may hang.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deposed;

impl Deposed {
    const TEXT: &str = "another server takes the writes now";
}

impl From<Deposed> for sqlx::Error {
    fn from(_: Deposed) -> Self {
        Self::Io(io::Error::new(io::ErrorKind::ConnectionAborted, Deposed::TEXT))
    }
}

impl From<Deposed> for Error {
    fn from(_: Deposed) -> Self {
        Self::unavailable(Deposed::TEXT)
    }
}

/// Whether the server refused to write, there or in that transaction.
pub(crate) fn is_read_only(error: &sqlx::Error) -> bool {
    code(error).as_deref() == Some("25006")
}

/// Whether a failed write certainly did nothing.
pub(crate) fn did_nothing(error: &sqlx::Error) -> bool {
    fate(error) != Fate::Lost
}

/// A read, or another statement without effect, that failed.
pub(crate) fn read_failed(error: sqlx::Error, operation: String) -> Error {
    match fate(&error) {
        Fate::Refused => refused(error, operation),
        Fate::Unsent | Fate::Lost => {
            Error::unavailable(format!("the connection was lost while trying to {operation}"))
                .with_source(error)
        }
    }
}

/// A connection that could not be had.
pub(crate) fn no_connection(error: sqlx::Error, server: &str) -> Error {
    Error::unavailable(format!("no connection to {server} could be had")).with_source(error)
}

/// Whether no connection could be had because the server has given out all it has, and so is alive.
pub(crate) fn is_full(no_connection: &Error) -> bool {
    let cause =
        std::error::Error::source(no_connection).and_then(|cause| cause.downcast_ref::<sqlx::Error>());
    cause.and_then(code).is_some_and(|code| code == "53300")
}

/// Whether the connection is as good as before: the server itself refused the statement, or it was never sent.
pub(crate) fn leaves_the_connection(error: &sqlx::Error) -> bool {
    fate(error) != Fate::Lost
}

/// Whether a read that failed on a replica may succeed elsewhere: a recovery conflict, a shutdown, a lost connection.
pub(crate) fn may_succeed_elsewhere(error: &sqlx::Error) -> bool {
    match fate(error) {
        Fate::Lost | Fate::Unsent => {
            !matches!(error, sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_))
        }
        Fate::Refused => code(error).is_some_and(|code| {
            // A conflict with recovery is reported as a serialization failure or a deadlock; a standby that lacks
            // a feature of the primary (a lock, a function that writes) says that the transaction is read-only.
            matches!(code.as_str(), "40001" | "40P01" | "25006") || code.starts_with("53")
        }),
    }
}

fn refused(error: sqlx::Error, operation: String) -> Error {
    if let Some(violation) = violation(&error) {
        return Error::violation_of(violation).with_source(error);
    }
    let passing = code(&error).is_some_and(|code| matches!(code.as_str(), "40001" | "40P01" | "55P03"));
    let refusal = Error::database(operation).with_source(error);
    if passing { refusal.passing() } else { refusal }
}

/// The constraint, as the server's fields tell it. Its columns are in none of them, but for that of a `NOT NULL`.
fn violation(error: &sqlx::Error) -> Option<Violation> {
    let database = error.as_database_error()?;
    let kind = match database.code()?.as_ref() {
        "23502" => ViolationKind::NotNull,
        "23503" | "23001" => ViolationKind::ForeignKey,
        "23505" => ViolationKind::Unique,
        "23514" => ViolationKind::Check,
        "23P01" => ViolationKind::Exclusion,
        _ => return None,
    };
    let told = database.try_downcast_ref::<PgDatabaseError>()?;
    let mut violation = Violation::new(kind);
    if let Some(constraint) = told.constraint() {
        violation = violation.with_constraint(constraint);
    }
    if let Some(table) = told.table() {
        violation = violation.with_table(told.schema(), table);
    }
    Some(violation.with_columns(told.column()))
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_answer_is_not_a_refusal() {
        let lost = || sqlx::Error::Io(io::ErrorKind::ConnectionReset.into());
        assert!(write_failed(lost(), "insert a Favorite".into()).is_commit_unknown());
        assert!(read_failed(lost(), "find a Favorite".into()).is_retryable());
        assert!(may_succeed_elsewhere(&lost()));
        assert!(!did_nothing(&lost()));
    }

    #[test]
    fn what_was_never_sent_did_nothing() {
        assert!(did_nothing(&sqlx::Error::PoolTimedOut));
        assert!(may_succeed_elsewhere(&sqlx::Error::PoolTimedOut));
        let encode = || sqlx::Error::Encode("too long".into());
        assert!(did_nothing(&encode()) && !may_succeed_elsewhere(&encode()));
    }
}
