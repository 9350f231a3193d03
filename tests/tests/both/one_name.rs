//! Two sources of one name, by mistake: neither takes the other's positions for its own.

use ryw_core::{ConsistencySource as _, Context, Reason};

use super::world::{Process, World};

#[tokio::test]
async fn a_position_of_the_other_is_on_the_safe_side() {
    let world = World::start(["main", "main"]).await;
    world.held(0..2).await;
    let (here, nobody) = (&world.here, Context::new());
    for key in 0..2 {
        here.write_postgres(&nobody, key).await;
        here.write_dynamo(&nobody, key).await;
    }
    let (postgres, dynamo) = &here.sources;
    assert!(here.postgres_is_stale(&Context::new(), 0).await, "the replica is held: the test can fail");
    assert!(here.dynamo_is_stale(&Context::new(), 0).await, "the follower is held: the test can fail");

    let session = Context::new();
    here.write_dynamo(&session, 0).await;
    assert!(!here.postgres_is_stale(&session, 1).await, "though it has written nothing there");
    assert_eq!(postgres.counts().by_reason(Reason::PositionForeign), 1);

    let session = Context::new();
    here.write_postgres(&session, 0).await;
    assert!(!here.dynamo_is_stale(&session, 1).await, "though it has written nothing there");
    assert_eq!(dynamo.counts().by_reason(Reason::PositionForeign), 1);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    WritePostgres,
    WriteDynamo,
    ReadPostgres,
    ReadDynamo,
}

const STEPS: [Step; 4] = [Step::WritePostgres, Step::WriteDynamo, Step::ReadPostgres, Step::ReadDynamo];

/// Each settles what it cannot judge, and so throws the other's positions away: none of them may be missed for it.
#[tokio::test]
async fn in_whatever_order_they_are_used_each_sees_its_own_writes() {
    let world = World::start(["main", "main"]).await;
    let ways: Vec<_> = STEPS
        .iter()
        .flat_map(|first| STEPS.map(|second| [*first, second]))
        .flat_map(|[first, second]| STEPS.map(|third| [first, second, third]))
        .collect();
    world.held(0..i64::try_from(ways.len()).unwrap()).await;
    for (key, way) in (0..).zip(&ways) {
        take(&world.here, key, way).await;
    }
}

async fn take(here: &Process, key: i64, way: &[Step]) {
    let session = Context::new();
    let (mut postgres, mut dynamo) = (false, false);
    for step in
        way.iter().chain(&[Step::ReadPostgres, Step::ReadDynamo, Step::ReadPostgres, Step::ReadDynamo])
    {
        match step {
            Step::WritePostgres => {
                here.write_postgres(&session, key).await;
                postgres = true;
            }
            Step::WriteDynamo => {
                here.write_dynamo(&session, key).await;
                dynamo = true;
            }
            Step::ReadPostgres => {
                let stale = here.postgres_is_stale(&session, key).await;
                assert!(!(postgres && stale), "Postgres, {way:?}");
            }
            Step::ReadDynamo => {
                let stale = here.dynamo_is_stale(&session, key).await;
                assert!(!(dynamo && stale), "DynamoDB, {way:?}");
            }
        }
    }
}
