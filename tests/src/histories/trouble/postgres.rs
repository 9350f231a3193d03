//! What befalls real servers, and passes.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use ryw_core::Context;
use ryw_postgres::{Isolation, PostgresSource, sqlx};
use ryw_testkit::link::{Link, Way};
use ryw_testkit::postgres::Node;

use crate::histories::fault::Fault;
use crate::histories::plan::Event;
use crate::histories::stage::Servers;

/// How much longer what is sent takes each way, over a slow link.
const SLOW: Duration = Duration::from_millis(8);
/// More than a process has connections to all servers.
const MANY: usize = 40;
/// How long a connection is waited for when all are taken.
const SOON: Duration = Duration::from_millis(20);
/// How long the processes of a server that has lost its first one may take to end.
const UNTIL_ALONE: Duration = Duration::from_secs(30);

pub(super) async fn strike(servers: &Servers, event: &Event) -> Result<()> {
    let Event { lasting, target, .. } = *event;
    match event.fault {
        Fault::ReplayHeld => hold(replica(servers, target), lasting).await,
        Fault::ApplyDelay => delay(replica(servers, target), lasting).await,
        Fault::ReplicaKilled => kill(replica(servers, target), lasting).await,
        Fault::PostmasterKilled => orphan(replica(servers, target), lasting).await,
        Fault::ReplicaFrozen => freeze(replica(servers, target), lasting).await,
        Fault::PrimaryCrashed => kill(servers.cluster.primary(), lasting).await,
        Fault::SlowCheckpoint => checkpoint(servers, lasting).await,
        Fault::RecoveryConflict => conflict(servers, target, lasting).await,
        Fault::PoolExhausted => {
            exhaust(&servers.sources[target % servers.sources.len()], lasting).await;
            Ok(())
        }
        other => {
            network(&servers.links[target % servers.links.len()], other, lasting).await;
            Ok(())
        }
    }
}

/// A replica that is one now.
fn replica(servers: &Servers, target: usize) -> &Node {
    let leader = servers.leader.load(Ordering::SeqCst);
    let all: Vec<_> = (1..servers.cluster.nodes().len()).filter(|place| *place != leader).collect();
    &servers.cluster.nodes()[all[target % all.len()]]
}

async fn hold(replica: &Node, lasting: Duration) -> Result<()> {
    replica.hold_replay().await?;
    tokio::time::sleep(lasting).await;
    Ok(replica.release_replay().await?)
}

async fn delay(replica: &Node, lasting: Duration) -> Result<()> {
    replica.set_apply_delay(lasting / 4).await?;
    tokio::time::sleep(lasting).await;
    Ok(replica.set_apply_delay(Duration::ZERO).await?)
}

async fn kill(node: &Node, lasting: Duration) -> Result<()> {
    node.kill().await?;
    tokio::time::sleep(lasting).await;
    Ok(node.start().await?)
}

async fn orphan(node: &Node, lasting: Duration) -> Result<()> {
    node.kill_postmaster().await?;
    tokio::time::sleep(lasting).await;
    let deadline = Instant::now() + UNTIL_ALONE;
    loop {
        match node.start().await {
            // Somebody is in the middle of a statement still.
            Err(why) if why.is_start_failed() && Instant::now() < deadline => tokio::time::sleep(SOON).await,
            started => return Ok(started?),
        }
    }
}

async fn freeze(node: &Node, lasting: Duration) -> Result<()> {
    node.freeze();
    tokio::time::sleep(lasting).await;
    node.thaw();
    Ok(())
}

async fn checkpoint(servers: &Servers, lasting: Duration) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < lasting {
        servers.cluster.primary().execute("CHECKPOINT").await?;
        servers.cluster.replica(0).execute("CHECKPOINT").await?;
    }
    Ok(())
}

/// Holds snapshots on replicas, and takes away what they may still see.
async fn conflict(servers: &Servers, target: usize, lasting: Duration) -> Result<()> {
    let source = &servers.sources[target % servers.sources.len()];
    let (began, mut held) = (Instant::now(), Vec::new());
    for _ in 0..4 {
        let reading = source.read_transaction(&Context::new()).isolation(Isolation::RepeatableRead);
        let Ok(mut tx) = reading.begin().await else { continue };
        if sqlx::query("SELECT count(*) FROM churn").execute(&mut *tx).await.is_ok() {
            held.push(tx);
        }
    }
    let replica = replica(servers, target);
    wait_for_reads(replica, "0").await?;
    while began.elapsed() < lasting {
        servers.cluster.execute("UPDATE churn SET n = n + 1").await?;
        // It cannot be in a transaction, which two statements together would be.
        servers.cluster.execute("VACUUM churn").await?;
    }
    for mut tx in held {
        // Cancelled, as it was to be; or it ran on the primary.
        let _ = sqlx::query("SELECT count(*) FROM churn").execute(&mut *tx).await;
        let _ = tx.finish().await;
    }
    wait_for_reads(replica, "30s").await
}

/// How long replay waits for reads. A statement of ours may be cancelled like any other, as long as it waits for none.
async fn wait_for_reads(replica: &Node, delay: &str) -> Result<()> {
    for _ in 0..20 {
        if replica.set("max_standby_streaming_delay", delay).await.is_ok() {
            return Ok(());
        }
    }
    Ok(replica.set("max_standby_streaming_delay", delay).await?)
}

/// Takes all connections that a process has for reads, and keeps them.
async fn exhaust(source: &PostgresSource, lasting: Duration) {
    let mut taken = Vec::new();
    while taken.len() < MANY {
        match tokio::time::timeout(SOON, source.read(&Context::new())).await {
            Ok(Ok(conn)) => taken.push(conn),
            Ok(Err(_)) | Err(_) => break,
        }
    }
    tokio::time::sleep(lasting).await;
    for conn in taken {
        // A server that went meanwhile took its connection along.
        let _ = conn.finish().await;
    }
}

async fn network(link: &Link, fault: Fault, lasting: Duration) {
    match fault {
        Fault::SlowLink => link.set_latency(SLOW),
        Fault::DeafServer => link.cut_one_way(Way::ToServer),
        Fault::MuteServer => link.cut_one_way(Way::ToClient),
        _ => link.cut(),
    }
    tokio::time::sleep(lasting).await;
    link.set_latency(Duration::ZERO);
    if fault != Fault::SlowLink {
        link.cut();
    }
}
