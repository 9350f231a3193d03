//! What conditions mean to a server.

use std::collections::BTreeSet;

use ryw_core::{Context, Repository};
use ryw_dynamo::Condition;

use super::start;

/// A reserved word, a name with a dot, and what is missing.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "posts"))]
struct Post {
    #[repository(key)]
    id: i64,
    #[repository(rename = "size")]
    state: String,
    #[repository(rename = "score.total#:")]
    score: i64,
    note: Option<String>,
    tags: BTreeSet<String>,
    count: i64,
}

#[tokio::test]
async fn conditions_are_as_true_as_they_read() {
    use PostColumn::{Note, Score, State, Tags};

    let (_regions, source) = start().await;
    source.create_table::<Post>().await.unwrap();
    let (posts, ctx) = (PostRepository::new(source), Context::new());
    let tags = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
    let new = NewPost { id: 1, state: "open".into(), score: 5, note: None, tags: tags.clone(), count: 0 };
    posts.insert(&ctx, new).await.unwrap();

    let text = |text: &str| text.to_owned();
    let (yes, no) = (|| Condition::eq(Score, &5), || Condition::eq(Score, &6));
    let cases = [
        (Condition::exists(State), true),
        (Condition::exists(Note), false),
        (Condition::not_exists(Note), true),
        (Condition::eq(State, &text("open")), true),
        (Condition::eq(Note, &None::<String>), true),
        (Condition::ne(Note, &None::<String>), false),
        (Condition::ne(Note, &text("x")), true),
        (Condition::eq(Note, &text("x")), false),
        (Condition::eq(Tags, &tags), true),
        (Condition::ne(State, &text("open")), false),
        (Condition::lt(Score, &5), false),
        (Condition::le(Score, &5), true),
        (Condition::gt(Score, &4), true),
        (Condition::ge(Score, &6), false),
        (Condition::gt(Score, &text("4")), false),
        (Condition::lt(Note, &text("x")), false),
        (Condition::between(Score, &5, &9), true),
        (Condition::between(Score, &6, &9), false),
        (Condition::begins_with(State, "op"), true),
        (Condition::begins_with(State, "x"), false),
        (Condition::contains(State, &text("pe")), true),
        (Condition::contains(Tags, &text("a")), true),
        (Condition::contains(Tags, &text("c")), false),
        (Condition::size_eq(Tags, 2), true),
        (Condition::size_le(State, 3), false),
        (Condition::size_ge(State, 4), true),
        (!no(), true),
        (!(yes().and(yes())), false),
        (yes().or(no()).and(no()), false),
        (yes().or(no().and(no())), true),
        (no().and(no()).or(yes()), true),
        (!yes().or(yes()), false),
        ((!yes()).or(yes()), true),
    ];
    for (place, (condition, expected)) in cases.into_iter().enumerate() {
        let told = format!("{place}: {condition:?}");
        match posts.update_when(&ctx, &1, Post::patch().count(1), condition).await {
            Ok(_) => assert!(expected, "{told}"),
            Err(refused) => assert!(refused.is_version_conflict() && !expected, "{told}: {refused:?}"),
        }
    }
}

#[tokio::test]
async fn no_condition_makes_an_item() {
    let (_regions, source) = start().await;
    source.create_table::<Post>().await.unwrap();
    let posts = PostRepository::new(source);
    let absent = Condition::not_exists(PostColumn::State);
    let refused = posts.update_when(&Context::new(), &1, Post::patch().count(1), absent).await.unwrap_err();
    assert!(refused.is_not_found(), "{refused:?}");
}
