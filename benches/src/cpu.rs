//! Processor time, user and system: of processes from `/proc`, of a thread by its own clock.
//!
//! Linux counts that of processes in ticks of a hundredth of a second and cuts the rest off, per process. Over a slice that
//! is a few per cent; over the slices of a cell it evens out.

use std::fs;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Linux's `USER_HZ`, the unit of `/proc/*/stat`: 100 on every architecture that Rust knows but Alpha.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Used {
    parent: u32,
    /// By itself.
    own: u32,
    /// By its children that have ended.
    ended: u32,
}

/// What the trees of processes under `roots` have used; zero where there is no `/proc`.
pub(crate) fn of_trees(roots: &[u32]) -> Duration {
    let mut ticks = 0;
    for pid in pids() {
        let Some(used) = used(&pid.to_string()) else { continue };
        if roots.contains(&pid) {
            ticks += used.own + used.ended;
        } else if roots.contains(&used.parent) {
            // Postgres's processes are all children of the first, none a grandchild.
            ticks += used.own;
        }
    }
    TICK * ticks
}

/// What this process has used.
pub(crate) fn own() -> Duration {
    TICK * used("self").map_or(0, |used| used.own)
}

/// What this thread has used, to the nanosecond.
pub(crate) fn of_thread() -> nix::Result<Duration> {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from)
}

/// What all processors of the machine have worked, or were taken away by its host.
pub(crate) fn of_machine() -> Duration {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    TICK * stat.lines().next().and_then(busy).unwrap_or_default()
}

/// Reads `cpu  user nice system idle iowait irq softirq steal …`; the rest is contained in the first two.
fn busy(line: &str) -> Option<u32> {
    let fields: Vec<u32> =
        line.strip_prefix("cpu ")?.split_whitespace().take(8).map_while(|field| field.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, steal] = *fields else { return None };
    Some(user + nice + system + irq + softirq + steal)
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn used(process: &str) -> Option<Used> {
    parse(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// Reads `42 (a name) S 1 …`; the name may contain anything, also parentheses.
fn parse(stat: &str) -> Option<Used> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = rest.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse::<u32>().ok();
    // Fields 4 and 14 to 17 of proc(5), counted from 3, the first after the name.
    Some(Used { parent: number(1)?, own: number(11)? + number(12)?, ended: number(13)? + number(14)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_found_behind_any_name() {
        let stat = "7 (odd) name) S 42 7 7 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5";
        assert_eq!(parse(stat), Some(Used { parent: 42, own: 120, ended: 7 }));
        assert_eq!(parse("7 (short) S 42"), None);
    }

    #[test]
    fn waiting_is_no_work() {
        assert_eq!(busy("cpu  1 2 4 1000 1000 8 16 32 5 5"), Some(63));
        assert_eq!(busy("cpu0 1 2 4"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn work_is_seen() {
        let (before, machine, thread) = (own(), of_machine(), of_thread().unwrap());
        while own() < before + 2 * TICK {}
        assert!(of_thread().unwrap() > thread);
        let seen = own();
        assert!(of_trees(&[std::process::id()]) >= seen);
        assert!(of_machine() > machine);
    }
}
