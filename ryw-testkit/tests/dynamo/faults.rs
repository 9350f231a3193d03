//! Refusals, lost answers, batches done in part, and Regions cut off.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, PutRequest, TransactWriteItem, WriteRequest};
use ryw_testkit::dynamo::{Refusal, Region};

use super::table::{TABLE, eventual, key, note, number, one, put, some, strong};

/// As users have it: a request that failed is repeated.
fn retrying(region: &Region) -> Client {
    let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    Client::from_conf(region.config().retry_config(retry).build())
}

async fn add(client: &Client) -> Result<(), aws_sdk_dynamodb::Error> {
    let update = client.update_item().table_name(TABLE).set_key(Some(key("1")));
    let update = update.update_expression("ADD seen :one").expression_attribute_values(":one", number(1));
    update.send().await.map(drop).map_err(Into::into)
}

async fn seen(region: &Region) -> i64 {
    let get = region.client().get_item().table_name(TABLE).set_key(Some(key("1"))).consistent_read(true);
    get.send().await.unwrap().item.map_or(0, |item| item["seen"].as_n().unwrap().parse().unwrap())
}

#[tokio::test]
async fn what_is_refused_is_not_done() {
    for (refusal, code) in [
        (Refusal::ThroughputExceeded, "ProvisionedThroughputExceededException"),
        (Refusal::Throttling, "ThrottlingException"),
        (Refusal::RequestLimit, "RequestLimitExceeded"),
        (Refusal::InternalServerError, "InternalServerError"),
        (Refusal::TransactionConflict, "TransactionConflictException"),
        (Refusal::ReplicatedWriteConflict, "ReplicatedWriteConflictException"),
    ] {
        let regions = one().await;
        let region = regions.region(0);
        region.refuse_next(1, refusal);
        let error = add(&region.client()).await.unwrap_err();
        assert_eq!(error.code(), Some(code));
        assert_eq!(seen(region).await, 0);
        add(&region.client()).await.unwrap();
        assert_eq!(seen(region).await, 1);
    }
}

#[tokio::test]
async fn all_are_refused_until_told_otherwise() {
    let regions = one().await;
    let region = regions.region(0);
    region.refuse_all(Some(Refusal::Throttling));
    let client = region.client();
    for _ in 0..3 {
        let error = client.get_item().table_name(TABLE).set_key(Some(key("1"))).send().await.unwrap_err();
        assert_eq!(error.code(), Some("ThrottlingException"));
    }
    client.describe_table().table_name(TABLE).send().await.unwrap();
    region.refuse_all(None);
    assert_eq!(eventual(region, "1").await, None);
}

#[tokio::test]
async fn a_conflict_cancels_a_transaction_and_leaves_reads_alone() {
    let regions = one().await;
    let region = regions.region(0);
    region.refuse_next(1, Refusal::TransactionConflict);
    assert_eq!(strong(region, "1").await, None);
    let error = transact(&region.client(), "1").await.unwrap_err();
    let aws_sdk_dynamodb::Error::TransactionCanceledException(why) = error else { panic!("{error:?}") };
    assert_eq!(why.cancellation_reasons()[0].code(), Some("TransactionConflict"));
    assert_eq!(strong(region, "1").await, None);
}

#[tokio::test]
async fn a_throttled_request_is_repeated_by_the_sdk() {
    let regions = one().await;
    let region = regions.region(0);
    region.refuse_next(2, Refusal::ThroughputExceeded);
    add(&retrying(region)).await.unwrap();
    assert_eq!((seen(region).await, region.requests().of("UpdateItem")), (1, 3));
}

#[tokio::test]
async fn a_lost_answer_is_one_of_a_write_that_was_done_once() {
    let regions = one().await;
    let region = regions.region(0);
    region.lose_answers(1);
    assert_eq!(strong(region, "1").await, None, "answers to reads are not lost");
    add(&region.client()).await.unwrap_err();
    assert_eq!(seen(region).await, 1);
    assert_eq!(region.requests().of("UpdateItem"), 1);
}

/// The trap: nothing tells the client that it added twice.
#[tokio::test]
async fn the_sdk_repeats_an_addition_whose_answer_was_lost() {
    let regions = one().await;
    let region = regions.region(0);
    region.lose_answers(1);
    add(&retrying(region)).await.unwrap();
    assert_eq!(seen(region).await, 2);
}

/// The trap: its own item is in the way.
#[tokio::test]
async fn the_sdk_repeats_a_creation_whose_answer_was_lost_and_is_refused() {
    let regions = one().await;
    let region = regions.region(0);
    region.lose_answers(1);
    let create = retrying(region)
        .put_item()
        .table_name(TABLE)
        .set_item(Some(note("1", "mine")))
        .condition_expression("attribute_not_exists(id)");
    let error = create.send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_conditional_check_failed_exception(), "{error:?}");
    assert_eq!(strong(region, "1").await.as_deref(), Some("mine"));
}

#[tokio::test]
async fn a_transaction_whose_answer_was_lost_is_done_once() {
    let regions = one().await;
    let region = regions.region(0);
    region.follower().hold();
    region.lose_answers(1);
    transact(&retrying(region), "1").await.unwrap();
    assert_eq!(region.requests().of("TransactWriteItems"), 2);
    assert_eq!(region.follower().pending(), 1, "there is nothing new to tell of");
}

async fn transact(client: &Client, id: &str) -> Result<(), aws_sdk_dynamodb::Error> {
    let put = Put::builder()
        .table_name(TABLE)
        .set_item(Some(note(id, "new")))
        .condition_expression("attribute_not_exists(id)");
    let item = TransactWriteItem::builder().put(put.build().unwrap()).build();
    client.transact_write_items().transact_items(item).send().await.map(drop).map_err(Into::into)
}

#[tokio::test]
async fn a_batch_of_writes_is_done_in_part() {
    let regions = one().await;
    let region = regions.region(0);
    let write = |id| {
        let put = PutRequest::builder().set_item(Some(note(id, "new"))).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let client = region.client();
    region.unprocessed_next(1);
    let batch = client.batch_write_item().request_items(TABLE, vec![write("1"), write("2"), write("3")]);
    let rest = batch.send().await.unwrap().unprocessed_items.unwrap();
    assert_eq!(rest[TABLE], [write("3")]);
    assert_eq!(strong(region, "2").await.as_deref(), Some("new"));
    assert_eq!(strong(region, "3").await, None);

    let again = client.batch_write_item().set_request_items(Some(rest)).send().await.unwrap();
    assert!(again.unprocessed_items.is_none_or(|rest| rest.is_empty()));
    assert_eq!(eventual(region, "3").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_batch_of_reads_is_done_in_part() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "1", "new").await;
    put(region, "2", "new").await;
    region.unprocessed_next(1);
    let keys =
        KeysAndAttributes::builder().keys(key("1")).keys(key("2")).consistent_read(true).build().unwrap();
    let answer = region.client().batch_get_item().request_items(TABLE, keys).send().await.unwrap();
    assert_eq!(answer.responses().unwrap()[TABLE], [note("1", "new")]);
    let rest = answer.unprocessed_keys().unwrap();
    assert_eq!((rest[TABLE].keys(), rest[TABLE].consistent_read()), (&[key("2")][..], Some(true)));
}

#[tokio::test]
async fn a_region_cut_off_answers_nobody() {
    let regions = some(&["eu-central-1", "us-east-1"]).await;
    let region = regions.region(0);
    put(region, "1", "new").await;
    region.cut();
    for _ in 0..3 {
        let error = add(&region.client()).await.unwrap_err();
        assert_eq!(error.code(), None, "no service answered: {error:?}");
    }
    region.restore();
    assert_eq!(strong(region, "1").await.as_deref(), Some("new"));
    assert_eq!(region.requests().of("UpdateItem"), 0);
}

/// Bounded by the test's time limit, not by a sleep: dropped Regions close their connections and their ports.
#[tokio::test]
async fn dropped_regions_are_gone() {
    let regions = one().await;
    let client = regions.region(0).client();
    client.list_tables().send().await.unwrap();
    drop(regions);
    client.list_tables().send().await.unwrap_err();
}
