//! A group is left out when one of its `Option` arguments is `None`.

use ryw_core::Context;

use super::essay::{Mood, essays, stored};

#[tokio::test]
async fn each_combination_of_groups_is_the_query_without_the_others() {
    let (cluster, _, essays) = essays(1).await;
    stored(&cluster, &essays, &[(1, "apple"), (2, "bee"), (3, "ape"), (4, "bat")]).await;
    let ctx = Context::new();
    for (id, times) in [(1, 1), (2, 2), (3, 3)] {
        for _ in 0..times {
            essays.viewed(&ctx, id).await.unwrap();
        }
    }
    let found = async |title, least, most, limit| {
        let found = essays.of_author(&ctx, 1, title, least, most, limit).await.unwrap();
        found.into_iter().map(|essay| essay.id).collect::<Vec<_>>()
    };
    assert_eq!(found(None, None, None, 9).await, [2, 4, 1, 3]);
    assert_eq!(found(Some("A%"), None, None, 9).await, [1, 3]);
    assert_eq!(found(None, Some(1), Some(2), 9).await, [2, 1]);
    assert_eq!(found(Some("a%"), Some(2), Some(3), 9).await, [3]);
    assert_eq!(found(None, None, None, 2).await, [2, 4], "the arguments after a group keep their places");
    assert_eq!(found(Some("a%"), None, None, 1).await, [1]);
    assert_eq!(
        found(None, Some(1), None, 9).await,
        [2, 4, 1, 3],
        "one `None` is enough to leave a group out"
    );
    assert_eq!(found(None, None, Some(1), 9).await, [2, 4, 1, 3]);
    assert_eq!(found(None, None, None, 0).await, Vec::<i64>::new());
}

#[tokio::test]
async fn a_write_has_groups_too() {
    let (cluster, _, essays) = essays(0).await;
    stored(&cluster, &essays, &[(1, "a")]).await;
    let ctx = Context::new();
    let plain = essays.rewrite(&ctx, 1, "b", None).await.unwrap().into_inner().unwrap();
    assert_eq!((plain.title.as_str(), plain.mood), ("b", Mood::Plain));
    let merry = essays.rewrite(&ctx, 1, "c", Some(Mood::Merry)).await.unwrap().into_inner().unwrap();
    assert_eq!((merry.title.as_str(), merry.mood), ("c", Mood::Merry));
    assert_eq!(essays.rewrite(&ctx, 7, "d", None).await.unwrap().into_inner(), None);
}
