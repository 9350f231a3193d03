//! A crate outside this workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What of the environment tells the SQL checker anything: a crate is given what it is meant to have.
const CHECKERS: [&str; 3] = ["DATABASE_URL", "SQLX_OFFLINE", "SQLX_OFFLINE_DIR"];

/// A crate in a folder of its own, with the versions that are locked here.
pub(crate) struct Outside(PathBuf);

impl Outside {
    /// A crate of this name that depends on these of ours, by their paths, and on what `others` says, line by line.
    pub(crate) fn new(name: &str, ours: &[&str], others: &str) -> Self {
        let outside = Self(parent().join(name));
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        // What an earlier run has left there is of no use.
        let _ = fs::remove_dir_all(outside.folder());
        fs::create_dir_all(outside.folder().join("src")).unwrap();
        let ours = ours.iter().map(|ours| format!("{ours} = {{ path = {:?} }}\n", workspace.join(ours)));
        let manifest = format!(
            "[package]\nname = {name:?}\nedition = \"2024\"\n\n[dependencies]\n{}{others}\n\
             [profile.dev]\ndebug = false\nincremental = false\n\n[workspace]\n",
            ours.collect::<String>(),
        );
        outside.write("Cargo.toml", &manifest);
        fs::copy(workspace.join("Cargo.lock"), outside.folder().join("Cargo.lock")).unwrap();
        outside
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.folder().join(path), text).unwrap();
    }

    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.arg("--offline").args(arguments).current_dir(self.folder());
        cargo.env("CARGO_TARGET_DIR", parent().join("target"));
        for name in CHECKERS {
            cargo.env_remove(name);
        }
        cargo
    }

    /// Every package that it compiles, as `name version`.
    pub(crate) fn packages(&self) -> Vec<String> {
        let tree = self.cargo(&["tree", "--edges", "normal,build", "--prefix", "none"]).output().unwrap();
        assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
        String::from_utf8_lossy(&tree.stdout).lines().map(str::to_owned).collect()
    }
}

/// Lies in the target folder, and has one for all such crates, which keeps the compiled dependencies for the next run.
fn parent() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch")
}
