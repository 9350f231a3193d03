//! What can be chosen on the command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use ryw_tests::histories::{self, Fault, Guarantee, Keep, Plant, Setup};

/// Lets sessions write and read while servers fail, and checks everything that ryw promises.
#[derive(Debug, Parser)]
#[command(name = "histories", version, verbatim_doc_comment, max_term_width = 100)]
pub(crate) struct Options {
    /// How long, about
    #[arg(long, value_name = "COUNT", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,

    /// Repeats a run, as far as real servers allow; without it, one is drawn and printed
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// What is stored in
    #[arg(long, value_enum, default_value_t = Backend::Both)]
    backend: Backend,

    /// Whether reads are made with their session's context; `off` is naive routing, and must be caught
    #[arg(long, value_enum, default_value_t = Switch::On)]
    guarantee: Switch,

    /// Which faults may happen, with commas between; `none` for none
    #[arg(long, value_name = "LIST", default_value = "all")]
    faults: String,

    /// A mistake to make on purpose, which must be caught: early-lsn, flush-lsn, snapshot-race, visible-in-snapshot,
    /// old-timeline, lost-merge, forgotten-token, no-floor, gsi-eventual, blind-retry, unknown-is-done
    #[arg(long, value_name = "NAME")]
    plant: Option<Plant>,

    /// How many sessions there are at a time
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=500))]
    sessions: u16,

    /// Which acts there are, with commas between: lag, network, crash, failover, loss, divergence, regions, quorum, both
    #[arg(long, value_name = "LIST")]
    scenes: Option<String>,

    /// Where to write report.txt and picture.svg, and the history of each act with a violation
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,

    /// Write the history of every act, not only of those with a violation; needs --report
    #[arg(long, requires = "report")]
    keep: bool,

    /// Print what was planned for each act
    #[arg(long, short)]
    verbose: bool,
}

/// What is stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// A primary and its replicas
    Postgres,
    /// A model of DynamoDB's Regions, in this process
    Dynamo,
    /// Both in turns, and both at once under one context
    Both,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Options {
    /// What the run is to be.
    pub(crate) fn setup(&self) -> Result<Setup> {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let mut setup = Setup::new(seed, Duration::from_secs(self.seconds));
        setup.faults = faults(&self.faults)?;
        if let Some(plant) = self.plant {
            setup = setup.planted(plant);
        }
        setup = setup.on(self.backend.into());
        setup.sessions = self.sessions.into();
        setup.guarantee = self.guarantee.into();
        if let Some(list) = &self.scenes {
            let names: Vec<_> = list.split(',').collect();
            setup.scenes.retain(|scene| names.contains(&scene.name()));
        }
        ensure!(
            !setup.scenes.is_empty(),
            "there is no act left: --scenes, --backend and --plant have none in common"
        );
        setup.keep = match (&self.report, self.keep) {
            (None, _) => Keep::Nothing,
            (Some(folder), false) => Keep::Broken(folder.clone()),
            (Some(folder), true) => Keep::All(folder.clone()),
        };
        Ok(setup)
    }

    /// Where the report goes.
    pub(crate) fn report(&self) -> Option<&Path> {
        self.report.as_deref()
    }

    pub(crate) const fn verbose(&self) -> bool {
        self.verbose
    }
}

fn faults(list: &str) -> Result<Vec<Fault>> {
    match list {
        "all" => Ok(Fault::ALL.to_vec()),
        "none" => Ok(Vec::new()),
        list => list
            .split(',')
            .map(|name| name.parse().map_err(|why| anyhow::anyhow!("--faults {name}: {why}")))
            .collect(),
    }
}

impl From<Backend> for histories::Backend {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Postgres => Self::Postgres,
            Backend::Dynamo => Self::Dynamo,
            Backend::Both => Self::Both,
        }
    }
}

impl From<Switch> for Guarantee {
    fn from(switch: Switch) -> Self {
        match switch {
            Switch::On => Self::On,
            Switch::Off => Self::Off,
        }
    }
}
