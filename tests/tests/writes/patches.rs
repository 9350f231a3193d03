//! What the server makes of a column that a patch leaves, though the statement names it.

use std::time::Duration;

use ryw_core::Context;
use ryw_postgres::sqlx::{self, PgConnection};
use ryw_tests::library::{Book, BookRepository, NewBook};
use ryw_tests::servers::{cluster, plain, source};

/// Updates of `books`, and how many of them touched no index.
async fn updates(conn: &mut PgConnection) -> (i64, i64) {
    sqlx::query_as("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'books'")
        .fetch_one(conn)
        .await
        .unwrap()
}

#[tokio::test]
async fn no_index_is_touched_and_no_large_value_written_again() {
    let cluster = cluster(0).await;
    let books = BookRepository::new(source(&cluster).max_connections(1).connect().await.unwrap());
    let ctx = Context::new();
    let mut conn = plain(&cluster.primary().admin_url()).await;
    // Too large for its row, and stored beside it as it is.
    sqlx::raw_sql("ALTER TABLE books ALTER title SET STORAGE EXTERNAL").execute(&mut conn).await.unwrap();
    let large = NewBook { title: "x".repeat(100_000), ..NewBook::numbered(1) };
    let book = books.insert(&ctx, large).await.unwrap().into_inner();
    let size = "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'books'";
    let before: i64 = sqlx::query_scalar(size).fetch_one(&mut conn).await.unwrap();
    for round in 0..10 {
        books.update(&ctx, &book.id, Book::patch().subtitle(format!("{round}"))).await.unwrap();
    }
    let after: i64 = sqlx::query_scalar(size).fetch_one(&mut conn).await.unwrap();
    assert_eq!(before, after, "the title was not written again");
    let written = books.update(&ctx, &book.id, Book::patch().title("y".repeat(100_000))).await.unwrap();
    assert_eq!(written.title.len(), 100_000);
    let after: i64 = sqlx::query_scalar(size).fetch_one(&mut conn).await.unwrap();
    assert!(after > before, "a new one is: the test can fail");
    books.update(&ctx, &book.id, Book::patch().isbn("other")).await.unwrap();

    // A backend tells what it did at the latest when it ends.
    drop(books);
    ryw_tests::servers::eventually("11 of 12 updates touched no index", async || {
        updates(&mut conn).await == (12, 11)
    })
    .await;
}

#[tokio::test]
async fn a_reference_is_not_looked_up_and_a_trigger_fires() {
    let cluster = cluster(0).await;
    let books = BookRepository::new(source(&cluster).connect().await.unwrap());
    let ctx = Context::new();
    let setup = "
        CREATE TABLE titles (title text PRIMARY KEY);
        INSERT INTO titles VALUES ('Book 1'), ('Other');
        ALTER TABLE books ADD FOREIGN KEY (title) REFERENCES titles;
        CREATE TABLE fired (title text);
        CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO public.fired VALUES (NEW.title); RETURN NEW; END';
        CREATE TRIGGER fire AFTER UPDATE OF title ON books FOR EACH ROW EXECUTE FUNCTION fire();
        GRANT ALL ON titles, fired TO PUBLIC";
    let mut conn = plain(&cluster.primary().admin_url()).await;
    sqlx::raw_sql(setup).execute(&mut conn).await.unwrap();
    let book = books.insert(&ctx, NewBook::numbered(1)).await.unwrap().into_inner();

    // A look would wait for this.
    sqlx::raw_sql("BEGIN; SELECT FROM titles FOR UPDATE").execute(&mut conn).await.unwrap();
    books.update(&ctx, &book.id, Book::patch().subtitle("Sub")).await.unwrap();
    let looking = books.update(&ctx, &book.id, Book::patch().title("Other"));
    assert!(tokio::time::timeout(Duration::from_millis(200), looking).await.is_err(), "the test can fail");
    sqlx::raw_sql("ROLLBACK").execute(&mut conn).await.unwrap();

    let fired: Vec<String> =
        sqlx::query_scalar("SELECT title FROM fired").fetch_all(&mut conn).await.unwrap();
    assert_eq!(fired.first().map(String::as_str), Some("Book 1"), "though the patch left the title");
}
