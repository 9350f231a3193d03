//! `web serve` as real processes over one cluster whose replicas stand still: what one writes the other reads.

#[path = "../src/bin/web/client.rs"]
mod client;
#[path = "web/hostile.rs"]
mod hostile;
#[path = "web/processes.rs"]
mod processes;

use axum::http::Method;

use crate::client::Client;
use crate::processes::{OLD, Process, World};

const USERS: i64 = 10;

/// Each user writes at one process and reads at the other; returns how many saw what was before.
async fn stale(here: &Process, there: &Process, users: std::ops::Range<i64>) -> i64 {
    let mut stale = 0;
    for user in users {
        let (mut client, favorite) = (Client::new().unwrap(), format!("/favorites/{user}"));
        client.send(Method::PUT, here.at, &favorite, "new".into()).await.unwrap();
        let shown = client.send(Method::GET, there.at, &favorite, String::new()).await.unwrap();
        stale += i64::from(shown == OLD);
    }
    stale
}

#[tokio::test]
async fn what_one_process_writes_the_other_shows_by_cookie_and_by_header() {
    let world = World::start(0..3 * USERS).await;
    for (turn, (carrier, expected)) in (0..).zip([("none", USERS), ("cookie", 0), ("header", 0)]) {
        let here = world.serve(&["--carrier", carrier]);
        let there = world.serve(&["--carrier", carrier]);
        assert_eq!(stale(&here, &there, turn * USERS..(turn + 1) * USERS).await, expected, "{carrier}");
    }
}

#[tokio::test]
async fn what_one_device_writes_another_shows_by_store() {
    let world = World::start(0..2 * USERS).await;
    for (turn, (carrier, expected)) in (0..).zip([("none", USERS), ("store", 0)]) {
        let here = world.serve(&["--carrier", carrier]);
        let there = world.serve(&["--carrier", carrier]);
        let mut stale = 0;
        for user in turn * USERS..(turn + 1) * USERS {
            let (favorite, device) = (format!("/favorites/{user}"), || Client::of(user.to_string()).unwrap());
            device().send(Method::PUT, here.at, &favorite, "new".into()).await.unwrap();
            let shown = device().send(Method::GET, there.at, &favorite, String::new()).await.unwrap();
            stale += i64::from(shown == OLD);
        }
        assert_eq!(stale, expected, "{carrier}");
    }
}

#[tokio::test]
async fn a_worker_sees_what_was_written_before_its_message() {
    let world = World::start(0..2 * USERS).await;
    for (turn, (carrier, expected)) in (0..).zip([("none", USERS), ("header", 0)]) {
        let service = world.serve(&["--carrier", carrier]);
        let worker = world.serve(&["--carrier", carrier]);
        let mut stale = 0;
        for user in turn * USERS..(turn + 1) * USERS {
            let path = format!("/favorites/{user}/announcement");
            let message =
                Client::new().unwrap().send(Method::POST, service.at, &path, "new".into()).await.unwrap();
            let announced =
                Client::new().unwrap().send(Method::PUT, worker.at, "/messages", message).await.unwrap();
            stale += i64::from(announced == OLD);
        }
        assert_eq!(stale, expected, "{carrier}");
    }
}

#[tokio::test]
async fn a_service_sees_what_the_next_in_the_chain_has_written() {
    let world = World::start(0..2 * USERS).await;
    for (turn, (carrier, expected)) in (0..).zip([("none", USERS), ("header", 0)]) {
        let back = world.serve(&["--carrier", carrier]);
        let front = world.serve(&["--carrier", carrier, "--write-at", &back.at.to_string()]);
        let mut stale = 0;
        for user in turn * USERS..(turn + 1) * USERS {
            let path = format!("/handed-on/{user}");
            let shown =
                Client::new().unwrap().send(Method::PUT, front.at, &path, "new".into()).await.unwrap();
            stale += i64::from(shown == OLD);
        }
        assert_eq!(stale, expected, "{carrier}");
    }
}

#[test]
fn the_demonstration_judges_itself() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_web"))
        .args(["--users", "10", "--writes", "1", "--lag", "2s"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("| background worker, by message |") && text.contains("Kept: "), "{text}");
}
