//! Builds and runs the programs of the comparison, each against a server of its own.
//!
//! ```text
//! cargo run -p compare-runner              every program through the scenario
//! cargo run -p compare-runner -- lines     how many lines each service has
//! cargo run -p compare-runner -- mistakes  what is said to the five mistakes, into mistakes/
//! ```
//!
//! Names of programs after it restrict it to those.

mod lines;
mod mistakes;
mod program;
mod run;
mod server;

use anyhow::{Result, bail};

use crate::program::Program;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments: Vec<_> = std::env::args().skip(1).collect();
    let command = match arguments.first().map(String::as_str) {
        Some("lines" | "mistakes" | "run") => arguments.remove(0),
        _ => "run".to_owned(),
    };
    for program in Program::named(&arguments)? {
        match command.as_str() {
            "run" => run::run(program).await?,
            "lines" => lines::print(program)?,
            "mistakes" => mistakes::record(program).await?,
            other => bail!("unknown command `{other}`"),
        }
    }
    Ok(())
}
