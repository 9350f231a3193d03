//! Many items, and not all or none.

use ryw_core::Context;

use super::order::{World, key, new};

#[tokio::test]
async fn a_batch_finishes_what_was_left_unprocessed() {
    let (world, ctx) = (World::start().await, Context::new());
    world.region().follower().hold();
    world.region().unprocessed_next(2);
    let stored = world.orders.put_batch(&ctx, (1..=60).map(new)).await.unwrap();
    assert_eq!(stored.len(), 60);
    let keys: Vec<_> = (1..=60).map(key).collect();
    assert_eq!(world.orders.find_many(&ctx, &keys).await.unwrap().len(), 60, "the session sees all of it");
    assert_eq!(world.orders.find_many(&Context::new(), &keys).await.unwrap().len(), 0, "the test can fail");

    world.region().unprocessed_next(1);
    world.orders.delete_batch(&ctx, &keys[..30]).await.unwrap();
    assert_eq!(world.orders.find_many(&ctx, &keys).await.unwrap().len(), 30);
}

#[tokio::test]
async fn a_read_of_many_finishes_too_and_keeps_the_order() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.put_batch(&ctx, (1..=250).map(new)).await.unwrap();
    world.region().unprocessed_next(2);
    let keys: Vec<_> = (1..=251).rev().chain([7, 8]).map(key).collect();
    let found = world.orders.find_many(&Context::new(), &keys).await.unwrap();
    let numbers: Vec<_> = found.iter().map(|order| order.number).collect();
    assert_eq!(numbers, (1..=250).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn what_stays_unprocessed_is_an_error() {
    let (world, ctx) = (World::start().await, Context::new());
    world.region().unprocessed_next(99);
    let left = world.orders.put_batch(&ctx, (1..=25).map(new)).await.unwrap_err();
    assert!(!left.is_commit_unknown(), "{left:?}");
    let left = world.orders.find_many(&ctx, &[key(1), key(2)]).await;
    assert!(left.is_err() || left.unwrap().len() == 2);
    world.orders.put_batch(&ctx, Vec::<super::order::NewOrder>::new()).await.unwrap();
}
