//! What a run is to be.

use std::path::PathBuf;
use std::time::Duration;

use super::fault::Fault;
use super::plant::Plant;
use super::scene::Scene;

/// What is stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Real Postgres servers.
    Postgres,
    /// The testkit's model of DynamoDB.
    Dynamo,
    /// Both, now and then under one context.
    Both,
}

/// How reads are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// With the session's context.
    On,
    /// From any copy, as by naive routing; and judged as if nothing had been given up.
    Off,
}

/// Which histories to keep, and in which folder: as lines of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// None: what was checked is dropped.
    Nothing,
    /// Those in which a violation was found.
    Broken(PathBuf),
    /// All of them.
    All(PathBuf),
}

/// What a run is to be.
#[derive(Clone, Debug)]
pub struct Setup {
    /// All chance comes from it.
    pub seed: u64,
    /// How long, about; an act that has begun is ended.
    pub duration: Duration,
    /// How long each act is.
    pub act: Duration,
    /// Which acts there are, in turns.
    pub scenes: Vec<Scene>,
    /// Which faults may happen.
    pub faults: Vec<Fault>,
    /// How many sessions there are at a time.
    pub sessions: usize,
    /// Whether ryw is used as it is meant to.
    pub guarantee: Guarantee,
    /// A mistake to make on purpose.
    pub plant: Option<Plant>,
    /// Which histories to keep.
    pub keep: Keep,
}

impl Setup {
    /// Every scene and fault, for so long.
    #[must_use]
    pub fn new(seed: u64, duration: Duration) -> Self {
        Self {
            seed,
            duration,
            act: (duration / 10).clamp(Duration::from_secs(4), Duration::from_secs(20)),
            scenes: Scene::ALL.to_vec(),
            faults: Fault::ALL.to_vec(),
            sessions: 10,
            guarantee: Guarantee::On,
            plant: None,
            keep: Keep::Nothing,
        }
    }

    /// With a mistake, in the acts in which it matters.
    #[must_use]
    pub fn planted(mut self, plant: Plant) -> Self {
        self.scenes = plant.scenes().to_vec();
        self.faults = plant.faults().to_vec();
        self.plant = Some(plant);
        self
    }

    /// Only the scenes that need nothing but `backend`, or with [`Backend::Both`] all.
    #[must_use]
    pub fn on(mut self, backend: Backend) -> Self {
        self.scenes.retain(|scene| backend == Backend::Both || scene.backend() == backend);
        self
    }
}
