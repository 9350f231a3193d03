//! Many rows by one statement.

use ryw_core::{ConsistencySource as _, Context, Reason};
use ryw_tests::library::{BookRepository, NewBook};
use ryw_tests::servers::{cluster, source};

/// More values than one statement can have parameters.
const ROWS: i64 = 15_000;

fn odd(number: i64) -> NewBook {
    let tags = [r#"a"b"#, "NULL", "", "{c,d}", "é"];
    let ratings = match number % 3 {
        0 => None,
        1 => Some(Vec::new()),
        _ => Some(vec![i32::MIN, 0, i32::MAX]),
    };
    NewBook {
        subtitle: (number % 2 == 0).then(|| format!("of {number}")),
        tags: tags[..usize::try_from(number % 6).unwrap().min(5)].iter().map(|&tag| tag.to_owned()).collect(),
        ratings,
        ..NewBook::numbered(number)
    }
}

#[tokio::test]
async fn all_come_back_as_given_and_in_order() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let books = BookRepository::new(source.clone());
    let ctx = Context::new();
    let numbers: Vec<i64> = (0..ROWS).map(|number| (number * 7919) % ROWS).collect();
    let written = books.insert_many(&ctx, numbers.iter().map(|number| odd(*number))).await.unwrap();
    assert_eq!(source.counts().by_reason(Reason::Write), 1, "one statement");
    assert!(written.position().is_some());
    assert!(written.is_sorted_by_key(|book| book.id), "keys are made in the order given");
    assert_eq!(written.len(), numbers.len());
    for (book, number) in written.iter().zip(&numbers) {
        let NewBook { isbn, title, subtitle, tags, ratings } = odd(*number);
        assert_eq!((&book.isbn, &book.title, &book.subtitle), (&isbn, &title, &subtitle));
        assert_eq!((&book.tags, &book.ratings, book.version), (&tags, &ratings, 1));
    }
    let some = books.find(&ctx, &written[17].id).await.unwrap();
    assert_eq!(some.as_ref(), Some(&written[17]), "as stored");
}

#[tokio::test]
async fn none_is_stored_if_one_is_refused_and_nothing_sent_for_none() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let books = BookRepository::new(source.clone());
    let ctx = Context::new();
    let twice = books.insert_many(&ctx, [1, 2, 1].map(NewBook::numbered)).await.unwrap_err();
    assert!(twice.is_conflict(), "{twice}");
    let page = books.list(&ctx, &ryw_core::PageRequest::first(1)).await.unwrap();
    assert_eq!(page.items, []);

    let before = source.counts().by_reason(Reason::Write);
    let none = books.insert_many(&ctx, Vec::<NewBook>::new()).await.unwrap();
    assert_eq!((none.len(), none.position()), (0, None));
    assert_eq!(source.counts().by_reason(Reason::Write), before);
}
