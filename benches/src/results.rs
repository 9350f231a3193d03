//! `benches/RESULTS.md` and the plots beside it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::cell::Outcome;
use crate::decision;
use crate::figure::Figure;
use crate::{machine, plot, report};

const METHOD: &str = include_str!("method.md");

/// What a run was like, beside its numbers.
#[derive(Debug)]
pub(crate) struct Run {
    /// The version of Postgres.
    pub(crate) version: String,
    /// What a round trip takes, by path, in words.
    pub(crate) trips: String,
    /// The share of the processors that others had meanwhile.
    pub(crate) others: String,
    /// How much was measured, in words.
    pub(crate) effort: String,
}

/// Writes everything to the folder of this crate.
pub(crate) fn write(run: &Run, outcomes: &[Outcome], figures: &[Figure]) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plots = folder.join("plots");
    fs::create_dir_all(&plots).context("cannot make the folder for the plots")?;
    let drawn = plot::draw(&plots, outcomes)?;
    let path = folder.join("RESULTS.md");
    fs::write(&path, text(run, outcomes, figures, &drawn)?).context("cannot write the results")?;
    println!("\nwritten: {}", path.display());
    Ok(())
}

fn text(run: &Run, outcomes: &[Outcome], figures: &[Figure], plots: &[plot::Plot]) -> Result<String> {
    let mut text = String::new();
    writeln!(text, "# Results\n\n{METHOD}")?;
    writeln!(text, "## Machine\n\n- {}", machine::describe())?;
    writeln!(text, "- PostgreSQL {}, ryw {}", run.version, env!("CARGO_PKG_VERSION"))?;
    writeln!(text, "- a round trip (an empty query, median): {}", run.trips)?;
    writeln!(text, "- meanwhile others had {} of the processors\n- {}\n", run.others, run.effort)?;
    writeln!(text, "## Figures\n\n{}\n", report::figures(figures))?;
    writeln!(text, "{}\n", decision::MEANING)?;
    if !plots.is_empty() {
        writeln!(text, "Green is ryw; grey promises read-your-writes as well; orange does not.\n")?;
    }
    for plot in plots {
        writeln!(text, "![{}](plots/{})\n", plot.title, plot.file)?;
    }
    writeln!(text, "## Scenarios\n\n`× first` is the ratio to the strategy in the first row.\n")?;
    for outcome in outcomes {
        writeln!(text, "### {}\n\n{}\n", outcome.scenario, report::table(outcome))?;
    }
    Ok(text.trim_end().to_owned() + "\n")
}
