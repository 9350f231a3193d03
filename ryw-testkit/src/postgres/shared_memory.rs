//! What a killed server leaves in the kernel.
//!
//! Postgres keeps a System V shared memory segment of a few bytes, by which a server notices processes of
//! its killed predecessor. It outlives a kill, also of `initdb`, and macOS has room for only 32 of them.

use std::path::Path;
use std::process::{Command, Stdio};

/// The lock file that a server has in its data directory, unless it has shut down.
const LOCK_FILE: &str = "postmaster.pid";

/// Removes the lock file in `data_dir` and the segment that it names, if there are any.
///
/// To be called when the server's processes have been killed. Nothing depends on its success.
pub(super) fn release(data_dir: &Path) {
    let lock_file = data_dir.join(LOCK_FILE);
    let Ok(content) = std::fs::read_to_string(&lock_file) else { return };
    if let Some(segment) = segment(&content) {
        let mut ipcrm = Command::new("ipcrm");
        let _ = ipcrm.args(["-m", segment]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
    // The process number in it may come to mean another server, and then Postgres would not start.
    let _ = std::fs::remove_file(lock_file);
}

/// The seventh line has the key and the number of the segment.
fn segment(lock_file: &str) -> Option<&str> {
    lock_file.lines().nth(6)?.split_whitespace().nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_segment_is_read_from_the_lock_file() {
        let running = "4711\n/data\n1763928000\n20432\n\n127.0.0.1\n  10093565     65551\nready   \n";
        assert_eq!(segment(running), Some("65551"));
        assert_eq!(segment("4711\n/data\n"), None);
    }
}
