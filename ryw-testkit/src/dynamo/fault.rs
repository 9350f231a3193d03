//! What a Region refuses, loses or leaves undone on demand.

use super::operation::{Kind, Operation};
use super::refused::Refused;

/// An error that a Region answers with, without doing anything of what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// `ProvisionedThroughputExceededException`.
    ThroughputExceeded,
    /// `ThrottlingException`.
    Throttling,
    /// `RequestLimitExceeded`.
    RequestLimit,
    /// `InternalServerError`, with status 500.
    InternalServerError,
    /// `TransactionConflictException` of a write, `TransactionCanceledException` with the reason `TransactionConflict`
    /// of a transaction: another transaction is at work on the item. No other reads are refused.
    TransactionConflict,
    /// `ReplicatedWriteConflictException` of a write: another Region is at work on the item (strong mode only). No reads
    /// are refused.
    ReplicatedWriteConflict,
}

/// What is ordered.
#[derive(Default)]
pub(super) struct Faults {
    next: Vec<Refusal>,
    all: Option<Refusal>,
    lost: usize,
    unprocessed: usize,
}

impl Faults {
    pub(super) fn refuse_next(&mut self, requests: usize, refusal: Refusal) {
        self.next.extend(std::iter::repeat_n(refusal, requests));
    }

    pub(super) fn refuse_all(&mut self, refusal: Option<Refusal>) {
        self.all = refusal;
    }

    pub(super) fn lose_answers(&mut self, writes: usize) {
        self.lost += writes;
    }

    pub(super) fn leave_unprocessed(&mut self, batches: usize) {
        self.unprocessed += batches;
    }

    /// Whether to refuse what came in, which has so many `items` if it is a transaction.
    pub(super) fn refuse(&mut self, operation: Operation, items: usize) -> Option<Refused> {
        if let Some(refusal) = self.all.filter(|refusal| refusal.concerns(operation)) {
            return Some(refusal.of(operation, items));
        }
        let index = self.next.iter().position(|refusal| refusal.concerns(operation))?;
        Some(self.next.remove(index).of(operation, items))
    }

    /// Whether to lose the answer to what was done.
    pub(super) fn lose(&mut self, operation: Operation) -> bool {
        let lost = operation.kind() == Kind::Write && self.lost > 0;
        self.lost -= usize::from(lost);
        lost
    }

    /// Whether to do only a part of a batch.
    pub(super) fn do_a_part(&mut self) -> bool {
        let part = self.unprocessed > 0;
        self.unprocessed -= usize::from(part);
        part
    }
}

impl Refusal {
    fn concerns(self, operation: Operation) -> bool {
        let (write, read) = (operation.kind() == Kind::Write, operation.kind() == Kind::Read);
        match self {
            Self::ThroughputExceeded | Self::Throttling | Self::RequestLimit | Self::InternalServerError => {
                write || read
            }
            Self::TransactionConflict => write || operation.is_transaction(),
            Self::ReplicatedWriteConflict => write,
        }
    }

    fn of(self, operation: Operation, items: usize) -> Refused {
        match self {
            Self::ThroughputExceeded => Refused::service(
                "ProvisionedThroughputExceededException",
                "The level of configured provisioned throughput for the table was exceeded",
            ),
            Self::Throttling => Refused::throttled("Rate of requests exceeds the allowed throughput"),
            Self::RequestLimit => Refused::service(
                "RequestLimitExceeded",
                "Throughput exceeds the current throughput limit for your account",
            ),
            Self::InternalServerError => Refused::internal("Internal server error"),
            Self::TransactionConflict if operation.is_transaction() => {
                Refused::canceled("TransactionConflict", "Transaction is ongoing for the item", items)
            }
            Self::TransactionConflict => {
                Refused::service("TransactionConflictException", "Transaction is ongoing for the item")
            }
            Self::ReplicatedWriteConflict => Refused::service(
                "ReplicatedWriteConflictException",
                "One or more items in this request are being modified by a request in another Region",
            ),
        }
    }
}
