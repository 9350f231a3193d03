//! Acts in which nothing may be found, and one in which much must be.

use std::sync::Arc;
use std::time::Duration;

use ryw_tests::histories::{Fault, Guarantee, Plan, Scene, Setup, Tally, Verdict, act};

use super::TURN;

const SEED: u64 = 7;
const ACT: Duration = Duration::from_secs(3);

fn setup(scene: Scene) -> Setup {
    Setup { act: ACT, scenes: vec![scene], ..Setup::new(SEED, ACT) }
}

async fn play(setup: &Setup) -> (Verdict, Arc<Tally>) {
    let _turn = TURN.lock().await;
    let tally = Arc::<Tally>::default();
    let plan = Plan::of(setup, 0);
    let verdict = act(setup, &plan, &tally).await.unwrap_or_else(|why| panic!("{why:#}\n{plan}"));
    println!("{verdict}");
    (verdict, tally)
}

/// Nothing is found, and what was planned has happened.
async fn is_clean(scene: Scene) -> Verdict {
    let setup = setup(scene);
    let (verdict, tally) = play(&setup).await;
    assert_eq!(verdict.violations(), 0, "{verdict}\n{:#?}", verdict.report.violations);
    assert!(verdict.report.checked > 0, "{verdict}");
    let happened = tally.snapshot().faults;
    for event in Plan::of(&setup, 0).events {
        assert!(happened.contains_key(&event.fault), "{} was planned: {happened:?}", event.fault);
    }
    verdict
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_lag() {
    is_clean(Scene::Lag).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_the_primarys_place() {
    is_clean(Scene::Failover).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_lacks_something_takes_the_primarys_place() {
    let verdict = is_clean(Scene::Loss).await;
    assert!(verdict.report.lost > 0, "nothing was lost: {verdict}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn regions_lag_and_fail() {
    is_clean(Scene::Regions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_under_one_context() {
    is_clean(Scene::Both).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn naive_routing_is_caught() {
    let faults = vec![Fault::ReplayHeld, Fault::ApplyDelay];
    let setup = Setup { guarantee: Guarantee::Off, faults, ..setup(Scene::Lag) };
    assert!(play(&setup).await.0.violations() > 0);
}
