//! What the return type makes of the rows.

use ryw_core::Context;

use super::essay::{Essay, Mood, Summary, Total, essays, stored};

#[tokio::test]
async fn rows_become_entities_structs_tuples_and_values() {
    let (cluster, _, essays) = essays(1).await;
    let ctx = Context::new();
    let first = Essay {
        text: Some("…".to_owned()),
        mood: Mood::Merry,
        views: 2,
        words: vec![1, 2, 3, 4],
        ..Essay::new(1, 1, "größe")
    };
    essays.insert(&ctx, &first).await.unwrap();
    essays.insert(&ctx, &Essay::new(2, 2, "b")).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();

    assert_eq!(essays.of_author(&ctx, 1, None, None, None, 9).await.unwrap(), [first]);
    let summary = |id, title: &str, temper, letters, text: Option<&str>| Summary {
        title: title.to_owned(),
        id,
        temper,
        letters,
        text: text.map(str::to_owned),
    };
    assert_eq!(
        essays.summaries(&ctx, &[1, 2, 3]).await.unwrap(),
        [summary(2, "b", Mood::Plain, 1, None), summary(1, "größe", Mood::Merry, 5, Some("…"))]
    );
    assert_eq!(essays.summaries(&ctx, &[]).await.unwrap(), []);
    assert_eq!(essays.count_and_most(&ctx, Mood::Merry).await.unwrap(), (1, Some(2)));
    assert_eq!(essays.moods(&ctx).await.unwrap(), [Mood::Merry, Mood::Plain]);
    assert_eq!(essays.total(&ctx).await.unwrap(), Total { total: 2 });
    assert!(essays.has_any(&ctx).await.unwrap());
    assert_eq!(essays.bodies(&ctx).await.unwrap(), [Some("…".to_owned()), None]);
}

#[tokio::test]
async fn names_are_arguments_only_where_they_are_sql() {
    let (_cluster, _, essays) = essays(0).await;
    let ctx = Context::new();
    let words = Essay { words: vec![5, 6, 7, 8], views: 1, ..Essay::new(1, 1, "a") };
    essays.insert(&ctx, &words).await.unwrap();
    let slices = essays.slices(&ctx, 1).await.unwrap();
    assert_eq!(slices, (vec![6, 7], vec![5], ":id :id ".to_owned()));
}

#[tokio::test]
async fn one_row_is_one_row() {
    let (cluster, _, essays) = essays(0).await;
    let ctx = Context::new();
    let none = essays.only_title(&ctx, 1).await.unwrap_err();
    assert!(none.is_not_found(), "{none}");
    assert_eq!(none.to_string(), "`only_title` found no row");
    stored(&cluster, &essays, &[(1, "a")]).await;
    assert_eq!(essays.only_title(&ctx, 1).await.unwrap(), "a");
    stored(&cluster, &essays, &[(2, "b")]).await;
    let two = essays.only_title(&ctx, 1).await.unwrap_err();
    assert!(two.is_database() && two.to_string().contains("it gave 2"), "{two}");
}

/// A struct takes its columns by name: in production they may stand in another order than where the crate was compiled.
#[tokio::test]
async fn columns_that_moved_are_found() {
    let (cluster, _, essays) = essays(0).await;
    cluster
        .execute("ALTER TABLE essays RENAME COLUMN title TO old; ALTER TABLE essays ADD title text; ALTER TABLE essays DROP old")
        .await
        .unwrap();
    let ctx = Context::new();
    essays.insert(&ctx, &Essay::new(1, 1, "a")).await.unwrap();
    assert_eq!(essays.of_author(&ctx, 1, None, None, None, 9).await.unwrap(), [Essay::new(1, 1, "a")]);
}
