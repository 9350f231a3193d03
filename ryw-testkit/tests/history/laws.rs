//! What holds of every history: those of a right system are right, one wrong answer is found, and the work grows with the
//! length.

use proptest::prelude::*;
use ryw_testkit::check::check;

use crate::simulated::{Flaw, Plan, run};

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_right_system_has_no_violation(seed: u64) {
        let report = check(&run(Plan::new(seed)).history).unwrap();
        prop_assert!(report.is_clean(), "{report}");
        prop_assert!(report.checked > 0);
    }

    #[test]
    fn one_stale_read_is_found(seed: u64) {
        let run = run(Plan { flaw: Flaw::StaleRead, faults: false, ..Plan::new(seed) });
        prop_assume!(run.flawed); // Nearly always.
        prop_assert!(!check(&run.history).unwrap().is_clean());
    }

    #[test]
    fn one_lost_write_is_found(seed: u64) {
        let run = run(Plan { flaw: Flaw::LostWrite, faults: false, ..Plan::new(seed) });
        prop_assume!(run.flawed); // Nearly always.
        prop_assert!(!check(&run.history).unwrap().is_clean());
    }
}

/// Nothing of what the checker does is timed: it counts what it visits.
#[test]
fn twice_the_history_is_twice_the_work() {
    let steps = |steps| {
        let plan = Plan { steps, sessions: 16, writers: 16, faults: false, ..Plan::new(7) };
        let report = check(&run(plan).history).unwrap();
        report.assert_clean();
        (report.operations, report.steps)
    };
    let each = |(operations, steps): (u64, u64)| steps as f64 / operations as f64;
    let (short, long) = (steps(20_000), steps(160_000));
    assert!(long.0 > 7 * short.0, "{short:?} {long:?}");
    assert!(each(long) < 1.05 * each(short), "{short:?} {long:?}");
}
