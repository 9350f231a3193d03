//! The servers of an act, and the processes that use them.

mod postgres;
mod tables;

use std::sync::Arc;

use anyhow::Result;
use ryw_testkit::history::{Order, Recorder};

pub(crate) use postgres::Servers;
pub(crate) use tables::{Tables, WINDOW};

use super::clock::JumpyClock;
use super::place::{DynamoPlace, Place, PlantedPlace, PostgresPlace};
use super::plant::Plant;
use super::scene::Scene;
use super::setup::Backend;
use super::world::{Kind, Numbers, Process, Store};

/// How many processes an application has.
const PROCESSES: usize = 3;

/// Servers, and the sources of several processes that use them.
pub(crate) struct Stage {
    pub(crate) servers: Option<Servers>,
    pub(crate) tables: Option<Tables>,
    pub(crate) clock: Arc<JumpyClock>,
    pub(crate) numbers: Arc<Numbers>,
}

impl Stage {
    /// Starts what the scene needs, and connects.
    pub(crate) async fn set(scene: Scene) -> Result<Self> {
        let clock = Arc::<JumpyClock>::default();
        let servers = match scene.backend() {
            Backend::Postgres | Backend::Both => Some(Servers::start(scene, &clock, PROCESSES).await?),
            Backend::Dynamo => None,
        };
        let tables = match scene.backend() {
            Backend::Dynamo | Backend::Both => Some(Tables::start(scene, &clock, PROCESSES).await?),
            Backend::Postgres => None,
        };
        Ok(Self { servers, tables, clock, numbers: Arc::default() })
    }

    /// What each process has, with the names in a history; if there is a wrong rule, in place of ryw.
    pub(crate) fn processes(&self, plant: Option<Plant>, recorder: &Recorder) -> Result<Vec<Process>> {
        let mut processes = vec![Process { stores: Vec::new() }; PROCESSES];
        if let Some(servers) = &self.servers {
            let source = recorder.source("main", Order::OneLog);
            for (process, connected) in processes.iter_mut().zip(&servers.sources) {
                let place: Arc<dyn Place> = match plant.filter(|plant| plant.is_gate()) {
                    Some(plant) => Arc::new(PlantedPlace::new(plant, &servers.urls(), &servers.leader)?),
                    None => Arc::new(PostgresPlace::new(connected.clone())),
                };
                process.stores.push(Store { kind: Kind::Postgres, source, place });
            }
        }
        if let Some(tables) = &self.tables {
            let source = recorder.source("items", Order::PerObject);
            for (process, built) in processes.iter_mut().zip(&tables.sources) {
                let place = Arc::new(DynamoPlace::new(built.clone()));
                process.stores.push(Store { kind: Kind::Dynamo, source, place });
            }
        }
        Ok(processes)
    }

    /// Ends whatever still holds, so that all copies come to the same.
    pub(crate) async fn heal(&self) -> Result<()> {
        if let Some(servers) = &self.servers {
            servers.heal().await?;
        }
        if let Some(tables) = &self.tables {
            tables.heal();
        }
        Ok(())
    }

    /// Ends the servers.
    pub(crate) async fn clear(self) {
        if let Some(servers) = self.servers {
            servers.cluster.shutdown().await;
        }
    }
}
