//! Within a Region: what eventual reads and global indexes see, and when.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use ryw_testkit::dynamo::EventualReads;

use super::table::{self, TABLE, by_tag, delete, eventual, key, number, one, put, strong, text};

#[tokio::test]
async fn without_lag_every_read_is_current() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "1", "first").await;
    assert_eq!(eventual(region, "1").await.as_deref(), Some("first"));
    assert_eq!(by_tag(region, "red").await, ["first"]);
    delete(region, "1").await;
    assert_eq!(eventual(region, "1").await, None);
    assert!(by_tag(region, "red").await.is_empty());
}

#[tokio::test]
async fn a_held_follower_answers_stale_and_the_leader_does_not() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "1", "first").await;
    region.follower().hold();
    put(region, "1", "second").await;
    assert_eq!(region.follower().pending(), 1);
    assert_eq!(eventual(region, "1").await.as_deref(), Some("first"));
    assert_eq!(strong(region, "1").await.as_deref(), Some("second"));

    region.follower().release();
    assert_eq!(region.follower().pending(), 0);
    assert_eq!(eventual(region, "1").await.as_deref(), Some("second"));
}

#[tokio::test]
async fn a_held_follower_is_stepped_change_by_change() {
    let regions = one().await;
    let region = regions.region(0);
    region.follower().hold();
    put(region, "1", "first").await;
    put(region, "1", "second").await;
    delete(region, "1").await;
    for expected in [Some("first"), Some("second"), None] {
        assert_eq!(region.follower().step(1), 1);
        assert_eq!(eventual(region, "1").await.as_deref(), expected);
    }
    assert_eq!(region.follower().step(1), 0);
}

#[tokio::test]
async fn queries_scans_and_batches_see_what_a_get_sees() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "1", "first").await;
    region.follower().hold();
    put(region, "1", "second").await;
    let client = region.client();
    for (consistent, expected) in [(false, ["first"]), (true, ["second"])] {
        let query = client
            .query()
            .table_name(TABLE)
            .consistent_read(consistent)
            .key_condition_expression("#o = :o")
            .expression_attribute_names("#o", "owner")
            .expression_attribute_values(":o", text("ada"));
        assert_eq!(bodies(query.send().await.unwrap().items()), expected);
        let scan = client.scan().table_name(TABLE).consistent_read(consistent);
        assert_eq!(bodies(scan.send().await.unwrap().items()), expected);
        let keys = KeysAndAttributes::builder().keys(key("1")).consistent_read(consistent).build().unwrap();
        let batch = client.batch_get_item().request_items(TABLE, keys).send().await.unwrap();
        assert_eq!(bodies(&batch.responses().unwrap()[TABLE]), expected);
    }
}

#[tokio::test]
async fn a_batch_reads_each_table_as_it_asks() {
    let regions = one().await;
    let region = regions.region(0);
    table::create_with_local_index(&region.client(), "other").await;
    region.follower().hold();
    for table in [TABLE, "other"] {
        region
            .client()
            .put_item()
            .table_name(table)
            .set_item(Some(table::note("1", "new")))
            .send()
            .await
            .unwrap();
    }
    let keys = |strong| KeysAndAttributes::builder().keys(key("1")).consistent_read(strong).build().unwrap();
    let batch =
        region.client().batch_get_item().request_items(TABLE, keys(true)).request_items("other", keys(false));
    let answer = batch.send().await.unwrap();
    let found = answer.responses().unwrap();
    assert_eq!((found[TABLE].len(), found["other"].len()), (1, 0));
    assert!(answer.unprocessed_keys().is_none_or(|keys| keys.is_empty()));
}

#[tokio::test]
async fn a_global_index_lags_on_its_own() {
    let regions = one().await;
    let region = regions.region(0);
    region.indexes().hold();
    put(region, "1", "first").await;
    assert_eq!(eventual(region, "1").await.as_deref(), Some("first"));
    assert!(by_tag(region, "red").await.is_empty());
    assert_eq!(region.indexes().step(usize::MAX), 1);
    assert_eq!(by_tag(region, "red").await, ["first"]);

    region.indexes().release();
    region.follower().hold();
    put(region, "1", "second").await;
    assert_eq!(by_tag(region, "red").await, ["second"], "the index is not the follower's");
}

#[tokio::test]
async fn a_local_index_is_read_strongly_at_the_leader_and_else_at_the_follower() {
    let regions = one().await;
    let region = regions.region(0);
    table::create_with_local_index(&region.client(), "other").await;
    region.follower().hold();
    region
        .client()
        .put_item()
        .table_name("other")
        .set_item(Some(table::note("1", "new")))
        .send()
        .await
        .unwrap();
    for (consistent, expected) in [(false, 0), (true, 1)] {
        let query = region
            .client()
            .query()
            .table_name("other")
            .index_name(table::BY_BODY)
            .consistent_read(consistent)
            .key_condition_expression("#o = :o")
            .expression_attribute_names("#o", "owner")
            .expression_attribute_values(":o", text("ada"));
        assert_eq!(query.send().await.unwrap().count(), expected);
    }
}

#[tokio::test]
async fn only_some_keys_are_delivered() {
    let regions = one().await;
    let region = regions.region(0);
    region.follower().hold();
    for id in ["1", "2", "3"] {
        put(region, id, "new").await;
    }
    let steps = region.follower().step_where(|change| {
        change.table() == TABLE && !change.is_delete() && change.key("id").as_deref() == Some("2")
    });
    assert_eq!((steps, region.follower().pending()), (1, 2));
    assert_eq!(eventual(region, "1").await, None);
    assert_eq!(eventual(region, "2").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn out_of_order_an_older_change_never_overwrites_a_newer_one() {
    for seed in 0..8 {
        let regions = one().await;
        let region = regions.region(0);
        region.follower().hold();
        region.follower().reorder(seed);
        for body in 0..6 {
            put(region, "1", &body.to_string()).await;
        }
        let mut last = -1;
        while region.follower().step(1) == 1 {
            let seen: i64 = eventual(region, "1").await.unwrap().parse().unwrap();
            assert!(seen >= last, "{seen} after {last}");
            last = seen;
        }
        assert_eq!(last, 5);
    }
}

#[tokio::test]
async fn some_seed_delivers_the_later_of_two_items_first() {
    let mut later_first = 0;
    for seed in 0..8 {
        let regions = one().await;
        let region = regions.region(0);
        region.follower().hold();
        region.follower().reorder(seed);
        put(region, "1", "new").await;
        put(region, "2", "new").await;
        region.follower().step(1);
        later_first += usize::from(eventual(region, "2").await.is_some());
    }
    assert!((1..8).contains(&later_first), "{later_first}");
}

#[tokio::test]
async fn a_delay_is_kept() {
    let regions = one().await;
    let region = regions.region(0);
    region.follower().set_delay(Duration::from_secs(3600));
    put(region, "1", "first").await;
    assert_eq!(eventual(region, "1").await, None);
    assert_eq!(region.follower().pending(), 1);
    assert_eq!(region.follower().step(1), 1, "a step does not wait");
    assert_eq!(eventual(region, "1").await.as_deref(), Some("first"));
}

#[tokio::test]
async fn a_delay_passes() {
    let regions = one().await;
    let region = regions.region(0);
    let delay = Duration::from_millis(20);
    region.follower().set_delay(delay);
    let begun = Instant::now();
    put(region, "1", "first").await;
    while eventual(region, "1").await.is_none() {
        assert!(begun.elapsed() < table::PATIENCE);
    }
    assert!(begun.elapsed() >= delay, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn alternating_reads_go_back_in_time() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "1", "first").await;
    region.follower().hold();
    put(region, "1", "second").await;
    region.serve_eventual_reads(EventualReads::Alternating);
    for expected in ["second", "first", "second", "first"] {
        assert_eq!(eventual(region, "1").await.as_deref(), Some(expected));
    }
    region.serve_eventual_reads(EventualReads::Leader);
    assert_eq!(eventual(region, "1").await.as_deref(), Some("second"));
}

#[tokio::test]
async fn what_is_lost_under_way_never_arrives() {
    let regions = one().await;
    let region = regions.region(0);
    region.follower().hold();
    put(region, "1", "first").await;
    assert_eq!(region.follower().lose(), 1);
    region.follower().release();
    assert_eq!(eventual(region, "1").await, None);
    assert_eq!(strong(region, "1").await.as_deref(), Some("first"));
}

/// What was under way to the old table must not get into the new one.
#[tokio::test]
async fn a_table_made_anew_is_empty() {
    let regions = one().await;
    let region = regions.region(0);
    region.follower().hold();
    put(region, "1", "old").await;
    region.client().delete_table().table_name(TABLE).send().await.unwrap();
    assert_eq!(region.follower().pending(), 0);
    table::create(&region.client()).await;
    region.follower().release();
    assert_eq!(eventual(region, "1").await, None);
    put(region, "1", "new").await;
    assert_eq!(eventual(region, "1").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn numbers_written_in_two_ways_are_one_key() {
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    };
    let regions = one().await;
    let region = regions.region(0);
    let client = region.client();
    client
        .create_table()
        .table_name("counter")
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name("n")
                .attribute_type(ScalarAttributeType::N)
                .build()
                .unwrap(),
        )
        .key_schema(KeySchemaElement::builder().attribute_name("n").key_type(KeyType::Hash).build().unwrap())
        .send()
        .await
        .unwrap();
    region.follower().hold();
    region.follower().reorder(1);
    for n in ["1", "1.0", "10e-1"] {
        client
            .put_item()
            .table_name("counter")
            .item("n", AttributeValue::N(n.into()))
            .item("of", text(n))
            .send()
            .await
            .unwrap();
    }
    region.follower().release();
    let item =
        client.get_item().table_name("counter").key("n", number(1)).send().await.unwrap().item.unwrap();
    assert_eq!(item["of"], text("10e-1"));
}

fn bodies(items: &[table::Item]) -> Vec<String> {
    items.iter().filter_map(table::body).collect()
}
