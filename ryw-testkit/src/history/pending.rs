//! Operations under way.

#![expect(
    clippy::must_use_candidate,
    reason = "what ends an operation is called for its effect; few need the number"
)]

use ryw_core::{Error, Position, Reason, Route, Routed, Written};

use super::record::{Kind, Mark, NONE};
use super::recorder::Recorder;
use super::{History, OperationId, Outcome, Policy};

/// A write under way.
///
/// # Cancel safety
///
/// Dropped without a word, as with the future that holds it, its outcome is unknown.
#[derive(Debug)]
#[must_use = "the write is recorded as of unknown outcome when this is dropped"]
pub struct WriteOp(Running);

/// A read under way. Dropped without a word, it has no answer and is not checked.
#[derive(Debug)]
#[must_use = "the read is recorded as unanswered when this is dropped"]
pub struct ReadOp(Running);

impl WriteOp {
    pub(super) const fn new(running: Running) -> Self {
        Self(running)
    }

    /// Its number, for [`Recorder::lost`].
    #[must_use]
    pub const fn id(&self) -> OperationId {
        self.0.id
    }

    /// The version that it made of its object, as the database returned it: it MUST rise with the commits to the object.
    pub fn version(self, version: u64) -> Self {
        self.0.set_version(version);
        self
    }

    /// Where it ran, and why.
    pub fn via(self, route: Route, reason: &str) -> Self {
        self.0.set_route(route, reason);
        self
    }

    /// Where it ran, and why, as ryw says it.
    pub fn routed(self, routed: Routed) -> Self {
        self.via(routed.route, routed.reason.as_str())
    }

    /// Where it stands in its source's history: shown beside a violation, and not used to find one.
    pub fn mark(self, branch: &str, ticket: Option<u64>, offset: Option<u64>) -> Self {
        self.0.set_mark(branch, ticket, offset);
        self
    }

    /// Where it stands, as ryw says it.
    pub fn at(self, position: &Position) -> Self {
        let branch = format!("{:?}", position.branch());
        self.mark(&branch, position.ticket().map(|ticket| ticket.id), position.offset())
    }

    /// It was acknowledged, now.
    pub fn ok(self) -> OperationId {
        self.0.end(Outcome::Ok)
    }

    /// It certainly did not happen.
    pub fn failed(self) -> OperationId {
        self.0.end(Outcome::Failed)
    }

    /// It may have happened, or happen yet.
    pub fn unknown(self) -> OperationId {
        self.0.end(Outcome::Unknown)
    }

    /// What a write through ryw came to: acknowledged, of unknown outcome if the commit is unknown, else failed.
    pub fn settle<T>(self, result: &Result<Written<T>, Error>) -> OperationId {
        match result {
            Ok(written) => match written.position() {
                Some(position) => self.at(position).ok(),
                None => self.ok(),
            },
            Err(error) if error.is_commit_unknown() => self.unknown(),
            Err(_) => self.failed(),
        }
    }
}

impl ReadOp {
    pub(super) const fn new(running: Running) -> Self {
        Self(running)
    }

    /// How fresh it was asked to be; [`Policy::Session`] unless this is called.
    pub fn policy(self, policy: Policy) -> Self {
        self.0.change(|history, index| history.records[index].set_policy(policy));
        self
    }

    /// The version of what it found, as the database returned it.
    pub fn version(self, version: u64) -> Self {
        self.0.set_version(version);
        self
    }

    /// Where it ran, and why.
    pub fn via(self, route: Route, reason: &str) -> Self {
        self.0.set_route(route, reason);
        self
    }

    /// Where it ran, and why, as ryw says it. What the source was allowed to serve stale (overloaded, home Region down) is then
    /// not checked.
    pub fn routed(self, routed: Routed) -> Self {
        let read = self.via(routed.route, routed.reason.as_str());
        if matches!(routed.reason, Reason::Overloaded | Reason::HomeDown) {
            return read.policy(Policy::Eventual);
        }
        read
    }

    /// It found this value, or this sum.
    pub fn found(self, value: u64) -> OperationId {
        self.answer(Kind::Value, |_| value)
    }

    /// It found nothing.
    pub fn absent(self) -> OperationId {
        self.answer(Kind::Absent, |_| 0)
    }

    /// It found this value, or nothing.
    pub fn found_if(self, value: Option<u64>) -> OperationId {
        match value {
            Some(value) => self.found(value),
            None => self.absent(),
        }
    }

    /// It found these elements, and no more: a list in its order, a set in any.
    pub fn found_all(self, elements: impl IntoIterator<Item = u64>) -> OperationId {
        self.answer(Kind::Many, |history| {
            let begin = history.elements.len();
            history.elements.push(0);
            history.elements.extend(elements);
            history.elements[begin] = (history.elements.len() - begin - 1) as u64;
            begin as u64
        })
    }

    /// It was not answered.
    pub fn failed(self) -> OperationId {
        self.0.end(Outcome::Failed)
    }

    fn answer(self, kind: Kind, value: impl FnOnce(&mut History) -> u64) -> OperationId {
        let end = self.0.recorder.now();
        self.0.change(|history, index| {
            let value = value(history);
            let record = &mut history.records[index];
            (record.kind, record.value) = (kind, value);
        });
        self.0.end_at(end, Outcome::Ok)
    }
}

/// What both have in common.
#[derive(Debug)]
pub(super) struct Running {
    recorder: Recorder,
    id: OperationId,
}

impl Running {
    pub(super) const fn new(recorder: Recorder, id: OperationId) -> Self {
        Self { recorder, id }
    }

    fn change(&self, change: impl FnOnce(&mut History, usize)) {
        self.recorder.change(self.id, change);
    }

    fn set_version(&self, version: u64) {
        self.change(|history, index| history.records[index].version = version.min(NONE - 1));
    }

    fn set_route(&self, route: Route, reason: &str) {
        self.change(|history, index| {
            let word = history.words.number(reason);
            let record = &mut history.records[index];
            record.set_route(route);
            record.set_reason(word);
        });
    }

    fn set_mark(&self, branch: &str, ticket: Option<u64>, offset: Option<u64>) {
        self.change(|history, index| {
            let branch = history.words.number(branch);
            history.records[index].mark = history.marks.len() as u32;
            history.marks.push(Mark { branch, ticket, offset });
        });
    }

    fn end(self, outcome: Outcome) -> OperationId {
        let now = self.recorder.now();
        self.end_at(now, outcome)
    }

    fn end_at(self, end: u64, outcome: Outcome) -> OperationId {
        self.change(|history, index| {
            let record = &mut history.records[index];
            (record.end, record.outcome) = (end, outcome);
        });
        self.id
    }
}
