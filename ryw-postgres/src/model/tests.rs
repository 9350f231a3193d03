use std::sync::Arc;
use std::sync::atomic::Ordering;

use stateright::{Checker, HasDiscoveries, Model};

use super::database::Told;
use super::rule::Rule;
use super::system::{Action, Bounds, Fault, ReadBy, System, Tally, Witness};

fn bounds() -> Bounds {
    Bounds {
        replicas: 2,
        writes: 1,
        strangers: 0,
        reads: 1,
        resolves: 0,
        restarts: 0,
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
    }
}

struct Checked {
    states: usize,
    broken: Option<(Option<Fault>, Vec<Action>)>,
}

fn check(name: &str, bounds: Bounds, rule: Rule) -> Checked {
    let tally = Arc::new(Tally::default());
    let system = System { bounds, rule, tally: Arc::clone(&tally) };
    let begun = std::time::Instant::now();
    let checker = system.checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let path = checker.discovery("every promise is kept");
    let broken = path.map(|path| (path.last_state().fault, path.into_actions()));
    let count = |of: &std::sync::atomic::AtomicUsize| of.load(Ordering::Relaxed);
    println!(
        "{name}, {rule:?}: {} states, {} steps, depth {}, {:?}; reads on replicas {}, on the primary {}, again {}, stale {}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        begun.elapsed(),
        count(&tally.on_replica),
        count(&tally.on_primary),
        count(&tally.again),
        count(&tally.stale),
    );
    if let Some((fault, path)) = &broken {
        println!("  {fault:?}: {path:?}");
    }
    Checked { states: checker.unique_state_count(), broken }
}

#[test]
fn probe() {
    let b = bounds;
    let offset = || Bounds { witness: Witness::Offset, ..bounds() };
    for (rule, bounds) in [
        (Rule::EarlyLsn, offset()),
        (Rule::FlushedLsn, Bounds { asynchronous: true, ..offset() }),
        (Rule::GateInStatement, offset()),
        (Rule::GateFreezes, Bounds { reading: ReadBy::Gate, ..offset() }),
        (Rule::VisibleInSnapshot, Bounds { strangers: 1, ..b() }),
        (Rule::MaybeAtOnce, Bounds { strangers: 1, ..b() }),
        (Rule::GreatestTicket, Bounds { writes: 2, ..b() }),
        (Rule::LearntMeanwhile, offset()),
        (Rule::UnlearntIgnored, Bounds { unlearnt: true, ..offset() }),
        (Rule::WatermarkKept, Bounds { replicas: 1, restarts: 1, reads: 2, ..offset() }),
        (Rule::LateAnswer, Bounds { replicas: 1, restarts: 1, reads: 3, late_answers: true, ..offset() }),
        (Rule::ReplayLsnAsFloor, Bounds { writes: 0, strangers: 1, reads: 2, restarts: 1, ..offset() }),
        (Rule::DropAtOverflow, Bounds { crowd: true, ..b() }),
        (Rule::SettleAll, Bounds { reads: 2, strong: true, ..b() }),
        (Rule::ResolveAll, Bounds { writes: 2, resolves: 1, ..b() }),
        (Rule::FrozenReplayLsn, Bounds { promotions: 1, reading: ReadBy::Gate, ..offset() }),
        (Rule::FateByNumber, Bounds { promotions: 1, strangers: 1, reads: 0, ..b() }),
        (Rule::AcrossTimelines, Bounds { promotions: 1, strangers: 1, ..offset() }),
        (Rule::StandbyTrusted, Bounds { promotions: 1, writes: 2, ..b() }),
    ] {
        check("", bounds.clone(), rule);
    }
}

#[test]
fn right() {
    let b = bounds;
    for (name, bounds) in [
        ("2 0 1", Bounds { writes: 2, ..b() }),
        ("1 1 1", Bounds { strangers: 1, ..b() }),
        ("1 0 2", Bounds { reads: 2, ..b() }),
        ("promotion 1 0 1", Bounds { promotions: 1, ..b() }),
        ("promotion epoch 1 0 1", Bounds { promotions: 1, told: Told::Epoch, ..b() }),
        ("restart late 1 0 2 one", Bounds { restarts: 1, reads: 2, replicas: 1, late_answers: true, ..b() }),
        ("offset gate 1 0 2", Bounds { reads: 2, reading: ReadBy::Gate, witness: Witness::Offset, ..b() }),
        ("strong unlearnt 1 0 2", Bounds { reads: 2, strong: true, unlearnt: true, ..b() }),
    ] {
        check(name, bounds.clone(), Rule::Right);
    }
}
