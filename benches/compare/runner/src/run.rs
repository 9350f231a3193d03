//! A program through the scenario.

use anyhow::{Result, ensure};
use sqlx::{Connection, PgConnection};

use crate::program::Program;
use crate::server;

pub async fn run(program: Program) -> Result<()> {
    let server = server::start(program).await?;
    let status = server::cargo("run", program, &server).status()?;
    ensure!(status.success(), "{} failed: {status}", program.name);

    // What a program cannot see of itself: that its transactions left nothing behind when they failed.
    let mut connection = PgConnection::connect(&server.primary().url()).await?;
    let authors: Vec<String> =
        sqlx::query_scalar("SELECT name FROM authors ORDER BY name").fetch_all(&mut connection).await?;
    ensure!(authors == ["Ada", "Grace"], "{} left the authors {authors:?}", program.name);
    connection.close().await?;
    server.shutdown().await;
    println!("{}: all as it should be", program.name);
    Ok(())
}
