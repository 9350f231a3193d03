//! In a global table, each Region judges by its own copy, and the last writer of an item wins.

use aws_sdk_dynamodb::types::{Get, Put, TransactGetItem, TransactWriteItem};
use ryw_core::Context;
use ryw_testkit::dynamo::Mode;
use ryw_tests::draft::{Draft, NewDraft};

use super::world::{AWAY, HOME, World, item, number, text, update};

#[tokio::test]
async fn a_version_compared_in_two_regions_loses_a_write() {
    let (world, ctx) = (World::global(Mode::Eventual).await, Context::new());
    let (here, there) = (world.drafts(HOME), world.drafts(AWAY));
    for id in [1, 2] {
        here.insert(&ctx, NewDraft::titled(id, "old")).await.unwrap();
    }
    world.hold();
    for (region, title) in world.regions.all().iter().zip(["first", "second"]) {
        let set = update(&region.client(), 1).update_expression("SET title = :t, version = :two");
        let set = set.condition_expression("version = :one").expression_attribute_values(":t", text(title));
        let set =
            set.expression_attribute_values(":one", number(1)).expression_attribute_values(":two", number(2));
        set.send().await.unwrap();
    }

    here.update_if(&Context::new(), &2, 1, Draft::patch().title("first")).await.unwrap();
    let refused = there.update_if(&Context::new(), &2, 1, Draft::patch().title("second")).await.unwrap_err();
    let current = refused.current::<Draft>().map(|draft| draft.title.as_str());
    assert_eq!(current, Some("first"), "judged at home, wherever one is: {refused:?}");

    world.release();
    for region in world.regions.all() {
        let [lost, kept] =
            [item(&region.client(), 1).await.unwrap(), item(&region.client(), 2).await.unwrap()];
        assert_eq!((&lost["title"], &lost["version"]), (&text("second"), &number(2)), "the first is lost");
        assert_eq!((&kept["title"], &kept["version"]), (&text("first"), &number(2)));
    }
}

#[tokio::test]
async fn a_key_is_taken_in_two_regions() {
    let world = World::global(Mode::Eventual).await;
    world.hold();
    for region in world.regions.all() {
        let put = region.client().put_item().table_name("drafts").item("id", number(1));
        put.condition_expression("attribute_not_exists(id)").send().await.unwrap();
    }
    world.drafts(HOME).insert(&Context::new(), NewDraft::titled(2, "mine")).await.unwrap();
    let taken = world.drafts(AWAY).insert(&Context::new(), NewDraft::titled(2, "mine")).await.unwrap_err();
    assert!(taken.is_conflict(), "{taken:?}");
}

#[tokio::test]
async fn elsewhere_half_of_a_transaction_is_read() {
    let (world, ctx) = (World::global(Mode::Eventual).await, Context::new());
    let source = world.source(AWAY);
    let drafts = ryw_tests::draft::DraftRepository::new(source.clone());
    world.hold();
    let put = |id| {
        let put = Put::builder().table_name("drafts").item("id", number(id)).item("title", text("new"));
        let put = put.item("version", number(1)).item("updated_at", text("2026-01-01T00:00:00.000000Z"));
        TransactWriteItem::builder().put(put.build().unwrap()).build()
    };
    let transaction =
        world.home().client().transact_write_items().transact_items(put(1)).transact_items(put(2));
    transaction.send().await.unwrap();
    world.regions.replication(0, 1).step(1);

    let get = |id| {
        let get = Get::builder().table_name("drafts").key("id", number(id)).build().unwrap();
        TransactGetItem::builder().get(get).build()
    };
    let away = world.regions.region(1).client();
    let both = away.transact_get_items().transact_items(get(1)).transact_items(get(2)).send().await.unwrap();
    let there: Vec<_> = both.responses().iter().map(|found| found.item.is_some()).collect();
    assert_eq!(there, [true, false], "all or none, in the Region of the transaction alone");

    let mut tx = source.transact_get(&ctx);
    let wanted = [1, 2].map(|id| drafts.find_in(&mut tx, &id).unwrap());
    let mut found = tx.get().await.unwrap();
    assert!(wanted.into_iter().all(|wanted| found.take(wanted).unwrap().is_some()));
}

#[tokio::test]
async fn strong_mode_takes_no_transaction_and_says_so() {
    let (world, ctx) = (World::global(Mode::Strong).await, Context::new());
    let drafts = world.drafts(AWAY);
    let news = || [1, 2].map(|id| NewDraft::titled(id, "new"));
    let refused = drafts.insert_many(&ctx, news()).await.unwrap_err();
    assert!(refused.is_database() && !refused.is_retryable() && !refused.is_commit_unknown(), "{refused:?}");
    assert_eq!(drafts.find_many(&ctx, &[1, 2]).await.unwrap(), []);
    drafts.put_batch(&ctx, news()).await.unwrap();
    assert_eq!(drafts.find_many(&ctx, &[1, 2]).await.unwrap().len(), 2);
}
