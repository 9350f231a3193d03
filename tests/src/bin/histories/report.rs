//! What a run has come to, in words.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use ryw_tests::histories::{Details, Guarantee, SLOT, Setup, Tally, Verdict};

use crate::{figures, picture};

/// A run that has ended.
#[derive(Clone, Copy)]
pub(crate) struct Report<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) verdicts: &'a [Verdict],
    pub(crate) details: &'a Details,
    pub(crate) tally: &'a Tally,
}

impl Report<'_> {
    pub(crate) fn violations(&self) -> u64 {
        self.verdicts.iter().map(Verdict::violations).sum()
    }

    /// As the checker has counted them.
    pub(crate) fn operations(&self) -> u64 {
        self.verdicts.iter().map(|verdict| verdict.report.operations).sum()
    }

    /// Whether it has shown what it was to show: no violation, or with a mistake some.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if figures::are_met(&figures::of(self)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// Writes `report.txt` and `picture.svg`.
    pub(crate) fn store(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        fs::write(folder.join("report.txt"), format!("seed {}\n\n{self}", self.setup.seed))?;
        picture::draw(&folder.join("picture.svg"), self.details)
    }

    fn setting(&self) -> String {
        let mut said = match self.setup.guarantee {
            Guarantee::On => "reads are made with their session's context".to_owned(),
            Guarantee::Off => {
                "reads are made from any copy, as by naive routing, and must be caught".to_owned()
            }
        };
        if let Some(plant) = self.setup.plant {
            said = format!("the mistake {plant} is made on purpose, and must be caught");
        }
        said
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} acts in {:.0?}; {}\n", self.verdicts.len(), self.tally.elapsed(), self.setting())?;
        self.verdicts.iter().try_for_each(|verdict| writeln!(f, "{verdict}"))?;
        let reads: u64 = self.details.slots.iter().map(|slot| slot.replica_reads + slot.primary_reads).sum();
        let on_replicas: u64 = self.details.slots.iter().map(|slot| slot.replica_reads).sum();
        let now = self.tally.glance();
        writeln!(
            f,
            "\n{} of {reads} reads on replicas; {} fell back to the primary; {} operations failed, {} of unknown outcome",
            on_replicas, now.fallbacks, now.failed, now.unknown
        )?;
        if let Some(busiest) = self.details.slots.iter().map(|slot| slot.operations()).max() {
            writeln!(f, "{:.0} operations a second at best", busiest as f64 / SLOT.as_secs_f64())?;
        }
        write!(f, "why they ran where they ran:")?;
        self.details.reasons.iter().try_for_each(|(reason, count)| write!(f, " {reason} {count}"))?;
        writeln!(f, "\n")?;
        for violation in self.verdicts.iter().flat_map(|verdict| &verdict.report.violations).take(20) {
            writeln!(f, "{violation}\n")?;
        }
        figures::of(self).iter().try_for_each(|figure| writeln!(f, "{figure}"))
    }
}
