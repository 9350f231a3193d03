//! The database, as far as reads can tell: a log, its copies, snapshots of them, a promotion.
//!
//! Modelled after PostgreSQL's behaviour as `tests/tests/traps` measures it on real servers:
//!
//! * A write has two records, its rows and, later, its commit. An LSN is the end of a record.
//! * A standby replays records in their order. It makes a commit visible first and moves its replay LSN afterwards.
//! * `xmax` of a snapshot is one past the greatest finished number, `xmin` the least number in progress below that. A standby
//!   learns of a number with its first record.
//! * A standby that ends shows for a moment snapshots in which nothing is in progress, whatever it has of it.
//! * A promoted server keeps the records that it had. What was in progress is aborted, numbers and LSNs beyond are given out
//!   again. It begins timeline 2; a standby that has no record beyond can follow it, any other goes on at the end of the old
//!   timeline.

use std::hash::{Hash, Hasher};

use ryw_core::{Branch, Identity};

/// From the end of one record to that of the next.
pub(super) const STRIDE: u64 = 8;
/// Where the log begins: 0 would be "not known".
pub(super) const ORIGIN: u64 = 8;

/// A write, whatever number it was given.
pub(super) type Id = u8;
/// Writes, a bit each.
pub(super) type Writes = u8;

pub(super) const fn bit(write: Id) -> Writes {
    1 << write
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Record {
    Rows {
        xid: u64,
        write: Id,
    },
    Commit {
        xid: u64,
        write: Id,
    },
    /// The row of the table of epochs that belongs to timeline 2.
    Epoch,
}

/// How a standby's branch of history is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// By its control file, as to a plain role.
    ControlFile,
    /// By a row that the snapshot shows.
    Epoch,
    /// Wrong: it will be that of the primary.
    Trusted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Primary,
    Standby,
    Dead,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Server {
    pub(super) role: Role,
    /// 0 for timeline 1, 1 for timeline 2.
    pub(super) timeline: usize,
    /// So many records are replayed; of a primary all are.
    replayed: usize,
    /// Whether the replay LSN has yet to move past the last of them.
    late: bool,
    /// Whether replay has ended for good, while sessions go on.
    pub(super) ends: bool,
    /// How often it was started.
    pub(super) run: u64,
    /// The timeline that its control file names.
    controlled: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Database {
    /// By timeline.
    logs: Vec<Vec<Record>>,
    /// So many records of the old timeline the new one has.
    switch: usize,
    /// So many records of the old log are on disk, and sent to standbys.
    flushed: usize,
    /// Numbers up to here are finished everywhere.
    base: u64,
    next: u64,
    pub(super) servers: Vec<Server>,
    /// Committed in the log, and not let go of by the primary.
    held: Writes,
}

/// What a statement sees.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Snapshot {
    pub(super) writes: Writes,
    pub(super) xmin: u64,
    pub(super) xmax: u64,
    /// The number of the branch of history, as the server tells it.
    pub(super) branch: u64,
}

struct Transaction {
    xid: u64,
    write: Id,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    InProgress,
    Committed,
    Aborted,
}

impl Database {
    /// A primary and `replicas` standbys; `base` numbers were given out before.
    pub(super) fn new(replicas: usize, base: u64) -> Self {
        let server =
            |role| Server { role, timeline: 0, replayed: 0, late: false, ends: false, run: 1, controlled: 0 };
        let mut servers = vec![server(Role::Standby); replicas + 1];
        servers[0].role = Role::Primary;
        Self { logs: vec![Vec::new()], switch: 0, flushed: 0, base, next: base + 1, servers, held: 0 }
    }

    /// All of it, as it would be with the servers in another order.
    pub(super) fn hash_as(&self, order: &[usize], state: &mut impl Hasher) {
        let Self { logs, switch, flushed, base, next, servers, held } = self;
        (logs, switch, flushed, base, next, held).hash(state);
        order.iter().for_each(|at| servers[*at].hash(state));
    }

    /// The statement of a write ran: its number, and the insert LSN in its `RETURNING`.
    pub(super) fn begin(&mut self, write: Id) -> (u64, u64) {
        let xid = self.next;
        self.next += 1;
        self.append(Record::Rows { xid, write });
        (xid, self.inserted())
    }

    /// The commit record is there; with `held` a standby may show it before the primary does.
    pub(super) fn commit(&mut self, write: Id, held: bool) {
        if let Some(Transaction { xid, .. }) =
            self.transactions(self.primary()).into_iter().find(|t| t.write == write)
        {
            self.append(Record::Commit { xid, write });
            self.held |= if held { bit(write) } else { 0 };
        }
    }

    pub(super) fn release(&mut self, write: Id) {
        self.held &= !bit(write);
    }

    pub(super) const fn held(&self) -> Writes {
        self.held
    }

    pub(super) fn begin_epoch(&mut self) {
        self.append(Record::Epoch);
    }

    fn append(&mut self, record: Record) {
        if let Some(log) = self.logs.last_mut() {
            log.push(record);
        }
    }

    /// Everything is on disk.
    pub(super) fn flush(&mut self) {
        self.flushed = self.logs[0].len();
    }

    pub(super) fn is_flushed(&self) -> bool {
        self.flushed == self.logs[0].len()
    }

    /// The next record; makes a commit visible before the LSN moves.
    pub(super) fn replay(&mut self, at: usize) -> bool {
        let Server { timeline, replayed, role, ends, .. } = self.servers[at];
        let sent = if timeline == 0 { self.flushed } else { self.logs[1].len() };
        if role != Role::Standby || ends || replayed == sent {
            return false;
        }
        let server = &mut self.servers[at];
        server.replayed += 1;
        server.late = matches!(self.logs[timeline][replayed], Record::Commit { .. });
        true
    }

    /// The replay LSN moves past what was replayed.
    pub(super) fn catch_up(&mut self, at: usize) -> bool {
        std::mem::take(&mut self.servers[at].late)
    }

    /// A standby ends: the process that replays goes first, after the record that it is at, and forgets what is in progress.
    pub(super) fn end(&mut self, at: usize) -> bool {
        let server = &mut self.servers[at];
        let is_there = server.role == Role::Standby && !server.ends;
        if is_there {
            (server.late, server.ends) = (false, true);
        }
        is_there
    }

    /// A standby starts anew, from where it was before.
    pub(super) fn restart(&mut self, at: usize, replayed: usize) {
        let server = &mut self.servers[at];
        (server.replayed, server.late, server.ends, server.run) = (replayed, false, false, server.run + 1);
    }

    pub(super) fn replayed(&self, at: usize) -> usize {
        self.servers[at].replayed
    }

    /// The primary dies, and this standby takes its place.
    pub(super) fn promote(&mut self, at: usize) {
        let kept = self.servers[at].replayed;
        self.servers[0].role = Role::Dead;
        self.logs.push(self.logs[0][..kept].to_vec());
        (self.switch, self.held) = (kept, 0);
        let begun = self.logs[1].iter().filter_map(|record| match record {
            Record::Rows { xid, .. } => Some(*xid),
            Record::Commit { .. } | Record::Epoch => None,
        });
        self.next = 1 + begun.max().unwrap_or(self.base);
        let server = &mut self.servers[at];
        (server.role, server.timeline, server.controlled, server.late) = (Role::Primary, 1, 1, false);
    }

    /// A standby goes over to the new timeline, if it has nothing that is not part of it.
    pub(super) fn follow(&mut self, at: usize) -> bool {
        let Server { role, timeline, replayed, ends, .. } = self.servers[at];
        if !self.is_promoted() || role != Role::Standby || ends || timeline == 1 || replayed > self.switch {
            return false;
        }
        self.servers[at].timeline = 1;
        true
    }

    /// The control file names the new timeline.
    pub(super) fn restartpoint(&mut self, at: usize) -> bool {
        let server = &mut self.servers[at];
        let is_new = server.controlled != server.timeline;
        server.controlled = server.timeline;
        is_new
    }

    pub(super) fn is_promoted(&self) -> bool {
        self.logs.len() == 2
    }

    /// The server that takes writes.
    pub(super) fn primary(&self) -> usize {
        self.servers.iter().position(|server| server.role == Role::Primary).unwrap_or_default()
    }

    /// Where the new timeline begins.
    pub(super) fn switch_lsn(&self) -> u64 {
        lsn(self.switch)
    }

    pub(super) fn inserted(&self) -> u64 {
        lsn(self.logs.last().map_or(0, Vec::len))
    }

    pub(super) fn flushed(&self) -> u64 {
        if self.is_promoted() { self.inserted() } else { lsn(self.flushed) }
    }

    /// How far the server says that it has come.
    pub(super) fn lsn(&self, at: usize) -> u64 {
        let server = &self.servers[at];
        match server.role {
            Role::Primary => self.inserted(),
            Role::Standby | Role::Dead => lsn(server.replayed - usize::from(server.late)),
        }
    }

    /// Whether what it shows may be more than it says.
    pub(super) fn is_late(&self, at: usize) -> bool {
        self.servers[at].late
    }

    /// Committed, wherever the writes go.
    pub(super) fn committed(&self) -> Writes {
        self.shown_by(self.logs.len() as u64) | self.held
    }

    /// Committed on this timeline, and let go of by its primary.
    pub(super) fn shown_by(&self, timeline: u64) -> Writes {
        let log = self.logs[timeline as usize - 1].iter();
        let committed = log.fold(0, |writes, record| match record {
            Record::Commit { write, .. } => writes | bit(*write),
            Record::Rows { .. } | Record::Epoch => writes,
        });
        committed & !self.held
    }

    /// Under way on the primary, without a commit record.
    pub(super) fn open(&self) -> Vec<Id> {
        let transactions = self.transactions(self.primary()).into_iter();
        let open = transactions.filter(|t| t.state == State::InProgress && self.held & bit(t.write) == 0);
        open.map(|transaction| transaction.write).collect()
    }

    /// Whether the primary calls the transaction of this number committed.
    pub(super) fn is_committed(&self, xid: u64) -> bool {
        let transactions = self.transactions(self.primary());
        xid <= self.base || transactions.iter().any(|t| t.xid == xid && t.state == State::Committed)
    }

    /// Whether the server calls it committed.
    pub(super) fn knows_as_committed(&self, at: usize, xid: u64) -> bool {
        xid <= self.base || self.transactions(at).iter().any(|t| t.xid == xid && t.state == State::Committed)
    }

    /// Whether the server knows that it is in progress.
    pub(super) fn is_in_progress(&self, at: usize, xid: u64) -> bool {
        let is_open = |t: &Transaction| t.xid == xid && t.state == State::InProgress;
        !self.servers[at].ends && self.transactions(at).iter().any(is_open)
    }

    pub(super) fn snapshot(&self, at: usize, told: Told) -> Snapshot {
        let transactions = self.transactions(at);
        let is_open = |t: &&Transaction| !self.servers[at].ends && t.state == State::InProgress;
        let finished = transactions.iter().filter(|t| !is_open(t)).map(|t| t.xid);
        let xmax = 1 + finished.max().unwrap_or_default().max(self.base);
        let running = transactions.iter().filter(is_open).map(|t| t.xid);
        let xmin = running.min().unwrap_or(xmax).min(xmax);
        let committed = transactions.iter().filter(|t| t.state == State::Committed);
        let writes = committed.fold(0, |writes, t| writes | bit(t.write));
        Snapshot { writes, xmin, xmax, branch: self.branch_number(at, told) }
    }

    fn branch_number(&self, at: usize, told: Told) -> u64 {
        let timeline = match told {
            Told::ControlFile => self.servers[at].controlled,
            Told::Epoch => usize::from(self.applied(at).contains(&Record::Epoch)),
            Told::Trusted => usize::from(self.is_promoted()),
        };
        timeline as u64 + 1
    }

    fn applied(&self, at: usize) -> &[Record] {
        let server = &self.servers[at];
        let log = &self.logs[server.timeline];
        match server.role {
            Role::Primary => log,
            Role::Standby | Role::Dead => &log[..server.replayed],
        }
    }

    /// Whether its commit is part of what the new timeline began with.
    fn is_kept(&self, xid: u64) -> bool {
        let is_commit = |record: &Record| matches!(record, Record::Commit { xid: of, .. } if *of == xid);
        self.logs[1][..self.switch].iter().any(is_commit)
    }

    fn transactions(&self, at: usize) -> Vec<Transaction> {
        let server = &self.servers[at];
        let mut transactions = Vec::new();
        for (place, record) in self.applied(at).iter().enumerate() {
            match *record {
                Record::Rows { xid, write } => {
                    // What a promotion has cut off is over.
                    let is_cut_off = server.timeline == 1 && place < self.switch && !self.is_kept(xid);
                    let state = if is_cut_off { State::Aborted } else { State::InProgress };
                    transactions.push(Transaction { xid, write, state });
                }
                Record::Commit { xid, write } => {
                    let held = server.role == Role::Primary && self.held & bit(write) != 0;
                    let state = if held { State::InProgress } else { State::Committed };
                    transactions.iter_mut().filter(|t| t.xid == xid).for_each(|t| t.state = state);
                }
                Record::Epoch => {}
            }
        }
        transactions
    }
}

/// The branch of this number.
pub(super) fn branch(number: u64) -> Branch {
    Branch::new(Identity::new("postgres:7"), number)
}

const fn lsn(records: usize) -> u64 {
    ORIGIN + records as u64 * STRIDE
}
