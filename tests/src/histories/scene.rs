//! What an act is about: which servers there are, and what may happen to them.

use super::fault::Fault;
use super::setup::Backend;

/// A stage with the faults that suit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// Replicas that lag, busy servers, processes of every kind of commit and gate.
    Lag,
    /// Networks between the processes and the servers.
    Network,
    /// Servers that die or hang, and come back.
    Crash,
    /// A replica that has everything takes the primary's place.
    Failover,
    /// A replica that lacks something takes the primary's place.
    Loss,
    /// The same with epochs, and a replica is left that has too much.
    Divergence,
    /// A global table in eventual mode, in two Regions.
    Regions,
    /// A global table in strong mode, in three Regions.
    Quorum,
    /// Postgres and DynamoDB under one context.
    Both,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Lag,
        Self::Regions,
        Self::Failover,
        Self::Network,
        Self::Both,
        Self::Crash,
        Self::Loss,
        Self::Quorum,
        Self::Divergence,
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lag => "lag",
            Self::Network => "network",
            Self::Crash => "crash",
            Self::Failover => "failover",
            Self::Loss => "loss",
            Self::Divergence => "divergence",
            Self::Regions => "regions",
            Self::Quorum => "quorum",
            Self::Both => "both",
        }
    }

    /// What it needs.
    pub(crate) const fn backend(self) -> Backend {
        match self {
            Self::Lag | Self::Network | Self::Crash | Self::Failover | Self::Loss | Self::Divergence => {
                Backend::Postgres
            }
            Self::Regions | Self::Quorum => Backend::Dynamo,
            Self::Both => Backend::Both,
        }
    }

    /// What happens by chance, again and again.
    #[must_use]
    pub const fn faults(self) -> &'static [Fault] {
        use Fault::*;
        match self {
            Self::Lag => &[
                ReplayHeld,
                ApplyDelay,
                SlowCheckpoint,
                ClockJump,
                RecoveryConflict,
                PoolExhausted,
                ReplayHeld,
            ],
            Self::Network => &[SlowLink, LinkCut, DeafServer, MuteServer, ReplayHeld],
            Self::Crash => &[ReplicaKilled, ReplicaFrozen, PrimaryCrashed, ReplayHeld, PostmasterKilled],
            Self::Failover | Self::Loss | Self::Divergence => &[ReplayHeld, ApplyDelay],
            Self::Regions => &[
                RegionLag,
                Reordered,
                Partial,
                LostAnswers,
                Throttled,
                RegionCut,
                RegionIsolated,
                IndexLag,
                ClockJump,
            ],
            Self::Quorum => &[RegionLag, LostAnswers, Throttled, RegionCut, RegionIsolated],
            Self::Both => &[ReplayHeld, RegionLag, LostAnswers, ReplicaKilled, Throttled, PoolExhausted],
        }
    }

    /// What happens once, in its middle.
    #[must_use]
    pub const fn turn(self) -> Option<Fault> {
        match self {
            Self::Failover => Some(Fault::Promoted),
            Self::Loss => Some(Fault::PromotedWithLoss),
            Self::Divergence => Some(Fault::Diverged),
            Self::Lag | Self::Network | Self::Crash | Self::Regions | Self::Quorum | Self::Both => None,
        }
    }
}
