//! Where an operation ran, why there, and how often.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where an operation ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Route {
    /// The server that takes the writes; of DynamoDB a strongly consistent read.
    Primary,
    /// A replica, by its place in the configuration; of DynamoDB an eventually consistent read in the Region of that place.
    Replica(usize),
    /// A cache in front.
    Cache,
}

impl Route {
    /// Whether this is a replica.
    #[must_use]
    pub const fn is_replica(self) -> bool {
        matches!(self, Self::Replica(_))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary => f.write_str("primary"),
            Self::Replica(index) => write!(f, "replica {index}"),
            Self::Cache => f.write_str("cache"),
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why an operation ran where it ran.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// All of them, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// A short, stable name, for labels of metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

reasons! {
    /// A write: there is one place for it.
    Write = "write",
    /// The replica was known, or found at once, to hold all that the read may depend on.
    CaughtUp = "caught_up",
    /// The replica caught up while the read waited for it.
    Waited = "waited",
    /// The context has no past with this source: any server will do.
    NothingToCover = "nothing_to_cover",
    /// The read's policy said so.
    Policy = "policy",
    /// The source's mode said so.
    Mode = "mode",
    /// Inside the window of a write, by the time that has passed: time-to-live mode, and DynamoDB.
    RecentWrite = "recent_write",
    /// No write of the context is inside the window: time-to-live mode, and DynamoDB.
    WindowPassed = "window_passed",
    /// The position of something the context did is not known.
    PositionUnknown = "position_unknown",
    /// The context holds a position of another database.
    PositionForeign = "position_foreign",
    /// The context holds a position of another timeline: there was a failover.
    PositionOtherTimeline = "position_other_timeline",
    /// The context holds a position that the primary itself had not reached.
    PositionFromFuture = "position_from_future",
    /// The context holds a write that a failover has lost.
    WriteLost = "write_lost",
    /// Served stale, as the [context allows](crate::Context::stale_when_overloaded), because too many reads needed the
    /// primary.
    Overloaded = "overloaded",
    /// No replica caught up within the budget.
    ReplicasBehind = "replicas_behind",
    /// No replica is configured, or none can be used.
    NoReplica = "no_replica",
    /// Another replica (of DynamoDB another Region) failed while it served the read, or had no connection for it; it was
    /// repeated here.
    ReplicaFailed = "replica_failed",
    /// Served eventually consistent, as the source was told to, because the Region that was written to did not answer:
    /// DynamoDB.
    HomeDown = "home_down",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A route and the reason for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Routed {
    /// Where.
    pub route: Route,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for Routed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.route, self.reason)
    }
}

/// How many operations a source has routed, by kind of route and reason.
pub struct RouteCounts([[AtomicU64; Reason::ALL.len()]; 3]);

impl Default for RouteCounts {
    fn default() -> Self {
        Self([const { [const { AtomicU64::new(0) }; Reason::ALL.len()] }; 3])
    }
}

/// What has occurred: `{"primary (write)": 2, "replica (caught_up)": 5}`.
impl fmt::Debug for RouteCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (route, counts) in ["primary", "replica", "cache"].iter().zip(&self.0) {
            for reason in Reason::ALL {
                let count = counts[*reason as usize].load(Ordering::Relaxed);
                if count > 0 {
                    map.entry(&format!("{route} ({reason})"), &count);
                }
            }
        }
        map.finish()
    }
}

impl RouteCounts {
    /// Counts one operation; for backends.
    pub fn record(&self, routed: Routed) {
        self.0[kind(routed.route)][routed.reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Operations that ran where and why `routed` says; replicas are counted together.
    #[must_use]
    pub fn of(&self, routed: Routed) -> u64 {
        self.0[kind(routed.route)][routed.reason as usize].load(Ordering::Relaxed)
    }

    /// Operations that ran for `reason`, wherever they ran.
    #[must_use]
    pub fn by_reason(&self, reason: Reason) -> u64 {
        self.0.iter().map(|counts| counts[reason as usize].load(Ordering::Relaxed)).sum()
    }

    /// Reads served by replicas.
    #[must_use]
    pub fn replica_reads(&self) -> u64 {
        self.0[1].iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Reads served by a cache.
    #[must_use]
    pub fn cache_reads(&self) -> u64 {
        self.0[2].iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Reads served by the primary.
    #[must_use]
    pub fn primary_reads(&self) -> u64 {
        // Not all less the writes: both may be counted on meanwhile.
        let reads = Reason::ALL.iter().filter(|reason| **reason != Reason::Write);
        reads.map(|reason| self.0[0][*reason as usize].load(Ordering::Relaxed)).sum()
    }

    /// Every reason that occurred, with its count.
    #[must_use]
    pub fn reasons(&self) -> Vec<(Reason, u64)> {
        Reason::ALL.iter().map(|r| (*r, self.by_reason(*r))).filter(|(_, count)| *count > 0).collect()
    }
}

/// Replicas are counted together.
const fn kind(route: Route) -> usize {
    match route {
        Route::Primary => 0,
        Route::Replica(_) => 1,
        Route::Cache => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_route_and_reason() {
        let counts = RouteCounts::default();
        for (route, reason) in [
            (Route::Primary, Reason::Write),
            (Route::Primary, Reason::ReplicasBehind),
            (Route::Replica(1), Reason::CaughtUp),
            (Route::Replica(0), Reason::CaughtUp),
        ] {
            counts.record(Routed { route, reason });
        }
        assert_eq!((counts.primary_reads(), counts.replica_reads()), (1, 2));
        assert_eq!(counts.by_reason(Reason::CaughtUp), 2);
        let fell_back = Routed { route: Route::Primary, reason: Reason::ReplicasBehind };
        assert_eq!(counts.of(fell_back), 1);
        assert_eq!(counts.of(Routed { route: Route::Replica(7), ..fell_back }), 0);
        assert_eq!(counts.reasons().len(), 3);
        let shown = r#"{"primary (write)": 1, "primary (replicas_behind)": 1, "replica (caught_up)": 2}"#;
        assert_eq!(format!("{counts:?}"), shown);
    }

    /// A sum less what is counted meanwhile once was less than nothing.
    #[test]
    fn reads_are_counted_beside_writes() {
        let counts = RouteCounts::default();
        let write = Routed { route: Route::Primary, reason: Reason::Write };
        std::thread::scope(|threads| {
            threads.spawn(|| (0..200_000).for_each(|_| counts.record(write)));
            for _ in 0..20_000 {
                assert_eq!(counts.primary_reads(), 0);
            }
        });
    }
}
