//! The example of the page on `queries` compiles, and does what it says.

// An example's items are public.
#[allow(unreachable_pub, reason = "it is a program of its own to its reader")]
#[path = "../../../ryw-core/docs/queries.rs"]
mod example;

use example::{Author, Essay, EssayRepository, use_them};
use ryw_core::Context;
use ryw_tests::servers;

#[tokio::test]
async fn the_page_is_right() {
    let cluster = servers::cluster(1).await;
    let essays = EssayRepository::new(servers::source(&cluster).connect().await.unwrap());
    let ctx = Context::new();
    for (id, views) in [(7, 1), (8, 3), (9, 2)] {
        let essay = Essay { id, author_id: 1, title: format!("On {id}"), body: None, views };
        essays.insert(&ctx, &essay).await.unwrap();
    }
    let ids = |found: Vec<Essay>| found.into_iter().map(|essay| essay.id).collect::<Vec<_>>();
    assert_eq!(ids(essays.popular(&ctx, 1, None, None, 10).await.unwrap()), [8, 9, 7]);
    assert_eq!(ids(essays.popular(&ctx, 1, Some("on 9"), Some(2), 10).await.unwrap()), [9]);
    use_them(&essays, &ctx).await.unwrap();
    let authors = essays.authors(&ctx, &[1, 2]).await.unwrap();
    assert_eq!(authors, [Author { author_id: 2, essays: 3, views: Some(7) }]);
    assert_eq!(essays.title(&ctx, 7).await.unwrap().as_deref(), Some("On 7"));
}
