//! Every write, and reads, inside a transaction.

use std::time::Duration;

use ryw_core::Context;
use ryw_tests::library::{Book, BookRepository, LoanRepository, NewBook, NewLoan};
use ryw_tests::servers::{cluster, source};

#[tokio::test]
async fn a_transaction_sees_its_own_writes_and_others_do_not() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let (books, loans) = (BookRepository::new(source.clone()), LoanRepository::new(source.clone()));
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    let book = books.insert_in(&mut tx, NewBook::numbered(1)).await.unwrap();
    assert_eq!(books.find_in(&mut tx, &book.id).await.unwrap().as_ref(), Some(&book));
    assert_eq!(books.find(&ctx, &book.id).await.unwrap(), None, "not committed");
    let book = books.update_in(&mut tx, &book.id, Book::patch().title("Changed")).await.unwrap();
    let replaced = books.replace_in(&mut tx, &Book { title: "Replaced".into(), ..book }).await.unwrap();
    assert_eq!((replaced.title.as_str(), replaced.version), ("Replaced", 3));
    let book = books
        .upsert_by_isbn_in(&mut tx, NewBook { title: "By isbn".into(), ..NewBook::numbered(1) })
        .await
        .unwrap();
    assert_eq!((book.title.as_str(), book.version), ("By isbn", 4));
    assert!(books.delete_in(&mut tx, &book.id).await.unwrap().is_some());
    let book = books.restore_in(&mut tx, &book.id).await.unwrap();
    let more = books.insert_many_in(&mut tx, [2, 3].map(NewBook::numbered)).await.unwrap();
    assert!(books.purge_in(&mut tx, &more[0].id).await.unwrap().is_some());
    let loan = loans.upsert_in(&mut tx, NewLoan { reader: 1, book: book.id, days: 1 }).await.unwrap();
    assert!(tx.commit().await.unwrap().position().is_some());

    let ids = [book.id, more[0].id, more[1].id];
    assert_eq!(books.find_many(&ctx, &ids).await.unwrap(), [book, more[1].clone()]);
    assert_eq!(loans.find(&ctx, &(loan.reader, loan.book)).await.unwrap(), Some(loan));
}

#[tokio::test]
async fn a_row_found_for_update_is_held() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let books = BookRepository::new(source.clone());
    let ctx = Context::new();
    let id = books.insert(&ctx, NewBook::numbered(1)).await.unwrap().id;
    let mut tx = source.begin(&ctx).await.unwrap();
    assert!(books.find_for_update_in(&mut tx, &id).await.unwrap().is_some());

    let mut other = source.begin(&Context::new()).await.unwrap();
    let looking = books.find_in(&mut other, &id).await;
    assert!(looking.unwrap().is_some(), "to look at it is no claim");
    let waiting = books.update_in(&mut other, &id, Book::patch().title("Other"));
    assert!(tokio::time::timeout(Duration::from_millis(200), waiting).await.is_err(), "it waits");

    let held = books.update_in(&mut tx, &id, Book::patch().title("Held")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(books.find(&ctx, &id).await.unwrap(), Some(held));
}

/// Compiles only if every write can be given to `tokio::spawn`.
#[test]
fn every_write_can_be_spawned() {
    fn spawnable<F: Future + Send>(_: impl Fn() -> F) {}
    fn all(books: &BookRepository, loans: &LoanRepository, ctx: &Context) {
        let new = || NewBook::numbered(1);
        spawnable(|| books.insert(ctx, new()));
        spawnable(|| books.insert_many(ctx, [new()]));
        spawnable(|| books.update(ctx, &1, Book::patch()));
        spawnable(|| books.update_if(ctx, &1, 1, Book::patch()));
        spawnable(|| books.upsert_by_isbn(ctx, new()));
        spawnable(|| books.restore(ctx, &1));
        spawnable(|| books.purge(ctx, &1));
        spawnable(|| loans.upsert(ctx, NewLoan { reader: 1, book: 1, days: 1 }));
        spawnable(|| async {
            let mut tx = books.source().begin(ctx).await.unwrap();
            let book = books.find_for_update_in(&mut tx, &1).await.unwrap().unwrap();
            books.replace_in(&mut tx, &book).await.unwrap();
            books.replace(ctx, &book).await.unwrap()
        });
    }
    let _ = all;
}
