//! The Regions, together.

use std::sync::Arc;

use super::global::Mode;
use super::lag::Lag;
use super::region::Region;
use super::shared::Shared;
use super::world::{Way, World};
use crate::error::{Error, Result};

/// The Region that there is if none is named.
const DEFAULT: &str = "eu-central-1";

/// DynamoDB Regions in this process. They end when this is dropped, as does whatever they keep.
#[derive(Debug)]
pub struct Regions {
    regions: Vec<Region>,
    shared: Arc<Shared>,
}

/// Which Regions to start.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct RegionsBuilder {
    names: Vec<String>,
}

impl Regions {
    /// What to start: one Region unless more are named.
    pub fn builder() -> RegionsBuilder {
        RegionsBuilder::default()
    }

    /// A Region, in the order in which they were named.
    ///
    /// # Panics
    ///
    /// If there is none of that index.
    #[must_use]
    pub fn region(&self, index: usize) -> &Region {
        &self.regions[index]
    }

    /// All Regions.
    #[must_use]
    pub fn all(&self) -> &[Region] {
        &self.regions
    }

    /// Makes a table of one Region, or of several alike, a global table of all of them. What is in it is there in all
    /// of them at once.
    ///
    /// From then on `DescribeTable` tells the other replicas and the mode.
    ///
    /// # Errors
    ///
    /// If there is no such table, it is global already, or the Regions' tables of that name differ or have items in more
    /// than one. In strong mode also if the table has items, local secondary indexes or a TTL, or the Regions are not
    /// two (with a witness) or three.
    pub fn make_global(&self, table: &str, mode: Mode) -> Result<()> {
        self.shared.world().make_global(table, mode).map_err(Error::setting)
    }

    /// The way from one Region to another, by their indexes, of what is written to global tables in eventual mode.
    ///
    /// In strong mode nothing takes it but what is written while the other Region is cut off, and that is delivered when
    /// it is restored, held or not.
    ///
    /// # Panics
    ///
    /// If there is no Region of one of the indexes, or they are the same.
    pub fn replication(&self, from: usize, to: usize) -> Lag {
        let regions = self.regions.len();
        assert!(
            from < regions && to < regions && from != to,
            "no replication from {from} to {to} of {regions} Regions"
        );
        Lag::new(Arc::clone(&self.shared), Way::Replication { from, to })
    }
}

impl RegionsBuilder {
    /// Names a Region more.
    pub fn region(mut self, name: impl Into<String>) -> Self {
        self.names.push(name.into());
        self
    }

    /// Starts them, which takes a few milliseconds. A tokio runtime has to be running; they live on it.
    ///
    /// # Errors
    ///
    /// If a name is empty, has characters other than letters, digits and hyphens or comes twice, or the operating system
    /// has no port to give.
    pub async fn start(mut self) -> Result<Regions> {
        if self.names.is_empty() {
            self.names.push(DEFAULT.to_owned());
        }
        self.check()?;
        let world = World::new(&self.names)
            .map_err(|why| Error::system("the emulator could not make a database").because(why))?;
        let shared = Arc::new(Shared::new(world));
        let mut regions = Vec::new();
        for (site, name) in self.names.into_iter().enumerate() {
            regions.push(Region::open(site, name, Arc::clone(&shared)).await?);
        }
        Ok(Regions { regions, shared })
    }

    fn check(&self) -> Result<()> {
        for (index, name) in self.names.iter().enumerate() {
            let suits = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if name.is_empty() || !name.chars().all(suits) {
                return Err(Error::setting(format!(
                    "{name:?} is no name of a Region: letters, digits and hyphens are"
                )));
            }
            if self.names[..index].contains(name) {
                return Err(Error::setting(format!("Region {name} is named twice")));
            }
        }
        Ok(())
    }
}
