//! Mistakes that are made on purpose: a checker that cannot fail proves nothing.
//!
//! Each is a rule that looks right and is wrong, kept here and never in the product. A run with one plays the acts in which
//! it matters.

use std::fmt;

use ryw_testkit::check::Guarantee;

use super::fault::Fault;
use super::scene::Scene;

macro_rules! plants {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Plant {
            $($(#[$doc])* $name,)*
        }

        impl Plant {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

plants! {
    /// The LSN of a write is taken in its `RETURNING`, before it is committed.
    EarlyLsn = "early-lsn",
    /// The flush LSN is taken for the LSN of a commit that was not waited for.
    FlushLsn = "flush-lsn",
    /// The replay LSN is compared in the statement that reads, whose snapshot is older.
    SnapshotRace = "snapshot-race",
    /// `pg_visible_in_snapshot` is asked on a standby, which lists nothing as in progress.
    VisibleInSnapshot = "visible-in-snapshot",
    /// LSNs of two timelines are compared.
    OldTimeline = "old-timeline",
    /// Two sessions are merged, and the one that came last is kept.
    LostMerge = "lost-merge",
    /// A token that arrives is not read.
    ForgottenToken = "forgotten-token",
    /// What a read has shown is not remembered.
    NoFloor = "no-floor",
    /// A global index is asked without regard to what the session has written.
    GsiEventual = "gsi-eventual",
    /// A write without an answer is sent again.
    BlindRetry = "blind-retry",
    /// A write without an answer is taken for done.
    UnknownIsDone = "unknown-is-done",
}

impl Plant {
    /// The acts in which it matters.
    #[must_use]
    pub const fn scenes(self) -> &'static [Scene] {
        match self {
            Self::EarlyLsn
            | Self::FlushLsn
            | Self::SnapshotRace
            | Self::VisibleInSnapshot
            | Self::LostMerge
            | Self::ForgottenToken
            | Self::NoFloor => &[Scene::Lag],
            Self::OldTimeline => &[Scene::Divergence],
            Self::GsiEventual | Self::BlindRetry => &[Scene::Regions],
            Self::UnknownIsDone => &[Scene::Network],
        }
    }

    /// What brings it out, again and again.
    #[must_use]
    pub const fn faults(self) -> &'static [Fault] {
        match self {
            Self::EarlyLsn | Self::SnapshotRace | Self::VisibleInSnapshot | Self::FlushLsn => {
                &[Fault::ApplyDelay, Fault::ReplayHeld]
            }
            Self::LostMerge | Self::ForgottenToken | Self::NoFloor => &[Fault::ReplayHeld, Fault::ApplyDelay],
            Self::OldTimeline => &[Fault::Diverged],
            Self::GsiEventual => &[Fault::IndexLag],
            Self::BlindRetry => &[Fault::LostAnswers],
            Self::UnknownIsDone => &[Fault::LinkCut, Fault::DeafServer],
        }
    }

    /// What it breaks, whatever else.
    #[must_use]
    pub const fn breaks(self) -> Guarantee {
        match self {
            Self::EarlyLsn
            | Self::FlushLsn
            | Self::SnapshotRace
            | Self::VisibleInSnapshot
            | Self::OldTimeline
            | Self::LostMerge
            | Self::ForgottenToken
            | Self::GsiEventual => Guarantee::ReadYourWrites,
            Self::NoFloor => Guarantee::MonotonicReads,
            Self::BlindRetry => Guarantee::Integrity,
            Self::UnknownIsDone => Guarantee::NoLostWrites,
        }
    }

    /// Whether it is a rule of reading from replicas: registers are then written and read by it, in plain SQL.
    pub(crate) const fn is_gate(self) -> bool {
        match self {
            Self::EarlyLsn
            | Self::FlushLsn
            | Self::SnapshotRace
            | Self::VisibleInSnapshot
            | Self::OldTimeline => true,
            Self::LostMerge
            | Self::ForgottenToken
            | Self::NoFloor
            | Self::GsiEventual
            | Self::BlindRetry
            | Self::UnknownIsDone => false,
        }
    }
}

impl fmt::Display for Plant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Plant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|plant| plant.name() == text);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|plant| plant.name()).collect();
            format!("there is no such plant; there are {}", names.join(", "))
        })
    }
}
