//! What was not done is sent again; of what may have been done nobody pretends to know.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::{Context, Error};
use ryw_testkit::dynamo::Refusal;

use super::order::{NewCounter, Order, World, key, new};

#[tokio::test]
async fn a_lost_answer_is_a_commit_unknown_and_done_once() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.insert(&ctx, new(1)).await.unwrap();
    world.region().lose_answers(1);
    let lost = world.orders.update(&ctx, &key(1), Order::patch().state("paid")).await.unwrap_err();
    assert!(lost.is_commit_unknown() && !lost.is_retryable(), "{lost:?}");
    let found = world.orders.find(&ctx, &key(1)).await.unwrap().unwrap();
    assert_eq!((found.state.as_str(), found.version), ("paid", 2), "sent once");
}

/// What the SDK does by itself.
#[tokio::test]
async fn the_sdk_alone_adds_twice() {
    let (world, ctx) = (World::start().await, Context::new());
    world.counters.insert(&ctx, NewCounter { id: 7, value: 0 }).await.unwrap();
    world.region().lose_answers(1);
    let client = Client::from_conf(world.region().config().retry_config(RetryConfig::standard()).build());
    let add = client.update_item().table_name("counters").update_expression("ADD #v :one");
    let add = add.key("id", AttributeValue::N("7".into())).expression_attribute_names("#v", "value");
    add.expression_attribute_values(":one", AttributeValue::N("1".into())).send().await.unwrap();
    assert_eq!(world.counters.find(&ctx, &7).await.unwrap().unwrap().value, 2);
}

#[tokio::test]
async fn every_single_write_says_so() {
    let (world, ctx) = (World::start().await, Context::new());
    for number in 1..=4 {
        world.orders.insert(&ctx, new(number)).await.unwrap();
    }
    let lost = |error: Error| assert!(error.is_commit_unknown(), "{error:?}");
    world.region().lose_answers(1);
    lost(world.orders.insert(&ctx, new(9)).await.unwrap_err());
    world.region().lose_answers(1);
    lost(world.orders.upsert(&ctx, new(1)).await.unwrap_err());
    world.region().lose_answers(1);
    lost(world.orders.delete(&ctx, &key(2)).await.unwrap_err());
    world.region().lose_answers(1);
    lost(world.orders.purge(&ctx, &key(3)).await.unwrap_err());
    world.region().lose_answers(1);
    lost(world.orders.put_batch(&ctx, [new(4)]).await.unwrap_err());
}

#[tokio::test]
async fn what_was_throttled_is_sent_again_as_often_as_said() {
    let (world, ctx) = (World::start().await, Context::new());
    world.region().refuse_next(2, Refusal::Throttling);
    world.orders.insert(&ctx, new(1)).await.unwrap();
    world.region().refuse_next(3, Refusal::Throttling);
    let throttled = world.orders.insert(&ctx, new(2)).await.unwrap_err();
    assert!(throttled.is_retryable() && throttled.is_database(), "{throttled:?}");
    assert!(world.item(2).await.is_none());
}

#[tokio::test]
async fn nobody_there_is_not_unknown() {
    let (world, ctx) = (World::start().await, Context::new());
    world.region().cut();
    let gone = world.orders.insert(&ctx, new(1)).await.unwrap_err();
    assert!(gone.is_unavailable() || gone.is_commit_unknown(), "{gone:?}");
    assert!(world.orders.find(&ctx, &key(1)).await.unwrap_err().is_unavailable());
    world.region().restore();
    assert_eq!(world.orders.find(&ctx, &key(1)).await.unwrap(), None);
}
