//! What it means that a request failed: the one place where the SDK's errors are judged.
//!
//! For a write the question is whether it may have been applied. What the service refused was not; what was throttled was
//! not, and may be sent again; of whatever else went wrong on the way nobody knows.

use std::error::Error as StdError;
use std::fmt::Display;
use std::io;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use ryw_core::Error;

/// A failed request.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// It came at too high a rate.
    pub(crate) throttled: bool,
    source: Box<dyn StdError + Send + Sync>,
}

/// Whether the request was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It was not, and the same may succeed in a moment: throttled, or in conflict with a transaction.
    Passing,
    /// It was not: nobody was there.
    Unreachable,
    /// It was not: a condition did not hold.
    Condition,
    /// It was not: there is no such table or index.
    NoTable,
    /// It was not: the service does not take it.
    Refused,
    /// It may have been: the answer was lost, or says that the service does not know either.
    Unknown,
}

impl Failure {
    pub(crate) fn new<E, R>(error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let kind = match &error {
            SdkError::ConstructionFailure(_) => Kind::Refused,
            SdkError::ServiceError(refusal) => judged(refusal.err().code()),
            SdkError::DispatchFailure(_) if never_connected(&error) => Kind::Unreachable,
            // Not our enum: whatever it learns to say, nobody knows.
            _ => Kind::Unknown,
        };
        let throttled = error.as_service_error().and_then(ProvideErrorMetadata::code).is_some_and(is_of_rate);
        Self { kind, throttled, source: error.into() }
    }

    /// What was cancelled for a reason that passes.
    pub(crate) fn passing<E, R>(error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        Self { kind: Kind::Passing, ..Self::new(error) }
    }

    /// A request that got no answer in time.
    pub(crate) fn late(limit: Duration) -> Self {
        let why = format!("no answer came within {limit:?}");
        Self { kind: Kind::Unknown, throttled: false, source: why.into() }
    }

    /// A request that could not be made.
    pub(crate) fn unmade(why: Error) -> Self {
        Self { kind: Kind::Refused, throttled: false, source: why.into() }
    }

    /// As the error of a read, which changes nothing.
    pub(crate) fn of_read(self, operation: impl Display) -> Error {
        match self.kind {
            Kind::Unreachable | Kind::Unknown => {
                Error::unavailable(format!("DynamoDB gave no answer to {operation}")).with_source(self.source)
            }
            Kind::Passing | Kind::Condition | Kind::NoTable | Kind::Refused => self.of_refusal(operation),
        }
    }

    /// As the error of a write.
    pub(crate) fn of_write(self, operation: impl Display) -> Error {
        match self.kind {
            Kind::Unknown => Error::commit_unknown().with_source(self.source),
            Kind::Unreachable => Error::unavailable(format!("DynamoDB could not be reached to {operation}"))
                .with_source(self.source),
            Kind::Passing | Kind::Condition | Kind::NoTable | Kind::Refused => self.of_refusal(operation),
        }
    }

    fn of_refusal(self, operation: impl Display) -> Error {
        let error = match self.kind {
            Kind::NoTable => Error::config(format!("there is no such table or index to {operation}")),
            Kind::Passing => Error::database(operation.to_string()).passing(),
            Kind::Condition | Kind::Refused | Kind::Unreachable | Kind::Unknown => {
                Error::database(operation.to_string())
            }
        };
        error.with_source(self.source)
    }
}

fn is_of_rate(code: &str) -> bool {
    matches!(code, "ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded")
}

/// By the code that the service gave.
fn judged(code: Option<&str>) -> Kind {
    match code {
        Some(
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "TransactionConflictException"
            | "TransactionInProgressException"
            | "ReplicatedWriteConflictException"
            | "LimitExceededException",
        ) => Kind::Passing,
        Some("ConditionalCheckFailedException") => Kind::Condition,
        Some("ResourceNotFoundException") => Kind::NoTable,
        // "You cannot assume" that a write so answered was not done, says AWS of these two.
        Some("InternalServerError" | "InternalServerErrorException" | "ServiceUnavailable") | None => {
            Kind::Unknown
        }
        Some(_) => Kind::Refused,
    }
}

/// Whether the connection was refused: then nothing was sent.
fn never_connected(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return matches!(
                io.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
            );
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_done_is_unknown() {
        for (code, kind) in [
            (Some("ThrottlingException"), Kind::Passing),
            (Some("ConditionalCheckFailedException"), Kind::Condition),
            (Some("ResourceNotFoundException"), Kind::NoTable),
            (Some("ValidationException"), Kind::Refused),
            (Some("AccessDeniedException"), Kind::Refused),
            (Some("InternalServerError"), Kind::Unknown),
            (None, Kind::Unknown),
        ] {
            assert_eq!(judged(code), kind, "{code:?}");
        }
    }
}
