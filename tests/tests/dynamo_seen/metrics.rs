//! Each thing that happens is told to the recorder once.

use ryw_core::{Context, Reason};
use ryw_dynamo::{DynamoSourceBuilder, LocalCache};
use ryw_testkit::dynamo::Refusal;

use super::recorder::{Recorded, recorder};
use super::world::World;

#[tokio::test]
async fn reads_are_counted() {
    let (recorder, snapshotter) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let (world, ctx) = (World::start().await, Context::new());
    world.insert(&ctx).await;
    world.pins.find(&ctx, &1).await.unwrap();
    world.pins.find(&Context::new(), &1).await.unwrap();
    world.pins.find_many(&Context::new(), &[1, 2]).await.unwrap();
    world.regions.region(1).cut();
    world.pins.find(&Context::new(), &1).await.unwrap();

    let seen = Recorded::by(&snapshotter);
    let reads = |region: &str, route: &str, reason: Reason| {
        let labels = [("source", "main"), ("region", region), ("route", route), ("reason", reason.as_str())];
        seen.sum("ryw_dynamo_reads_total", &labels)
    };
    assert_eq!(reads("eu-central-1", "primary", Reason::RecentWrite), 1.0);
    assert_eq!(reads("us-east-1", "replica", Reason::NothingToCover), 3.0);
    assert_eq!(reads("eu-central-1", "primary", Reason::ReplicaFailed), 1.0);
    assert_eq!(seen.sum("ryw_dynamo_reads_total", &[]), 5.0);
    assert_eq!(seen.sum("ryw_dynamo_unanswered_total", &[("region", "us-east-1")]), 1.0);
    assert_eq!(seen.sum("ryw_dynamo_unanswered_total", &[]), 1.0);
    assert_eq!(seen.series("ryw_dynamo_unanswered_total"), 2, "one a Region");
    assert_eq!(seen.sum("ryw_dynamo_writes_total", &[]), 1.0);
}

#[tokio::test]
async fn units_are_counted_if_that_is_said() {
    for counting in [false, true] {
        let (recorder, snapshotter) = recorder();
        let _installed = metrics::set_default_local_recorder(&recorder);
        let configure = |source: DynamoSourceBuilder| if counting { source.count_units() } else { source };
        let (world, ctx) = (World::configured(configure).await, Context::new());
        world.insert(&ctx).await;
        world.pins.find(&ctx, &1).await.unwrap();
        world.pins.find(&Context::new(), &1).await.unwrap();
        world.pins.find_many(&Context::new(), &[1, 2]).await.unwrap();
        world.pins.scan(&Context::new()).all().await.unwrap();

        let (home, near) = (world.regions.region(0).requests(), world.regions.region(1).requests());
        let read = home.read_units() + near.read_units();
        assert_eq!((read, home.write_units()), (3.0, 1.0), "the service counts in any case");
        let told = world.source.cost().map(|cost| (cost.read_units(), cost.write_units()));
        assert_eq!(told, counting.then_some((3.0, 1.0)));
        let (seen, (read, written)) = (Recorded::by(&snapshotter), told.unwrap_or_default());
        assert_eq!(seen.sum("ryw_dynamo_read_unit_tenths_total", &[]), read * 10.0);
        assert_eq!(seen.sum("ryw_dynamo_write_unit_tenths_total", &[]), written * 10.0);
    }
}

#[tokio::test]
async fn what_is_refused_and_sent_again_is_counted() {
    let (recorder, snapshotter) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let (world, ctx) = (World::start().await, Context::new());
    world.regions.region(0).refuse_next(2, Refusal::Throttling);
    world.insert(&ctx).await;
    world.regions.region(0).refuse_next(1, Refusal::ReplicatedWriteConflict);
    world.pins.delete(&ctx, &1).await.unwrap();
    world.regions.region(1).refuse_next(1, Refusal::ThroughputExceeded);
    world.pins.find(&Context::new(), &1).await.unwrap_err();
    let seen = Recorded::by(&snapshotter);
    assert_eq!(seen.sum("ryw_dynamo_throttles_total", &[]), 3.0);
    assert_eq!(seen.sum("ryw_dynamo_retries_total", &[]), 3.0);
    assert_eq!(seen.sum("ryw_dynamo_writes_total", &[]), 2.0);
}

#[tokio::test]
async fn what_the_cache_answers_is_counted() {
    let (recorder, snapshotter) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let (world, ctx) = (World::configured(|source| source.cache(LocalCache::new())).await, Context::new());
    world.insert(&ctx).await;
    for _ in 0..3 {
        world.pins.find(&Context::new(), &2).await.unwrap();
    }
    world.pins.find(&ctx, &1).await.unwrap();
    let seen = Recorded::by(&snapshotter);
    assert_eq!(seen.sum("ryw_dynamo_cache_misses_total", &[]), 1.0);
    assert_eq!(seen.sum("ryw_dynamo_cache_hits_total", &[]), 2.0);
    assert_eq!(seen.sum("ryw_dynamo_reads_total", &[("route", "cache"), ("region", "us-east-1")]), 2.0);
    assert_eq!(seen.sum("ryw_dynamo_reads_total", &[]), 4.0);
}
