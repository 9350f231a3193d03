//! The histories, and what came of them. `-- --nocapture` prints how many there were, and a shortest one for each rule that is
//! wrong. `RYW_MODEL=large` goes further, `full` as far as [`FULL`]; in a release build.

use std::sync::Arc;
use std::time::Instant;

use stateright::{Checker, CheckerBuilder, HasDiscoveries, Model};

use super::action::Action;
use super::bounds::{Bounds, ReadBy, Witness};
use super::database::Told;
use super::rule::Rule;
use super::state::Fault;
use super::system::{System, Tally};

/// One write and one read, by the default mode, of a session of two tasks; two replicas, which lag.
const ONE: Bounds = Bounds {
    replicas: 2,
    writes: 1,
    strangers: 0,
    reads: 1,
    resolves: 0,
    restarts: 0,
    endings: 0,
    promotions: 0,
    witness: Witness::Ticket,
    reading: ReadBy::InBand,
    told: Told::ControlFile,
    strong: false,
    late_answers: false,
    unlearnt: false,
    lost_answers: false,
    held: false,
    asynchronous: false,
    watched: true,
    crowd: false,
};
const BY_LSN: Bounds = Bounds { witness: Witness::Offset, ..ONE };
const GATED: Bounds = Bounds { reading: ReadBy::Gate, ..BY_LSN };
const SIDE_BY_SIDE: Bounds = Bounds { writes: 2, ..ONE };
const BESIDE_OTHERS: Bounds = Bounds { strangers: 1, ..ONE };
const RESTARTED: Bounds = Bounds { replicas: 1, restarts: 1, ..BY_LSN };
const ENDING: Bounds = Bounds { endings: 1, ..BESIDE_OTHERS };
const PROMOTED: Bounds = Bounds { promotions: 1, ..ONE };
/// All that was asked of the model at once.
const FULL: Bounds = Bounds { writes: 2, strangers: 1, ..PROMOTED };

/// Bounds, and the least states that they must have: a model that does nothing breaks no promise.
fn histories() -> Vec<(&'static str, Bounds, usize)> {
    let mut histories = vec![
        ("side by side", SIDE_BY_SIDE, 40_000),
        ("beside others", BESIDE_OTHERS, 20_000),
        ("three writes", Bounds { replicas: 1, writes: 3, ..ONE }, 30_000),
        ("strong reads between", Bounds { reads: 2, strong: true, ..ONE }, 7_000),
        ("answers lost", Bounds { reads: 2, lost_answers: true, unlearnt: true, ..ONE }, 5_000),
        ("both witnesses", Bounds { reads: 2, witness: Witness::Both, ..ONE }, 4_000),
        ("tickets resolved", Bounds { replicas: 1, resolves: 1, ..SIDE_BY_SIDE }, 15_000),
        ("more tickets than fit", Bounds { crowd: true, ..ONE }, 1_000),
        ("by LSN, gated", Bounds { reads: 2, ..GATED }, 7_000),
        ("by LSN, not synchronous", Bounds { asynchronous: true, ..BY_LSN }, 500),
        ("restarts", Bounds { reads: 2, restarts: 1, writes: 0, strangers: 1, ..ONE }, 4_000),
        ("restarts, late answers", Bounds { reads: 3, late_answers: true, ..RESTARTED }, 50_000),
        ("a standby ends", ENDING, 20_000),
        ("a standby ends, two reads", Bounds { replicas: 1, reads: 2, ..ENDING }, 20_000),
        ("a standby ends, by LSN, gated", Bounds { endings: 1, reads: 2, ..GATED }, 20_000),
        ("a standby ends and is back", Bounds { replicas: 1, restarts: 1, ..ENDING }, 10_000),
        ("promotion", PROMOTED, 7_000),
        ("promotion, not watched", Bounds { watched: false, ..PROMOTED }, 7_000),
        ("promotion, two writes", Bounds { replicas: 1, writes: 2, ..PROMOTED }, 13_000),
        ("promotion, by LSN, gated", Bounds { promotions: 1, ..GATED }, 7_000),
        ("promotion, epochs", Bounds { told: Told::Epoch, ..PROMOTED }, 8_000),
        ("promotion, fates", Bounds { strangers: 1, reads: 0, ..PROMOTED }, 6_000),
    ];
    let size = std::env::var("RYW_MODEL").unwrap_or_default();
    if size == "large" || size == "full" {
        histories.extend([
            ("two reads beside others", Bounds { reads: 2, ..BESIDE_OTHERS }, 400_000),
            ("restarts, two replicas", Bounds { reads: 2, restarts: 1, late_answers: true, ..ONE }, 180_000),
            ("a standby ends, two of each", Bounds { reads: 2, ..ENDING }, 1_400_000),
            (
                "a standby is back, two reads",
                Bounds { replicas: 1, restarts: 1, reads: 2, ..ENDING },
                300_000,
            ),
            ("promotion, two reads", Bounds { reads: 2, ..PROMOTED }, 100_000),
            ("promotion, side by side", Bounds { promotions: 1, ..SIDE_BY_SIDE }, 500_000),
            ("promotion, others, by LSN", Bounds { promotions: 1, strangers: 1, ..BY_LSN }, 350_000),
            ("promotion, others, epochs", Bounds { strangers: 1, told: Told::Epoch, ..PROMOTED }, 300_000),
        ]);
    }
    if size == "full" {
        histories.push(("full", FULL, 1_000_000));
    }
    histories
}

/// Rules, bounds within which each fails, and how.
fn wrong_rules() -> Vec<(Rule, Bounds, Fault)> {
    use Fault::{Hangs, LossHidden, Stale, WrongFate};
    vec![
        (Rule::EarlyLsn, BY_LSN, Stale),
        (Rule::FlushedLsn, Bounds { asynchronous: true, ..BY_LSN }, Stale),
        (Rule::GateInStatement, BY_LSN, Stale),
        (Rule::GateFreezes, GATED, Stale),
        (Rule::VisibleInSnapshot, BESIDE_OTHERS, Stale),
        (Rule::MaybeAtOnce, BESIDE_OTHERS, Stale),
        (Rule::QuietTrusted, ENDING, Stale),
        (Rule::OverIsCommitted, ENDING, Stale),
        (Rule::GreatestTicket, SIDE_BY_SIDE, Stale),
        (Rule::LearntMeanwhile, BY_LSN, Stale),
        (Rule::UnlearntIgnored, Bounds { unlearnt: true, ..BY_LSN }, Stale),
        (Rule::WatermarkKept, Bounds { reads: 2, ..RESTARTED }, Stale),
        (Rule::LateAnswer, Bounds { reads: 3, late_answers: true, ..RESTARTED }, Stale),
        (Rule::ReplayLsnAsFloor, Bounds { reads: 2, restarts: 1, writes: 0, strangers: 1, ..ONE }, Stale),
        (Rule::DropAtOverflow, Bounds { crowd: true, ..ONE }, Stale),
        (Rule::SettleAll, Bounds { reads: 2, strong: true, ..ONE }, Stale),
        (Rule::ResolveAll, Bounds { replicas: 1, resolves: 1, ..SIDE_BY_SIDE }, Stale),
        (Rule::FrozenReplayLsn, Bounds { promotions: 1, ..GATED }, Hangs),
        (Rule::FateByNumber, Bounds { strangers: 1, reads: 0, ..PROMOTED }, WrongFate),
        (Rule::AcrossTimelines, Bounds { promotions: 1, strangers: 1, ..BY_LSN }, LossHidden),
        (Rule::StandbyTrusted, Bounds { writes: 2, ..PROMOTED }, Stale),
    ]
}

/// A history that breaks a promise, and how.
type Broken = (Option<Fault>, Vec<Action>);

/// Takes every history within `bounds`, one after the other; says how many states there were.
fn every_history(name: &str, bounds: Bounds) -> (usize, Option<Broken>) {
    outcome(name, bounds, Rule::Right, CheckerBuilder::spawn_dfs)
}

/// Takes the shorter histories first, until one breaks a promise.
fn shortest_history(name: &str, bounds: Bounds, rule: Rule) -> Option<Broken> {
    outcome(name, bounds, rule, CheckerBuilder::spawn_bfs).1
}

fn outcome<C: Checker<System>>(
    name: &str,
    bounds: Bounds,
    rule: Rule,
    check: fn(CheckerBuilder<System>) -> C,
) -> (usize, Option<Broken>) {
    let (tally, begun) = (Arc::new(Tally::default()), Instant::now());
    let system = System { bounds, rule, tally: Arc::clone(&tally) };
    let checker = check(system.checker().finish_when(HasDiscoveries::AnyFailures)).join();
    let states = checker.unique_state_count();
    println!("{name}: {states} states, {:?}; {tally}", begun.elapsed());
    let path = checker.discovery("every promise is kept");
    (states, path.map(|path| (path.last_state().fault, path.into_actions())))
}

#[test]
fn every_history_keeps_every_promise() {
    for (name, bounds, least) in histories() {
        let (states, broken) = every_history(name, bounds);
        assert!(broken.is_none(), "{name}: {broken:?}");
        assert!(states >= least, "{name}: {states} states only");
    }
}

#[test]
fn every_wrong_rule_breaks_one() {
    for (rule, bounds, fault) in wrong_rules() {
        let broken = shortest_history(&format!("{rule:?}"), bounds, rule);
        let (told, path) = broken.unwrap_or_else(|| panic!("{rule:?} breaks nothing"));
        println!("  {fault:?}: {path:?}");
        assert_eq!(told, Some(fault), "{rule:?}: {path:?}");
    }
}

/// Documented as not promised: a standby may show a commit before the primary does.
#[test]
fn a_primary_that_is_behind_its_standby_is_found() {
    let bounds = Bounds { held: true, writes: 0, strangers: 1, reads: 2, strong: true, ..ONE };
    let broken = shortest_history("the primary is behind", bounds, Rule::Right);
    let (fault, path) = broken.expect("the session's own writes only are safe from it");
    println!("  {path:?}");
    assert_eq!(fault, Some(Fault::Stale));
    // One's own writes are: they were acknowledged.
    let own = Bounds { held: true, reads: 1, strong: true, ..ONE };
    assert!(every_history("the primary is behind, own writes", own).1.is_none());
}
