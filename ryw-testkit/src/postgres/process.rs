//! Other processes: which exist, who started them, signals.
//!
//! Postgres puts each of its processes into a session of its own, so that a signal to the server's process
//! group reaches only the first. A crash has to hit them one by one, so they are looked up by parent.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Sends `signal`, if `pid` still is a process of ours.
pub(super) fn send(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        // It may have ended by itself, which is as good.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// The processes that `parent` started and that still run.
pub(super) fn children(parent: u32) -> Vec<u32> {
    all()
        .into_iter()
        .filter(|process| process.parent == parent && process.runs)
        .map(|process| process.pid)
        .collect()
}

/// Whether any of `pids` still runs; one that has ended but was not collected does not.
pub(super) fn any_runs(pids: &[u32]) -> bool {
    !pids.is_empty() && all().iter().any(|process| process.runs && pids.contains(&process.pid))
}

struct Process {
    pid: u32,
    parent: u32,
    runs: bool,
}

#[cfg(target_os = "linux")]
fn all() -> Vec<Process> {
    // Not `ps`, which slim images lack.
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            parse_stat(pid, &std::fs::read_to_string(entry.path().join("stat")).ok()?)
        })
        .collect()
}

/// Reads `42 (a name) S 1 …`; the name may contain anything, also parentheses.
#[cfg(target_os = "linux")]
fn parse_stat(pid: u32, stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    Some(Process { pid, parent: fields.next()?.parse().ok()?, runs: !matches!(state, "Z" | "X") })
}

#[cfg(not(target_os = "linux"))]
fn all() -> Vec<Process> {
    let listed = std::process::Command::new("ps").args(["-A", "-o", "pid=,ppid=,state="]).output();
    let listed = listed.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&listed)
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let (pid, parent) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            Some(Process { pid, parent, runs: !fields.next()?.starts_with('Z') })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_child_is_found_until_it_is_killed() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(children(std::process::id()).contains(&child.id()));
        assert!(any_runs(&[child.id()]));

        send(child.id(), Signal::SIGKILL);
        child.wait().unwrap();
        assert!(!any_runs(&[child.id()]));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_with_parentheses() {
        let process = parse_stat(7, "7 (odd) name) Z 42 7 7 0").unwrap();
        assert_eq!((process.pid, process.parent, process.runs), (7, 42, false));
    }
}
