//! Every order in which tasks change one context: it asks for all that they have written and read.

use ryw_interleave::{every_order, thread};

use super::*;
use crate::Ticket;

/// A primary, a session on it, and what that must see.
struct World {
    main: SourceId,
    ctx: Context,
    /// Tickets, in the order of their commits; where the log ends is their number.
    log: Mutex<Vec<u64>>,
    needs: Mutex<Vec<u64>>,
}

/// What is done wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// A change reads the frontier under one lock and puts it back under another.
    TwoLocks,
    /// What the context knew is taken after the write was sent.
    BeforeTakenLate,
    /// A settling read replaces all that there is when it ends.
    SettlesAll,
}

fn branch() -> Branch {
    Branch::new("a".into(), 1)
}

impl World {
    fn new() -> Arc<Self> {
        let (log, needs) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        Arc::new(Self { main: "main".into(), ctx: Context::new(), log, needs })
    }

    /// A write of this ticket, from the statement to its acknowledgement.
    fn write(&self, id: u64, mistake: Mistake) {
        let before = self.ctx.frontier(&self.main);
        self.log.lock().unwrap().push(id);
        let before = if mistake == Mistake::BeforeTakenLate { self.ctx.frontier(&self.main) } else { before };
        let written = Position::ticketed(branch(), Ticket { id, after: 0 });
        if mistake == Mistake::TwoLocks {
            let mut known = self.ctx.frontier(&self.main);
            known.subsume(&before, written);
            self.ctx.change(&self.main, |frontier| *frontier = known);
        } else {
            self.ctx.record_write(&self.main, &before, Some(written), Timestamp::default());
        }
        self.needs.lock().unwrap().push(id);
    }

    /// A read on the primary, from the snapshot to its answer.
    fn read(&self, mistake: Mistake) {
        let before = self.ctx.frontier(&self.main);
        let shown = self.log.lock().unwrap().clone();
        let seen = Seen::new(branch(), shown.len() as u64);
        if mistake == Mistake::SettlesAll {
            let now = self.ctx.frontier(&self.main);
            self.ctx.change(&self.main, |known| known.settle(&now, seen));
        } else {
            self.ctx.record_primary_read(&self.main, &before, seen);
        }
        self.needs.lock().unwrap().extend(shown);
    }

    /// The primary is asked how far it has come, in place of the tickets.
    fn resolve(&self) {
        let before = self.ctx.frontier(&self.main);
        let reached = self.log.lock().unwrap().len() as u64;
        self.ctx.resolve(&self.main, &before, Position::at(branch(), reached));
    }

    /// Another session of the same user writes; each learns what the other knows.
    fn exchange(&self, id: u64) {
        let other = Context::new();
        let before = other.frontier(&self.main);
        self.log.lock().unwrap().push(id);
        let written = Position::ticketed(branch(), Ticket { id, after: 0 });
        other.record_write(&self.main, &before, Some(written), Timestamp::default());
        other.merge(&self.ctx);
        self.ctx.merge(&other);
        self.needs.lock().unwrap().push(id);
    }

    /// A server that counts as far enough has all that is needed.
    fn check(&self) {
        let (log, needs) = (self.log.lock().unwrap().clone(), self.needs.lock().unwrap().clone());
        let known = self.ctx.frontier(&self.main);
        for replayed in 0..=log.len() {
            let missing = (1..9).find(|id| !log[..replayed].contains(id)).unwrap_or(9);
            let server = Progress::new(branch(), replayed as u64).with_below(missing);
            if known.covered_by(&server) == Coverage::Covers {
                let missed = needs.iter().find(|id| !log[..replayed].contains(id));
                assert_eq!(missed, None, "{server:?} covers {known:?} of {log:?}");
            }
        }
    }
}

type Run = fn(&World);

fn check(threads: &'static [Run]) -> usize {
    let orders = every_order(move || {
        let world = World::new();
        let running: Vec<_> = threads
            .iter()
            .map(|run| {
                let world = Arc::clone(&world);
                thread::spawn(move || run(&world))
            })
            .collect();
        running.into_iter().for_each(|thread| thread.join().unwrap());
        world.check();
    });
    println!("{orders} orders");
    orders
}

#[test]
fn a_context_asks_for_all_that_its_tasks_did() {
    let orders = [
        check(&[|w| w.write(1, Mistake::None), |w| w.write(2, Mistake::None)]),
        check(&[|w| w.write(1, Mistake::None), |w| w.read(Mistake::None)]),
        check(&[|w| w.write(1, Mistake::None), World::resolve]),
        check(&[|w| w.write(1, Mistake::None), |w| w.exchange(2)]),
    ];
    assert!(orders.iter().all(|orders| *orders > 50), "{orders:?}");
}

#[test]
fn what_a_read_or_an_offset_replaces_is_replaced_alone() {
    let orders = [
        check(&[
            |w| w.write(1, Mistake::None),
            |w| {
                w.write(2, Mistake::None);
                w.resolve();
            },
        ]),
        check(&[
            |w| w.write(1, Mistake::None),
            |w| {
                w.write(2, Mistake::None);
                w.read(Mistake::None);
            },
        ]),
    ];
    assert!(orders.iter().all(|orders| *orders > 50), "{orders:?}");
}

#[test]
#[should_panic(expected = "covers")]
fn a_change_under_two_locks_is_found_out() {
    check(&[|w| w.write(1, Mistake::TwoLocks), |w| w.write(2, Mistake::TwoLocks)]);
}

#[test]
#[should_panic(expected = "covers")]
fn what_was_known_taken_too_late_is_found_out() {
    check(&[|w| w.write(1, Mistake::BeforeTakenLate), |w| w.write(2, Mistake::BeforeTakenLate)]);
}

#[test]
#[should_panic(expected = "covers")]
fn a_read_that_settles_all_is_found_out() {
    check(&[|w| w.write(1, Mistake::SettlesAll), |w| w.read(Mistake::SettlesAll)]);
}
