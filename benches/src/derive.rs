//! What the derive costs a build, beside the same repository written by hand with sqlx's `FromRow` and `query_as!`.
//!
//! Five crates take turns: an empty one, two with [`STRUCTS`] derived repositories, two with as many written by hand; in
//! one of each two, every method is called once, for what is generic is compiled where it is called. All depend on the same
//! crates, which are built beforehand; what is timed is a full `cargo build` of the one crate, without incremental
//! compilation, its SQL checked offline. The empty crate's time is taken off, so that what is left belongs to the structs.
//!
//! By hand there is a function for every method that the derive gives, each usable in a transaction, and none that waits
//! for a replica or knows of a context: that part of ryw is compiled once, not per struct.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use ryw_testkit::postgres::Cluster;

use crate::figure::{Figure, Target};
use crate::samples::Ratio;

const STRUCTS: usize = 20;
const SCHEMA: &str = include_str!("derive/schema.sql");

/// The crates, and what stands in each for one struct.
const PROGRAMS: [(&str, &str); 5] = [
    ("nothing", ""),
    ("by_hand", include_str!("derive/by_hand.rs")),
    ("derived", include_str!("derive/derived.rs")),
    ("by_hand_used", concat!(include_str!("derive/by_hand.rs"), include_str!("derive/by_hand_used.rs"))),
    ("derived_used", concat!(include_str!("derive/derived.rs"), include_str!("derive/derived_used.rs"))),
];

/// What stands in each crate once.
const HEAD: &str = "//! Nothing but structs.
pub type Used<'a> =
    std::pin::Pin<Box<dyn Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>> + Send + 'a>>;
";

/// Measures; needs no network, once the workspace was built.
pub(crate) async fn measure(rounds: usize) -> Result<Vec<Figure>> {
    let cluster = Cluster::builder().replicas(0).start().await?;
    cluster.execute(SCHEMA).await?;
    let crates = PROGRAMS.map(|(name, text)| Crate::new(name, text));
    for program in &crates {
        program.write()?;
        program
            .cargo("check")
            .env("SQLX_OFFLINE", "false")
            .env("DATABASE_URL", cluster.primary().url())
            .succeed()?;
        program.cargo("build").succeed()?;
    }
    let mut times = PROGRAMS.map(|_| Vec::with_capacity(rounds));
    for round in 0..rounds {
        for turn in 0..crates.len() {
            let place = (round + turn) % crates.len();
            times[place].push(crates[place].build()?.as_secs_f64());
        }
    }
    let [nothing, by_hand, derived, by_hand_used, derived_used] = times;
    let each = |times: &[f64]| -> Vec<f64> {
        times.iter().zip(&nothing).map(|(all, nothing)| (all - nothing) * 1e3 / STRUCTS as f64).collect()
    };
    let compared = |name, derived: &[f64], by_hand: &[f64], what| {
        let (derived, by_hand) = (each(derived), each(by_hand));
        println!(
            "a struct {what} adds to a build: derived {:.0} ms, by hand {:.0} ms",
            median(&derived),
            median(&by_hand)
        );
        let ratio = Ratio::by_round(&derived, &by_hand).context("no round could be compared")?;
        Ok::<_, anyhow::Error>(Figure::of_rounds(name, ratio, Target::AtMost(1.5)))
    };
    Ok(vec![
        Figure::new("derive.ui_cases", ui_cases()? as f64, Target::AtLeast(60.0)),
        compared("derive.compile_ratio", &derived_used, &by_hand_used, "whose methods are all called")?,
        compared("derive.compile_unused_ratio", &derived, &by_hand, "whose methods nobody calls")?,
    ])
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// How many mistakes have a test of what the compiler says to them.
fn ui_cases() -> Result<usize> {
    let mut count = 0;
    for folder in fs::read_dir(workspace().join("tests/tests/ui"))? {
        for case in fs::read_dir(folder?.path())? {
            count += usize::from(case?.path().extension().is_some_and(|extension| extension == "stderr"));
        }
    }
    Ok(count)
}

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// One of the crates, in a folder of its own.
struct Crate {
    folder: PathBuf,
    source: String,
}

impl Crate {
    fn new(name: &'static str, text: &str) -> Self {
        let structs = (0..STRUCTS).map(|number| text.replace("Item", &format!("Item{number}")));
        let source = structs.enumerate().map(|(number, text)| format!("pub mod item{number} {{\n{text}}}\n"));
        let source = format!("{HEAD}{}", source.collect::<String>());
        Self { folder: workspace().join("target/derive-bench").join(name), source }
    }

    fn write(&self) -> Result<()> {
        fs::create_dir_all(self.folder.join("src"))?;
        fs::create_dir_all(self.folder.join(".sqlx"))?;
        fs::write(self.folder.join("Cargo.toml"), self.manifest()?)?;
        fs::copy(workspace().join("Cargo.lock"), self.folder.join("Cargo.lock"))?;
        fs::write(self.folder.join("src/lib.rs"), &self.source)?;
        Ok(())
    }

    fn manifest(&self) -> Result<String> {
        let workspace = workspace().canonicalize()?;
        let name = self.folder.file_name().context("a crate has a name")?;
        Ok(format!(
            "[package]\nname = {name:?}\nedition = \"2024\"\n\n[dependencies]\n\
             chrono = {{ version = \"0.4\", default-features = false }}\n\
             ryw-core = {{ path = {:?} }}\n\
             ryw-postgres = {{ path = {:?}, features = [\"chrono\"] }}\n\
             sqlx = {{ version = \"0.9\", default-features = false, features = [\"postgres\", \"macros\", \"chrono\"] }}\n\n\
             [profile.dev]\ndebug = \"line-tables-only\"\n\n[workspace]\n",
            workspace.join("ryw-core"),
            workspace.join("ryw-postgres"),
        ))
    }

    fn cargo(&self, what: &str) -> Cargo {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args([what, "--quiet", "--offline"]).current_dir(&self.folder);
        command
            .env("CARGO_TARGET_DIR", workspace().join("target/derive-bench/target"))
            .env("CARGO_INCREMENTAL", "0");
        command.env("SQLX_OFFLINE", "true").env("SQLX_OFFLINE_DIR", self.folder.join(".sqlx"));
        command.env_remove("DATABASE_URL");
        Cargo(command)
    }

    /// How long it takes to build it anew.
    fn build(&self) -> Result<Duration> {
        fs::File::options()
            .write(true)
            .open(self.folder.join("src/lib.rs"))?
            .set_modified(SystemTime::now())?;
        let begun = Instant::now();
        self.cargo("build").succeed()?;
        Ok(begun.elapsed())
    }
}

/// A run of cargo.
struct Cargo(Command);

impl Cargo {
    fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    fn succeed(mut self) -> Result<()> {
        let output = self.0.output().context("cargo could not be started")?;
        ensure!(output.status.success(), "{:?} failed:\n{}", self.0, String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}
