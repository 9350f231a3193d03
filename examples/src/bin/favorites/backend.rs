//! Where the favourites are stored: in Postgres, in DynamoDB, or in both at once.

use std::sync::Arc;

use anyhow::Result;

use crate::options::{self, Options};
use crate::servers::Servers;
use crate::strategies::{Both, Dynamo, Naive, Ryw, Strategy};
use crate::tables::Tables;

/// What is written to and read from.
#[derive(Debug)]
pub(crate) struct Backend {
    servers: Option<Servers>,
    tables: Option<Tables>,
}

/// One of the three ways, in the order in which they run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Naive,
    /// What is done today: the primary for a time, or strongly consistent reads.
    Customary,
    Ryw,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Naive, Self::Customary, Self::Ryw];
}

impl Backend {
    /// Starts what is needed.
    pub(crate) async fn start(options: &Options) -> Result<Self> {
        let servers = match options.backend {
            options::Backend::Postgres | options::Backend::Both => Some(Servers::start(options).await?),
            options::Backend::Dynamo => None,
        };
        Ok(Self { servers, tables: None })
    }

    /// Makes the tables, and then the lag. To be followed by [`clear`](Self::clear), also if it fails or is dropped.
    pub(crate) async fn prepare(&mut self, options: &Options) -> Result<()> {
        if let Some(servers) = &mut self.servers {
            servers.prepare(options).await?;
        }
        if options.backend != options::Backend::Postgres {
            self.tables = Some(Tables::start(options).await?);
        }
        Ok(())
    }

    /// A way to write and read.
    pub(crate) async fn strategy(&self, options: &Options, way: Way) -> Result<Arc<dyn Strategy>> {
        let monotonic_reads = options.monotonic_reads();
        let tables = self.tables.as_ref();
        let dynamo = match way {
            Way::Naive => tables.map(Dynamo::naive),
            Way::Customary => tables.map(Dynamo::strong),
            Way::Ryw => tables.map(|tables| Dynamo::ryw(tables, monotonic_reads)),
        };
        let dynamo = dynamo.transpose()?;
        let Some(servers) = &self.servers else {
            return Ok(Arc::new(dynamo.expect("one of the two is there")));
        };
        Ok(match way {
            Way::Naive => with(Naive::connect(servers).await?, dynamo),
            Way::Customary => with(Ryw::time_to_live(servers, options.ttl_window.into()).await?, dynamo),
            Way::Ryw => with(Ryw::by_position(servers, monotonic_reads).await?, dynamo),
        })
    }

    /// Kills a replica on the way, if that was asked for.
    pub(crate) async fn crash_one(&self, options: &Options) -> Result<()> {
        match &self.servers {
            Some(servers) => servers.crash_one(options).await,
            None => Ok(()),
        }
    }

    /// Waits until everything stands where it stood before a run.
    pub(crate) async fn settle(&self) -> Result<()> {
        if let Some(tables) = &self.tables {
            tables.settle().await;
        }
        match &self.servers {
            Some(servers) => servers.settle().await,
            None => Ok(()),
        }
    }

    /// Removes what was made.
    pub(crate) async fn clear(self) -> Result<()> {
        match self.servers {
            Some(servers) => servers.clear().await,
            None => Ok(()),
        }
    }
}

fn with(postgres: impl Strategy, dynamo: Option<Dynamo>) -> Arc<dyn Strategy> {
    match dynamo {
        Some(dynamo) => Arc::new(Both::new(postgres, dynamo)),
        None => Arc::new(postgres),
    }
}
