//! How a read is done: one pure function, no I/O, no clock.
//!
//! A strongly consistent read is current where the last write was made, and costs twice as much. So it is used where a write of
//! the session that the read may depend on is so young that an eventually consistent one might miss it, and nowhere else.
//! AWS gives no bound for that ("usually within one second or less"); the window is the source's, and what is past it is
//! taken for visible.

use std::time::Duration;

use ryw_core::{Branch, Frontier, ReadPolicy, Reason, Scope, Timestamp, Touch};

use crate::region::Region;

/// What the decision knows of a read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) policy: ReadPolicy,
    pub(crate) frontier: &'a Frontier,
    pub(crate) touch: Touch,
    /// How much the read may depend on.
    pub(crate) scope: Scope,
    pub(crate) window: Duration,
    pub(crate) now: Timestamp,
}

/// The Regions, as far as they matter to a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map<'a> {
    pub(crate) regions: &'a [Region],
    /// Where writes go.
    pub(crate) home: usize,
    /// Where reads go that may go anywhere.
    pub(crate) near: usize,
    pub(crate) spread: Spread,
}

/// How a table's Regions hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// It is in one Region, or its Regions follow each other: current is only the one that was written to.
    Eventual,
    /// Every Region reads strongly what any has acknowledged.
    Strong,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// An eventually consistent read in this Region.
    Eventual { region: usize, reason: Reason },
    /// A strongly consistent read in this Region.
    Strong { region: usize, reason: Reason },
    /// The session has lately written to several Regions that follow each other: none of them is certain to have all.
    Nowhere,
}

/// Whether the context holds what cannot be held against a Region of ours.
pub(crate) fn unjudged(frontier: &Frontier, regions: &[Region]) -> Option<Reason> {
    if frontier.is_unknown() {
        return Some(Reason::PositionUnknown);
    }
    let foreign = |branch: &Branch| regions.iter().all(|region| region.branch != *branch);
    frontier.marks().any(|mark| foreign(mark.branch())).then_some(Reason::PositionForeign)
}

pub(crate) fn decide(ask: Ask<'_>, map: Map<'_>) -> Plan {
    let current = match map.spread {
        Spread::Eventual => map.home,
        Spread::Strong => map.near,
    };
    let strong = |reason| Plan::Strong { region: current, reason };
    match ask.policy {
        ReadPolicy::Eventual => Plan::Eventual { region: map.near, reason: Reason::Policy },
        ReadPolicy::Session => session(ask, map, current),
        // There is no bound on how far an eventually consistent read is behind.
        _ => strong(Reason::Policy),
    }
}

fn session(ask: Ask<'_>, map: Map<'_>, current: usize) -> Plan {
    if let Some(reason) = unjudged(ask.frontier, map.regions) {
        return Plan::Strong { region: current, reason };
    }
    let mut written = map.regions.iter().enumerate().filter(|(_, region)| {
        let last = ask.frontier.recent(&region.branch).and_then(|recent| recent.last(&ask.touch, ask.scope));
        last.is_some_and(|at| at.is_within(ask.window, ask.now))
    });
    match (written.next(), written.next()) {
        (None, _) if ask.frontier.is_empty() => {
            Plan::Eventual { region: map.near, reason: Reason::NothingToCover }
        }
        (None, _) => Plan::Eventual { region: map.near, reason: Reason::WindowPassed },
        (Some(_), _) if map.spread == Spread::Strong => {
            Plan::Strong { region: current, reason: Reason::RecentWrite }
        }
        (Some((region, _)), None) => Plan::Strong { region, reason: Reason::RecentWrite },
        (Some(_), Some(_)) => Plan::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::config::{BehaviorVersion, Config};
    use ryw_core::{Identity, Position};

    use super::*;

    const READ: Touch = Touch { table: 1, partition: 2, item: 3 };
    const OTHER: Touch = Touch { table: 1, partition: 2, item: 4 };

    fn regions() -> [Region; 2] {
        ["home", "near"].map(|name| {
            let client =
                Client::from_conf(Config::builder().behavior_version(BehaviorVersion::latest()).build());
            Region::new("a", name.into(), client)
        })
    }

    fn wrote(region: &Region, touch: Touch, at: u64) -> Frontier {
        Position::touching(region.branch.clone(), [touch], Timestamp::from_unix_millis(at)).into()
    }

    fn joined(one: &Frontier, other: &Frontier) -> Frontier {
        let mut sum = one.clone();
        sum.join(other);
        sum
    }

    #[test]
    fn strong_where_it_was_written_and_only_within_the_window() {
        let regions = regions();
        let [home, near] = &regions;
        let foreign = Position::new(Identity::new("postgres:7"), 1, 5).into();
        let eventual = |reason| Plan::Eventual { region: 1, reason };
        let strong = |region, reason| Plan::Strong { region, reason };
        let both = joined(&wrote(home, READ, 95), &wrote(near, READ, 96));
        let table = [
            (Frontier::default(), eventual(Reason::NothingToCover), eventual(Reason::NothingToCover)),
            (wrote(home, READ, 95), strong(0, Reason::RecentWrite), strong(1, Reason::RecentWrite)),
            (wrote(home, READ, 90), eventual(Reason::WindowPassed), eventual(Reason::WindowPassed)),
            (wrote(home, READ, 999), strong(0, Reason::RecentWrite), strong(1, Reason::RecentWrite)),
            (wrote(home, OTHER, 95), eventual(Reason::WindowPassed), eventual(Reason::WindowPassed)),
            (wrote(near, READ, 95), strong(1, Reason::RecentWrite), strong(1, Reason::RecentWrite)),
            (both, Plan::Nowhere, strong(1, Reason::RecentWrite)),
            (Frontier::unknown(), strong(0, Reason::PositionUnknown), strong(1, Reason::PositionUnknown)),
            (foreign, strong(0, Reason::PositionForeign), strong(1, Reason::PositionForeign)),
        ];
        for (frontier, one_home, everywhere) in table {
            let ask = Ask {
                policy: ReadPolicy::Session,
                frontier: &frontier,
                touch: READ,
                scope: Scope::Item,
                window: Duration::from_millis(10),
                now: Timestamp::from_unix_millis(100),
            };
            let map = |spread| Map { regions: &regions, home: 0, near: 1, spread };
            assert_eq!(decide(ask, map(Spread::Eventual)), one_home, "{frontier:?}");
            assert_eq!(decide(ask, map(Spread::Strong)), everywhere, "{frontier:?}");
        }
    }

    #[test]
    fn a_policy_is_obeyed() {
        let regions = regions();
        let frontier = wrote(&regions[0], READ, 95);
        for (policy, plan) in [
            (ReadPolicy::Eventual, Plan::Eventual { region: 1, reason: Reason::Policy }),
            (ReadPolicy::Strong, Plan::Strong { region: 0, reason: Reason::Policy }),
            (
                ReadPolicy::BoundedStaleness(Duration::from_secs(9)),
                Plan::Strong { region: 0, reason: Reason::Policy },
            ),
        ] {
            let ask = Ask {
                policy,
                frontier: &frontier,
                touch: READ,
                scope: Scope::Item,
                window: Duration::from_millis(10),
                now: Timestamp::from_unix_millis(100),
            };
            let map = Map { regions: &regions, home: 0, near: 1, spread: Spread::Eventual };
            assert_eq!(decide(ask, map), plan);
        }
    }
}
