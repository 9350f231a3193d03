//! A context that follows the user: two processes of a web service over one primary and two replicas that lag.
//!
//! A user writes at one process and reads at the other, as behind any load balancer: the second knows nothing of the write
//! but what the request brings. The same is done without ryw-tower, where each request begins a context of its own, and with
//! it, by each way that a context can take:
//!
//! * in a cookie, as browsers do;
//! * in a header, as programs do;
//! * in a store on the server, from which the user's other device has it;
//! * in the properties of a message that a worker takes from a queue;
//! * through a chain of two services, of which the second writes and the first then reads.
//!
//! `web serve` runs one process of the service on servers of your own.

mod app;
mod carrier;
mod chain;
mod client;
mod demo;
mod favorite;
mod options;
mod process;
mod report;
mod serve;
mod table;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use crate::options::{Command, Options};

/// When nothing could be judged: no servers, or not the right ones.
const COULD_NOT_RUN: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("web: {error:#}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

async fn run(options: Options) -> Result<ExitCode> {
    match options.command {
        Some(Command::Serve(serve)) => serve::run(serve).await.map(|()| ExitCode::SUCCESS),
        None => demo::run(&options.demo).await,
    }
}
