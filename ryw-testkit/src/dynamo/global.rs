//! Global tables: which Regions share a table, and how.

use dynoxide::Item;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::operation::{Json, Operation};
use super::refused::Refused;
use super::request::{Consistency, Request};
use super::site::Reach;
use super::world::World;

/// The consistency mode of a global table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Multi-Region eventual consistency (MREC): replicated after the answer; the last writer of an item wins.
    Eventual,
    /// Multi-Region strong consistency (MRSC): replicated before the answer; strong reads are current in every Region.
    Strong,
}

/// The Regions that share a table.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) mode: Mode,
    pub(super) members: Vec<usize>,
}

impl Group {
    pub(super) fn others(&self, site: usize) -> Vec<usize> {
        self.members.iter().copied().filter(|&member| member != site).collect()
    }
}

impl World {
    /// Shares a table among all Regions, with what is in it.
    pub(super) fn make_global(&mut self, table: &str, mode: Mode) -> Result<(), String> {
        self.settle();
        let members: Vec<_> = (0..self.sites.len()).collect();
        let source = self.source_of(table)?;
        self.check_mode(source, table, mode)?;
        let request = self.creation_of(source, table).map_err(|why| why.body)?;
        for &member in &members {
            self.ensure(member, source, table, &request)?;
        }
        let items = self.sites[source].leader.items(table).map_err(|why| why.to_string())?;
        self.groups.insert(table.to_owned(), Group { mode, members });
        items.into_iter().try_for_each(|item| self.copy(source, table, item))
    }

    /// Refuses what a global table in strong mode does not allow, or cannot do while its Region is alone.
    pub(super) fn check_global(&self, site: usize, request: &Request) -> Result<(), Refused> {
        for table in request.tables() {
            let Some(group) = self.groups.get(table).filter(|group| group.mode == Mode::Strong) else {
                continue;
            };
            if request.operation.is_transaction() {
                return Err(Refused::validation(
                    "Transactions are not supported on global tables with multi-Region strong consistency",
                ));
            }
            if request.consistency() != Some(Consistency::Eventual) && !self.has_majority(site, group) {
                return Err(Refused::internal(
                    "The Region has lost its connection to the table's other replicas",
                ));
            }
        }
        Ok(())
    }

    /// What `DescribeTable` says more of a global table: its other replicas, and its mode.
    pub(super) fn describe_global(&self, site: usize, table: &str, description: &mut Json) {
        let Some(group) = self.groups.get(table).filter(|group| group.members.contains(&site)) else {
            return;
        };
        let others = group.others(site);
        let replicas: Vec<Value> = others
            .iter()
            .map(|&other| json!({"RegionName": self.sites[other].name, "ReplicaStatus": "ACTIVE"}))
            .collect();
        let mode = match group.mode {
            Mode::Eventual => "EVENTUAL",
            Mode::Strong => "STRONG",
        };
        description.insert("GlobalTableVersion".into(), json!("2019.11.21"));
        description.insert("Replicas".into(), json!(replicas));
        description.insert("MultiRegionConsistency".into(), json!(mode));
    }

    /// Two of three: a third replica that is no Region of ours is a witness, which is always there.
    fn has_majority(&self, site: usize, group: &Group) -> bool {
        let connected = group.members.iter().filter(|&&member| self.connected(site, member)).count();
        let witness = group.members.len() == 2 && self.sites[site].reach == Reach::Everywhere;
        connected + usize::from(witness) >= 2
    }

    fn source_of(&self, table: &str) -> Result<usize, String> {
        if self.groups.contains_key(table) {
            return Err(format!("table {table} is global already, and its mode cannot be changed"));
        }
        let holders = self.sites.iter().position(|site| site.leader.schema(table).is_some());
        holders.ok_or_else(|| format!("there is no table {table} in any Region: create it first"))
    }

    fn check_mode(&self, source: usize, table: &str, mode: Mode) -> Result<(), String> {
        let regions = self.sites.len();
        if regions < 2 {
            return Err("a global table needs two Regions or more".into());
        }
        if mode == Mode::Eventual {
            return Ok(());
        }
        if regions > 3 {
            return Err(format!("strong mode is for three Regions, or two and a witness, not for {regions}"));
        }
        let schema = self.sites[source].leader.schema(table);
        if schema.is_some_and(|schema| schema.has_local_indexes || schema.has_ttl) {
            return Err(format!(
                "table {table} has local secondary indexes or a TTL, which strong mode does not have"
            ));
        }
        let empty = self.sites[source].leader.items(table).map_err(|why| why.to_string())?.is_empty();
        empty.then_some(()).ok_or_else(|| format!("table {table} has items: strong mode is for empty tables"))
    }

    fn ensure(&mut self, member: usize, source: usize, table: &str, request: &Json) -> Result<(), String> {
        let theirs = self.sites[member].leader.schema(table);
        if theirs.is_none() {
            return self
                .everywhere(member, Operation::CreateTable, request)
                .map(drop)
                .map_err(|why| why.body);
        }
        let name = &self.sites[member].name;
        if theirs != self.sites[source].leader.schema(table) {
            return Err(format!("table {table} in {name} has other keys or indexes than elsewhere"));
        }
        let items = self.sites[member].leader.items(table).map_err(|why| why.to_string())?;
        let may_have = member == source || items.is_empty();
        may_have.then_some(()).ok_or_else(|| format!("table {table} in {name} has items of its own"))
    }

    /// Brings an item to all other Regions at once.
    fn copy(&mut self, source: usize, table: &str, item: Item) -> Result<(), String> {
        let schema = self.sites[source].leader.schema(table);
        let names: Vec<_> =
            schema.into_iter().flat_map(|schema| schema.keys).map(|key| key.attribute_name).collect();
        let key = item.into_iter().filter(|(name, _)| names.contains(name)).collect();
        let copied = self.change(source, table, key).and_then(|change| {
            self.sites[source].leader.note(&change);
            let mut others = self.sites.iter_mut().enumerate().filter(|(site, _)| *site != source);
            others.try_for_each(|(_, site)| site.take(&change, Instant::now()))
        });
        copied.map_err(|why| why.to_string())
    }
}
