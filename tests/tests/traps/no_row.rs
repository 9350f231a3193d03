//! A write that returned no row may have written: a trigger did. With no row there is nothing for a position to travel
//! in, so whoever sent it has to ask.

use ryw_postgres::sqlx::{self, PgConnection};
use ryw_tests::servers::plain;

use super::raw::{self, ask, catch_up, run};

const SCHEMA: &str = "
    CREATE TABLE audit (id serial PRIMARY KEY);
    CREATE TABLE kept (id int PRIMARY KEY, number int);
    INSERT INTO kept VALUES (1);
    CREATE TABLE refused (id int PRIMARY KEY);
    CREATE TABLE later (id int PRIMARY KEY);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO audit DEFAULT VALUES; RETURN NULL; END $$;
    CREATE TRIGGER statement AFTER UPDATE ON counter FOR EACH STATEMENT EXECUTE FUNCTION note();
    CREATE TRIGGER statement BEFORE UPDATE ON later FOR EACH STATEMENT EXECUTE FUNCTION note();
    CREATE TRIGGER each BEFORE INSERT ON refused FOR EACH ROW EXECUTE FUNCTION note()";

/// Statements that return no row, and whether they write.
const STATEMENTS: [(&str, bool); 6] = [
    ("UPDATE kept SET number = 0 WHERE id = 99 RETURNING pg_current_xact_id()::text", false),
    ("DELETE FROM kept WHERE id = 99 RETURNING pg_current_xact_id()::text", false),
    ("INSERT INTO kept VALUES (1, 1) ON CONFLICT DO NOTHING RETURNING pg_current_xact_id()::text", false),
    ("UPDATE counter SET value = 1 WHERE id = 99 RETURNING pg_current_xact_id()::text", true),
    ("UPDATE later SET id = 1 WHERE id = 99 RETURNING pg_current_xact_id()::text", true),
    ("INSERT INTO refused VALUES (1) RETURNING pg_current_xact_id()::text", true),
];

async fn assigned(conn: &mut PgConnection) -> Option<String> {
    ask(conn, "SELECT pg_current_xact_id_if_assigned()::text").await
}

async fn no_row(conn: &mut PgConnection, statement: &'static str) {
    let row: Option<String> = sqlx::query_scalar(statement).fetch_optional(conn).await.unwrap();
    assert_eq!(row, None, "{statement}");
}

#[tokio::test]
async fn no_row_is_no_proof_of_no_write() {
    let cluster = raw::shared().await;
    cluster.execute(SCHEMA).await.unwrap();
    let mut conn = plain(&cluster.primary().url()).await;
    for (statement, writes) in STATEMENTS {
        run(&mut conn, "BEGIN").await;
        no_row(&mut conn, statement).await;
        assert_eq!(assigned(&mut conn).await.is_some(), writes, "{statement}");
        run(&mut conn, "ROLLBACK").await;
        // Of a statement that was a transaction of its own, nothing can be asked by number afterwards.
        no_row(&mut conn, statement).await;
        assert_eq!(assigned(&mut conn).await, None, "{statement}");
    }
}

#[tokio::test]
async fn a_session_that_takes_no_row_for_no_write_reads_stale() {
    let cluster = raw::shared().await;
    cluster.execute(SCHEMA).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    let mut writer = plain(&cluster.primary().url()).await;
    no_row(&mut writer, "UPDATE counter SET value = 1 WHERE id = 99 RETURNING pg_current_xact_id()::text")
        .await;
    // The position to take instead: the LSN, asked after the commit.
    let lsn: i64 = ask(&mut writer, "SELECT (pg_current_wal_flush_lsn() - '0/0')::int8").await;

    let audited = "SELECT count(*) FROM audit";
    let mut reader = plain(&cluster.replica(0).url()).await;
    assert_eq!(ask::<i64>(&mut reader, audited).await, 0, "the trap is there");
    assert!(cluster.replica(0).replay_lsn().await.unwrap() < lsn.unsigned_abs());
    catch_up(&cluster, 0).await;
    assert!(cluster.replica(0).replay_lsn().await.unwrap() >= lsn.unsigned_abs());
    assert_eq!(ask::<i64>(&mut reader, audited).await, 1);
}

/// Asking within the statement does not help: the triggers that come after it have not run by then.
#[tokio::test]
async fn an_outer_select_asks_too_early() {
    let cluster = raw::shared().await;
    cluster.execute(SCHEMA).await.unwrap();
    let mut conn = plain(&cluster.primary().url()).await;
    for (statement, known) in [
        (
            "WITH w AS (UPDATE counter SET value = 1 WHERE id = 99 RETURNING id)
          SELECT pg_current_xact_id_if_assigned()::text FROM (SELECT count(*) FROM w) AS w",
            false,
        ),
        (
            "WITH w AS (UPDATE later SET id = 1 WHERE id = 99 RETURNING id)
          SELECT pg_current_xact_id_if_assigned()::text FROM (SELECT count(*) FROM w) AS w",
            true,
        ),
        // To assign one in any case does, at the price of a commit record for nothing.
        (
            "WITH w AS (UPDATE counter SET value = 1 WHERE id = 99 RETURNING id)
          SELECT pg_current_xact_id()::text FROM (SELECT count(*) FROM w) AS w",
            true,
        ),
    ] {
        run(&mut conn, "BEGIN").await;
        let during: Option<String> = ask(&mut conn, statement).await;
        let after = assigned(&mut conn).await;
        assert!(after.is_some(), "{statement}");
        assert_eq!(during, after.filter(|_| known), "{statement}");
        run(&mut conn, "COMMIT").await;
    }
}
