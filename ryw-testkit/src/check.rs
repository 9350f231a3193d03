//! Checks a [history](crate::history) for the session guarantees, and explains what breaks them.
//!
//! A user who wants to know of his own service lets sessions work on it, records what they do, and asks:
//!
//! ```
//! use ryw_testkit::check::{Guarantee, check};
//! use ryw_testkit::history::{Order, Recorder, Shape};
//! use ryw_core::Route;
//!
//! // A service that reads from a replica without asking whether it has caught up.
//! let recorder = Recorder::new();
//! let note = recorder.object(recorder.source("main", Order::OneLog), "note 7", Shape::Register);
//! recorder.existing(note, 10, Some(1));
//! let alice = recorder.session("alice");
//! alice.write(note, 11).via(Route::Primary, "write").version(2).ok();
//! alice.read(note).via(Route::Replica(0), "nearest").found(10);
//!
//! let report = check(&recorder.history())?;
//! assert_eq!(report.count(Guarantee::ReadYourWrites), 1);
//! println!("{report}"); // the write, the read, and where each ran
//! # Ok::<(), ryw_testkit::check::Misuse>(())
//! ```
//!
//! # What is checked
//!
//! | guarantee | what breaks it |
//! |---|---|
//! | [read-your-writes](Guarantee::ReadYourWrites) | a read of a session shows a state older than one of its acknowledged writes |
//! | [monotonic reads](Guarantee::MonotonicReads) | … than one that the session had read |
//! | [monotonic writes](Guarantee::MonotonicWrites) | a session's second write got an earlier version than its first; someone saw the second and then not the first |
//! | [writes-follow-reads](Guarantee::WritesFollowReads) | a write got an earlier version than what its session had read; someone saw the write and then not what it followed |
//! | [freshness](Guarantee::Freshness) | a strong read misses what anyone was acknowledged before it began; of bounded staleness, longer ago than the bound |
//! | [no lost writes](Guarantee::NoLostWrites) | a read at the end misses an acknowledged write; two writes made the same version; what was said to be lost is seen |
//! | [integrity](Guarantee::Integrity) | what is read was never written, or by a write that failed, or is there twice, or in another order elsewhere |
//!
//! "Had" is by the clock: an operation follows those of its session that ended before it began. Writes of unknown outcome hold
//! nobody to anything before someone has seen them. Where the source is [one log](crate::history::Order::OneLog), a session that
//! has seen a write, or made it, is also held to all that was acknowledged, or seen, before that write was sent, of whatever
//! object: any state that holds the one holds the other.
//!
//! # What a violation is worth
//!
//! Each is certain, given that the history was recorded as [its module](crate::history) says (unique values, versions that rise with
//! the commits) and that the source is what its [`Order`](crate::history::Order) says. What is not certain is not reported. In
//! particular, what a replica was seen to show binds reads of the session that saw it, and later ones on replicas, but not what
//! *others* read on the primary: a replica can show a commit a moment before the primary does.
//!
//! May be missed:
//!
//! - a write that was lost and whose place another one has taken, unless both have a version;
//! - without versions, the order of writes that ran side by side, and deletes among them;
//! - what a session knew of a write of unknown outcome that nobody has read;
//! - of a counter, an increment that is missing beside one that was applied twice;
//! - of a set, everything that was seen of it by other sessions before it was acknowledged;
//! - all that was read of a write that is lost, from its beginning on, and what such an increment hides;
//! - whatever a read under a weaker [`Policy`](crate::history::Policy) shows, apart from its integrity. Such reads are counted.
//!
//! `tests/history` holds each line of the first table by histories that break it and others that nearly do, and by a simulated
//! system that is right until one operation of it is changed.
//!
//! # What it costs
//!
//! After sorting by time each operation is visited a few times, each element of a list or set that was read a few times, and of each
//! [hand-over](crate::history::HandOver) every object that the session knows, unless it ends there. There is no search: unique values tell
//! which write a read has seen. [`Report::steps`] counts it.
//!
//! Rejected: a search for an order that explains the history, as checkers of serializability do. It needs no versions, takes
//! exponential time, and at its end says "no" without saying where. Rejected: to judge by ryw's own positions. They are what
//! is to be proven.

mod answer;
mod bound;
mod event;
mod evident;
mod explain;
mod facts;
mod guarantee;
mod known;
mod list;
mod misuse;
mod register;
mod report;
mod set;
mod state;
mod sweep;
mod violation;

pub use guarantee::Guarantee;
pub use misuse::Misuse;
pub use report::Report;
pub use violation::Violation;

use crate::history::History;
use facts::Facts;
use sweep::Sweep;

/// Checks a history.
///
/// # Errors
///
/// If it cannot be checked: a value was written twice to one object, or an object was used as something that it is not.
pub fn check(history: &History) -> Result<Report, Misuse> {
    let mut sweep = Sweep::new(history, Facts::gather(history)?);
    sweep.run();
    let Sweep { mut report, findings, facts, .. } = sweep;
    report.violations = explain::all(history, &facts, &findings);
    Ok(report)
}
