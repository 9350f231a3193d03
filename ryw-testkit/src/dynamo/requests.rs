//! What a Region was asked, and at what price.

use std::collections::BTreeMap;

use super::operation::{Json, Kind, Operation};
use super::request::Consistency;

/// What a Region was asked since it was started, refused requests included.
///
/// Operations go by their names in the service's API, such as `"GetItem"`. What is counted are requests, not items: each
/// page of a query is one, and so is a batch, which counts as strong if it is for any of its tables. Transactional reads
/// count as strong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests {
    counts: BTreeMap<(Operation, Option<Consistency>), u64>,
    read_units: f64,
    write_units: f64,
}

impl Requests {
    /// All requests of an operation.
    #[must_use]
    pub fn of(&self, operation: &str) -> u64 {
        self.sum(|of, _| of.name() == operation)
    }

    /// The strongly consistent reads by an operation.
    #[must_use]
    pub fn strong(&self, operation: &str) -> u64 {
        self.sum(|of, consistency| of.name() == operation && consistency == Some(Consistency::Strong))
    }

    /// The eventually consistent reads by an operation.
    #[must_use]
    pub fn eventual(&self, operation: &str) -> u64 {
        self.sum(|of, consistency| of.name() == operation && consistency == Some(Consistency::Eventual))
    }

    /// All strongly consistent reads.
    #[must_use]
    pub fn strong_reads(&self) -> u64 {
        self.sum(|_, consistency| consistency == Some(Consistency::Strong))
    }

    /// All eventually consistent reads.
    #[must_use]
    pub fn eventual_reads(&self) -> u64 {
        self.sum(|_, consistency| consistency == Some(Consistency::Eventual))
    }

    /// All requests that write items, however many a request.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.sum(|of, _| of.kind() == Kind::Write)
    }

    /// All requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.sum(|_, _| true)
    }

    /// The read capacity units consumed, whether or not the client asked to be told.
    #[must_use]
    pub fn read_units(&self) -> f64 {
        self.read_units
    }

    /// The write capacity units consumed in this Region by requests; what is replicated to it is not counted.
    #[must_use]
    pub fn write_units(&self) -> f64 {
        self.write_units
    }

    pub(super) fn count(&mut self, operation: Operation, consistency: Option<Consistency>) {
        *self.counts.entry((operation, consistency)).or_default() += 1;
    }

    /// Adds what an answer says was consumed.
    pub(super) fn charge(&mut self, operation: Operation, answer: &Json) {
        let Some(consumed) = answer.get("ConsumedCapacity") else { return };
        let each = consumed.as_array().map_or(std::slice::from_ref(consumed), Vec::as_slice);
        let units: f64 = each.iter().filter_map(|one| one["CapacityUnits"].as_f64()).sum();
        match operation.kind() {
            Kind::Read => self.read_units += units,
            Kind::Write => self.write_units += units,
            Kind::Schema | Kind::About => {}
        }
    }

    fn sum(&self, which: impl Fn(Operation, Option<Consistency>) -> bool) -> u64 {
        self.counts.iter().filter(|((of, how), _)| which(*of, *how)).map(|(_, count)| count).sum()
    }
}
