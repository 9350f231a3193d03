//! Every mistake is caught, or the checker, or what brings mistakes out, would prove nothing.

use std::time::Duration;

use ryw_tests::histories::{Plant, Scene, catch};

use super::TURN;

const SEED: u64 = 11;
const ACT: Duration = Duration::from_millis(1500);
/// One is enough, as a rule.
const TRIES: usize = 60;

async fn are_caught(scene: Scene, plants: &[Plant]) {
    let _turn = TURN.lock().await;
    let verdicts = catch(SEED, ACT, scene, plants, TRIES).await.unwrap_or_else(|why| panic!("{why:#}"));
    for (plant, verdict) in verdicts {
        println!("{plant}: {verdict}");
        assert!(verdict.count(plant.breaks()) > 0, "{plant} breaks no {}: {verdict}", plant.breaks());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_positions_and_wrong_gates() {
    let gates = [Plant::EarlyLsn, Plant::FlushLsn, Plant::SnapshotRace, Plant::VisibleInSnapshot];
    are_caught(Scene::Lag, &gates).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_forget() {
    are_caught(Scene::Lag, &[Plant::LostMerge, Plant::ForgottenToken, Plant::NoFloor]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_of_two_timelines_compared() {
    are_caught(Scene::Divergence, &[Plant::OldTimeline]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_global_index_and_a_retry() {
    are_caught(Scene::Regions, &[Plant::GsiEventual, Plant::BlindRetry]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_outcome_taken_for_done() {
    are_caught(Scene::Network, &[Plant::UnknownIsDone]).await;
}
