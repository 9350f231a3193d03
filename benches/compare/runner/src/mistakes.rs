//! What each library says to the five mistakes.
//!
//! Each mistake is a program of a few lines in `<library>/mistakes`, which reads one row. It is compiled, with a server to
//! check its statements; if that succeeds it is run, and what it says then is taken.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail, ensure};
use ryw_testkit::postgres::Cluster;

use crate::program::{Program, repository, root};
use crate::server;

/// The one that is none: it has to compile and to read its row, or the others would prove nothing.
const NONE: &str = "none";
const MISTAKES: [&str; 5] =
    ["misspelt_column", "wrong_type", "missing_option", "wrong_argument", "missing_key"];

/// Writes `mistakes/<library>/<mistake>.txt` for each.
pub async fn record(program: Program) -> Result<()> {
    let server = server::start(program).await?;
    server.execute(&program.seed()?).await?;
    let control = said(program, NONE, &server)?;
    ensure!(control.when == "never", "{} fails without a mistake:\n{}", program.name, control.text);

    let folder = root().join("mistakes").join(program.name);
    fs::create_dir_all(&folder)?;
    for mistake in MISTAKES {
        if !program.folder().join(format!("mistakes/{mistake}.rs")).exists() {
            println!("{} {mistake}: cannot be made", program.name);
            continue;
        }
        let said = said(program, mistake, &server)?;
        println!("{} {mistake}: {}", program.name, said.when);
        fs::write(folder.join(format!("{mistake}.txt")), format!("{}\n\n{}", said.when, said.text))?;
    }
    server.shutdown().await;
    Ok(())
}

struct Said {
    when: &'static str,
    text: String,
}

fn said(program: Program, mistake: &str, server: &Cluster) -> Result<Said> {
    let (compiled, text) = output(server::cargo("build", program, server).args(["--example", mistake]))?;
    if !compiled {
        return Ok(Said { when: "compile time", text });
    }
    let (ran, text) = output(server::cargo("run", program, server).args(["--example", mistake]))?;
    Ok(Said { when: if ran { "never" } else { "run time" }, text })
}

/// Whether it succeeded, and what it said, with no path of this machine in it.
fn output(command: &mut Command) -> Result<(bool, String)> {
    let output = command.output()?;
    let mut text = String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?;
    if text.contains("failed to load manifest") || text.contains("no example target named") {
        bail!("cargo did not get that far:\n{text}");
    }
    if let Some(registry) = std::env::home_dir().map(|home| home.join(".cargo/registry/src")) {
        // `<registry>/<index>/<crate>`: the index's name tells nothing.
        for index in fs::read_dir(registry).into_iter().flatten().flatten() {
            text = text.replace(&format!("{}/", index.path().display()), "");
        }
    }
    // Where the compiler put what was too long to print.
    let lines = text.lines().filter(|line| !line.contains("has been written to"));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    // The innermost first: what it strips, the other would only shorten.
    let stripped = [root(), repository()]
        .iter()
        .fold(text, |text, folder| text.replace(&format!("{}/", folder.display()), ""));
    Ok((output.status.success(), stripped))
}
