//! Says what is wrong, in as few lines as show it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Guarantee;
use super::facts::Facts;
use super::violation::{Finding, Violation, Why};
use crate::history::{Action, Answer, History, Operation, OperationId, Outcome, Policy, SessionId, Shape};

/// How many elements of a list are shown.
const SHOWN: usize = 8;

pub(super) fn all(history: &History, facts: &Facts, findings: &[Finding]) -> Vec<Violation> {
    let by_session = sessions(history, findings);
    let explain =
        |finding: &Finding| Explanation { history, facts, finding, by_session: &by_session }.violation();
    findings.iter().map(explain).collect()
}

/// The operations of the sessions that something was found of, in order of their beginnings.
fn sessions(history: &History, findings: &[Finding]) -> BTreeMap<SessionId, Vec<u32>> {
    let session = |finding: &Finding| history.records[finding.wrong as usize].session;
    let mut sessions: BTreeMap<_, Vec<_>> =
        findings.iter().map(|finding| (session(finding), Vec::new())).collect();
    if sessions.is_empty() {
        return sessions;
    }
    for (id, record) in history.records.iter().enumerate() {
        if let Some(ids) = sessions.get_mut(&record.session) {
            ids.push(id as u32);
        }
    }
    for ids in sessions.values_mut() {
        ids.sort_by_key(|id| history.records[*id as usize].start);
    }
    sessions
}

struct Explanation<'a> {
    history: &'a History,
    facts: &'a Facts,
    finding: &'a Finding,
    by_session: &'a BTreeMap<SessionId, Vec<u32>>,
}

impl Explanation<'_> {
    fn violation(&self) -> Violation {
        let operations = self.operations();
        let mut text = format!("{}: {}{}", self.finding.guarantee, self.headline(), self.by_token());
        let shown: Vec<_> = operations.iter().filter_map(|id| self.history.operation(*id)).collect();
        for line in self.lines(&shown) {
            let _ = write!(text, "\n  {line}");
        }
        if let Some(between) = self.between(&operations) {
            let _ = write!(text, "\n  {between}");
        }
        Violation { guarantee: self.finding.guarantee, operations, text }
    }

    /// What shows it: the wrong operation comes last.
    fn operations(&self) -> Vec<OperationId> {
        let before = match self.finding.why {
            Why::Missed(witness) if self.ordered_by_itself() => vec![witness.by],
            Why::Missed(witness) => [self.shown_write(), vec![witness.write, witness.by]].concat(),
            Why::Stale(witness) if self.ordered_by_itself() => vec![witness.write],
            Why::Stale(witness) => [self.shown_write(), vec![witness.write]].concat(),
            Why::OutOfOrder(witness) => vec![witness.by],
            Why::Behind { missed, known } => vec![missed.write, missed.by, known.write, known.by],
            Why::SameVersion { other } => vec![other],
            Why::Invented { .. } | Why::More { .. } => Vec::new(),
            Why::WriteFailed { write }
            | Why::FromTheFuture { write }
            | Why::AfterLoss { write }
            | Why::Twice { write, .. } => vec![write],
            Why::OtherOrder { read, .. } => vec![read],
            Why::StillThere { removal, by } => vec![removal, by],
        };
        let mut operations: Vec<OperationId> = Vec::new();
        for id in before.into_iter().chain([self.finding.wrong]).map(OperationId) {
            if !operations.contains(&id) {
                operations.push(id);
            }
        }
        operations
    }

    /// Whether the values alone tell which state is the older one.
    fn ordered_by_itself(&self) -> bool {
        let wrong = self.wrong();
        match self.history.shape(wrong.object) {
            Shape::Counter | Shape::List | Shape::Set => true,
            Shape::Register => match self.shown_write()[..] {
                [write] => self.facts.version(write).is_some(),
                _ => true,
            },
        }
    }

    /// The write that the wrong read shows.
    fn shown_write(&self) -> Vec<u32> {
        let wrong = self.wrong();
        match wrong.action {
            Action::Read(Answer::Value(value)) => {
                self.facts.writer(wrong.object, value).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn wrong(&self) -> Operation<'_> {
        self.history.operation(OperationId(self.finding.wrong)).expect("what was found is in the history")
    }

    /// Whose past it was, if not that of the session itself.
    fn by_token(&self) -> String {
        let (Why::Missed(known) | Why::Behind { known, .. } | Why::OutOfOrder(known)) = self.finding.why
        else {
            return String::new();
        };
        let from = self.history.records[known.by as usize].session;
        if from == self.wrong().session {
            return String::new();
        }
        format!(", which it knew from `{}`", self.history.session_name(from))
    }

    fn headline(&self) -> String {
        let (wrong, guarantee) = (self.wrong(), self.finding.guarantee);
        let session = self.history.session_name(wrong.session);
        let object = self.history.object_name(wrong.object);
        match self.finding.why {
            Why::Missed(_) if guarantee == Guarantee::ReadYourWrites => {
                format!("`{session}` read `{object}` without its own write")
            }
            Why::Missed(_) => format!("`{session}` read `{object}` older than it had read it before"),
            Why::Behind { known, .. } => {
                let known = self.history.records[known.write as usize].object;
                let known = self.history.object_name(known);
                format!(
                    "`{session}` knew `{known}` as it was written later, and read `{object}` as it had been before"
                )
            }
            Why::Stale(_) if guarantee == Guarantee::NoLostWrites => {
                format!("at the end `{object}` is without a write that was acknowledged")
            }
            Why::Stale(_) => format!("`{session}` read `{object}` without a write that it was to see"),
            Why::OutOfOrder(_) if guarantee == Guarantee::MonotonicWrites => {
                format!("`{session}` wrote `{object}` twice, and the second write came before the first")
            }
            Why::OutOfOrder(_) => {
                format!(
                    "`{session}` wrote `{object}` after it had read it, and the write came before what it had read"
                )
            }
            Why::SameVersion { .. } => format!("two writes made the same version of `{object}`: one is lost"),
            Why::Invented { value } => format!("`{session}` read {value} in `{object}`, which nobody wrote"),
            Why::WriteFailed { .. } => {
                format!("`{session}` read in `{object}` what a write left that failed")
            }
            Why::FromTheFuture { .. } => format!("`{session}` read in `{object}` what was not written yet"),
            Why::AfterLoss { .. } => {
                format!("`{session}` read in `{object}` what had been said to be lost")
            }
            Why::Twice { value, .. } => format!("`{session}` read {value} twice in `{object}`"),
            Why::OtherOrder { place, .. } => {
                format!("two reads of `{object}` differ at place {place}: they are not of one history")
            }
            Why::More { at_most } => {
                format!("`{session}` read more in `{object}` than the {at_most} of all increments until then")
            }
            Why::StillThere { .. } => format!("`{session}` read in `{object}` what it knew to be removed"),
        }
    }

    /// Operations, a line each, in columns.
    fn lines(&self, operations: &[Operation<'_>]) -> Vec<String> {
        let rows: Vec<[String; 4]> = operations.iter().map(|operation| self.row(operation)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (time, session, action) = (width(0), width(1), width(2));
        let line = |[when, who, what, place]: &[String; 4]| {
            format!("{when:>time$}  {who:session$}  {what:action$}  {place}").trim_end().to_owned()
        };
        rows.iter().map(line).collect()
    }

    fn row(&self, operation: &Operation<'_>) -> [String; 4] {
        let millis = |nanos: u64| format!("{}.{:03}", nanos / 1_000_000, nanos / 1000 % 1000);
        let end = operation.end.map_or_else(|| "?".to_owned(), millis);
        let mut ran = operation.route.map_or_else(String::new, |route| route.to_string());
        if let Some(reason) = operation.reason {
            let _ = write!(ran, " ({reason})");
        }
        if let Some(mark) = operation.mark {
            let _ = write!(ran, " at {mark}");
        }
        [
            format!("{}..{end} ms", millis(operation.start)),
            self.history.session_name(operation.session).to_owned(),
            action(self.history, operation, self.version(operation)),
            ran,
        ]
    }

    /// The version of a register that an operation made or was shown, whoever told it.
    fn version(&self, operation: &Operation<'_>) -> Option<u64> {
        let Action::Read(Answer::Value(value)) = operation.action else { return operation.version };
        let write = || self.facts.writer(operation.object, value);
        operation.version.or_else(|| self.facts.version(write()?))
    }

    /// Where the session read and wrote between the last two operations.
    fn between(&self, operations: &[OperationId]) -> Option<String> {
        let [.., before, wrong] = operations else { return None };
        let (before, wrong) = (self.history.operation(*before)?, self.history.operation(*wrong)?);
        let (since, ids) = (before.end?, self.by_session.get(&wrong.session)?);
        let first = ids.partition_point(|id| self.history.records[*id as usize].start <= since);
        let mut routes: BTreeMap<_, u64> = BTreeMap::new();
        let within = ids[first..].iter().filter_map(|id| self.history.operation(OperationId(*id)));
        for operation in within.take_while(|operation| operation.start < wrong.start) {
            *routes.entry((operation.action.is_read(), operation.route)).or_default() += 1;
        }
        let session = self.history.session_name(wrong.session);
        let routes: Vec<_> = routes
            .into_iter()
            .map(|((read, route), count)| {
                let kind = match (read, count) {
                    (true, 1) => "read",
                    (true, _) => "reads",
                    (false, 1) => "write",
                    (false, _) => "writes",
                };
                format!("{count} {kind} on {}", place(route))
            })
            .collect();
        (!routes.is_empty()).then(|| format!("between the last two, `{session}`: {}", routes.join(", ")))
    }
}

fn action(history: &History, operation: &Operation<'_>, version: Option<u64>) -> String {
    let object = history.object_name(operation.object);
    let mut text = match operation.action {
        Action::Write(value) => format!("wrote {value} to {object}"),
        Action::Delete => format!("deleted {object}"),
        Action::Append(element) => format!("appended {element} to {object}"),
        Action::Increment(by) => format!("incremented {object} by {by}"),
        Action::Add(element) => format!("added {element} to {object}"),
        Action::Remove(element) => format!("removed {element} from {object}"),
        Action::Read(Answer::None) => format!("read {object}: no answer"),
        Action::Read(Answer::Absent) => format!("read {object}: absent"),
        Action::Read(Answer::Value(value)) => format!("read {object}: {value}"),
        Action::Read(Answer::Many(elements)) => format!("read {object}: {}", list(elements)),
    };
    if let Some(version) = version {
        let _ = write!(text, ", version {version}");
    }
    match operation.outcome {
        Outcome::Ok => {}
        Outcome::Failed => text.push_str(", failed"),
        Outcome::Unknown => text.push_str(", outcome unknown"),
    }
    text.push_str(match operation.policy {
        Policy::Session => "",
        Policy::OwnWrites => ", own writes only",
        Policy::Strong => ", strong",
        Policy::Bounded(_) => ", bounded staleness",
        Policy::Eventual => ", eventual",
        Policy::Final => ", at the end",
    });
    if operation.lost.is_some() {
        text.push_str(", said to be lost");
    }
    text
}

/// The last ones: what was added lately is what is missed.
fn list(elements: &[u64]) -> String {
    let hidden = elements.len().saturating_sub(SHOWN);
    let mut shown: Vec<_> = elements[hidden..].iter().map(ToString::to_string).collect();
    if hidden > 0 {
        shown.insert(0, format!("… {hidden} more"));
    }
    format!("[{}]", shown.join(", "))
}

/// Where it ran, in the middle of a sentence.
fn place(route: Option<ryw_core::Route>) -> String {
    route.map_or_else(|| "an unknown route".to_owned(), |route| route.to_string())
}
