//! Session guarantees over replicas, without a driver.
//!
//! Whoever writes and then reads must see that write, though the read may be served by a replica that lags. This crate
//! has the words for it and the decision; the backends (`ryw-postgres`) have the mechanism.
//!
//! * A [`Context`] is one client session: what its reads must be able to see.
//! * A write joins its [`Position`] into the context and returns [`Written`]: the row as stored.
//! * What a server certainly holds is its [`Progress`], the most a read may have seen is [`Seen`]; a [`Frontier`] is what
//!   a context requires of one source, and is compared with the one and joined with the other.
//! * A read goes through [`decision::decide`] to the cheapest server proven to have come that far.
//! * [`ConsistencySource`] is what a backend implements, [`Repository`] what `#[derive(Repository)]` generates.
//! * A context crosses processes as a `SessionToken` (feature `token`), by a `Propagator`.
//! * A `ContextStore` keeps contexts on the server, by user, for clients that carry nothing.
//! * [`MemorySource`] is all of it in memory, with lag that a test steps by hand.
//!
//! # What is promised
//!
//! | guarantee | how | tests |
//! |---|---|---|
//! | read-your-writes, unless a read says [`eventual`](Context::eventual) | a replica serves a read only if it is proven to hold every write of the context | `decision::tests`, `frontier::world`, `memory::tests` |
//! | monotonic reads, unless [switched off](Context::without_monotonic_reads) | a read joins the most it may have seen | `frontier::world`, `memory::tests::reads_do_not_go_back_unless_allowed_to` |
//!
//! A read gives a guarantee up only where it says so: [`eventual`](Context::eventual), or, when too many reads need the
//! primary, [`stale_when_overloaded`](Context::stale_when_overloaded).
//!
//! # Features
//!
//! `token` adds what carries and keeps contexts: `TokenCodec`, `Propagator`, `ContextStore` and their kin; `ryw-tower` switches it
//! on. `chrono`, `rust_decimal`, `time` and `uuid` let such values be keys in cursors, and be made in memory; the features of the
//! same names of a backend switch them on.
//!
//! # What is not promised
//!
//! Anything across contexts, atomicity across sources, or to a client that drops its context. In
//! [time-to-live mode](Mode::TimeToLive) both guarantees hold only while replicas lag less than the window.

mod branch;
mod clock;
mod column;
mod context;
#[cfg(feature = "token")]
mod context_store;
mod cursor;
pub mod decision;
mod entity;
mod entity_stream;
mod error;
mod frontier;
mod generate;
mod generated;
mod memory;
mod name;
mod page;
mod patch;
mod place;
mod policy;
mod position;
mod progress;
#[cfg(feature = "token")]
mod propagate;
mod repository;
mod route;
mod seen;
mod source;
mod store;
mod sync;
#[cfg(feature = "token")]
mod token;
mod violation;
mod written;

pub use ryw_macros::{Repository, Row, Value};

// The example is a file of its own: it needs a backend, so it is compiled with the tests, which have one.
#[cfg_attr(not(doctest), doc = include_str!("../docs/queries.md"))]
#[cfg_attr(not(doctest), doc = "```")]
#[cfg_attr(not(doctest), doc = include_str!("../docs/queries.rs"))]
#[cfg_attr(not(doctest), doc = "```")]
pub use ryw_macros::queries;

pub use crate::branch::{Branch, Unordered};
pub use crate::clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use crate::column::Column;
pub use crate::context::Context;
#[cfg(feature = "token")]
pub use crate::context_store::{
    ContextStorage, ContextStore, Expiry, MemoryStorage, Saved, StoreCounts, StoredContext,
};
pub use crate::cursor::{Cursor, CursorKey, CursorReader, CursorWriter, ParseCursorError};
pub use crate::entity::{AssignedKey, Entity, SoftDelete, Stored, Versioned};
pub use crate::entity_stream::EntityStream;
pub use crate::error::Error;
pub use crate::frontier::{Frontier, MAX_BRANCHES, MAX_TICKETS, MAX_TOUCHES, Mark, Recent};
pub use crate::generate::{Generate, Generator};
pub use crate::memory::{InMemory, MemoryReplica, MemorySource, MemorySourceBuilder};
pub use crate::name::{Identity, SourceId};
pub use crate::page::{Page, PageRequest, Paging};
pub use crate::patch::{Change, NullableChange};
pub use crate::place::Place;
pub use crate::policy::{Mode, MonotonicReads, ReadPolicy};
pub use crate::position::{Position, Scope, Ticket, Touch};
pub use crate::progress::{Coverage, Progress};
#[cfg(feature = "token")]
pub use crate::propagate::{Baggage, Extractor, Injector, Propagator};
pub use crate::repository::{
    ListRepository, ReadRepository, Repository, SoftDeleteRepository, UpsertRepository, VersionedRepository,
};
pub use crate::route::{Reason, Route, RouteCounts, Routed};
pub use crate::seen::Seen;
pub use crate::source::ConsistencySource;
pub use crate::store::{
    ListStore, ReadStore, SoftDeleteStore, Store, UniqueStore, UpsertStore, VersionedStore,
};
#[cfg(feature = "token")]
pub use crate::token::{InvalidToken, SessionToken, TokenCodec, TokenCounts, TokenKey};
pub use crate::violation::{Violation, ViolationKind};
pub use crate::written::Written;

#[doc(hidden)]
pub mod __private {
    pub use crate::__made as made;
    pub use crate::generate::{CanMake, CannotMake, Made};
    pub use crate::generated::Generated;
}
