//! Every read sees the writes of its context, while every replica is behind.

use ryw_core::{ConsistencySource as _, Context, PageRequest};
use ryw_postgres::PostgresSource;
use ryw_tests::gallery::{AlbumRepository, LinkRepository, Picture, PictureRepository};
use ryw_tests::servers::{cluster, eventually, source};

/// How many of the reads see a picture 4, each by itself.
async fn seen(source: &PostgresSource, ctx: &Context) -> Vec<&'static str> {
    let pictures = PictureRepository::new(source.clone());
    let (links, albums) = (LinkRepository::new(source.clone()), AlbumRepository::new(source.clone()));
    let first = PageRequest::first(9);
    let mut seen = Vec::new();
    let mut note = |name, found| {
        if found {
            seen.push(name);
        }
    };
    note("exists", pictures.exists(ctx, &4).await.unwrap());
    note("count", pictures.count(ctx).await.unwrap() == 1);
    note("find_many", !pictures.find_many(ctx, &[4]).await.unwrap().is_empty());
    note("find_by", pictures.find_by_slug(ctx, "picture-4").await.unwrap().is_some());
    note("list", !pictures.list(ctx, &PageRequest::last(9)).await.unwrap().items.is_empty());
    note("list_by", !pictures.list_by_album_id(ctx, &4, &first).await.unwrap().items.is_empty());
    note("stream", pictures.stream(ctx).try_next().await.unwrap().is_some());
    note("stream_by", pictures.stream_by_album_id(ctx, &4).try_next().await.unwrap().is_some());
    note("projection", links.find_by_slug(ctx, "picture-4").await.unwrap().is_some());
    note("view", albums.find(ctx, &4).await.unwrap().is_some());
    seen
}

#[tokio::test]
async fn each_read_sees_the_writes_of_its_context() {
    let cluster = cluster(2).await;
    let source = source(&cluster).connect().await.unwrap();
    for replica in cluster.replicas() {
        replica.hold_replay().await.unwrap();
    }
    let ctx = Context::new();
    PictureRepository::new(source.clone()).insert(&ctx, &Picture::numbered(4)).await.unwrap();
    assert_eq!(seen(&source, &ctx).await.len(), 10);
    assert_eq!(seen(&source, &ctx.strong()).await.len(), 10);
    let nothing: [&str; 0] = [];
    assert_eq!(seen(&source, &ctx.eventual()).await, nothing, "the replicas are stale: the test can fail");
    assert_eq!(seen(&source, &Context::new()).await, nothing);

    for replica in cluster.replicas() {
        replica.release_replay().await.unwrap();
    }
    cluster.wait_until_caught_up().await.unwrap();
    eventually("replicas serve all of them", async || {
        let before = source.counts().replica_reads();
        assert_eq!(seen(&source, &ctx).await.len(), 10);
        source.counts().replica_reads() == before + 10
    })
    .await;
}
