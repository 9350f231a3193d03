//! A history in the format of Jepsen's checkers: Elle, `elle-cli`, adya.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Action, Answer, History, Object, Operation, Outcome, Policy, SessionId, Shape};

impl History {
    /// Writes what was done to these objects as a `list-append` history, a line of JSON for each invocation and each completion.
    /// Returns the objects that were left out, because the format cannot say what they are.
    ///
    /// Every operation is a transaction of its own. A list is written as it is. A register is written as the list of its
    /// versions, if each that was read is known and it was never deleted: who reads version 3 reads the first three. Counters and
    /// sets are left out, as are reads that were not to keep all guarantees, and writes that are said to be lost.
    ///
    /// Sessions are processes. A process does one thing after another, and nothing more after an operation of unknown outcome:
    /// what a session does side by side, or does after that, or knows by token, is of several processes, whose order is kept
    /// by markers: a process appends to a list of that name when it is done, and the one that knows of it reads that.
    ///
    /// What a checker has to be asked for is `strong-session-serializable`, which of single operations is what
    /// [`Order::OneLog`](super::Order::OneLog) promises; of objects each for themselves, ask for each alone.
    ///
    /// ```console
    /// $ adya check -m list-append -c strong-session-serializable history.jsonl
    /// history.jsonl   true
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_list_append(&self, objects: &[Object], out: impl Write) -> io::Result<Vec<Object>> {
        let mut versions = HashMap::new();
        let mut left_out = Vec::new();
        for object in objects {
            match self.versions(*object) {
                Some(order) => drop(versions.insert(*object, order)),
                None => left_out.push(*object),
            }
        }
        let events = self.events(&versions);
        let mut writer = Writer {
            history: self,
            versions,
            out,
            index: 0,
            processes: 0,
            markers: 0,
            lanes: BTreeMap::new(),
        };
        writer.all(events)?;
        Ok(left_out)
    }

    /// Of a register, its values in the order of their versions; of a list, nothing; `None` for what cannot be written.
    fn versions(&self, object: Object) -> Option<Vec<u64>> {
        match self.shape(object) {
            Shape::List => return Some(Vec::new()),
            Shape::Counter | Shape::Set => return None,
            Shape::Register => {}
        }
        let mut values: BTreeMap<u64, u64> = BTreeMap::new();
        let (mut read, mut known) = (HashSet::new(), HashSet::new());
        for operation in self.operations().filter(|operation| operation.object == object) {
            let value = match operation.action {
                Action::Delete => return None,
                Action::Write(value) => value,
                Action::Read(Answer::Value(value)) => {
                    read.insert(value);
                    value
                }
                _ => continue,
            };
            let happened = operation.outcome == Outcome::Ok && operation.lost.is_none();
            if let Some(version) = operation.version.filter(|_| happened) {
                known.insert(value);
                if values.insert(version, value).is_some_and(|other| other != value) {
                    return None;
                }
            }
        }
        read.is_subset(&known).then(|| values.into_values().collect())
    }

    /// What happens, in order of time: at one time, what begins comes first.
    fn events(&self, objects: &HashMap<Object, Vec<u64>>) -> Vec<(u64, Event)> {
        let mut events = Vec::new();
        for operation in self.operations().filter(|operation| objects.contains_key(&operation.object)) {
            if operation.lost.is_some() || !exported(&operation) {
                continue;
            }
            events.push((operation.start, Event::Begins(operation.id.index())));
            // What never ended is said to be unknown when all else is over.
            events.push((operation.end.unwrap_or(u64::MAX), Event::Ends(operation.id.index())));
        }
        for (index, hand_over) in self.hand_overs.iter().enumerate() {
            events.push((hand_over.taken, Event::Taken(index)));
            events.push((hand_over.arrived, Event::Arrives(index)));
        }
        events.sort_unstable();
        events
    }
}

fn exported(operation: &Operation<'_>) -> bool {
    match operation.action {
        Action::Read(Answer::None) => false,
        Action::Read(_) => !matches!(operation.policy, Policy::Eventual | Policy::OwnWrites),
        _ => true,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Begins(usize),
    Taken(usize),
    Arrives(usize),
    Ends(usize),
}

struct Writer<'h, W> {
    history: &'h History,
    versions: HashMap<Object, Vec<u64>>,
    out: W,
    index: u64,
    processes: u64,
    markers: u64,
    lanes: BTreeMap<SessionId, Lanes>,
}

/// The processes of a session.
#[derive(Default)]
struct Lanes {
    lanes: Vec<Lane>,
    /// What the session knows to be done: markers, in the order in which it came to know them.
    known: Vec<u64>,
    /// What it knew when it made a token, by hand-over.
    tokens: HashMap<usize, Vec<u64>>,
}

struct Lane {
    process: u64,
    /// The operation under way, or one that will never end.
    busy: Option<usize>,
    /// How much of what the session knows this process has read.
    read: usize,
}

impl<W: Write> Writer<'_, W> {
    fn all(&mut self, events: Vec<(u64, Event)>) -> io::Result<()> {
        for (time, event) in events {
            match event {
                Event::Begins(id) => self.begins(time, id)?,
                Event::Ends(id) => self.ends(time, id)?,
                Event::Taken(index) => {
                    let lanes = self.lanes.entry(self.history.hand_overs[index].from).or_default();
                    lanes.tokens.insert(index, lanes.known.clone());
                }
                Event::Arrives(index) => self.arrives(index),
            }
        }
        Ok(())
    }

    fn arrives(&mut self, index: usize) {
        let hand_over = self.history.hand_overs[index];
        let from = self.lanes.get_mut(&hand_over.from).and_then(|lanes| lanes.tokens.remove(&index));
        let to = self.lanes.entry(hand_over.to).or_default();
        for marker in from.unwrap_or_default() {
            if !to.known.contains(&marker) {
                to.known.push(marker);
            }
        }
    }

    fn begins(&mut self, time: u64, id: usize) -> io::Result<()> {
        let operation = self.history.view(id);
        let lanes = self.lanes.entry(operation.session).or_default();
        let lane = lanes.lanes.iter().position(|lane| lane.busy.is_none()).unwrap_or_else(|| {
            lanes.lanes.push(Lane { process: self.processes, busy: None, read: 0 });
            self.processes += 1;
            lanes.lanes.len() - 1
        });
        let lane = &mut lanes.lanes[lane];
        lane.busy = Some(id);
        let (process, unread) = (lane.process, lanes.known[lane.read..].to_vec());
        lane.read = lanes.known.len();
        for marker in unread {
            let key = format!("marker {marker}");
            self.line(time, process, "invoke", json!([["r", &key, null]]))?;
            self.line(time, process, "ok", json!([["r", &key, [1]]]))?;
        }
        let value = self.transaction(&operation, false);
        self.line(time, process, "invoke", value)
    }

    fn ends(&mut self, time: u64, id: usize) -> io::Result<()> {
        let operation = self.history.view(id);
        let lanes = self.lanes.entry(operation.session).or_default();
        let Some(lane) = lanes.lanes.iter_mut().find(|lane| lane.busy == Some(id)) else { return Ok(()) };
        let process = lane.process;
        if operation.outcome == Outcome::Unknown {
            let value = self.transaction(&operation, false);
            return self.line(time, process, "info", value); // Its process does nothing any more.
        }
        lane.busy = None;
        let failed = operation.outcome == Outcome::Failed;
        let value = self.transaction(&operation, !failed);
        self.line(time, process, if failed { "fail" } else { "ok" }, value)?;
        if failed { Ok(()) } else { self.mark(time, operation.session, process) }
    }

    /// What is done is made known to the other processes of the session.
    fn mark(&mut self, time: u64, session: SessionId, process: u64) -> io::Result<()> {
        self.markers += 1;
        let value = json!([["append", format!("marker {}", self.markers), 1]]);
        self.line(time, process, "invoke", value.clone())?;
        self.line(time, process, "ok", value)?;
        let lanes = self.lanes.entry(session).or_default();
        lanes.known.push(self.markers);
        // A process knows what it has done itself; what others did before, it still has to read.
        let known = lanes.known.len();
        if let Some(lane) =
            lanes.lanes.iter_mut().find(|lane| lane.process == process && lane.read + 1 == known)
        {
            lane.read = known;
        }
        Ok(())
    }

    fn transaction(&self, operation: &Operation<'_>, answered: bool) -> Value {
        let key = format!("{} {}", operation.object.0, self.history.object_name(operation.object));
        match operation.action {
            Action::Write(value) | Action::Append(value) => json!([["append", key, value]]),
            _ if answered => json!([["r", key, self.elements(operation)]]),
            _ => json!([["r", key, null]]),
        }
    }

    /// What a read has seen, as a list.
    fn elements(&self, operation: &Operation<'_>) -> Vec<u64> {
        let order = &self.versions[&operation.object];
        match operation.action {
            Action::Read(Answer::Value(value)) => {
                let version = order.iter().position(|known| *known == value).map_or(0, |place| place + 1);
                order[..version].to_vec()
            }
            Action::Read(Answer::Many(elements)) => {
                let lost = self.history.lost_elements(operation.object);
                elements.iter().copied().filter(|element| !lost.contains(element)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn line(&mut self, time: u64, process: u64, kind: &str, value: Value) -> io::Result<()> {
        let index = self.index;
        self.index += 1;
        let line = json!({"index": index, "type": kind, "process": process, "time": time, "f": "txn", "value": value});
        writeln!(self.out, "{line}")
    }
}

impl History {
    /// The elements of a list whose appends are said to be lost.
    fn lost_elements(&self, list: Object) -> HashSet<u64> {
        let lost = self.lost.keys().filter_map(|id| self.operation(*id));
        lost.filter(|operation| operation.object == list)
            .filter_map(|operation| match operation.action {
                Action::Append(element) => Some(element),
                _ => None,
            })
            .collect()
    }
}
