//! What a context knows of both, carried to another process by a token.

use futures_util::future::join_all;
use ryw_core::{ConsistencySource as _, Context, SessionToken, SourceId, TokenCodec, TokenKey};

use super::world::{Process, World};

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
        move |session: Context| {
            let part = Context::new();
            part.join(&SourceId::new(name), &session.frontier(&SourceId::new(name)));
            part
        }
    };
    let stale = async |first, carry: &dyn Fn(Context) -> Context| {
        let stale = run(&world, first * SESSIONS, carry).await;
        (stale.postgres, stale.dynamo)
    };
    assert_eq!(stale(0, &|session| session).await, (0, 0));
    assert_eq!(stale(1, &|_| Context::new()).await, (SESSIONS, SESSIONS), "the test can fail");
    assert_eq!(stale(2, &part("main")).await, (0, SESSIONS), "each has its own part");
    assert_eq!(stale(3, &part("items")).await, (SESSIONS, 0));
}

fn codec() -> TokenCodec {
    TokenCodec::signed(TokenKey::new([7; 32]).unwrap())
}

/// Sessions write to both, and what each knows is carried to a task with another process' sources, which reads both and has
/// nothing but the token.
async fn run(world: &World, first: i64, carry: &dyn Fn(Context) -> Context) -> Stale {
    let elsewhere = world.another_process().await;
    let mut reading = Vec::new();
    for key in first..first + SESSIONS {
        let session = Context::new();
        tokio::join!(world.here.write_postgres(&session, key), world.here.write_dynamo(&session, key));
        let token = codec().encode(&carry(session));
        reading.push(tokio::spawn(read(elsewhere.clone(), token, key)));
    }
    let mut stale = Stale::default();
    for found in join_all(reading).await {
        let found = found.unwrap();
        stale.postgres += found.postgres;
        stale.dynamo += found.dynamo;
    }
    stale
}

async fn read(process: Process, token: SessionToken, key: i64) -> Stale {
    let ctx = codec().decode(token.as_str()).unwrap();
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
