//! `web serve` as real processes over one cluster whose replicas stand still: what one writes the other reads.

#[path = "../src/bin/web/client.rs"]
mod client;
#[path = "web/hostile.rs"]
mod hostile;
#[path = "web/processes.rs"]
mod processes;

use std::time::Instant;

use axum::http::Method;
use tokio::process::Command;
use tokio::time::timeout;

use crate::client::Client;
use crate::processes::{OLD, PATIENCE, Process, World};

const USERS: i64 = 10;

/// Has users visit, each of whom says whether he was shown what was before. With a carrier none may be. Without one they
/// are as soon as a replica serves, which on a busy machine may take its time.
async fn judge(carrier: &str, mut is_stale: impl AsyncFnMut(i64) -> bool) {
    if carrier == "none" {
        let patience = Instant::now() + PATIENCE;
        while !is_stale(0).await {
            assert!(Instant::now() < patience, "nothing is ever stale: this test proves nothing");
        }
        return;
    }
    for user in 1..=USERS {
        assert!(!is_stale(user).await, "{carrier}: user {user}");
    }
}

async fn send(client: &mut Client, method: Method, at: &Process, path: &str, body: &str) -> String {
    client.send(method, at.at, path, body.to_owned()).await.unwrap()
}

#[tokio::test]
async fn what_one_process_writes_the_other_shows_by_cookie_and_by_header() {
    let world = World::start(0..USERS).await;
    for carrier in ["none", "cookie", "header"] {
        let here = world.serve(&["--carrier", carrier]);
        let there = world.serve(&["--carrier", carrier]);
        judge(carrier, async |user| {
            let (mut client, favorite) = (Client::new().unwrap(), format!("/favorites/{user}"));
            send(&mut client, Method::PUT, &here, &favorite, "new").await;
            send(&mut client, Method::GET, &there, &favorite, "").await == OLD
        })
        .await;
    }
}

#[tokio::test]
async fn what_one_device_writes_another_shows_by_store() {
    let world = World::start(0..USERS).await;
    for carrier in ["none", "store"] {
        let here = world.serve(&["--carrier", carrier]);
        let there = world.serve(&["--carrier", carrier]);
        judge(carrier, async |user| {
            let (favorite, device) = (format!("/favorites/{user}"), || Client::of(user.to_string()).unwrap());
            send(&mut device(), Method::PUT, &here, &favorite, "new").await;
            send(&mut device(), Method::GET, &there, &favorite, "").await == OLD
        })
        .await;
    }
}

#[tokio::test]
async fn a_worker_sees_what_was_written_before_its_message() {
    let world = World::start(0..USERS).await;
    for carrier in ["none", "header"] {
        let service = world.serve(&["--carrier", carrier]);
        let worker = world.serve(&["--carrier", carrier]);
        judge(carrier, async |user| {
            let (path, client) = (format!("/favorites/{user}/announcement"), || Client::new().unwrap());
            let message = send(&mut client(), Method::POST, &service, &path, "new").await;
            send(&mut client(), Method::PUT, &worker, "/messages", &message).await == OLD
        })
        .await;
    }
}

#[tokio::test]
async fn a_service_sees_what_the_next_in_the_chain_has_written() {
    let world = World::start(0..USERS).await;
    for carrier in ["none", "header"] {
        let back = world.serve(&["--carrier", carrier]);
        let front = world.serve(&["--carrier", carrier, "--write-at", &back.at.to_string()]);
        judge(carrier, async |user| {
            let path = format!("/handed-on/{user}");
            send(&mut Client::new().unwrap(), Method::PUT, &front, &path, "new").await == OLD
        })
        .await;
    }
}

#[tokio::test]
async fn the_demonstration_judges_itself() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_web"));
    command.args(["--users", "10", "--writes", "1", "--lag", "2s"]).kill_on_drop(true);
    let output = timeout(2 * PATIENCE, command.output()).await.expect("an end in time").unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("| background worker, by message |") && text.contains("Kept: "), "{text}");
}
