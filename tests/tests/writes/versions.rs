//! Optimistic locking: of writers side by side exactly one wins, and the others learn what is there.

use ryw_core::{Context, Error};
use ryw_postgres::sqlx;
use ryw_tests::library::{Book, BookRepository, NewBook};
use ryw_tests::servers::{cluster, eventually, plain, source};

#[tokio::test]
async fn of_writers_side_by_side_one_wins() {
    let cluster = cluster(0).await;
    let books = BookRepository::new(source(&cluster).connect().await.unwrap());
    let book = books.insert(&Context::new(), NewBook::numbered(1)).await.unwrap().into_inner();
    let writers = (0..8).map(|writer| {
        let (books, id, version) = (books.clone(), book.id, book.version);
        let patch = Book::patch().title(format!("by {writer}"));
        tokio::spawn(async move { books.update_if(&Context::new(), &id, version, patch).await })
    });
    let mut results: Vec<Result<Book, Error>> = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        results.push(writer.await.unwrap().map(|written| written.into_inner()));
    }
    let won: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    let [winner] = won.as_slice() else { panic!("{results:?}") };
    for lost in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!(lost.current::<Book>(), Some(*winner), "{lost}");
    }
}

/// The writer waits for another, whose change its snapshot does not show: what it is told must be that change.
#[tokio::test]
async fn the_current_row_is_that_of_after_the_failure() {
    let cluster = cluster(0).await;
    let books = BookRepository::new(source(&cluster).connect().await.unwrap());
    let ctx = Context::new();
    let book = books.insert(&ctx, NewBook::numbered(1)).await.unwrap().into_inner();

    let mut other = plain(&cluster.primary().url()).await;
    sqlx::raw_sql("BEGIN; UPDATE books SET title = 'Other', version = version + 1")
        .execute(&mut other)
        .await
        .unwrap();
    let late = tokio::spawn({
        let (books, ctx, book) = (books.clone(), ctx.clone(), book.clone());
        async move { books.update_if(&ctx, &book.id, book.version, Book::patch().title("Late")).await }
    });
    let mut observer = plain(&cluster.primary().admin_url()).await;
    eventually("the late writer waits", async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut observer).await.unwrap() > 0
    })
    .await;
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();

    let conflict = late.await.unwrap().unwrap_err();
    assert!(conflict.is_version_conflict(), "{conflict}");
    let current = conflict.current::<Book>().unwrap();
    assert_eq!((current.title.as_str(), current.version), ("Other", 2));
    assert_eq!(books.find(&ctx, &book.id).await.unwrap().as_ref(), Some(current), "the session has seen it");
}

#[tokio::test]
async fn a_conflict_inside_a_transaction_leaves_it_usable() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let books = BookRepository::new(source.clone());
    let ctx = Context::new();
    let book = books.insert(&ctx, NewBook::numbered(1)).await.unwrap().into_inner();
    let mut tx = source.begin(&ctx).await.unwrap();
    let changed = books.update_in(&mut tx, &book.id, Book::patch().title("Changed")).await.unwrap();
    for conflict in [
        books.replace_in(&mut tx, &book).await.unwrap_err(),
        books.update_if_in(&mut tx, &book.id, book.version, Book::patch()).await.unwrap_err(),
    ] {
        assert_eq!(conflict.current::<Book>(), Some(&changed), "{conflict}");
    }
    let again = books.update_if_in(&mut tx, &book.id, changed.version, Book::patch()).await.unwrap();
    assert!(tx.commit().await.unwrap().position().is_some());
    assert_eq!(books.find(&ctx, &book.id).await.unwrap(), Some(again));
}
