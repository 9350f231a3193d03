//! A session sees each of its writes while every replica is behind; whoever reads eventually does not.

use ryw_core::Context;
use ryw_tests::library::{Book, BookRepository, NewBook};
use ryw_tests::servers::{cluster, source};

#[tokio::test]
async fn each_write_is_seen_by_its_session() {
    let cluster = cluster(1).await;
    let books = BookRepository::new(source(&cluster).connect().await.unwrap());
    let ctx = Context::new();
    let book = books.insert(&ctx, NewBook::numbered(1)).await.unwrap().into_inner();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    let old = books.find(&ctx.eventual(), &book.id).await.unwrap();
    assert_eq!(old.as_ref(), Some(&book));

    // For each write a session of its own, so that what is seen is seen for its sake.
    let session = Context::new();
    let written =
        books.update(&session, &book.id, Book::patch().title("Changed")).await.unwrap().into_inner();
    assert_eq!(books.find(&session, &book.id).await.unwrap().as_ref(), Some(&written));
    let session = Context::new();
    let written =
        books.replace(&session, &Book { title: "Replaced".into(), ..written }).await.unwrap().into_inner();
    assert_eq!(books.find(&session, &book.id).await.unwrap().as_ref(), Some(&written));
    let session = Context::new();
    let written =
        books.update_if(&session, &book.id, written.version, Book::patch()).await.unwrap().into_inner();
    assert_eq!(books.find(&session, &book.id).await.unwrap().as_ref(), Some(&written));
    let session = Context::new();
    let written = books.upsert_by_isbn(&session, NewBook::numbered(1)).await.unwrap().into_inner();
    assert_eq!(books.find(&session, &book.id).await.unwrap().as_ref(), Some(&written));
    let session = Context::new();
    let many = books.insert_many(&session, [2, 3].map(NewBook::numbered)).await.unwrap().into_inner();
    let ids: Vec<_> = many.iter().map(|book| book.id).collect();
    assert_eq!(books.find_many(&session, &ids).await.unwrap(), many);
    let session = Context::new();
    books.delete(&session, &book.id).await.unwrap();
    assert_eq!(books.find(&session, &book.id).await.unwrap(), None);
    let session = Context::new();
    let restored = books.restore(&session, &book.id).await.unwrap().into_inner();
    assert_eq!(books.find(&session, &book.id).await.unwrap(), Some(restored));
    let session = Context::new();
    books.purge(&session, &book.id).await.unwrap();
    assert_eq!(books.find_with_deleted(&session, &book.id).await.unwrap(), None);

    // A conflict shows the row as the primary has it, and the session does not go back behind that.
    let session = Context::new();
    let conflict = books.update_if(&session, &ids[0], 9, Book::patch()).await.unwrap_err();
    assert!(conflict.is_version_conflict(), "{conflict}");
    assert_eq!(books.find(&session, &ids[0]).await.unwrap().as_ref(), conflict.current());

    assert_eq!(
        books.find(&ctx.eventual(), &book.id).await.unwrap(),
        old,
        "the replica is behind: the test can fail"
    );
}
