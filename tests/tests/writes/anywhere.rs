//! One service, on Postgres and in memory: the same answers, but for the values that the source makes.

use ryw_core::{
    Context, ListRepository, MemorySource, PageRequest, Repository, SoftDeleteRepository, UpsertRepository,
    VersionedRepository,
};
use ryw_tests::library::{
    Book, BookRepository, Loan, LoanRepository, NewBook, NewLoan, Room, RoomRepository,
};
use ryw_tests::servers::{cluster, source};

/// What can be said of a book on every source.
type Said = (String, Option<String>, Vec<String>, Option<Vec<i32>>, i32, bool);

fn said(book: &Book) -> Said {
    assert_eq!(book.cached, None, "it is not stored");
    let Book { title, subtitle, tags, ratings, version, deleted_at, .. } = book.clone();
    (title, subtitle, tags, ratings, version, deleted_at.is_some())
}

/// Everything that a generic service can do with books.
async fn life_of_a_book<R>(books: &R) -> Vec<Said>
where
    R: Repository<Entity = Book> + ListRepository + VersionedRepository + SoftDeleteRepository,
{
    let ctx = Context::new();
    let mut seen = Vec::new();
    let born = NewBook { tags: vec!["a".into()], ratings: Some(vec![1]), ..NewBook::numbered(1) };
    let mut book = books.insert(&ctx, born).await.unwrap().into_inner();
    seen.push(said(&book));
    assert_eq!(book.created_at, book.updated_at);

    // To be left, to be set and to be NULL are three things.
    let patch = Book::patch().subtitle("Sub").ratings_null();
    book = books.update(&ctx, &book.id, patch).await.unwrap().into_inner();
    seen.push(said(&book));
    let patch = Book::patch().subtitle_null().tags(["b".to_owned(), "c".to_owned()]);
    book = books.update(&ctx, &book.id, patch).await.unwrap().into_inner();
    seen.push(said(&book));
    book = books.update(&ctx, &book.id, Book::patch()).await.unwrap().into_inner();
    seen.push(said(&book));

    // What the application did not give it cannot replace.
    let forged = Book {
        title: "Replaced".into(),
        cached: Some("not stored".into()),
        created_at: chrono::DateTime::UNIX_EPOCH,
        ..book.clone()
    };
    let replaced = books.replace(&ctx, &forged).await.unwrap().into_inner();
    assert_eq!(replaced.created_at, book.created_at);
    seen.push(said(&replaced));
    let conflict = books.replace(&ctx, &forged).await.unwrap_err();
    assert!(conflict.is_version_conflict(), "{conflict}");
    seen.push(said(conflict.current::<Book>().unwrap()));
    let conflict = books.update_if(&ctx, &book.id, 1, Book::patch().title("Late")).await.unwrap_err();
    seen.push(said(conflict.current::<Book>().unwrap()));
    let in_time = books.update_if(&ctx, &book.id, replaced.version, Book::patch().title("In time"));
    seen.push(said(&in_time.await.unwrap()));

    seen.push(said(&books.delete(&ctx, &book.id).await.unwrap().into_inner().unwrap()));
    assert_eq!(books.find(&ctx, &book.id).await.unwrap(), None);
    seen.push(said(&books.find_with_deleted(&ctx, &book.id).await.unwrap().unwrap()));
    seen.push(said(&books.restore(&ctx, &book.id).await.unwrap()));
    seen.push(said(&books.purge(&ctx, &book.id).await.unwrap().into_inner().unwrap()));
    assert_eq!(books.purge(&ctx, &book.id).await.unwrap().into_inner(), None);

    for missing in [
        books.update(&ctx, &book.id, Book::patch()).await.unwrap_err(),
        books.update_if(&ctx, &book.id, 1, Book::patch()).await.unwrap_err(),
        books.replace(&ctx, &book).await.unwrap_err(),
        books.restore(&ctx, &book.id).await.unwrap_err(),
    ] {
        assert!(missing.is_not_found(), "{missing}");
    }

    let many = books.insert_many(&ctx, (2..6).rev().map(NewBook::numbered).collect()).await.unwrap();
    seen.extend(many.iter().map(said));
    assert!(many.is_sorted_by_key(|book| book.id), "keys are made in the order given");
    let taken = books.insert_many(&ctx, vec![NewBook::numbered(7), NewBook::numbered(3)]).await;
    assert!(taken.unwrap_err().is_conflict());
    let listed = books.list(&ctx, &PageRequest::first(9)).await.unwrap();
    seen.extend(listed.items.iter().map(said));
    seen
}

async fn life_of_a_loan<R>(loans: &R)
where
    R: Repository<Entity = Loan> + ListRepository + UpsertRepository,
{
    let ctx = Context::new();
    let loan = |reader, book, days| Loan { reader, book, days };
    let new = |loan: &Loan| NewLoan::from(loan);
    let first = loan(1, 2, 14);
    assert_eq!(loans.insert(&ctx, new(&first)).await.unwrap().into_inner(), first);
    assert!(loans.insert(&ctx, new(&first)).await.unwrap_err().is_conflict());
    for other in [loan(1, 1, 1), loan(2, 1, 1)] {
        assert_eq!(loans.upsert(&ctx, new(&other)).await.unwrap().into_inner(), other);
    }
    let longer = loan(1, 2, 28);
    assert_eq!(loans.upsert(&ctx, new(&longer)).await.unwrap().into_inner(), longer);
    assert_eq!(loans.find(&ctx, &(1, 2)).await.unwrap(), Some(longer.clone()));
    assert_eq!(loans.find(&ctx, &(2, 2)).await.unwrap(), None);
    let found = loans.find_many(&ctx, &[(2, 1), (9, 9), (1, 2), (1, 1), (2, 1)]).await.unwrap();
    assert_eq!(found, [loan(2, 1, 1), longer.clone(), loan(1, 1, 1)]);

    let page = loans.list(&ctx, &PageRequest::first(2)).await.unwrap();
    assert_eq!(page.items, [loan(1, 1, 1), longer.clone()]);
    let next = PageRequest::first(2).after(page.next.unwrap().to_string().parse().unwrap());
    let page = loans.list(&ctx, &next).await.unwrap();
    assert_eq!(page.items, [loan(2, 1, 1)]);
    let back = PageRequest::last(2).before(page.previous.unwrap().to_string().parse().unwrap());
    assert_eq!(loans.list(&ctx, &back).await.unwrap().items, [loan(1, 1, 1), longer.clone()]);
    assert_eq!(loans.count(&ctx).await.unwrap(), 3);
    assert!(loans.exists(&ctx, &(1, 2)).await.unwrap() && !loans.exists(&ctx, &(2, 2)).await.unwrap());
    let mut all = loans.stream(&ctx);
    assert_eq!(all.try_next().await.unwrap(), Some(loan(1, 1, 1)));
    assert_eq!(loans.delete(&ctx, &(1, 2)).await.unwrap().into_inner(), Some(longer));
    assert_eq!(loans.find(&ctx, &(1, 2)).await.unwrap(), None);
}

#[tokio::test]
async fn a_server_and_memory_give_the_same_answers() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let memory = MemorySource::builder("main").build();
    let stored = life_of_a_book(&BookRepository::new(source.clone())).await;
    assert_eq!(stored, life_of_a_book(&BookRepository::new(memory.clone())).await);
    assert_eq!(stored[1].1.as_deref(), Some("Sub"));
    assert_eq!(stored[1].3, None);
    assert_eq!((stored[1].4, stored[3].4, stored[10].4), (2, 4, 8), "every write counts");

    life_of_a_loan(&LoanRepository::new(source)).await;
    life_of_a_loan(&LoanRepository::new(memory)).await;
}

#[tokio::test]
async fn methods_that_no_trait_has_are_there_in_memory_too() {
    let rooms = RoomRepository::new(MemorySource::builder("main").build());
    let ctx = Context::new();
    let room = Room { id: 1, name: "Reading".into(), seats: 4, deleted_at: None };
    rooms.insert(&ctx, &room).await.unwrap();
    let larger = rooms.upsert_by_name(&ctx, Room { id: 2, seats: 5, ..room.clone() }).await.unwrap();
    assert_eq!((larger.id, larger.seats), (1, 5), "the row of the name keeps its key");
}
