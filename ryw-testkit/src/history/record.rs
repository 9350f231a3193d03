//! An operation, as it is kept: small, and of one size.

use std::time::Duration;

use ryw_core::Route;

use super::{
    Action, Answer, History, Object as ObjectId, Operation, OperationId, Outcome, Policy, SessionId,
};
use super::{Shape, Source, operation};

/// In place of a number that is not known.
pub(crate) const NONE: u64 = u64::MAX;
const NO_WORD: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) source: Source,
    pub(crate) shape: Shape,
    pub(crate) name: String,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) branch: u32,
    pub(crate) ticket: Option<u64>,
    pub(crate) offset: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) start: u64,
    /// `NONE` while it is under way.
    pub(crate) end: u64,
    /// What is written or read; of many, where they begin in [`History::elements`].
    pub(crate) value: u64,
    pub(crate) version: u64,
    pub(crate) session: SessionId,
    pub(crate) object: ObjectId,
    pub(crate) mark: u32,
    reason: u32,
    bound: u32,
    route: u16,
    pub(crate) kind: Kind,
    pub(crate) outcome: Outcome,
    policy: PolicyKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Write,
    Delete,
    Append,
    Increment,
    Add,
    Remove,
    Unanswered,
    Absent,
    Value,
    Many,
}

#[derive(Clone, Copy, Debug)]
enum PolicyKind {
    Session,
    OwnWrites,
    Strong,
    Bounded,
    Eventual,
    Final,
}

impl Record {
    pub(crate) fn begun(session: SessionId, object: ObjectId, kind: Kind, value: u64, start: u64) -> Self {
        Self {
            start,
            end: NONE,
            value,
            version: NONE,
            session,
            object,
            mark: NO_WORD,
            reason: NO_WORD,
            bound: 0,
            route: 0,
            kind,
            outcome: Outcome::Unknown,
            policy: PolicyKind::Session,
        }
    }

    pub(crate) fn set_route(&mut self, route: Route) {
        // 0 is for what is not known, 1 and 2 for these, and the rest for replicas.
        self.route = match route {
            Route::Primary => 1,
            Route::Cache => 2,
            Route::Replica(index) => u16::try_from(index.saturating_add(3)).unwrap_or(u16::MAX),
            _ => 0,
        };
    }

    pub(crate) fn route(&self) -> Option<Route> {
        match self.route {
            0 => None,
            1 => Some(Route::Primary),
            2 => Some(Route::Cache),
            more => Some(Route::Replica(usize::from(more) - 3)),
        }
    }

    pub(crate) const fn set_reason(&mut self, word: u32) {
        self.reason = word;
    }

    pub(crate) fn set_policy(&mut self, policy: Policy) {
        self.policy = match policy {
            Policy::Session => PolicyKind::Session,
            Policy::OwnWrites => PolicyKind::OwnWrites,
            Policy::Strong => PolicyKind::Strong,
            Policy::Bounded(bound) => {
                self.bound = u32::try_from(bound.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
                PolicyKind::Bounded
            }
            Policy::Eventual => PolicyKind::Eventual,
            Policy::Final => PolicyKind::Final,
        };
    }

    pub(crate) fn policy(&self) -> Policy {
        match self.policy {
            PolicyKind::Session => Policy::Session,
            PolicyKind::OwnWrites => Policy::OwnWrites,
            PolicyKind::Strong => Policy::Strong,
            PolicyKind::Bounded => Policy::Bounded(Duration::from_millis(self.bound.into())),
            PolicyKind::Eventual => Policy::Eventual,
            PolicyKind::Final => Policy::Final,
        }
    }

    pub(crate) const fn version(&self) -> Option<u64> {
        known(self.version)
    }

    pub(crate) fn action<'a>(&self, history: &'a History) -> Action<'a> {
        match self.kind {
            Kind::Write => Action::Write(self.value),
            Kind::Delete => Action::Delete,
            Kind::Append => Action::Append(self.value),
            Kind::Increment => Action::Increment(self.value),
            Kind::Add => Action::Add(self.value),
            Kind::Remove => Action::Remove(self.value),
            Kind::Unanswered => Action::Read(Answer::None),
            Kind::Absent => Action::Read(Answer::Absent),
            Kind::Value => Action::Read(Answer::Value(self.value)),
            Kind::Many => Action::Read(Answer::Many(self.many(history))),
        }
    }

    fn many<'a>(&self, history: &'a History) -> &'a [u64] {
        let begin = self.value as usize + 1;
        &history.elements[begin..begin + history.elements[begin - 1] as usize]
    }

    pub(crate) fn view<'a>(&self, id: OperationId, history: &'a History) -> Operation<'a> {
        Operation {
            id,
            session: self.session,
            object: self.object,
            action: self.action(history),
            start: self.start,
            end: known(self.end),
            outcome: self.outcome,
            version: self.version(),
            policy: self.policy(),
            route: self.route(),
            reason: (self.reason != NO_WORD).then(|| history.words.name(self.reason)),
            mark: history.marks.get(self.mark as usize).map(|mark| operation::Mark {
                branch: history.words.name(mark.branch),
                ticket: mark.ticket,
                offset: mark.offset,
            }),
            lost: history.lost.get(&id).copied(),
        }
    }
}

const fn known(number: u64) -> Option<u64> {
    if number == NONE { None } else { Some(number) }
}
