//! What a context knows of both, carried to another process as a token would carry it.

use futures_util::future::join_all;
use ryw_core::{ConsistencySource as _, Context, Frontier, SourceId};

use super::world::{Process, World};

/// As much of a context as a token has.
type Carried = Vec<(SourceId, Frontier)>;

const SESSIONS: i64 = 20;

/// Reads found as they were before: in Postgres, and in DynamoDB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stale {
    postgres: i64,
    dynamo: i64,
}

#[tokio::test]
async fn nothing_is_stale_with_what_is_carried_and_all_is_without() {
    let world = World::start(["main", "items"]).await;
    world.held(0..4 * SESSIONS).await;
    let part = |name: &'static str| {
        move |carried: Carried| {
            carried.into_iter().filter(|(source, _)| *source == SourceId::new(name)).collect()
        }
    };
    let stale = async |first, carry: &dyn Fn(Carried) -> Carried| {
        let stale = run(&world, first * SESSIONS, carry).await;
        (stale.postgres, stale.dynamo)
    };
    assert_eq!(stale(0, &|carried| carried).await, (0, 0));
    assert_eq!(stale(1, &|_| Carried::new()).await, (SESSIONS, SESSIONS), "the test can fail");
    assert_eq!(stale(2, &part("main")).await, (0, SESSIONS), "each has its own part");
    assert_eq!(stale(3, &part("items")).await, (SESSIONS, 0));
}

/// Sessions write to both, and what each knows is carried to a task with another process' sources, which reads both.
async fn run(world: &World, first: i64, carry: &dyn Fn(Carried) -> Carried) -> Stale {
    let elsewhere = world.another_process().await;
    let mut reading = Vec::new();
    for key in first..first + SESSIONS {
        let session = Context::new();
        tokio::join!(world.here.write_postgres(&session, key), world.here.write_dynamo(&session, key));
        let carried = carry(session.frontiers());
        reading.push(tokio::spawn(read(elsewhere.clone(), carried, key)));
    }
    let mut stale = Stale::default();
    for found in join_all(reading).await {
        let found = found.unwrap();
        stale.postgres += found.postgres;
        stale.dynamo += found.dynamo;
    }
    stale
}

async fn read(process: Process, carried: Carried, key: i64) -> Stale {
    let ctx = Context::new();
    for (source, frontier) in &carried {
        ctx.join(source, frontier);
    }
    let (postgres, dynamo) =
        (process.postgres_is_stale(&ctx, key).await, process.dynamo_is_stale(&ctx, key).await);
    Stale { postgres: postgres.into(), dynamo: dynamo.into() }
}

/// A write to one says nothing of the other, whose reads stay where they are cheap.
#[tokio::test]
async fn neither_pays_for_the_other() {
    let world = World::start(["main", "items"]).await;
    world.held(0..2).await;
    let (postgres, dynamo) = &world.here.sources;

    let session = Context::new();
    world.here.write_postgres(&session, 0).await;
    assert!(world.here.dynamo_is_stale(&session, 0).await);
    assert_eq!((dynamo.counts().primary_reads(), dynamo.counts().replica_reads()), (0, 1));

    let session = Context::new();
    world.here.write_dynamo(&session, 1).await;
    assert!(world.here.postgres_is_stale(&session, 1).await);
    assert_eq!((postgres.counts().primary_reads(), postgres.counts().replica_reads()), (0, 1));
}
