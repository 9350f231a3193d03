//! How a source gives its guarantee.

use std::time::Duration;

/// How a [`PostgresSource`](crate::PostgresSource) gives its guarantee. `docs/modes.md` says which to choose when, and
/// what each costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Every write brings its transaction id back, and a read proves in its own statement that it has seen the writes of
    /// its context. Exact, and needs no round trip of its own.
    #[default]
    InBand,
    /// A write asks for its LSN after the commit, and a read asks the replica for its replay LSN first. As exact, at a
    /// round trip each; needs no transaction ids, which an old write transaction holds back.
    LsnGate,
    /// For this long after a write the context reads from the primary, then from any replica.
    ///
    /// Weaker by nature: a replica that lags longer than the window is read stale, and reads are not monotonic.
    TimeToLive(Duration),
    /// As [`InBand`](Self::InBand), and every commit waits until the synchronous standbys have replayed it
    /// (`synchronous_commit = remote_apply`), so that a replica that was waited for never has to be waited for by a read.
    ///
    /// The proof is not given up for it: a commit whose wait is cancelled succeeds with a mere warning, and a
    /// `synchronous_standby_names` that does not name every read replica waits for the others only.
    /// [`PostgresSource::status`](crate::PostgresSource::status) tells whether it does.
    RemoteApply,
    /// Every read goes to the primary, `eventual` ones too.
    PrimaryOnly,
}

impl From<ryw_core::Mode> for Mode {
    fn from(mode: ryw_core::Mode) -> Self {
        match mode {
            ryw_core::Mode::TimeToLive(window) => Self::TimeToLive(window),
            ryw_core::Mode::PrimaryOnly => Self::PrimaryOnly,
            _ => Self::InBand,
        }
    }
}

impl Mode {
    /// What the decision knows of it.
    pub(crate) const fn policy(self) -> ryw_core::Mode {
        match self {
            Self::InBand | Self::LsnGate | Self::RemoteApply => ryw_core::Mode::Position,
            Self::TimeToLive(window) => ryw_core::Mode::TimeToLive(window),
            Self::PrimaryOnly => ryw_core::Mode::PrimaryOnly,
        }
    }
}
