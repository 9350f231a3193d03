//! An update is not a replacement, and a put is not an update.

use ryw_core::Context;
use ryw_tests::draft::{Draft, NewDraft};

use super::world::{HOME, World, item, number, text, update};

#[tokio::test]
async fn an_update_keeps_what_the_new_value_does_not_have() {
    let (world, ctx) = (World::start().await, Context::new());
    let (drafts, client) = (world.drafts(HOME), world.home().client());
    for id in [1, 2] {
        drafts.insert(&ctx, NewDraft::titled(id, "old")).await.unwrap();
    }
    // By hand: all that the new value has is set. It has no remark.
    let set = update(&client, 1).update_expression("SET title = :t");
    set.expression_attribute_values(":t", text("new")).send().await.unwrap();
    assert_eq!(
        item(&client, 1).await.unwrap().get("remark"),
        Some(&text("by hand")),
        "that of the old value"
    );

    let old = drafts.find(&ctx, &2).await.unwrap().unwrap();
    let new = Draft { title: "new".into(), remark: None, ..old };
    assert_eq!(drafts.replace(&ctx, &new).await.unwrap().remark, None);
    assert_eq!(item(&client, 2).await.unwrap().get("remark"), None);
}

#[tokio::test]
async fn a_put_loses_what_it_does_not_name() {
    let (world, ctx) = (World::start().await, Context::new());
    let (drafts, client) = (world.drafts(HOME), world.home().client());
    for id in [1, 2] {
        drafts.insert(&ctx, NewDraft::titled(id, "old")).await.unwrap();
        // Of a newer version of the program, still being rolled out.
        let set = update(&client, id).update_expression("SET colour = :c");
        set.expression_attribute_values(":c", text("blue")).send().await.unwrap();
    }
    let put = client.put_item().table_name("drafts").item("id", number(1)).item("title", text("new"));
    put.send().await.unwrap();
    assert_eq!(item(&client, 1).await.unwrap().get("colour"), None, "it is lost");

    let old = drafts.find(&ctx, &2).await.unwrap().unwrap();
    drafts.replace(&ctx, &Draft { title: "new".into(), ..old }).await.unwrap();
    drafts.upsert(&ctx, NewDraft::titled(2, "newer")).await.unwrap();
    assert_eq!(item(&client, 2).await.unwrap().get("colour"), Some(&text("blue")));
}

#[tokio::test]
async fn an_update_makes_an_item_of_nothing() {
    let (world, ctx) = (World::start().await, Context::new());
    let (drafts, client) = (world.drafts(HOME), world.home().client());
    let set = update(&client, 1).update_expression("SET title = :t");
    set.expression_attribute_values(":t", text("new")).send().await.unwrap();
    let torso = item(&client, 1).await.unwrap();
    assert!(!torso.contains_key("version"), "{torso:?}");

    assert!(drafts.update(&ctx, &2, Draft::patch().title("new")).await.unwrap_err().is_not_found());
    assert_eq!(item(&client, 2).await, None);
}
