//! What is done to the servers.

use std::fmt;
use std::str::FromStr;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[$doc])* $name,)*
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name on the command line, and in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

faults! {
    /// A replica stops replaying, and goes on.
    ReplayHeld = "replay-held",
    /// A replica replays each commit some milliseconds late.
    ApplyDelay = "apply-delay",
    /// What is sent to a server and back takes longer.
    SlowLink = "slow-link",
    /// All connections to a server end.
    LinkCut = "link-cut",
    /// Nothing gets through to a server, while its answers do.
    DeafServer = "deaf-server",
    /// A server hears and acts, and none of its answers arrive.
    MuteServer = "mute-server",
    /// A replica is killed, and started again.
    ReplicaKilled = "replica-killed",
    /// A replica's first process is killed alone; the others end as they notice.
    PostmasterKilled = "postmaster-killed",
    /// A replica stands still with all its connections, and comes to.
    ReplicaFrozen = "replica-frozen",
    /// The primary is killed, and recovers.
    PrimaryCrashed = "primary-crashed",
    /// The primary is killed, and the replica that it waited for is promoted: nothing acknowledged is lost.
    Promoted = "promoted",
    /// The primary is killed, and a replica that had not received everything is promoted.
    PromotedWithLoss = "promoted-with-loss",
    /// The same, while another replica stays that has received more than the new primary ever had.
    Diverged = "diverged",
    /// All connections of a process's pools are taken.
    PoolExhausted = "pool-exhausted",
    /// Replay takes away rows that reads on a replica still see.
    RecoveryConflict = "recovery-conflict",
    /// Checkpoint upon checkpoint, each of which has all pages written again.
    SlowCheckpoint = "slow-checkpoint",
    /// The clock of a process jumps, forwards or back.
    ClockJump = "clock-jump",
    /// A Region's copy that answers eventually consistent reads gets nothing new for a while.
    RegionLag = "region-lag",
    /// Changes arrive in another Region in another order.
    Reordered = "reordered",
    /// Of some keys changes arrive in another Region, of others they do not.
    Partial = "partial",
    /// Writes are done, and their answers lost.
    LostAnswers = "lost-answers",
    /// Requests are refused for their rate.
    Throttled = "throttled",
    /// A Region answers nobody.
    RegionCut = "region-cut",
    /// A Region answers its clients, and hears nothing of the others.
    RegionIsolated = "region-isolated",
    /// A global index gets nothing new for a while.
    IndexLag = "index-lag",
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|fault| fault.name() == text);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|fault| fault.name()).collect();
            format!("there is no such fault; there are {}", names.join(", "))
        })
    }
}
