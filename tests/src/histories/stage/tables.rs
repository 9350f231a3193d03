//! Regions with tables, and the sources of several processes over them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use ryw_dynamo::DynamoSource;
use ryw_testkit::dynamo::{EventualReads, Mode, Regions};

use crate::histories::clock::JumpyClock;
use crate::histories::place::DynamoPlace;
use crate::histories::scene::Scene;
use crate::histories::world::{LOGS, SUMS};

/// How long after a write it is read strongly: longer than anything here lags, which is what the promise depends on.
pub(crate) const WINDOW: Duration = Duration::from_secs(5);

const NAMES: [&str; 3] = ["eu-central-1", "us-east-1", "ap-south-1"];
const TABLES: [&str; 3] = ["cells", "sums", "logs"];

/// The testkit's model of DynamoDB.
pub(crate) struct Tables {
    pub(crate) regions: Regions,
    /// Of each process.
    pub(crate) sources: Vec<DynamoSource>,
}

impl Tables {
    pub(crate) async fn start(scene: Scene, clock: &Arc<JumpyClock>, processes: usize) -> Result<Self> {
        let (count, mode) = match scene {
            Scene::Regions => (2, Some(Mode::Eventual)),
            Scene::Quorum => (3, Some(Mode::Strong)),
            _ => (1, None),
        };
        let regions = NAMES[..count].iter().fold(Regions::builder(), |regions, name| regions.region(*name));
        let regions = regions.start().await?;
        let mut sources = Vec::new();
        for number in 0..processes {
            sources.push(source(&regions, clock, number)?);
        }
        let place = DynamoPlace::new(sources[0].clone());
        place.create_tables().await?;
        if let Some(mode) = mode {
            TABLES.into_iter().try_for_each(|table| regions.make_global(table, mode))?;
        }
        place.create_rows(1..=SUMS.max(LOGS)).await?;
        // The worst that the service allows: whoever reads eventually may be answered by either copy.
        regions.all().iter().for_each(|region| region.serve_eventual_reads(EventualReads::Alternating));
        Ok(Self { regions, sources })
    }

    /// Restores every Region, and has all changes arrive.
    pub(crate) fn heal(&self) {
        for region in self.regions.all() {
            region.restore();
            region.refuse_all(None);
            for lag in [region.follower(), region.indexes()] {
                lag.set_delay(Duration::ZERO);
                lag.release();
                lag.step(usize::MAX);
            }
        }
        self.arrive();
    }

    /// Has all that is on its way between Regions arrive.
    fn arrive(&self) {
        let count = self.regions.all().len();
        for (from, to) in (0..count).flat_map(|from| (0..count).map(move |to| (from, to))) {
            if from != to {
                let way = self.regions.replication(from, to);
                way.keep_order();
                way.set_delay(Duration::ZERO);
                way.release();
                way.step(usize::MAX);
            }
        }
    }
}

/// Each process is near another Region.
fn source(regions: &Regions, clock: &Arc<JumpyClock>, number: usize) -> Result<DynamoSource> {
    let all = regions.all();
    let mut builder = DynamoSource::builder("items").home(all[0].name(), all[0].client());
    for region in &all[1..] {
        builder = builder.region(region.name(), region.client());
    }
    let near = all[number % all.len()].name();
    Ok(builder.near(near).window(WINDOW).clock(Arc::clone(clock) as Arc<_>).build()?)
}
