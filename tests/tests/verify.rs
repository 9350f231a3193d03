//! `verify`: a database that an entity was not compiled for is found out when the program starts.

use ryw_core::Repository;
use ryw_postgres::PostgresSource;
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers;

/// Checked against no database: there is none with such a table.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "later.things"), checked = false)]
struct Later {
    #[repository(key)]
    id: i64,
    #[repository(unique, rename = "Slug")]
    slug: String,
    weight: i32,
    #[repository(flatten(street))]
    address: Address,
    note: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Address {
    street: String,
}

const FITS: &str = "CREATE SCHEMA later; CREATE TABLE later.things \
    (id bigint PRIMARY KEY, \"Slug\" text NOT NULL UNIQUE, weight int NOT NULL, street text NOT NULL, note text)";

async fn source() -> (Cluster, PostgresSource) {
    let cluster = Cluster::builder().replicas(0).start().await.unwrap();
    let source = servers::source(&cluster).connect().await.unwrap();
    (cluster, source)
}

#[tokio::test]
async fn what_fits_is_found_to_fit() {
    let (cluster, source) = source().await;
    cluster.execute(FITS).await.unwrap();
    LaterRepository::new(source).verify().await.unwrap();
}

#[tokio::test]
async fn each_mistake_names_its_statement_or_its_column() {
    let (cluster, source) = source().await;
    let things = LaterRepository::new(source);
    let error = things.verify().await.unwrap_err().to_string();
    assert!(
        error.contains("`Later` does not fit the table `later.things`: there is no such table"),
        "{error}"
    );

    cluster.execute(FITS).await.unwrap();
    for (change, back, says) in [
        (
            "RENAME weight TO mass",
            "RENAME mass TO weight",
            "there is no column `weight` for the field `weight`",
        ),
        (
            "ALTER weight TYPE bigint",
            "ALTER weight TYPE int",
            "the field `weight` cannot hold the column `weight` of type INT8",
        ),
        (
            "ALTER street TYPE bytea USING street::bytea",
            "ALTER street TYPE text USING ''",
            "the field `address.street` cannot hold the column `street` of type BYTEA",
        ),
        (
            "ALTER weight DROP NOT NULL",
            "ALTER weight SET NOT NULL",
            "the column `weight` may be NULL, and the field `weight` is no `Option`",
        ),
        (
            "DROP CONSTRAINT \"things_Slug_key\"",
            "ADD UNIQUE (\"Slug\")",
            "the server refuses the statement of `upsert_by_slug` (there is no unique or exclusion constraint",
        ),
    ] {
        cluster.execute(&format!("ALTER TABLE later.things {change}")).await.unwrap();
        let error = things.verify().await.unwrap_err();
        assert!(error.is_config() && error.to_string().contains(says), "{error}");
        cluster.execute(&format!("ALTER TABLE later.things {back}")).await.unwrap();
        things.verify().await.unwrap();
    }

    cluster.execute("REVOKE DELETE ON later.things FROM public, app").await.unwrap();
    let error = things.verify().await.unwrap_err().to_string();
    assert!(error.contains("statement of `delete` (permission denied"), "{error}");
}
