//! Measures ryw side by side with the same work without it. `benches/README.md` tells how to read what it prints.

mod cell;
mod context;
mod cpu;
mod decision;
mod derive;
mod dynamo;
mod favorite;
mod figure;
mod machine;
mod options;
mod plot;
mod report;
mod results;
mod rounds;
mod samples;
mod scenario;
mod servers;
mod strategies;
mod workload;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Parser as _;

use crate::cell::{Cell, Outcome};
use crate::figure::{Figure, Target};
use crate::options::{Bench, Options, Postgres};
use crate::results::Run;
use crate::rounds::Runner;
use crate::scenario::Scenario;
use crate::servers::{Path, Servers};

/// When nothing could be measured.
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    match run(&Options::parse().bench) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ryw-bench: {error:#}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn run(bench: &Bench) -> Result<ExitCode> {
    match bench {
        Bench::Core => {
            print(&decision::measure());
            Ok(ExitCode::SUCCESS)
        }
        Bench::Context(options) => {
            let figures = context::measure(options)?;
            print(&figures);
            println!("\n{}", machine::describe());
            Ok(unless_stale(&figures))
        }
        Bench::Derive(options) => {
            let measuring = derive::measure(options.rounds.into());
            print(&tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measuring)?);
            Ok(ExitCode::SUCCESS)
        }
        Bench::Dynamo(options) => {
            let figures = dynamo::measure(options)?;
            print(&figures);
            println!("\n{}", machine::describe());
            Ok(unless_stale(&figures))
        }
        Bench::Postgres(options) => {
            tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(postgres(options))
        }
    }
}

fn unless_stale(figures: &[Figure]) -> ExitCode {
    let stale = figures.iter().any(|figure| figure.target == Target::None && !figure.is_met());
    if stale { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn postgres(options: &Postgres) -> Result<ExitCode> {
    let scenarios = scenarios(options);
    ensure!(!scenarios.is_empty(), "no scenario has such a name");
    let begun = Instant::now();
    let servers = Servers::start(options.round_trip.into(), rounds::rows()).await?;
    let measured = tokio::select! {
        measured = measure(options, &servers, scenarios) => measured,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    let version = servers.version();
    servers.stop().await;
    let (outcomes, trips) = measured?;
    let mut figures = figure::of(&outcomes);
    print(&figures);
    let others = format!("{:.0} %", 100.0 * cell::disturbance(&outcomes, machine::processors()));
    println!("\nPostgreSQL {version}; {}; round trips: {trips}", machine::describe());
    println!("{:.0?}; meanwhile others had {others} of the processors", begun.elapsed());
    if options.write_results {
        figures.extend(decision::measure());
        let run = Run { version, trips, others, effort: effort(options) };
        results::write(&run, &outcomes, &figures)?;
    }
    let defect = outcomes.iter().flat_map(|outcome| &outcome.cells).any(Cell::is_defect);
    Ok(if defect { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn scenarios(options: &Postgres) -> Vec<Scenario> {
    let all = if options.quick { scenario::quick() } else { scenario::all() };
    let only = options.only.as_deref().unwrap_or_default();
    all.into_iter().filter(|scenario| scenario.to_string().contains(only)).collect()
}

async fn measure(
    options: &Postgres,
    servers: &Servers,
    scenarios: Vec<Scenario>,
) -> Result<(Vec<Outcome>, String)> {
    let mut trips = Vec::new();
    for path in Path::ALL {
        let took = servers.round_trip(path).await?.as_secs_f64() * 1e3;
        trips.push(format!("{took:.2} ms over {}", path.name()));
    }
    let mut runner = Runner::new(servers, options.effort())?;
    let mut outcomes = Vec::with_capacity(scenarios.len());
    for scenario in scenarios {
        let outcome = runner.run(scenario).await?;
        println!("## {}\n\n{}\n", outcome.scenario, report::table(&outcome));
        report::failures(&outcome).for_each(|line| println!("{line}\n"));
        outcomes.push(outcome);
    }
    Ok((outcomes, trips.join(", ")))
}

fn effort(options: &Postgres) -> String {
    let effort = options.effort();
    format!(
        "each strategy: {} rounds of {:?} in each closed loop, {} of {:?} in each run of sessions",
        effort.rounds, effort.slice, effort.session_rounds, effort.session_slice
    )
}

fn print(figures: &[Figure]) {
    figures.iter().for_each(|figure| println!("{figure}"));
}
