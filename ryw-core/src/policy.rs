//! What a source is configured to give, and what a read asks for.

use std::time::Duration;

/// How fresh a read must be; chosen per read, [`Session`](ReadPolicy::Session) unless the call says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadPolicy {
    /// Every write of the context is visible, and (unless switched off) nothing older than what it has read.
    #[default]
    Session,
    /// Served by the primary (Postgres) or by a strongly consistent read (DynamoDB).
    Strong,
    /// Served anywhere, as old as it may be. The only policy that gives up read-your-writes.
    Eventual,
    /// As [`Session`](ReadPolicy::Session), and nothing another client had committed longer ago than this is missing.
    BoundedStaleness(Duration),
}

/// Whether a context's reads may go back in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MonotonicReads {
    /// A read never shows an older state than an earlier read of the same context.
    ///
    /// It has a price. A read on the primary has seen everything there is, so only a replica that has come that far may
    /// serve the next one: a session that reads at shorter intervals than the replicas lag, once it is on the primary,
    /// stays there. See it with `favorites --lag 500ms`, and with `--own-writes-only`.
    #[default]
    On,
    /// Only the context's own writes are kept in view.
    Off,
}

/// How a source gives its guarantee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Replicas serve a read once they are known to have passed the context's position.
    #[default]
    Position,
    /// For this long after a write the context reads from the primary, then from any replica.
    ///
    /// Weaker than [`Position`](Mode::Position), by nature: a replica that lags longer than the window is read stale, and reads
    /// are not monotonic. It costs nothing but load on the primary, and is what most people know.
    TimeToLive(Duration),
    /// Every read goes to the primary, `eventual` ones too.
    PrimaryOnly,
}
