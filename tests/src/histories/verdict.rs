//! What an act has come to.

use std::path::Path;

use anyhow::Result;
use ryw_testkit::check::{self, Report};
use ryw_testkit::history::History;

use super::plan::Plan;
use super::scene::Scene;

/// An act, checked.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its number in the run.
    pub number: usize,
    /// What it was about.
    pub scene: Scene,
    /// What the checker found.
    pub report: Report,
}

impl Verdict {
    pub(crate) fn of(plan: &Plan, history: &History, _keep: Option<&Path>) -> Result<Self> {
        Ok(Self { number: plan.number, scene: plan.scene, report: check::check(history)? })
    }

    /// How many promises were broken.
    #[must_use]
    pub fn violations(&self) -> u64 {
        self.report.total()
    }
}
