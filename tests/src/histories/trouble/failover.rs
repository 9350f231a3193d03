//! The primary is killed, and a replica takes its place: with all that was acknowledged, or without some of it.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use ryw_core::{ConsistencySource as _, Context, Route};
use ryw_postgres::sqlx::{self, Connection as _, PgConnection};
use ryw_testkit::postgres::Node;

use crate::histories::fault::Fault;
use crate::histories::place::Fate;
use crate::histories::stage::Servers;
use crate::histories::world::{Acknowledged, World};

/// How long writes go on that only the old primary will ever have had.
const WRITTEN_IN_VAIN: Duration = Duration::from_millis(250);
/// How many there are then at least: more than can have been under way when the replica stopped.
const IN_VAIN: usize = 100;
/// Several megabytes of WAL.
const BULK: &str = "INSERT INTO churn SELECT generate_series(1, 100000)";
/// How long processes may take to notice something.
const PATIENCE: Duration = Duration::from_secs(150);
const PAUSE: Duration = Duration::from_millis(10);
/// Reads that a replica serves before it counts as in use: one may have used a session from before it was stopped.
const SESSIONS: usize = 3;
/// Writes that survive and are asked for all the same.
const SURVIVORS: usize = 300;

pub(super) async fn strike(servers: &Servers, fault: Fault, world: &World) -> Result<()> {
    match fault {
        Fault::Promoted => promote_the_synchronous_one(servers).await,
        Fault::Diverged => {
            promote_one_that_lacks_something(servers, world, &[2], Some(1)).await?;
            told(servers, world).await
        }
        _ => {
            promote_one_that_lacks_something(servers, world, &[1], None).await?;
            told(servers, world).await
        }
    }
}

/// Nothing that anybody has seen is lost: the other replica, which may be ahead of the synchronous one, stops before.
async fn promote_the_synchronous_one(servers: &Servers) -> Result<()> {
    let (old, new, other) =
        (servers.cluster.primary(), servers.cluster.replica(0), servers.cluster.replica(1));
    other.stop().await?;
    tokio::time::sleep(WRITTEN_IN_VAIN).await;
    old.kill().await?;
    lead(servers, new).await?;
    other.start().await?;
    Ok(other.follow(new).await?)
}

/// Replica 0 and its followers stop, and what is written then they never get; `ahead` does.
async fn promote_one_that_lacks_something(
    servers: &Servers,
    world: &World,
    followers: &[usize],
    ahead: Option<usize>,
) -> Result<()> {
    let (cluster, new) = (&servers.cluster, servers.cluster.replica(0));
    forget_what_is_safe(servers, world, new).await?;
    // First those that will follow: they may not have received more.
    for follower in followers {
        cluster.replica(*follower).stop().await?;
    }
    new.stop().await?;
    write_in_vain(world).await?;
    if let Some(ahead) = ahead {
        // So far ahead that whoever compares LSNs of two timelines takes it for fresh, for seconds.
        cluster.execute(BULK).await?;
        let flushed = cluster.primary().flush_lsn().await?;
        cluster.replica(ahead).wait_for_replay(flushed).await?;
    }
    cluster.primary().kill().await?;
    world.era.fetch_add(1, Ordering::SeqCst);
    new.start().await?;
    for follower in followers {
        cluster.replica(*follower).start().await?;
    }
    until_all_know(servers, 0).await?;
    lead(servers, new).await?;
    for follower in followers {
        cluster.replica(*follower).follow(new).await?;
    }
    Ok(())
}

/// What was acknowledged before now, and has arrived, survives: only of some of it is that asked later.
async fn forget_what_is_safe(servers: &Servers, world: &World, new: &Node) -> Result<()> {
    let mut safe = std::mem::take(&mut *ledger(world)?);
    new.wait_for_replay(servers.cluster.primary().flush_lsn().await?).await?;
    safe.truncate(SURVIVORS);
    ledger(world)?.append(&mut safe);
    Ok(())
}

/// Waits for writes that nobody but the primary has; on a busy machine they take their time.
async fn write_in_vain(world: &World) -> Result<()> {
    let enough = ledger(world)?.len() + IN_VAIN;
    let deadline = Instant::now() + PATIENCE;
    tokio::time::sleep(WRITTEN_IN_VAIN).await;
    while ledger(world)?.len() < enough {
        anyhow::ensure!(Instant::now() < deadline, "nobody writes any more");
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

fn ledger(world: &World) -> Result<MutexGuard<'_, Vec<Acknowledged>>> {
    let ledger = world.ledger.as_ref().context("this act has no ledger")?;
    Ok(ledger.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Promotes a replica, and waits until all processes have gone over to it.
async fn lead(servers: &Servers, new: &Node) -> Result<()> {
    new.promote().await?;
    servers.leader.store(1, Ordering::SeqCst);
    // What is asked of a process makes it look for the primary.
    for source in &servers.sources {
        let deadline = Instant::now() + PATIENCE;
        while let Err(why) =
            source.route_read(&Context::new().strong()).await.map(drop).and(source.capture().await)
        {
            if Instant::now() > deadline {
                return Err(why).context("a process does not find the new primary");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    // So that nothing rests on an idle server's next checkpoint.
    let mut conn = PgConnection::connect(&new.admin_url()).await?;
    sqlx::query("CHECKPOINT").execute(&mut conn).await?;
    Ok(conn.close().await?)
}

/// Asks what became of each acknowledged write, and notes what was said to be lost.
async fn told(servers: &Servers, world: &World) -> Result<()> {
    world.era.fetch_add(1, Ordering::SeqCst);
    let writes = std::mem::take(&mut *ledger(world)?);
    for Acknowledged { write, position, process } in writes {
        let place = &world.processes[process % servers.sources.len()].stores[0].place;
        match place.fate(&position).await? {
            Fate::Lost => world.recorder.lost(write),
            Fate::Unknown => world.tally.fate_unknown(),
            Fate::Survived => {}
        }
    }
    Ok(())
}

/// Waits until each process has a session with the replica: who had one when it was promoted can tell what survived.
async fn until_all_know(servers: &Servers, replica: usize) -> Result<()> {
    for source in &servers.sources {
        let deadline = Instant::now() + PATIENCE;
        let mut served = 0;
        while served < SESSIONS {
            anyhow::ensure!(Instant::now() < deadline, "a process does not come to use replica {replica}");
            let Ok(conn) = source.read(&Context::new().eventual()).await else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            served += usize::from(conn.routed().route == Route::Replica(replica));
            // What it may have seen is of no interest.
            let _ = conn.finish().await;
        }
    }
    Ok(())
}
