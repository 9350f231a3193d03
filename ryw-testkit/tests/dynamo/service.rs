//! What the service does and refuses, and what it costs.

use std::sync::Arc;

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{
    AttributeValue, DeleteRequest, Put, ReturnConsumedCapacity, ReturnValue, TransactWriteItem, WriteRequest,
};
use ryw_testkit::dynamo::Regions;
use ryw_testkit::link::Link;

use super::table::{self, BY_TAG, TABLE, eventual, key, note, number, one, put, strong, text};

#[tokio::test]
async fn a_put_cannot_return_what_it_wrote() {
    let regions = one().await;
    let region = regions.region(0);
    let put = region.client().put_item().table_name(TABLE).set_item(Some(note("1", "new")));
    let error = put.return_values(ReturnValue::AllNew).send().await.unwrap_err();
    assert_eq!(error.code(), Some("ValidationException"));
    assert_eq!(strong(region, "1").await, None);
}

#[tokio::test]
async fn an_update_returns_what_it_wrote_and_keeps_what_it_does_not_name() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "1", "old").await;
    let update = region
        .client()
        .update_item()
        .table_name(TABLE)
        .set_key(Some(key("1")))
        .update_expression("SET body = :b")
        .expression_attribute_values(":b", text("new"))
        .return_values(ReturnValue::AllNew);
    assert_eq!(update.send().await.unwrap().attributes, Some(note("1", "new")));
    assert_eq!(eventual(region, "1").await.as_deref(), Some("new"), "the follower gets the whole item");
}

#[tokio::test]
async fn a_global_index_has_no_strong_read() {
    let regions = one().await;
    let client = regions.region(0).client();
    let query = client
        .query()
        .table_name(TABLE)
        .index_name(BY_TAG)
        .consistent_read(true)
        .key_condition_expression("tag = :t")
        .expression_attribute_values(":t", text("red"));
    let error = query.send().await.unwrap_err();
    assert_eq!(error.code(), Some("ValidationException"));
    assert!(error.message().unwrap().contains("not supported on global secondary indexes"), "{error:?}");
    let scan = client.scan().table_name(TABLE).index_name(BY_TAG).consistent_read(true);
    assert_eq!(scan.send().await.unwrap_err().code(), Some("ValidationException"));
}

#[tokio::test]
async fn a_number_that_is_none_is_refused() {
    let regions = one().await;
    let mut item = note("1", "new");
    item.insert("n".into(), AttributeValue::N("NaN".into()));
    let error = regions
        .region(0)
        .client()
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item))
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("ValidationException"));
    let message = error.message().unwrap();
    assert!(
        message.starts_with("1 validation error detected: ") && message.contains("numeric value"),
        "{message}"
    );
}

#[tokio::test]
async fn what_is_missing_is_named_in_the_words_of_the_service() {
    let regions = one().await;
    let error = regions.region(0).client().get_item().table_name(TABLE).send().await.unwrap_err();
    assert_eq!(error.code(), Some("ValidationException"));
    let message = error.message().unwrap();
    assert!(message.starts_with("1 validation error detected: ") && message.contains("'key'"), "{message}");
}

#[tokio::test]
async fn an_empty_set_and_an_empty_key_are_refused() {
    let regions = one().await;
    for (name, value) in [("set", AttributeValue::Ss(Vec::new())), ("id", text(""))] {
        let mut item = note("1", "new");
        item.insert(name.into(), value);
        let put = regions.region(0).client().put_item().table_name(TABLE).set_item(Some(item));
        let error = put.send().await.unwrap_err();
        assert_eq!(error.code(), Some("ValidationException"), "{name}");
        assert!(!error.message().unwrap().contains("VALIDATION"), "{error:?}");
    }
}

#[tokio::test]
async fn a_failed_condition_hands_back_the_item_if_asked() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "1", "old").await;
    region.follower().hold();
    let create = region
        .client()
        .put_item()
        .table_name(TABLE)
        .set_item(Some(note("1", "new")))
        .condition_expression("attribute_not_exists(id)")
        .return_values_on_condition_check_failure(
            aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
        );
    let error = create.send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(why) = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(why.item(), Some(&note("1", "old")));
    assert_eq!(region.follower().pending(), 0, "nothing was written");
}

#[tokio::test]
async fn a_transaction_tells_why_it_was_cancelled_item_by_item() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "2", "old").await;
    let put = |id| {
        let put = Put::builder().table_name(TABLE).set_item(Some(note(id, "new")));
        let put = put.condition_expression("attribute_not_exists(id)").build().unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    let transaction =
        region.client().transact_write_items().transact_items(put("1")).transact_items(put("2"));
    let error = transaction.send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(why) =
        error
    else {
        panic!("{error:?}")
    };
    let codes: Vec<_> = why.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    assert_eq!(strong(region, "1").await, None);
}

#[tokio::test]
async fn a_transaction_is_recognised_by_its_token() {
    let regions = one().await;
    let region = regions.region(0);
    let transact = |id, token: &str| {
        let put = Put::builder().table_name(TABLE).set_item(Some(note(id, "new"))).build().unwrap();
        let item = TransactWriteItem::builder().put(put).build();
        region.client().transact_write_items().transact_items(item).client_request_token(token)
    };
    transact("1", "a").send().await.unwrap();
    table::delete(region, "1").await;
    transact("1", "a").send().await.unwrap();
    assert_eq!(strong(region, "1").await, None, "it was not done again");
    let error = transact("2", "a").send().await.unwrap_err();
    assert_eq!(error.code(), Some("IdempotentParameterMismatchException"));
}

#[tokio::test]
async fn a_strong_read_costs_twice_an_eventual_one() {
    let regions = one().await;
    let region = regions.region(0);
    let mut item = note("1", &"x".repeat(5000));
    item.insert("n".into(), number(1));
    region.client().put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    for (consistent, expected) in [(false, 1.0), (true, 2.0)] {
        let before = region.requests().read_units();
        let get = region
            .client()
            .get_item()
            .table_name(TABLE)
            .set_key(Some(key("1")))
            .consistent_read(consistent)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let told = get.send().await.unwrap().consumed_capacity.unwrap();
        assert_eq!(told.capacity_units(), Some(expected));
        let query = region
            .client()
            .query()
            .table_name(TABLE)
            .consistent_read(consistent)
            .key_condition_expression("#o = :o")
            .expression_attribute_names("#o", "owner")
            .expression_attribute_values(":o", text("ada"));
        let answer = query.send().await.unwrap();
        assert!(answer.consumed_capacity.is_none(), "who does not ask is not told");
        let counted = region.requests().read_units() - before;
        assert!((counted - 2.0 * expected).abs() < 1e-9, "{counted}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_consistency() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "1", "new").await;
    strong(region, "1").await;
    eventual(region, "1").await;
    eventual(region, "1").await;
    table::by_tag(region, "red").await;
    let asked = region.requests();
    assert_eq!((asked.strong("GetItem"), asked.eventual("GetItem"), asked.of("GetItem")), (1, 2, 3));
    assert_eq!((asked.strong_reads(), asked.eventual_reads(), asked.writes()), (1, 3, 1));
    assert_eq!((asked.of("CreateTable"), asked.total()), (1, 6));
    assert!(asked.write_units() >= 1.0);
}

#[tokio::test]
async fn a_batch_of_writes_reaches_the_follower() {
    let regions = one().await;
    let region = regions.region(0);
    put(region, "1", "old").await;
    let delete = DeleteRequest::builder().set_key(Some(key("1"))).build().unwrap();
    let batch = region
        .client()
        .batch_write_item()
        .request_items(TABLE, vec![WriteRequest::builder().delete_request(delete).build()]);
    batch.send().await.unwrap();
    assert_eq!(eventual(region, "1").await, None);
}

#[tokio::test]
async fn a_table_goes_by_its_arn_too() {
    let regions = one().await;
    let client = regions.region(0).client();
    let table = client.describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
    let arn = table.table_arn().unwrap();
    client.put_item().table_name(arn).set_item(Some(note("1", "new"))).send().await.unwrap();
    assert_eq!(eventual(regions.region(0), "1").await.as_deref(), Some("new"));
}

/// On its way to the follower is an item that the index made meanwhile has no room for.
#[tokio::test]
async fn a_model_that_cannot_go_on_says_so() {
    let regions = Regions::builder().start().await.unwrap();
    let region = regions.region(0);
    table::create_without_index(&region.client()).await;
    region.follower().hold();
    let mut item = note("1", "new");
    item.insert("tag".into(), number(1));
    region.client().put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    table::add_index(&region.client()).await;
    region.follower().release();
    let error = region.client().list_tables().send().await.unwrap_err();
    assert_eq!(error.code(), Some("InternalServerError"));
    assert!(error.message().unwrap().contains("a copy could not take a change"), "{error:?}");
}

#[tokio::test]
async fn what_is_not_modelled_is_refused() {
    let regions = one().await;
    let statement = regions.region(0).client().execute_statement().statement("SELECT * FROM note");
    assert_eq!(statement.send().await.unwrap_err().code(), Some("UnknownOperationException"));
}

#[tokio::test]
async fn a_link_can_be_put_before_a_region() {
    let regions = one().await;
    let region = regions.region(0);
    let link = Link::before(&region.endpoint_url()).await.unwrap();
    let client = aws_sdk_dynamodb::Client::from_conf(region.config().endpoint_url(link.url()).build());
    client.put_item().table_name(TABLE).set_item(Some(note("1", "new"))).send().await.unwrap();
    assert_eq!(strong(region, "1").await.as_deref(), Some("new"));
}

/// As many as a test likes, at once and side by side.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn regions_do_not_disturb_one_another() {
    let begun = (0..8).map(|number: i64| {
        tokio::spawn(async move {
            let regions = one().await;
            put(regions.region(0), "1", &number.to_string()).await;
            assert_eq!(eventual(regions.region(0), "1").await, Some(number.to_string()));
        })
    });
    for running in begun.collect::<Vec<_>>() {
        running.await.unwrap();
    }
}

/// A write and what is told of it are one step: each change is newer than the one before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_at_once_reach_the_follower_in_their_order() {
    let regions = Arc::new(one().await);
    regions.region(0).follower().hold();
    let writers = (0..4).map(|_| {
        let regions = Arc::clone(&regions);
        tokio::spawn(async move {
            for _ in 0..10 {
                let update =
                    regions.region(0).client().update_item().table_name(TABLE).set_key(Some(key("1")));
                let update =
                    update.update_expression("ADD seen :one").expression_attribute_values(":one", number(1));
                update.send().await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let region = regions.region(0);
    for expected in 1..=40 {
        assert_eq!(region.follower().step(1), 1);
        let get = region.client().get_item().table_name(TABLE).set_key(Some(key("1")));
        assert_eq!(get.send().await.unwrap().item.unwrap()["seen"], number(expected));
    }
}

#[tokio::test]
async fn one_region_is_the_default() {
    let regions = Regions::builder().start().await.unwrap();
    assert_eq!(regions.all().len(), 1);
    assert!(regions.region(0).endpoint_url().starts_with("http://127.0.0.1:"));
}
