//! Every order of answers, connections and a crash: whoever has a connection finds no more than the server has.

use std::sync::Arc;

use ryw_core::Branch;
use ryw_interleave::{every_order, thread};

use super::*;

/// A replica, and what is known of it.
struct Replica {
    server: Mutex<Server>,
    mark: Watermark,
}

#[derive(Clone, Copy)]
struct Server {
    run: u32,
    replayed: u64,
}

/// What is done wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// An answer counts as one to a question asked when it arrived.
    RaisesLate,
    /// So does what a connection found.
    ConnectsLate,
    /// A new connection raises the mark, as any answer does.
    NeverResets,
    /// The mark is read before there is a connection.
    ReadsEarly,
}

impl Replica {
    fn new() -> Arc<Self> {
        let mark = Watermark::default();
        mark.connected(mark.ask(), at(20), Duration::ZERO);
        Arc::new(Self { server: Mutex::new(Server { run: 1, replayed: 20 }), mark })
    }

    fn server(&self) -> Server {
        *self.server.lock().unwrap()
    }

    /// The server starts anew, behind what it had shown.
    fn crash(&self) {
        *self.server.lock().unwrap() = Server { run: 2, replayed: 5 };
    }

    /// Asks over a connection of the first run; the answer may arrive when that is over.
    fn ask(&self, mistake: Mistake) {
        let asked = self.mark.ask();
        let server = self.server();
        if server.run == 1 {
            let asked = if mistake == Mistake::RaisesLate { self.mark.ask() } else { asked };
            self.mark.raise(asked, &at(server.replayed), Duration::ZERO);
        }
    }

    /// A new connection; says of which run.
    fn connect(&self, mistake: Mistake) -> u32 {
        let asked = self.mark.ask();
        let Server { run, replayed } = self.server();
        let asked = if mistake == Mistake::ConnectsLate { self.mark.ask() } else { asked };
        if mistake == Mistake::NeverResets {
            self.mark.raise(asked, &at(replayed), Duration::ZERO);
        } else {
            self.mark.connected(asked, at(replayed), Duration::ZERO);
        }
        run
    }

    fn connect_only(&self, mistake: Mistake) {
        self.connect(mistake);
    }

    /// A read over a new connection, that counts on the mark; if the server crashes meanwhile the read fails.
    fn read(&self, mistake: Mistake) {
        let early = (mistake == Mistake::ReadsEarly).then(|| self.known());
        let run = self.connect(mistake);
        let known = early.unwrap_or_else(|| self.known());
        let server = self.server();
        assert!(server.run != run || known <= server.replayed, "{known} of {}", server.replayed);
    }

    fn known(&self) -> u64 {
        self.mark.known().map_or(0, |known| known.progress().offset())
    }
}

fn at(offset: u64) -> Report {
    Progress::new(Branch::new("a".into(), 1), offset).into()
}

fn check(mistake: Mistake, other: fn(&Replica, Mistake)) -> usize {
    let orders = every_order(move || {
        let replica = Replica::new();
        let running = Arc::clone(&replica);
        let running = thread::spawn(move || other(&running, mistake));
        replica.crash();
        replica.read(mistake);
        running.join().unwrap();
        // A connection was made since the crash, so this holds for whoever has one.
        let (known, server) = (replica.known(), replica.server());
        assert!(known <= server.replayed, "{known} of {}", server.replayed);
    });
    println!("{orders} orders");
    orders
}

#[test]
fn nobody_counts_on_what_the_run_before_had_shown() {
    let orders = [Replica::ask as fn(&Replica, Mistake), Replica::connect_only, Replica::read]
        .map(|other| check(Mistake::None, other));
    assert!(orders.iter().all(|orders| *orders > 50), "{orders:?}");
}

#[test]
#[should_panic(expected = "20 of 5")]
fn an_answer_that_arrives_late_is_found_out() {
    check(Mistake::RaisesLate, Replica::ask);
}

#[test]
#[should_panic(expected = "20 of 5")]
fn a_connection_of_the_run_before_is_found_out() {
    check(Mistake::ConnectsLate, Replica::connect_only);
}

#[test]
#[should_panic(expected = "20 of 5")]
fn a_connection_that_does_not_reset_is_found_out() {
    check(Mistake::NeverResets, Replica::ask);
}

#[test]
#[should_panic(expected = "20 of 5")]
fn a_mark_read_before_there_is_a_connection_is_found_out() {
    check(Mistake::ReadsEarly, Replica::ask);
}
