//! What an act has come to.

use std::fmt;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use ryw_testkit::check::{self, Guarantee, Report};
use ryw_testkit::history::History;

use super::excuse;
use super::plan::Plan;
use super::scene::Scene;
use super::setup::Keep;

/// An act, checked.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its number in the run.
    pub number: usize,
    /// What it was about.
    pub scene: Scene,
    /// What the checker found.
    pub report: Report,
    /// Violations that are none, for they break nothing that is promised.
    pub excused: u64,
}

impl Verdict {
    pub(crate) fn of(plan: &Plan, history: &History, keep: &Keep) -> Result<Self> {
        let mut report = check::check(history).context("the history cannot be checked")?;
        let found = report.violations.len();
        report.violations.retain(|violation| !excuse::primary_was_behind(history, violation));
        let excused = (found - report.violations.len()) as u64;
        match keep {
            Keep::All(folder) => store(history, plan, folder)?,
            Keep::Broken(folder) if report.total() > excused => store(history, plan, folder)?,
            Keep::Broken(_) | Keep::Nothing => {}
        }
        Ok(Self { number: plan.number, scene: plan.scene, report, excused })
    }

    /// How often this promise was broken.
    #[must_use]
    pub fn count(&self, guarantee: Guarantee) -> u64 {
        let excused = if guarantee == excuse::OF { self.excused } else { 0 };
        self.report.count(guarantee) - excused
    }

    /// How many promises were broken.
    #[must_use]
    pub fn violations(&self) -> u64 {
        self.report.total() - self.excused
    }
}

/// One line.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { operations, checked, weaker, failed, unknown, lost, .. } = self.report;
        write!(
            f,
            "{:>3} {:<11}{operations:>8} operations, {checked:>7} reads checked, {weaker:>5} under weaker policies, \
             {failed:>5} failed, {unknown:>4} unknown, {lost:>4} lost: ",
            self.number,
            self.scene.name(),
        )?;
        if self.excused > 0 {
            write!(f, "{} excused, ", self.excused)?;
        }
        if self.violations() == 0 {
            return f.write_str("clean");
        }
        write!(f, "{} VIOLATIONS", self.violations())?;
        let mut found = Guarantee::ALL.into_iter().filter(|guarantee| self.count(*guarantee) > 0);
        found.try_for_each(|guarantee| write!(f, "; {guarantee} {}", self.count(guarantee)))
    }
}

fn store(history: &History, plan: &Plan, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let path = folder.join(format!("act-{:03}-{}.jsonl", plan.number, plan.scene.name()));
    let mut out =
        BufWriter::new(File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?);
    history.write_json_lines(&mut out)?;
    Ok(out.flush()?)
}
