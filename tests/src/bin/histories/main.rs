//! Sessions under faults, recorded and checked: see the module `histories` of `ryw-tests`, and `docs/proof.md`.

mod figures;
mod options;
mod picture;
mod progress;
mod report;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Parser;
use ryw_tests::histories::{self, Tally};

use crate::options::Options;
use crate::progress::Progress;
use crate::report::Report;

/// When nothing could be judged: no servers, or not the right ones.
const COULD_NOT_RUN: u8 = 2;
/// As shells report a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Dropping a run ends its servers.
    let ended = tokio::select! {
        ended = run(&options) => ended,
        _ = tokio::signal::ctrl_c() => return ExitCode::from(INTERRUPTED),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("histories: {error:#}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

async fn run(options: &Options) -> Result<ExitCode> {
    let setup = options.setup()?;
    println!("seed {}", setup.seed);
    let tally = Arc::new(Tally::default());
    let progress = Progress::begin(&setup, &tally);
    let verdicts = histories::run(&setup, &tally, |plan, verdict| match verdict {
        None => progress.act(plan),
        Some(verdict) => progress.judged(plan, verdict, options.verbose()),
    })
    .await;
    progress.end().await;
    let report = Report { setup: &setup, verdicts: &verdicts?, details: &tally.snapshot(), tally: &tally };
    println!("\n{report}");
    if let Some(folder) = options.report() {
        report.store(folder)?;
        println!("the report is in {}", folder.display());
    }
    Ok(report.exit_code())
}
