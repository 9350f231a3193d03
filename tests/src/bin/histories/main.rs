//! Sessions under faults, recorded and checked: see the module `histories` of `ryw-tests`, and `docs/proof.md`.

mod options;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Parser;
use ryw_tests::histories::{self, Tally};

use crate::options::Options;

/// When nothing could be judged: no servers, or not the right ones.
const COULD_NOT_RUN: u8 = 2;
/// As shells report a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
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
    let verdicts = histories::run(&setup, &tally, |plan, verdict| match verdict {
        None => print!("{plan}"),
        Some(verdict) => println!("{}", verdict.report),
    })
    .await?;
    let violations: u64 = verdicts.iter().map(|verdict| verdict.violations()).sum();
    println!("{:?}", tally.glance());
    println!("figure histories.violations {violations} <=0");
    Ok(if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
