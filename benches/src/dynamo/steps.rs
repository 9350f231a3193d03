//! What a session does, drawn beforehand: the same for every strategy.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// How many orders a session has.
pub(crate) const ORDERS: i64 = 5;
/// Of all operations.
const WRITES: f64 = 0.05;
/// Of all reads: those of what the session has recently written.
const OWN_READS: f64 = 0.05;
/// At most this many operations after the write.
const RECENTLY: usize = 5;

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Writes an order of its own, by its number.
    Write(i64),
    /// Reads one that it has recently written.
    ReadOwn(i64),
    /// Reads somebody else's.
    ReadOther(usize, i64),
}

/// What the session of this index does, one of `sessions`.
pub(crate) fn of(session: usize, sessions: usize, operations: usize) -> Vec<Step> {
    let mut random = StdRng::seed_from_u64(session as u64);
    let own_reads = OWN_READS * (1.0 - WRITES);
    // Each write is read at most once, and where it is, nothing else can be drawn.
    let (writes, read_again) = (WRITES / (1.0 - own_reads), own_reads / WRITES);
    let mut steps = Vec::with_capacity(operations);
    let mut looks = Vec::<(usize, i64)>::new();
    for now in 0..operations {
        if let Some(due) = looks.iter().position(|(at, _)| *at <= now) {
            steps.push(Step::ReadOwn(looks.remove(due).1));
        } else if random.random_bool(writes) {
            let number = random.random_range(0..ORDERS);
            if random.random_bool(read_again) {
                looks.push((now + random.random_range(1..=RECENTLY), number));
            }
            steps.push(Step::Write(number));
        } else {
            let other = (session + random.random_range(1..sessions)) % sessions;
            steps.push(Step::ReadOther(other, random.random_range(0..ORDERS)));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_twenty_is_a_write_and_one_read_in_twenty_an_own() {
        let steps: Vec<_> = (0..100).flat_map(|session| of(session, 100, 1000)).collect();
        let share =
            |of: fn(&Step) -> bool| steps.iter().filter(|step| of(step)).count() as f64 / steps.len() as f64;
        let writes = share(|step| matches!(step, Step::Write(_)));
        let own = share(|step| matches!(step, Step::ReadOwn(_)));
        assert!((writes - 0.05).abs() < 0.002, "{writes}");
        assert!((own - 0.0475).abs() < 0.002, "{own}");
    }

    #[test]
    fn own_reads_are_of_recent_writes_and_others_of_others() {
        for session in 0..20 {
            let steps = of(session, 20, 500);
            for (now, step) in steps.iter().enumerate() {
                match step {
                    Step::Write(_) => {}
                    // One may have had to wait until another was done.
                    Step::ReadOwn(number) => {
                        let recent = &steps[now.saturating_sub(2 * RECENTLY)..now];
                        assert!(recent.contains(&Step::Write(*number)), "{recent:?}");
                    }
                    Step::ReadOther(other, _) => assert!(*other != session && *other < 20),
                }
            }
        }
    }
}
