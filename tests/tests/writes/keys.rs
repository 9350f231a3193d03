//! Keys made by the database, and of several parts.

use ryw_core::{Context, Entity as _};
use ryw_tests::library::{
    Book, BookRepository, CardRepository, LoanRepository, NewBook, NewCard, NewLoan, NewShelf,
    ShelfRepository,
};
use ryw_tests::servers::{cluster, source};

#[tokio::test]
async fn the_database_makes_keys() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let (books, cards) = (BookRepository::new(source.clone()), CardRepository::new(source.clone()));
    let ctx = Context::new();
    let first = books.insert(&ctx, NewBook::numbered(1)).await.unwrap();
    let second = books.insert(&ctx, NewBook::numbered(2)).await.unwrap();
    assert!(second.id > first.id && first.key() == first.id);
    assert_eq!(books.find(&ctx, &second.id).await.unwrap(), Some(second.into_inner()));

    let card = cards.insert(&ctx, NewCard { reader: 7 }).await.unwrap();
    assert!(!card.id.is_nil());
    assert_eq!(cards.find(&ctx, &card.id).await.unwrap().map(|card| card.reader), Some(7));

    let shelves = ShelfRepository::new(source);
    let new = |room: &str| NewShelf { room: room.into(), label: "A–C".into() };
    let made = shelves.insert_many(&ctx, [new("east"), new("west")]).await.unwrap();
    let [east, west] = made.as_slice() else { panic!("{made:?}") };
    assert_eq!(
        shelves.find_many(&ctx, &[west.key(), east.key()]).await.unwrap(),
        [west.clone(), east.clone()]
    );
    assert_eq!(shelves.find(&ctx, &("east".into(), west.number)).await.unwrap(), None);
}

#[tokio::test]
async fn a_row_stored_by_a_unique_column_keeps_its_key() {
    let cluster = cluster(0).await;
    let books = BookRepository::new(source(&cluster).connect().await.unwrap());
    let ctx = Context::new();
    let first = books.upsert_by_isbn(&ctx, NewBook::numbered(1)).await.unwrap();
    let other = NewBook { title: "Changed".into(), ..NewBook::numbered(1) };
    let second = books.upsert_by_isbn(&ctx, other).await.unwrap();
    let expected =
        Book { title: "Changed".into(), version: 2, updated_at: second.updated_at, ..first.into_inner() };
    assert_eq!(second.into_inner(), expected);
}

#[tokio::test]
async fn many_keys_of_several_parts_are_one_statement() {
    let cluster = cluster(0).await;
    let loans = LoanRepository::new(source(&cluster).connect().await.unwrap());
    let ctx = Context::new();
    let keys: Vec<(i64, i64)> = (0..40).flat_map(|reader| (0..50).map(move |book| (book, reader))).collect();
    let news = keys.iter().map(|(reader, book)| NewLoan { reader: *reader, book: *book, days: 1 });
    loans.insert_many(&ctx, news).await.unwrap();
    let found = loans.find_many(&ctx, &keys).await.unwrap();
    assert_eq!(found.iter().map(|loan| loan.key()).collect::<Vec<_>>(), keys);
}
