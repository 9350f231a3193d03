//! All Regions, and what is on its way between them: everything that happens, happens here, one thing after the other.
//!
//! There are no tasks that deliver. What is due is delivered before anything is looked at ([`World::settle`]), which
//! cannot be told from having been delivered in time, and leaves nothing to end or to wait for.

use std::collections::BTreeMap;

use dynoxide::DynoxideError;
use tokio::time::Instant;

use super::change::{Change, Inner, slot};
use super::global::{Group, Mode};
use super::queue::Queue;
use super::site::{Reach, Site};

/// The Regions' state.
pub(super) struct World {
    pub(super) sites: Vec<Site>,
    /// From each Region to each, by rows.
    links: Vec<Queue>,
    /// The global tables.
    pub(super) groups: BTreeMap<String, Group>,
    clock: u64,
    /// Why a copy could not follow, if so: nothing that is said from then on could be trusted.
    pub(super) broken: Option<String>,
}

/// A way that changes take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Follower(usize),
    Indexes(usize),
    Replication { from: usize, to: usize },
}

impl World {
    pub(super) fn new(names: &[String]) -> Result<Self, DynoxideError> {
        let sites = names.iter().cloned().map(Site::new).collect::<Result<Vec<_>, _>>()?;
        let links = std::iter::repeat_with(Queue::default).take(names.len() * names.len()).collect();
        Ok(Self { sites, links, groups: BTreeMap::new(), clock: 0, broken: None })
    }

    /// Whether what happens in one Region gets to the other.
    pub(super) fn connected(&self, one: usize, other: usize) -> bool {
        let reached = |site: usize| self.sites[site].reach == Reach::Everywhere;
        one == other || reached(one) && reached(other)
    }

    pub(super) fn queue(&mut self, way: Way) -> &mut Queue {
        match way {
            Way::Follower(site) => &mut self.sites[site].to_follower,
            Way::Indexes(site) => &mut self.sites[site].to_indexes,
            Way::Replication { from, to } => self.link(from, to),
        }
    }

    /// Delivers all that is due by now.
    pub(super) fn settle(&mut self) {
        let settled = self.try_settle(Instant::now());
        self.check(settled);
    }

    fn try_settle(&mut self, now: Instant) -> Result<(), DynoxideError> {
        for (from, to) in self.pairs() {
            while let Some((due, change)) =
                self.connected(from, to).then(|| self.link(from, to).pop_due(now)).flatten()
            {
                self.sites[to].take(&change, due)?;
            }
        }
        self.sites.iter_mut().try_for_each(|site| site.settle(now))
    }

    /// Delivers up to `most` changes that suit, due or not and held or not. Says how many.
    pub(super) fn step(&mut self, way: Way, most: usize, mut suits: impl FnMut(&Change) -> bool) -> usize {
        self.settle();
        let mut steps = 0;
        while steps < most && self.is_open(way) {
            let Some((_, change)) = self.queue(way).pop(&mut suits) else { break };
            let delivered = self.deliver(way, &change);
            self.check(delivered);
            steps += 1;
        }
        self.settle();
        steps
    }

    /// Tells of an item that was just written at a Region's leader.
    pub(super) fn publish(
        &mut self,
        site: usize,
        table: &str,
        key: dynoxide::Item,
    ) -> Result<(), DynoxideError> {
        let now = Instant::now();
        let change = self.change(site, table, key)?;
        self.sites[site].leader.note(&change);
        self.sites[site].pass_on(&change, now);
        let Some(group) = self.groups.get(table).cloned() else { return Ok(()) };
        for other in group.others(site) {
            if group.mode == Mode::Strong && self.connected(site, other) {
                self.sites[other].take(&change, now)?;
            } else {
                self.link(site, other).push(change.clone(), now);
            }
        }
        Ok(())
    }

    /// Changes from where a Region can be reached, and brings strong tables level with those it is connected to again.
    pub(super) fn set_reach(&mut self, site: usize, reach: Reach) {
        self.settle();
        self.sites[site].reach = reach;
        let levelled = self.level();
        self.check(levelled);
        self.settle();
    }

    /// Drops what was on its way to a Region's table that has gone.
    pub(super) fn forget(&mut self, site: usize, table: &str) {
        for other in 0..self.sites.len() {
            self.link(other, site).forget(table);
        }
        self.sites[site].forget(table);
    }

    /// Remembers a failure to follow.
    pub(super) fn check(&mut self, result: Result<(), DynoxideError>) {
        if let Err(why) = result {
            self.broken.get_or_insert(format!("the model broke: a copy could not take a change: {why}"));
        }
    }

    fn level(&mut self) -> Result<(), DynoxideError> {
        let strong: Vec<_> = self
            .groups
            .iter()
            .filter(|(_, group)| group.mode == Mode::Strong)
            .map(|(name, _)| name.clone())
            .collect();
        for (from, to) in self.pairs() {
            let of_strong = |change: &Change| strong.iter().any(|name| name == change.table());
            while let Some((due, change)) =
                self.connected(from, to).then(|| self.link(from, to).pop(of_strong)).flatten()
            {
                self.sites[to].take(&change, due)?;
            }
        }
        Ok(())
    }

    fn deliver(&mut self, way: Way, change: &Change) -> Result<(), DynoxideError> {
        match way {
            Way::Follower(site) => self.sites[site].follower.apply(change).map(drop),
            Way::Indexes(site) => self.sites[site].indexes.apply(change).map(drop),
            Way::Replication { to, .. } => self.sites[to].take(change, Instant::now()),
        }
    }

    fn is_open(&self, way: Way) -> bool {
        match way {
            Way::Follower(_) | Way::Indexes(_) => true,
            Way::Replication { from, to } => self.connected(from, to),
        }
    }

    pub(super) fn change(
        &mut self,
        site: usize,
        table: &str,
        key: dynoxide::Item,
    ) -> Result<Change, DynoxideError> {
        self.clock += 1;
        let image = self.sites[site].leader.item(table, &key)?;
        let inner = Inner { table: table.to_owned(), slot: slot(&key), key, image, stamp: self.clock };
        Ok(Change(std::sync::Arc::new(inner)))
    }

    fn link(&mut self, from: usize, to: usize) -> &mut Queue {
        let index = from * self.sites.len() + to;
        &mut self.links[index]
    }

    fn pairs(&self) -> Vec<(usize, usize)> {
        let all = 0..self.sites.len();
        all.clone()
            .flat_map(|from| all.clone().map(move |to| (from, to)))
            .filter(|(from, to)| from != to)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ask(world: &mut World, operation: &str, body: &str) {
        let (status, answer) = world.answer(0, &format!("DynamoDB_20120810.{operation}"), body).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    /// Two Regions with a global table.
    fn two() -> World {
        let mut world = World::new(&["a".to_owned(), "b".to_owned()]).unwrap();
        let table = r#"{"TableName": "note", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}"#;
        ask(&mut world, "CreateTable", table);
        world.make_global("note", Mode::Eventual).unwrap();
        world
    }

    #[test]
    fn the_times_of_ways_add_up_however_late_one_looks() {
        let mut world = two();
        let (replication, follower) = (Way::Replication { from: 0, to: 1 }, Way::Follower(1));
        world.queue(replication).set_delay(10 * SECOND);
        world.queue(follower).set_delay(10 * SECOND);
        ask(&mut world, "PutItem", r#"{"TableName": "note", "Item": {"id": {"S": "1"}}}"#);
        let written = Instant::now();
        for (seconds, replicating, following) in [(9, 1, 0), (15, 0, 1), (18, 0, 1), (21, 0, 0)] {
            world.try_settle(written + seconds * SECOND).unwrap();
            let under_way = (world.queue(replication).len(), world.queue(follower).len());
            assert_eq!(under_way, (replicating, following), "after {seconds} s");
        }
    }
}
