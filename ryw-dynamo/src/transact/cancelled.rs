//! Why a transaction was not done.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_dynamodb::types::CancellationReason;
use ryw_core::Error;

/// What the service said of each item of a transaction that it did not do.
///
/// The error of the transaction is that of the first item that failed, as if it had been written alone: a
/// [conflict](Error::is_conflict), a [version conflict](Error::is_version_conflict), [not found](Error::is_not_found). This is
/// the whole of it.
///
/// ```
/// fn failed(error: &ryw_core::Error) -> Vec<usize> {
///     ryw_dynamo::Cancelled::of(error).map_or_else(Vec::new, |cancelled| {
///         cancelled.reasons().iter().map(|reason| reason.index).collect()
///     })
/// }
/// ```
#[derive(Debug)]
pub struct Cancelled(Vec<Cancellation>);

/// Why one item stood in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cancellation {
    /// The item, in the order in which the transaction was put together, from 0.
    pub index: usize,
    /// Why.
    pub why: Why,
    /// In the service's words.
    pub message: String,
}

/// What can stand in the way of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// Its condition does not hold.
    Condition,
    /// Another transaction, or another write, is at the item. It passes.
    Conflict,
    /// There is not enough capacity. It passes.
    Throttled,
    /// The service does not take the write: too large an item, a key of another type.
    Refused,
}

impl Cancelled {
    /// What stands behind the error of a transaction.
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        error.source()?.downcast_ref()
    }

    /// The items that stood in the way, in their order.
    #[must_use]
    pub fn reasons(&self) -> &[Cancellation] {
        &self.0
    }

    pub(super) fn new(reasons: &[CancellationReason]) -> Self {
        let failed = reasons.iter().enumerate().filter_map(|(index, reason)| {
            let why = match reason.code()? {
                "None" => return None,
                "ConditionalCheckFailed" => Why::Condition,
                "TransactionConflict" => Why::Conflict,
                "ProvisionedThroughputExceeded" | "ThrottlingError" => Why::Throttled,
                _ => Why::Refused,
            };
            Some(Cancellation { index, why, message: reason.message().unwrap_or_default().to_owned() })
        });
        Self(failed.collect())
    }

    /// Whether the same transaction may succeed in a moment.
    pub(super) fn passes(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|reason| matches!(reason.why, Why::Conflict | Why::Throttled))
    }

    /// The one that decides what the error is: what passes is told only if there is nothing else.
    pub(super) fn first(&self) -> Option<&Cancellation> {
        let lasting = self.0.iter().find(|reason| matches!(reason.why, Why::Condition | Why::Refused));
        lasting.or(self.0.first())
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the transaction was cancelled")?;
        for (nth, reason) in self.0.iter().enumerate() {
            let between = if nth == 0 { ": " } else { "; " };
            write!(f, "{between}item {} ({:?}) {}", reason.index, reason.why, reason.message)?;
        }
        Ok(())
    }
}

impl StdError for Cancelled {}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(codes: &[&str]) -> Cancelled {
        let reasons: Vec<_> =
            codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
        Cancelled::new(&reasons)
    }

    #[test]
    fn what_lasts_is_told_before_what_passes() {
        let cancelled = reasons(&["None", "TransactionConflict", "ConditionalCheckFailed"]);
        assert!(!cancelled.passes());
        assert_eq!(cancelled.first().map(|reason| (reason.index, reason.why)), Some((2, Why::Condition)));
        assert!(reasons(&["None", "TransactionConflict", "ThrottlingError"]).passes());
        assert!(!reasons(&["None"]).passes());
    }
}
