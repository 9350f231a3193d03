//! A server of a program's own, and cargo pointed at it.

use std::process::Command;

use anyhow::Result;
use ryw_testkit::postgres::Cluster;

use crate::program::Program;

/// A server with the tables of `program`.
pub async fn start(program: Program) -> Result<Cluster> {
    let server = Cluster::builder().start().await?;
    server.execute(&program.schema()?).await?;
    Ok(server)
}

/// `cargo <action>` for `program`, whose statements are checked by `server` too.
pub fn cargo(action: &str, program: Program, server: &Cluster) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .args([action, "--quiet"])
        .current_dir(program.folder())
        .env("DATABASE_URL", server.primary().url())
        .env("SQLX_OFFLINE", "false")
        // What is said counts, not where in the library it was said.
        .env("RUST_BACKTRACE", "0");
    cargo
}
