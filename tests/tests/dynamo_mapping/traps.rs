//! What goes wrong with mappings made for JSON, and does not here.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::{Context, Error, Repository};
use ryw_dynamo::{Condition, MAX_ITEM_SIZE};

use super::start;

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "notes", index(name = "by_topic", pk = topic, global)))]
struct Note {
    #[repository(key)]
    id: String,
    topic: Option<String>,
    tags: HashSet<String>,
    share: f64,
    text: String,
}

fn new(id: &str) -> NewNote {
    NewNote { id: id.into(), topic: None, tags: HashSet::new(), share: 0.5, text: String::new() }
}

/// What the error is about, and what to do.
fn cause(error: &Error) -> String {
    assert!(error.is_database() && !error.is_retryable(), "{error:?}");
    std::error::Error::source(error).unwrap().to_string()
}

#[tokio::test]
async fn none_is_no_attribute_so_indexes_stay_sparse_and_conditions_hold() {
    let (regions, source) = start().await;
    source.create_table::<Note>().await.unwrap();
    let (notes, ctx, client) = (NoteRepository::new(source), Context::new(), regions.region(0).client());
    notes.insert(&ctx, new("a")).await.unwrap();
    notes.insert(&ctx, NewNote { topic: Some("x".into()), ..new("b") }).await.unwrap();
    let entries = client.scan().table_name("notes").index_name("by_topic").send().await.unwrap();
    assert_eq!(entries.count, 1);
    let absent = || Condition::not_exists(NoteColumn::Topic);
    notes.update_when(&ctx, &"a".into(), Note::patch().text("1"), absent()).await.unwrap();

    // As a mapping made for JSON writes it: the attribute exists, in the conditions' eyes.
    let null = client.update_item().table_name("notes").key("id", AttributeValue::S("a".into()));
    let null = null.update_expression("SET tags = :n, #s = :n").expression_attribute_names("#s", "later");
    null.expression_attribute_values(":n", AttributeValue::Null(true)).send().await.unwrap();
    let tagged = Condition::exists(NoteColumn::Tags);
    let updated = notes.update_when(&ctx, &"a".into(), Note::patch().text("2"), tagged).await.unwrap();
    assert!(updated.tags.is_empty(), "and is read as what it means");
}

#[tokio::test]
async fn a_set_is_one_that_the_service_can_add_to() {
    let (regions, source) = start().await;
    source.create_table::<Note>().await.unwrap();
    let (notes, ctx) = (NoteRepository::new(source), Context::new());
    notes.insert(&ctx, NewNote { tags: HashSet::from(["a".into()]), ..new("a") }).await.unwrap();
    let add = regions.region(0).client().update_item().table_name("notes").update_expression("ADD tags :t");
    let add = add.key("id", AttributeValue::S("a".into()));
    add.expression_attribute_values(":t", AttributeValue::Ss(vec!["a".into(), "b".into()]))
        .send()
        .await
        .unwrap();
    let found = notes.find(&ctx, &"a".into()).await.unwrap().unwrap();
    assert_eq!(found.tags, HashSet::from(["a".into(), "b".into()]));
}

#[tokio::test]
async fn what_the_service_has_no_value_for_is_never_sent() {
    let (regions, source) = start().await;
    source.create_table::<Note>().await.unwrap();
    let (notes, ctx) = (NoteRepository::new(source), Context::new());
    notes.insert(&ctx, new("a")).await.unwrap();
    let before = regions.region(0).requests().total();

    let nan = notes.insert(&ctx, NewNote { share: f64::NAN, ..new("b") }).await.unwrap_err();
    assert!(
        cause(&nan).starts_with("the attribute `share` cannot be stored: DynamoDB has no NaN"),
        "{nan:?}"
    );
    let nan = notes.update(&ctx, &"a".into(), Note::patch().share(f64::INFINITY)).await.unwrap_err();
    assert!(cause(&nan).contains("`share`"), "{nan:?}");
    let nan = Condition::lt(NoteColumn::Share, &f64::NAN);
    let nan = notes.update_when(&ctx, &"a".into(), Note::patch().text("x"), nan).await.unwrap_err();
    assert!(cause(&nan).contains("`share`"), "{nan:?}");
    let empty = notes.insert(&ctx, new("")).await.unwrap_err();
    assert!(
        cause(&empty).starts_with("the attribute `id` cannot be stored: it is a key, and empty"),
        "{empty:?}"
    );
    let empty = notes.find(&ctx, &String::new()).await.unwrap_err();
    assert!(cause(&empty).contains("`id`"), "{empty:?}");
    let large =
        notes.insert(&ctx, NewNote { text: "x".repeat(MAX_ITEM_SIZE), ..new("b") }).await.unwrap_err();
    assert!(
        cause(&large).starts_with("the attribute `text` cannot be stored: it takes 409600 bytes"),
        "{large:?}"
    );

    assert_eq!(regions.region(0).requests().total(), before);
}

/// The estimate draws the line where the service does.
#[tokio::test]
async fn the_largest_item_passes_and_one_byte_more_does_not() {
    let (regions, source) = start().await;
    source.create_table::<Note>().await.unwrap();
    let (notes, ctx) = (NoteRepository::new(source), Context::new());
    // id: a; share: 0.5; text.
    let fits = MAX_ITEM_SIZE - "id".len() - 1 - "share".len() - 2 - "text".len();
    notes.insert(&ctx, NewNote { text: "x".repeat(fits), ..new("a") }).await.unwrap();
    assert!(notes.insert(&ctx, NewNote { text: "x".repeat(fits + 1), ..new("b") }).await.is_err());

    let put =
        regions.region(0).client().put_item().table_name("notes").item("id", AttributeValue::S("b".into()));
    let put = put.item("share", AttributeValue::N("0.5".into()));
    let refused = put.item("text", AttributeValue::S("x".repeat(fits + 1))).send().await.unwrap_err();
    assert!(format!("{refused:?}").contains("size"), "{refused:?}");
}

#[tokio::test]
async fn an_item_of_another_shape_is_an_error_that_names_the_attribute() {
    let (regions, source) = start().await;
    source.create_table::<Note>().await.unwrap();
    let notes = NoteRepository::new(source);
    let table = || regions.region(0).client().put_item().table_name("notes");
    let put = |text: Option<AttributeValue>| {
        let item =
            table().item("id", AttributeValue::S("a".into())).item("share", AttributeValue::N("0.5".into()));
        text.into_iter().fold(item, |item, text| item.item("text", text))
    };
    for (text, expected) in [
        (None, "the attribute `text` is missing, where a text (S) is expected: make its field an `Option`"),
        (
            Some(AttributeValue::N("1".into())),
            "the attribute `text` is a number (N), where a text (S) is expected: change the field's type",
        ),
    ] {
        put(text).send().await.unwrap();
        let error = notes.find(&Context::new(), &"a".into()).await.unwrap_err();
        assert!(cause(&error).starts_with(expected), "{error:?}");
    }
}
