//! One item at a time.

use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::Context;
use ryw_dynamo::Condition;

use super::order::{Counter, NewCounter, Order, OrderColumn, World, key, new};

#[tokio::test]
async fn what_is_sent_is_what_is_stored_and_returned() {
    let (world, ctx) = (World::start().await, Context::new());
    let mut open = new(1);
    open.note = None;
    let stored = world.orders.insert(&ctx, open).await.unwrap();
    assert!(stored.position().is_some());
    assert_eq!((stored.version, stored.created_at, stored.deleted_at), (1, world.now(), None));
    assert_eq!(world.orders.find(&ctx, &key(1)).await.unwrap().as_ref(), Some(&*stored));

    let item = world.item(1).await.unwrap();
    let mut names: Vec<_> = item.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["created_at", "customer", "number", "state", "updated_at", "version"],
        "None and {{}} are left out"
    );
}

#[tokio::test]
async fn a_key_is_taken_once() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.insert(&ctx, new(1)).await.unwrap();
    let refused = world.orders.insert(&ctx, new(1)).await.unwrap_err();
    assert!(refused.is_conflict() && refused.is_duplicate_of(OrderColumn::Number), "{refused:?}");
}

#[tokio::test]
async fn an_update_sets_leaves_and_removes() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.insert(&ctx, new(1)).await.unwrap();
    let created = world.now();
    world.pass_the_window();

    // An attribute that the struct does not know survives.
    let set = world.region().client().update_item().table_name("orders").update_expression("SET extra = :x");
    let set =
        set.key("customer", AttributeValue::S("ada".into())).key("number", AttributeValue::N("1".into()));
    set.expression_attribute_values(":x", AttributeValue::Bool(true)).send().await.unwrap();

    let patch = Order::patch().state("paid").note_null();
    let updated = world.orders.update(&ctx, &key(1), patch).await.unwrap();
    assert_eq!((updated.state.as_str(), updated.note.as_deref(), updated.version), ("paid", None, 2));
    assert_eq!((updated.created_at, updated.updated_at), (created, world.now()));
    let item = world.item(1).await.unwrap();
    assert!(!item.contains_key("note") && item.contains_key("extra"), "{item:?}");

    assert!(world.orders.update(&ctx, &key(9), Order::patch().state("x")).await.unwrap_err().is_not_found());
    assert!(world.item(9).await.is_none(), "an update makes no item");
}

#[tokio::test]
async fn a_version_conflict_holds_the_row() {
    let (world, ctx) = (World::start().await, Context::new());
    let first = world.orders.insert(&ctx, new(1)).await.unwrap();
    world.orders.update_if(&ctx, &key(1), 1, Order::patch().state("paid")).await.unwrap();
    for conflict in [
        world.orders.update_if(&ctx, &key(1), 1, Order::patch().state("sent")).await.unwrap_err(),
        world.orders.replace(&ctx, &first).await.unwrap_err(),
    ] {
        assert!(conflict.is_version_conflict(), "{conflict:?}");
        let current = conflict.current::<Order>().unwrap();
        assert_eq!((current.state.as_str(), current.version), ("paid", 2));
    }
    let current = world.orders.find(&ctx, &key(1)).await.unwrap().unwrap();
    let replaced = world.orders.replace(&ctx, &Order { state: "sent".into(), ..current }).await.unwrap();
    assert_eq!((replaced.state.as_str(), replaced.version), ("sent", 3));
}

#[tokio::test]
async fn an_upsert_keeps_what_the_application_does_not_give() {
    let (world, ctx) = (World::start().await, Context::new());
    let created = world.orders.upsert(&ctx, new(1)).await.unwrap();
    assert_eq!((created.version, created.created_at), (1, world.now()));
    world.pass_the_window();
    let again = world.orders.upsert(&ctx, new(1)).await.unwrap();
    assert_eq!((again.version, again.created_at, again.updated_at), (2, created.created_at, world.now()));
    let mut silent = new(1);
    silent.note = None;
    assert_eq!(world.orders.upsert(&ctx, silent).await.unwrap().note, None);
}

#[tokio::test]
async fn a_softly_deleted_item_is_there_for_who_asks() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.insert(&ctx, new(1)).await.unwrap();
    let deleted = world.orders.delete(&ctx, &key(1)).await.unwrap().into_inner().unwrap();
    assert_eq!(deleted.deleted_at, Some(world.now()));
    assert_eq!(world.orders.find(&ctx, &key(1)).await.unwrap(), None);
    assert!(!world.orders.exists(&ctx, &key(1)).await.unwrap());
    assert_eq!(world.orders.find_many(&ctx, &[key(1)]).await.unwrap(), []);
    assert!(world.orders.find_with_deleted(&ctx, &key(1)).await.unwrap().is_some());
    assert!(world.orders.update(&ctx, &key(1), Order::patch().state("x")).await.unwrap_err().is_not_found());
    assert_eq!(world.orders.delete(&ctx, &key(1)).await.unwrap().into_inner(), None);
    assert!(world.orders.restore(&ctx, &key(1)).await.unwrap().deleted_at.is_none());
    assert!(world.orders.restore(&ctx, &key(1)).await.unwrap_err().is_not_found());
    assert!(world.orders.purge(&ctx, &key(1)).await.unwrap().is_some());
    assert_eq!(world.orders.find_with_deleted(&ctx, &key(1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_delete_returns_what_was_there() {
    let (world, ctx) = (World::start().await, Context::new());
    let counter = Counter { id: 7, value: 1 };
    world.counters.insert(&ctx, NewCounter { id: 7, value: 1 }).await.unwrap();
    assert_eq!(world.counters.delete(&ctx, &7).await.unwrap().into_inner(), Some(counter));
    assert_eq!(world.counters.delete(&ctx, &7).await.unwrap().into_inner(), None);
}

#[tokio::test]
async fn a_condition_is_judged_where_the_item_is() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.insert(&ctx, new(1)).await.unwrap();
    let open = || Condition::eq(OrderColumn::State, &"open".to_owned());
    world.orders.update_when(&ctx, &key(1), Order::patch().state("paid"), open()).await.unwrap();
    let refused =
        world.orders.update_when(&ctx, &key(1), Order::patch().state("paid"), open()).await.unwrap_err();
    assert_eq!(refused.current::<Order>().map(|order| order.state.as_str()), Some("paid"), "{refused:?}");
    let refused = world.orders.delete_when(&ctx, &key(1), open()).await.unwrap_err();
    assert!(refused.is_version_conflict(), "{refused:?}");
    assert!(world.orders.delete_when(&ctx, &key(1), !open()).await.is_ok());
}

#[tokio::test]
async fn what_is_too_large_or_has_no_table_is_told() {
    let (world, ctx) = (World::start().await, Context::new());
    let mut large = new(1);
    large.note = Some("x".repeat(500_000));
    let refused = world.orders.insert(&ctx, large).await.unwrap_err();
    assert!(refused.is_database(), "{refused:?}");
    assert_eq!(world.region().requests().of("PutItem"), 0, "refused before it was sent");

    let region = world.region();
    let prefixed = ryw_dynamo::DynamoSource::builder("orders").home(region.name(), region.client());
    let prefixed = prefixed.table_prefix("staging-").build().unwrap();
    let orders = super::order::OrderRepository::new(prefixed);
    let refused = orders.insert(&ctx, new(1)).await.unwrap_err();
    assert!(refused.is_config(), "{refused:?}");
}
