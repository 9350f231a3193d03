//! A real browser and its jar of cookies: `cargo test -p ryw-examples --features browser --test browser`.
//!
//! It needs Chromium (Debian: `apt-get install chromium`), from `CHROMIUM` or `PATH`.

#[path = "web/processes.rs"]
mod processes;

use std::process::Command;

use crate::processes::{Process, World};

const ROUNDS: u32 = 10;

/// What the page says after it has written and read by itself.
fn verdict(process: &Process) -> String {
    let profile = tempfile::tempdir().unwrap();
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".into());
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("http://localhost:{}/?rounds={ROUNDS}", process.at.port()))
        .output()
        .expect("Chromium runs; set CHROMIUM to its path, or install it");
    let page = String::from_utf8(output.stdout).unwrap();
    let verdict = page.split_once("<p id=\"verdict\">").unwrap_or_else(|| panic!("{page}")).1;
    verdict.split('<').next().unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_browsers_own_cookies_keep_what_it_wrote_in_view() {
    let world = World::start(0..99).await;
    let forgetful = world.serve(&["--carrier", "none"]);
    assert_eq!(verdict(&forgetful), format!("{ROUNDS} rounds, {} stale", 2 * ROUNDS), "the test can fail");
    let process = world.serve(&["--carrier", "cookie"]);
    assert_eq!(verdict(&process), format!("{ROUNDS} rounds, 0 stale"));
}
