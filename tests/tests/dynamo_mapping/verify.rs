//! A struct, held against a table.

use ryw_core::Repository;
use ryw_dynamo::ExpiresAt;

use super::start;

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(
    table = "visits",
    pk = user,
    sk = at,
    ttl = expires,
    index(name = "by_email", pk = email, global, projection = include(note, page, expires)),
    index(name = "by_note", sk = note, local),
    index(name = "by_page", pk = page, global, projection = all)
))]
struct Visit {
    #[repository(key)]
    user: i64,
    #[repository(key)]
    at: String,
    email: String,
    note: String,
    page: i64,
    expires: Option<ExpiresAt>,
}

/// The same table, in the words of somebody else.
mod other {
    use ryw_core::Repository;
    use ryw_dynamo::ExpiresAt;

    #[derive(Clone, Debug, PartialEq, Repository)]
    #[repository(dynamo(
        table = "visits",
        pk = user,
        sk = day,
        ttl = until,
        index(name = "by_email", pk = email, sk = page, global, projection = include(until)),
        index(name = "by_page", pk = page, global)
    ))]
    pub(super) struct Visit {
        #[repository(key)]
        user: String,
        #[repository(key)]
        day: String,
        email: String,
        page: i64,
        until: Option<ExpiresAt>,
    }
}

#[tokio::test]
async fn a_struct_fits_the_table_that_was_made_for_it() {
    let (_regions, source) = start().await;
    source.create_table::<Visit>().await.unwrap();
    VisitRepository::new(source).verify().await.unwrap();
}

#[tokio::test]
async fn a_table_that_is_not_there_is_said() {
    let (_regions, source) = start().await;
    let error = VisitRepository::new(source).verify().await.unwrap_err();
    assert!(error.is_config(), "{error:?}");
    assert_eq!(
        error.to_string(),
        "`Visit` does not fit the table `visits`: there is no such table: make it, or correct the name in `table = \"...\"` or the \
         source's prefix"
    );
}

#[tokio::test]
async fn everything_that_does_not_fit_is_listed() {
    let (_regions, source) = start().await;
    source.create_table::<other::Visit>().await.unwrap();
    let error = VisitRepository::new(source).verify().await.unwrap_err();
    assert!(error.is_config(), "{error:?}");
    let table = "a table's keys stay as they are, so correct the struct, or make another table";
    let index = "an index stays as it is, so correct the struct, or make another index";
    let expected = [
        format!("its key `user` is a text (S), and a number (N) for the struct: {table}"),
        format!("its sort key is `day`, and `at` for the struct: {table}"),
        format!("index `by_email`: its sort key is `page`, and the struct has none: {index}"),
        format!(
            "index `by_email`: its entries hold the keys and `until`, and the keys and `expires`, `note`, `page` for the struct: {index}"
        ),
        "there is no index `by_note`: add it to the table, or remove it from the struct".to_owned(),
        "its items expire by `until`, and by `expires` for the struct: correct one of them".to_owned(),
    ];
    assert_eq!(
        error.to_string(),
        format!("`Visit` does not fit the table `visits`: {}", expected.join("; "))
    );
}
