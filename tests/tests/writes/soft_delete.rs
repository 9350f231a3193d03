//! A softly deleted row is there for nobody who does not ask for it, and its key stays taken.

use ryw_core::{Context, Cursor, PageRequest};
use ryw_postgres::sqlx;
use ryw_tests::library::{Book, BookRepository, NewBook, NewRoom, Room, RoomRepository};
use ryw_tests::servers::{cluster, plain, source};

#[tokio::test]
async fn no_generated_statement_sees_it() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let books = BookRepository::new(source.clone());
    let ctx = Context::new();
    let many = books.insert_many(&ctx, [1, 2].map(NewBook::numbered)).await.unwrap().into_inner();
    let [book, other] = many.as_slice() else { panic!("{many:?}") };
    let deleted = books.delete(&ctx, &book.id).await.unwrap().into_inner().unwrap();
    assert!(deleted.deleted_at.is_some() && deleted.version == 2);

    assert_eq!(books.find(&ctx, &book.id).await.unwrap(), None);
    assert_eq!(books.find_many(&ctx, &[book.id, other.id]).await.unwrap(), std::slice::from_ref(other));
    for page in [PageRequest::first(9), PageRequest::first(9).after(Cursor::new(0)), PageRequest::last(9)] {
        assert_eq!(books.list(&ctx, &page).await.unwrap().items, std::slice::from_ref(other));
    }
    assert_eq!(books.delete(&ctx, &book.id).await.unwrap().into_inner(), None, "not twice");
    let mut tx = source.begin(&ctx).await.unwrap();
    assert_eq!(books.find_in(&mut tx, &book.id).await.unwrap(), None);
    assert_eq!(books.find_for_update_in(&mut tx, &book.id).await.unwrap(), None);
    assert_eq!(books.delete_in(&mut tx, &book.id).await.unwrap(), None);
    for missing in [
        books.update_in(&mut tx, &book.id, Book::patch().title("x")).await.unwrap_err(),
        books.update_if_in(&mut tx, &book.id, deleted.version, Book::patch()).await.unwrap_err(),
        books.replace_in(&mut tx, &deleted).await.unwrap_err(),
    ] {
        assert!(missing.is_not_found(), "{missing}");
    }
    drop(tx);
    assert_eq!(books.find_with_deleted(&ctx, &book.id).await.unwrap(), Some(deleted));
    let restored = books.restore(&ctx, &book.id).await.unwrap();
    assert_eq!(restored.deleted_at, None);
    assert!(books.restore(&ctx, &book.id).await.unwrap_err().is_not_found(), "it is not deleted any more");
}

#[tokio::test]
async fn its_key_and_unique_values_are_taken_until_it_is_stored_again() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let (books, rooms) = (BookRepository::new(source.clone()), RoomRepository::new(source));
    let ctx = Context::new();
    let book = books.insert(&ctx, NewBook::numbered(1)).await.unwrap().into_inner();
    books.delete(&ctx, &book.id).await.unwrap();
    assert!(books.insert(&ctx, NewBook::numbered(1)).await.unwrap_err().is_conflict());
    let back = books.upsert_by_isbn(&ctx, NewBook::numbered(1)).await.unwrap();
    assert_eq!((back.id, back.deleted_at, back.version), (book.id, None, 3), "who stores a row finds it");
    assert_eq!(books.find(&ctx, &book.id).await.unwrap(), Some(back.into_inner()));

    let room = NewRoom { id: 1, name: "Reading".into(), seats: 4 };
    rooms.insert(&ctx, room.clone()).await.unwrap();
    rooms.delete(&ctx, &1).await.unwrap();
    assert!(rooms.insert(&ctx, room.clone()).await.unwrap_err().is_conflict(), "its key");
    let back = rooms.upsert(&ctx, NewRoom { seats: 5, ..room }).await.unwrap();
    assert_eq!(back.into_inner(), Room { id: 1, name: "Reading".into(), seats: 5, deleted_at: None });
}

/// An index that leaves deleted rows out: the value is free again.
#[tokio::test]
async fn a_partial_index_frees_the_value() {
    let cluster = cluster(0).await;
    let rooms = RoomRepository::new(source(&cluster).connect().await.unwrap());
    let ctx = Context::new();
    let room = |id, seats| NewRoom { id, name: "Reading".into(), seats };
    rooms.insert(&ctx, room(1, 4)).await.unwrap();
    assert!(rooms.insert(&ctx, room(2, 4)).await.unwrap_err().is_conflict());
    assert_eq!(rooms.upsert_by_name(&ctx, room(2, 5)).await.unwrap().id, 1);
    rooms.delete(&ctx, &1).await.unwrap();
    assert_eq!(rooms.upsert_by_name(&ctx, room(2, 6)).await.unwrap().id, 2);
    assert!(rooms.restore(&ctx, &1).await.unwrap_err().is_conflict(), "somebody else has the name now");
    assert_eq!(rooms.purge(&ctx, &1).await.unwrap().into_inner().map(|room| room.seats), Some(5));
    let mut conn = plain(&cluster.primary().url()).await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM rooms").fetch_one(&mut conn).await.unwrap();
    assert_eq!(left, 1, "gone for good");
}
