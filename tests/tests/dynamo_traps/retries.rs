//! A client as everybody makes it repeats what got no answer: up to twice, whatever it was.

use aws_sdk_dynamodb::Client;
use ryw_core::{Context, Error};
use ryw_dynamo::DynamoSource;
use ryw_tests::draft::{Draft, DraftRepository, NewDraft};

use super::world::{HOME, World, item, number, text, update};

impl World {
    /// As the SDK has it by default.
    fn retrying(&self) -> Client {
        Client::from_conf(self.home().config().build())
    }

    fn over(&self, client: &Client) -> (DynamoSource, DraftRepository<DynamoSource>) {
        let source = DynamoSource::builder("drafts").home(HOME, client.clone()).build().unwrap();
        (source.clone(), DraftRepository::new(source))
    }
}

#[tokio::test]
async fn what_adds_is_sent_once() {
    let (world, ctx) = (World::start().await, Context::new());
    let client = world.retrying();
    let (_, drafts) = world.over(&client);
    for id in [1, 2] {
        drafts.insert(&ctx, NewDraft::titled(id, "old")).await.unwrap();
    }
    world.home().lose_answers(1);
    let add = update(&client, 1).update_expression("ADD version :one");
    add.expression_attribute_values(":one", number(1)).send().await.unwrap();
    assert_eq!(item(&client, 1).await.unwrap()["version"], number(3), "one was added twice, and nobody told");

    world.home().lose_answers(1);
    let lost = drafts.update(&ctx, &2, Draft::patch().title("new")).await.unwrap_err();
    assert!(lost.is_commit_unknown(), "{lost:?}");
    assert_eq!(drafts.find(&ctx, &2).await.unwrap().map(|draft| draft.version), Some(2));
}

#[tokio::test]
async fn what_is_made_is_not_in_its_own_way() {
    let (world, ctx) = (World::start().await, Context::new());
    let client = world.retrying();
    let (_, drafts) = world.over(&client);
    world.home().lose_answers(1);
    let put = client.put_item().table_name("drafts").item("id", number(1)).item("title", text("mine"));
    let refused = put.condition_expression("attribute_not_exists(id)").send().await.unwrap_err();
    assert!(refused.as_service_error().unwrap().is_conditional_check_failed_exception(), "{refused:?}");
    assert_eq!(item(&client, 1).await.unwrap()["title"], text("mine"), "somebody else's, it seems");

    world.home().lose_answers(1);
    let lost = drafts.insert(&ctx, NewDraft::titled(2, "mine")).await.unwrap_err();
    assert!(lost.is_commit_unknown() && !lost.is_conflict(), "{lost:?}");
    world.home().follower().hold();
    assert_eq!(drafts.find(&ctx, &2).await.unwrap().map(|draft| draft.title).as_deref(), Some("mine"));
}

#[tokio::test]
async fn no_write_is_repeated_whose_answer_was_lost() {
    let (world, ctx) = (World::start().await, Context::new());
    let (_, drafts) = world.over(&world.retrying());
    let rows = drafts.insert_many(&ctx, (1..=6).map(|id| NewDraft::titled(id, "old"))).await.unwrap();
    drafts.delete(&ctx, &6).await.unwrap();
    let lost = |lost: Error| assert!(lost.is_commit_unknown(), "{lost:?}");
    let before = world.home().requests().writes();

    world.home().lose_answers(1);
    lost(drafts.update_if(&ctx, &1, 1, Draft::patch().title("new")).await.unwrap_err());
    world.home().lose_answers(1);
    lost(drafts.replace(&ctx, &rows[1]).await.unwrap_err());
    world.home().lose_answers(1);
    lost(drafts.upsert(&ctx, NewDraft::titled(3, "new")).await.unwrap_err());
    world.home().lose_answers(1);
    lost(drafts.delete(&ctx, &4).await.unwrap_err());
    world.home().lose_answers(1);
    lost(drafts.purge(&ctx, &5).await.unwrap_err());
    world.home().lose_answers(1);
    lost(drafts.restore(&ctx, &6).await.unwrap_err());
    world.home().lose_answers(1);
    lost(drafts.put_batch(&ctx, [NewDraft::titled(7, "new")]).await.unwrap_err());
    assert_eq!(world.home().requests().writes() - before, 7, "each was sent once");

    let versions = drafts.find_many(&ctx, &[1, 2, 3, 6, 7]).await.unwrap();
    let versions: Vec<_> = versions.iter().map(|draft| draft.version).collect();
    assert_eq!(versions, [2, 2, 2, 3, 1], "and was done once");
}

#[tokio::test]
async fn a_transaction_is_repeated_and_done_once() {
    let (world, ctx) = (World::start().await, Context::new());
    let (source, drafts) = world.over(&world.retrying());
    drafts.insert(&ctx, NewDraft::titled(1, "old")).await.unwrap();
    world.home().lose_answers(1);
    let mut tx = source.transact_write(&ctx);
    drafts.update_in(&mut tx, &1, Draft::patch().title("new")).unwrap();
    drafts.insert_in(&mut tx, NewDraft::titled(2, "new")).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.home().requests().of("TransactWriteItems"), 2);
    assert_eq!(drafts.find(&ctx, &1).await.unwrap().map(|draft| draft.version), Some(2));
}
