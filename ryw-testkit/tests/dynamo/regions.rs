//! Between Regions: global tables in both modes.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{
    MultiRegionConsistency, Put, ReplicaStatus, TimeToLiveSpecification, TransactWriteItem,
};
use ryw_testkit::dynamo::{Mode, Region, Regions};

use super::table::{self, TABLE, by_tag, delete, eventual, key, note, put, some, strong};

async fn two() -> Regions {
    let regions = some(&["eu-central-1", "us-east-1"]).await;
    regions.make_global(TABLE, Mode::Eventual).unwrap();
    regions
}

async fn three_strong() -> Regions {
    let regions = some(&["us-east-1", "us-east-2", "us-west-2"]).await;
    regions.make_global(TABLE, Mode::Strong).unwrap();
    regions
}

#[tokio::test]
async fn without_lag_both_regions_have_everything() {
    let regions = two().await;
    put(regions.region(0), "1", "east").await;
    assert_eq!(strong(regions.region(1), "1").await.as_deref(), Some("east"));
    assert_eq!(eventual(regions.region(1), "1").await.as_deref(), Some("east"));
    assert_eq!(by_tag(regions.region(1), "red").await, ["east"]);
    delete(regions.region(1), "1").await;
    assert_eq!(strong(regions.region(0), "1").await, None);
}

/// The trap: a strong read is current only where the last write was made.
#[tokio::test]
async fn a_strong_read_elsewhere_is_stale_while_replication_is_held() {
    let regions = two().await;
    put(regions.region(0), "1", "old").await;
    let way = regions.replication(0, 1);
    way.hold();
    put(regions.region(0), "1", "new").await;
    assert_eq!(strong(regions.region(0), "1").await.as_deref(), Some("new"));
    assert_eq!(strong(regions.region(1), "1").await.as_deref(), Some("old"));
    assert_eq!((way.pending(), regions.replication(1, 0).pending()), (1, 0));
    assert_eq!(way.step(5), 1);
    assert_eq!(strong(regions.region(1), "1").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn what_arrives_passes_through_the_followers_of_the_region() {
    let regions = two().await;
    let there = regions.region(1);
    there.follower().hold();
    there.indexes().hold();
    put(regions.region(0), "1", "new").await;
    assert_eq!(strong(there, "1").await.as_deref(), Some("new"));
    assert_eq!(eventual(there, "1").await, None);
    assert!(by_tag(there, "red").await.is_empty());
    there.follower().release();
    there.indexes().release();
    assert_eq!(eventual(there, "1").await.as_deref(), Some("new"));
    assert_eq!(by_tag(there, "red").await, ["new"]);
}

#[tokio::test]
async fn the_last_writer_of_an_item_wins_in_both_regions() {
    let regions = two().await;
    for (from, to) in [(0, 1), (1, 0)] {
        regions.replication(from, to).hold();
    }
    put(regions.region(0), "1", "earlier").await;
    put(regions.region(1), "1", "later").await;
    put(regions.region(1), "2", "earlier").await;
    delete(regions.region(0), "2").await;
    for (from, to) in [(0, 1), (1, 0)] {
        regions.replication(from, to).release();
    }
    for region in regions.all() {
        assert_eq!(strong(region, "1").await.as_deref(), Some("later"), "{region:?}");
        assert_eq!(strong(region, "2").await, None, "{region:?}");
    }
}

/// The trap: both succeed, and one is lost.
#[tokio::test]
async fn conditions_are_judged_by_what_the_region_knows() {
    let regions = two().await;
    for (from, to) in [(0, 1), (1, 0)] {
        regions.replication(from, to).hold();
    }
    for (region, body) in regions.all().iter().zip(["first", "second"]) {
        let create = region.client().put_item().table_name(TABLE).set_item(Some(note("1", body)));
        create.condition_expression("attribute_not_exists(id)").send().await.unwrap();
    }
    for (from, to) in [(0, 1), (1, 0)] {
        regions.replication(from, to).release();
    }
    for region in regions.all() {
        assert_eq!(strong(region, "1").await.as_deref(), Some("second"));
    }
}

/// The trap: elsewhere, half of a transaction is there.
#[tokio::test]
async fn a_transaction_arrives_item_by_item() {
    let regions = two().await;
    regions.replication(0, 1).hold();
    let put = |id| {
        let put = Put::builder().table_name(TABLE).set_item(Some(note(id, "new"))).build().unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    let transaction =
        regions.region(0).client().transact_write_items().transact_items(put("1")).transact_items(put("2"));
    transaction.send().await.unwrap();
    let steps = regions.replication(0, 1).step_where(|change| change.key("id").as_deref() == Some("2"));
    assert_eq!(steps, 1);
    assert_eq!(strong(regions.region(1), "1").await, None);
    assert_eq!(strong(regions.region(1), "2").await.as_deref(), Some("new"));
}

/// The times of the ways add up: to the other Region, and from there to its follower.
#[tokio::test]
async fn replication_takes_its_time() {
    let regions = two().await;
    let delay = Duration::from_millis(20);
    regions.replication(0, 1).set_delay(delay);
    regions.region(1).follower().set_delay(delay);
    let begun = Instant::now();
    put(regions.region(0), "1", "new").await;
    while strong(regions.region(1), "1").await.is_none() {
        assert!(begun.elapsed() < table::PATIENCE);
    }
    assert!(begun.elapsed() >= delay, "{:?}", begun.elapsed());
    while eventual(regions.region(1), "1").await.is_none() {
        assert!(begun.elapsed() < table::PATIENCE);
    }
    assert!(begun.elapsed() >= 2 * delay, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_region_cut_off_catches_up_when_it_is_restored() {
    let regions = two().await;
    regions.region(1).cut();
    put(regions.region(0), "1", "new").await;
    assert_eq!((regions.replication(0, 1).pending(), regions.replication(0, 1).step(1)), (1, 0));
    regions.region(1).restore();
    assert_eq!(strong(regions.region(1), "1").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn an_isolated_region_goes_on_in_eventual_mode() {
    let regions = two().await;
    regions.region(1).isolate();
    put(regions.region(0), "1", "here").await;
    put(regions.region(1), "2", "there").await;
    assert_eq!(strong(regions.region(1), "1").await, None);
    assert_eq!(strong(regions.region(0), "2").await, None);
    regions.region(1).restore();
    assert_eq!(strong(regions.region(1), "1").await.as_deref(), Some("here"));
    assert_eq!(strong(regions.region(0), "2").await.as_deref(), Some("there"));
}

/// Whatever replication takes: it has a majority again, and what it missed is there.
#[tokio::test]
async fn in_strong_mode_a_region_that_was_alone_is_current_before_it_answers_strongly() {
    let regions = three_strong().await;
    put(regions.region(0), "1", "old").await;
    regions.region(1).isolate();
    regions.replication(0, 1).set_delay(Duration::from_secs(3600));
    put(regions.region(0), "1", "new").await;
    regions.region(1).restore();
    assert_eq!(strong(regions.region(1), "1").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_table_is_described_by_region_and_mode() {
    for (names, mode, consistency) in [
        (&["eu-central-1", "us-east-1"][..], Mode::Eventual, MultiRegionConsistency::Eventual),
        (&["us-east-1", "us-east-2", "us-west-2"], Mode::Strong, MultiRegionConsistency::Strong),
    ] {
        let regions = some(names).await;
        let before = regions
            .region(0)
            .client()
            .describe_table()
            .table_name(TABLE)
            .send()
            .await
            .unwrap()
            .table
            .unwrap();
        assert_eq!((before.replicas.is_some(), before.multi_region_consistency.is_some()), (false, false));
        regions.make_global(TABLE, mode).unwrap();
        for region in regions.all() {
            let table =
                region.client().describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
            let arn = table.table_arn().unwrap();
            assert!(arn.starts_with(&format!("arn:aws:dynamodb:{}:", region.name())), "{arn}");
            assert_eq!(table.multi_region_consistency(), Some(&consistency));
            let mut all: Vec<_> =
                table.replicas().iter().filter_map(|replica| replica.region_name()).collect();
            all.push(region.name());
            all.sort_unstable();
            assert_eq!(all, names);
            assert!(
                table
                    .replicas()
                    .iter()
                    .all(|replica| replica.replica_status() == Some(&ReplicaStatus::Active))
            );
            assert_eq!(table.global_secondary_indexes().len(), 1);
            assert_eq!(table.billing_mode_summary(), before.billing_mode_summary());
        }
    }
}

#[tokio::test]
async fn what_is_in_a_table_is_shared_when_it_becomes_global() {
    let regions = some(&["eu-central-1", "us-east-1"]).await;
    put(regions.region(0), "1", "old").await;
    regions.make_global(TABLE, Mode::Eventual).unwrap();
    assert_eq!(eventual(regions.region(1), "1").await.as_deref(), Some("old"));
    put(regions.region(1), "1", "new").await;
    assert_eq!(strong(regions.region(0), "1").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn in_strong_mode_a_strong_read_is_current_everywhere_while_an_eventual_one_may_lag() {
    let regions = three_strong().await;
    regions.replication(0, 1).hold();
    for region in regions.all() {
        region.follower().hold();
    }
    put(regions.region(0), "1", "new").await;
    for region in regions.all() {
        assert_eq!(strong(region, "1").await.as_deref(), Some("new"), "{region:?}");
        assert_eq!(eventual(region, "1").await, None, "{region:?}");
    }
    let create = regions.region(2).client().put_item().table_name(TABLE).set_item(Some(note("1", "again")));
    let error = create.condition_expression("attribute_not_exists(id)").send().await.unwrap_err();
    assert!(
        error.as_service_error().unwrap().is_conditional_check_failed_exception(),
        "conditions see everything"
    );
}

#[tokio::test]
async fn strong_mode_has_no_transactions_and_no_ttl() {
    let regions = three_strong().await;
    let client = regions.region(0).client();
    let put = Put::builder().table_name(TABLE).set_item(Some(note("1", "new"))).build().unwrap();
    let item = TransactWriteItem::builder().put(put).build();
    let error = client.transact_write_items().transact_items(item).send().await.unwrap_err();
    assert_eq!(error.code(), Some("ValidationException"));
    assert_eq!(strong(regions.region(0), "1").await, None);
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("until").build().unwrap();
    let error = client
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(ttl)
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("ValidationException"));
}

#[tokio::test]
async fn strong_mode_goes_on_without_one_region_which_catches_up() {
    let regions = three_strong().await;
    regions.region(2).cut();
    put(regions.region(0), "1", "new").await;
    assert_eq!(strong(regions.region(1), "1").await.as_deref(), Some("new"));
    regions.replication(0, 2).hold();
    regions.region(2).restore();
    assert_eq!(
        strong(regions.region(2), "1").await.as_deref(),
        Some("new"),
        "a strong read is current, held or not"
    );
}

#[tokio::test]
async fn an_isolated_region_of_strong_mode_serves_eventual_reads_only() {
    let regions = three_strong().await;
    put(regions.region(0), "1", "old").await;
    let alone = regions.region(2);
    alone.isolate();
    put(regions.region(0), "1", "new").await;
    assert_eq!(eventual(alone, "1").await.as_deref(), Some("old"));
    assert_eq!(refused_read(alone).await, Some("InternalServerError".into()));
    let error = alone
        .client()
        .put_item()
        .table_name(TABLE)
        .set_item(Some(note("1", "mine")))
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("InternalServerError"));
    alone.restore();
    assert_eq!(strong(alone, "1").await.as_deref(), Some("new"));
}

async fn refused_read(region: &Region) -> Option<String> {
    let get = region.client().get_item().table_name(TABLE).set_key(Some(key("1"))).consistent_read(true);
    get.send().await.unwrap_err().code().map(str::to_owned)
}

#[tokio::test]
async fn an_index_is_added_in_all_regions() {
    let regions = Regions::builder().region("eu-central-1").region("us-east-1").start().await.unwrap();
    table::create_without_index(&regions.region(0).client()).await;
    regions.make_global(TABLE, Mode::Eventual).unwrap();
    put(regions.region(0), "1", "old").await;
    table::add_index(&regions.region(1).client()).await;
    put(regions.region(1), "2", "new").await;
    for region in regions.all() {
        assert_eq!(by_tag(region, "red").await, ["old", "new"], "{region:?}");
    }
}

#[tokio::test]
async fn a_deleted_replica_is_no_part_of_the_table_any_more() {
    let regions = two().await;
    regions.region(1).client().delete_table().table_name(TABLE).send().await.unwrap();
    put(regions.region(0), "1", "new").await;
    let table =
        regions.region(0).client().describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
    assert!(table.replicas().is_empty());
    assert_eq!(regions.replication(0, 1).pending(), 0);
}

#[tokio::test]
async fn what_cannot_be_global_is_said() {
    let alone = table::one().await;
    assert!(alone.make_global(TABLE, Mode::Eventual).is_err());
    let regions = some(&["us-east-1", "us-east-2", "us-west-2"]).await;
    put(regions.region(0), "1", "old").await;
    table::create_with_local_index(&regions.region(0).client(), "local").await;
    for (table, mode, why) in [
        ("none", Mode::Eventual, "there is no table none"),
        (TABLE, Mode::Strong, "has items"),
        ("local", Mode::Strong, "local secondary indexes"),
    ] {
        let error = regions.make_global(table, mode).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    regions.make_global(TABLE, Mode::Eventual).unwrap();
    assert!(regions.make_global(TABLE, Mode::Eventual).unwrap_err().to_string().contains("global already"));
    let many = some(&["a-1", "b-1", "c-1", "d-1"]).await;
    assert!(many.make_global(TABLE, Mode::Strong).is_err());
    assert!(Regions::builder().region("a").region("a").start().await.is_err());
    assert!(Regions::builder().region("a b").start().await.is_err());
}
