//! Several items, all or none.

use ryw_core::Context;
use ryw_dynamo::{Cancelled, Condition, Why};
use ryw_testkit::dynamo::Refusal;

use super::order::{Counter, NewCounter, Order, OrderColumn, OrderRepository, World, key, new};

#[tokio::test]
async fn all_or_none_across_repositories() {
    let (world, ctx) = (World::start().await, Context::new());
    world.counters.insert(&ctx, NewCounter { id: 7, value: 1 }).await.unwrap();
    let mut tx = world.source.transact_write(&ctx);
    let staged = world.orders.insert_in(&mut tx, new(1)).unwrap();
    world.counters.update_in(&mut tx, &7, Counter::patch().value(2)).unwrap();
    assert!(world.item(1).await.is_none(), "nothing before the commit");
    assert!(tx.commit().await.unwrap().position().is_some());
    assert_eq!(world.orders.find(&ctx, &key(1)).await.unwrap(), Some(staged));
    assert_eq!(world.counters.find(&ctx, &7).await.unwrap().unwrap().value, 2);

    let mut tx = world.source.transact_write(&ctx);
    world.counters.update_in(&mut tx, &7, Counter::patch().value(3)).unwrap();
    world.orders.insert_in(&mut tx, new(1)).unwrap();
    let refused = tx.commit().await.unwrap_err();
    assert!(refused.is_conflict() && refused.is_duplicate_of(OrderColumn::Customer), "{refused:?}");
    let reasons = Cancelled::of(&refused).unwrap().reasons();
    assert_eq!(
        reasons.iter().map(|reason| (reason.index, reason.why)).collect::<Vec<_>>(),
        [(1, Why::Condition)]
    );
    assert_eq!(world.counters.find(&ctx, &7).await.unwrap().unwrap().value, 2);
}

#[tokio::test]
async fn a_session_sees_its_transaction_while_followers_are_behind() {
    let (world, ctx) = (World::start().await, Context::new());
    world.region().follower().hold();
    let mut tx = world.source.transact_write(&ctx);
    world.orders.insert_in(&mut tx, new(1)).unwrap();
    world.orders.insert_in(&mut tx, new(2)).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.orders.find_many(&ctx, &[key(1), key(2)]).await.unwrap().len(), 2);
    assert_eq!(world.orders.find(&Context::new(), &key(1)).await.unwrap(), None, "the test can fail");
}

#[tokio::test]
async fn refusals_mean_what_they_mean_alone() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.insert(&ctx, new(1)).await.unwrap();
    let mut tx = world.source.transact_write(&ctx);
    world.orders.update_if_in(&mut tx, &key(1), 9, Order::patch().state("x")).unwrap();
    let conflict = tx.commit().await.unwrap_err();
    assert_eq!(conflict.current::<Order>().map(|order| order.version), Some(1), "{conflict:?}");

    let mut tx = world.source.transact_write(&ctx);
    world.orders.update_in(&mut tx, &key(8), Order::patch().state("x")).unwrap();
    assert!(tx.commit().await.unwrap_err().is_not_found());

    let mut tx = world.source.transact_write(&ctx);
    let paid = Condition::eq(OrderColumn::State, &"paid".to_owned());
    world.orders.check_in(&mut tx, &key(1), paid).unwrap();
    world.counters.insert_in(&mut tx, NewCounter { id: 1, value: 1 }).unwrap();
    assert!(tx.commit().await.unwrap_err().is_version_conflict());
    assert_eq!(world.counters.find(&ctx, &1).await.unwrap(), None);
}

#[tokio::test]
async fn a_lost_answer_is_found_again_by_its_token() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.insert(&ctx, new(1)).await.unwrap();
    world.region().lose_answers(1);
    let mut tx = world.source.transact_write(&ctx);
    world.orders.update_in(&mut tx, &key(1), Order::patch().state("paid")).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.orders.find(&ctx, &key(1)).await.unwrap().unwrap().version, 2, "applied once");

    world.region().lose_answers(99);
    let mut tx = world.source.transact_write(&ctx);
    world.orders.update_in(&mut tx, &key(1), Order::patch().state("sent")).unwrap();
    assert!(tx.commit().await.unwrap_err().is_commit_unknown());
}

/// Only the last attempt was certainly not done.
#[tokio::test]
async fn an_attempt_without_an_answer_is_not_forgotten_over_later_ones() {
    let (world, ctx) = (World::start().await, Context::new());
    for later in [Refusal::Throttling, Refusal::TransactionConflict] {
        world.region().refuse_next(1, Refusal::InternalServerError);
        world.region().refuse_next(2, later);
        let mut tx = world.source.transact_write(&ctx);
        world.orders.insert_in(&mut tx, new(1)).unwrap();
        let unknown = tx.commit().await.unwrap_err();
        assert!(unknown.is_commit_unknown() && !unknown.is_retryable(), "{later:?}: {unknown:?}");
    }
    world.region().refuse_next(3, Refusal::TransactionConflict);
    let mut tx = world.source.transact_write(&ctx);
    world.orders.insert_in(&mut tx, new(1)).unwrap();
    let passing = tx.commit().await.unwrap_err();
    assert!(passing.is_retryable() && Cancelled::of(&passing).is_some(), "{passing:?}");
}

#[tokio::test]
async fn insert_many_is_one_transaction() {
    let (world, ctx) = (World::start().await, Context::new());
    let stored = world.orders.insert_many(&ctx, (1..=100).map(new)).await.unwrap();
    assert_eq!(stored.len(), 100);
    assert!(world.orders.insert_many(&ctx, (100..=110).map(new)).await.unwrap_err().is_conflict());
    assert_eq!(world.orders.find(&ctx, &key(105)).await.unwrap(), None);
    assert!(
        world.orders.insert_many(&ctx, (201..=301).map(new)).await.unwrap_err().is_config(),
        "more than 100"
    );
    assert_eq!(world.orders.insert_many(&ctx, Vec::<super::order::NewOrder>::new()).await.unwrap().len(), 0);
}

#[tokio::test]
async fn reads_of_one_moment() {
    let (world, ctx) = (World::start().await, Context::new());
    world.region().follower().hold();
    world.orders.insert(&Context::new(), new(1)).await.unwrap();
    let mut tx = world.source.transact_get(&ctx);
    let there = world.orders.find_in(&mut tx, &key(1)).unwrap();
    let missing = world.counters.find_in(&mut tx, &7).unwrap();
    let mut found = tx.get().await.unwrap();
    assert!(found.take(there).unwrap().is_some());
    assert_eq!(found.take(missing).unwrap(), None);
    assert!(world.orders.find(&ctx, &key(1)).await.unwrap().is_some(), "it has seen the newest");
}

#[tokio::test]
async fn a_read_that_a_write_is_in_the_way_of_is_sent_again() {
    let (world, ctx) = (World::start().await, Context::new());
    for (conflicts, is_read) in [(2, true), (3, false)] {
        world.region().refuse_next(conflicts, Refusal::TransactionConflict);
        let mut tx = world.source.transact_get(&ctx);
        let order = world.orders.find_in(&mut tx, &key(1)).unwrap();
        match tx.get().await {
            Ok(mut found) => assert!(is_read && found.take(order).unwrap().is_none()),
            Err(why) => assert!(!is_read && why.is_retryable(), "{why:?}"),
        }
    }
}

#[tokio::test]
async fn repositories_of_another_source_are_refused() {
    let (one, other) = (World::start().await, World::start().await);
    let ctx = Context::new();
    let mut tx = one.source.transact_write(&ctx);
    assert!(other.orders.insert_in(&mut tx, new(1)).unwrap_err().is_config());
    let mut tx = one.source.transact_get(&ctx);
    assert!(OrderRepository::new(other.source.clone()).find_in(&mut tx, &key(1)).unwrap_err().is_config());
    assert!(one.source.transact_write(&ctx).commit().await.unwrap().position().is_none(), "nothing to send");
}

#[tokio::test]
async fn a_throttled_transaction_is_sent_again() {
    let (world, ctx) = (World::start().await, Context::new());
    world.region().refuse_next(2, Refusal::Throttling);
    let mut tx = world.source.transact_write(&ctx);
    world.orders.insert_in(&mut tx, new(1)).unwrap();
    tx.commit().await.unwrap();
    assert!(world.item(1).await.is_some());
}
