//! Three ways to read from replicas that lag, side by side: on real Postgres servers, or on a model of DynamoDB.
//!
//! Many users at once choose a new favourite colour, read it back at once, and then look at it again from time to time. A
//! read that shows an older colour than the user's last acknowledged choice is *stale*. The same users do the same things
//! three times:
//!
//! * naive: write on the primary, read from the replicas in turn;
//! * time-to-live: read from the primary for a while after a write, then from the replicas (with DynamoDB: read everything
//!   strongly);
//! * ryw: read from a replica as soon as it is proven to have the user's own writes.
//!
//! What it shows, it also judges: see [`verdict`].

mod backend;
mod favorite;
mod options;
mod progress;
mod report;
mod servers;
mod strategies;
mod tables;
mod tally;
mod verdict;
mod workload;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Parser;

use crate::backend::{Backend, Way};
use crate::options::Options;
use crate::progress::Progress;
use crate::tally::Outcome;
use crate::verdict::Verdict;
use crate::workload::Workload;

/// When nothing could be judged: no servers, or not the right ones.
const COULD_NOT_RUN: u8 = 2;
/// As shells report a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("favorites: {}", report::in_one_line(&*error));
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

async fn run(options: &Options) -> Result<ExitCode> {
    options.check()?;
    let progress = Progress::new();
    let mut backend = progress.while_starting(options, Backend::start(options)).await?;
    let compared = tokio::select! {
        compared = prepare_and_compare(options, &mut backend, &progress) => compared.map(Some),
        _ = tokio::signal::ctrl_c() => Ok(None),
    };
    let cleared = backend.clear().await;
    let outcomes = match (compared, cleared) {
        (Err(error), Err(left)) => return Err(error.context(format!("{left:#}"))),
        (Err(error), Ok(())) | (Ok(_), Err(error)) => return Err(error),
        (Ok(None), Ok(())) => return Ok(ExitCode::from(INTERRUPTED)),
        (Ok(Some(outcomes)), Ok(())) => outcomes,
    };
    let [naive, _, ryw] = &outcomes;
    let verdict = Verdict::of(naive, ryw);
    println!("{}\n\n{}", report::table(&outcomes), report::reasons(ryw));
    outcomes.iter().filter_map(report::failures).for_each(|line| println!("{line}"));
    println!("\n{verdict}");
    Ok(verdict.exit_code())
}

async fn prepare_and_compare(
    options: &Options,
    backend: &mut Backend,
    progress: &Progress,
) -> Result<[Outcome; 3]> {
    progress.while_preparing(backend.prepare(options)).await?;
    compare(options, backend, progress).await
}

/// The same work for each strategy, one after the other on the same servers.
async fn compare(options: &Options, backend: &Backend, progress: &Progress) -> Result<[Outcome; 3]> {
    let mut outcomes = Vec::new();
    for (turn, way) in (0..).zip(Way::ALL) {
        outcomes.push(measure(options, backend, progress, turn, way).await?);
    }
    Ok(outcomes.try_into().expect("there are three ways"))
}

async fn measure(
    options: &Options,
    backend: &Backend,
    progress: &Progress,
    turn: u32,
    way: Way,
) -> Result<Outcome> {
    let workload = Workload::new(options, turn);
    let strategy = backend.strategy(options, way).await?;
    let bar = progress.strategy(strategy.name(), workload.operations());
    // Before the clock of the crash runs: on a busy machine log-ins take their time.
    workload::warm_up(&strategy).await?;
    let (outcome, fault) =
        tokio::join!(workload.run(Arc::clone(&strategy), bar.clone()), backend.crash_one(options));
    bar.finish();
    fault?;
    backend.settle().await?;
    outcome
}
