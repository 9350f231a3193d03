//! Savepoints: each that writes has a number of its own, but the transaction's is what `pg_current_xact_id()` returns
//! and what the gate is about. With more than 64 of them a standby loses track of the single ones, not of the whole.

use ryw_postgres::sqlx::{self, AssertSqlSafe, PgConnection};
use ryw_tests::servers::plain;

use super::raw::{self, Verdict, ask, catch_up, count, read, run, write_elsewhere};

/// So many that they overflow what each backend remembers (64).
const MANY: i32 = 200;

/// The number in the row is that of the savepoint, and has 32 bits.
#[tokio::test]
async fn inside_savepoints_the_number_is_the_transactions() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    run(&mut writer, "BEGIN; SAVEPOINT a").await;
    let first = count(&mut writer).await;
    let stored = "SELECT xmin::text::int8 FROM counter WHERE id = 1";
    let mut numbers = vec![ask::<i64>(&mut writer, stored).await];
    for savepoint in ["SAVEPOINT b", "SAVEPOINT c", "ROLLBACK TO b; SAVEPOINT d", "RELEASE a; SAVEPOINT e"] {
        run(&mut writer, savepoint).await;
        assert_eq!(count(&mut writer).await, first, "in {savepoint}");
        numbers.push(ask(&mut writer, stored).await);
    }
    run(&mut writer, "COMMIT").await;
    assert!(numbers.iter().all(|number| *number > first), "{numbers:?} of {first}");
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    let status: String = sqlx::query_scalar("SELECT pg_xact_status($1::xid8)")
        .bind(first.to_string())
        .fetch_one(&mut writer)
        .await
        .unwrap();
    assert_eq!(status, "committed");
}

/// What a write in a savepoint that is rolled back returned is the number of a transaction that commits.
#[tokio::test]
async fn a_rolled_back_savepoint_had_the_same_number() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    run(&mut writer, "BEGIN; SAVEPOINT a").await;
    let undone = count(&mut writer).await;
    run(&mut writer, "ROLLBACK TO a").await;
    let kept = count(&mut writer).await;
    run(&mut writer, "COMMIT").await;
    cluster.wait_until_caught_up().await.unwrap();
    let read = read(&mut plain(&cluster.replica(0).url()).await, undone).await;
    assert_eq!((undone, read.value, read.below), (kept, 1, true), "{read:?}");
}

async fn savepoints(writer: &mut PgConnection, prefix: &str) {
    for number in 0..MANY {
        // Each has to write, or it gets no number.
        let sql = format!("SAVEPOINT {prefix}{number}; UPDATE counter SET value = value + 1 WHERE id = 1");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *writer).await.unwrap();
    }
}

#[tokio::test]
async fn more_than_64_leave_the_rules_exact() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    run(&mut writer, "BEGIN").await;
    let xid = count(&mut writer).await;
    savepoints(&mut writer, "s").await;
    let last: i64 = ask(&mut writer, "SELECT xmin::text::int8 FROM counter WHERE id = 1").await;
    assert!(last - xid >= i64::from(MANY), "{last} is the last number of {xid}");
    let later = write_elsewhere(&cluster).await;
    cluster.wait_until_caught_up().await.unwrap();

    let open = read(&mut reader, xid).await;
    assert_eq!((open.value, open.xmin), (0, xid), "{open:?}");
    assert_eq!((open.below, open.verdict, open.visible), (false, Verdict::Stale, true), "{open:?}");
    assert!(open.xmax > later);
    // Another's write while it is open: not below, but ended.
    let others = read(&mut reader, later).await;
    assert_eq!((others.below, others.verdict), (false, Verdict::Maybe), "{others:?}");

    cluster.replica(0).hold_replay().await.unwrap();
    run(&mut writer, "COMMIT").await;
    let held = read(&mut reader, xid).await;
    assert_eq!((held.value, held.below, held.verdict), (0, false, Verdict::Stale), "{held:?}");
    catch_up(&cluster, 0).await;
    let fresh = read(&mut reader, xid).await;
    assert_eq!((fresh.value, fresh.below), (MANY + 1, true), "{fresh:?}");
}

/// A standby that begins to serve while such a transaction is open.
#[tokio::test]
async fn a_standby_that_restarts_meanwhile_stays_exact() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    run(&mut writer, "BEGIN").await;
    let xid = count(&mut writer).await;
    for number in 0..30 {
        let sql = format!("SAVEPOINT s{number}; UPDATE counter SET value = value + 1 WHERE id = 1");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut writer).await.unwrap();
    }
    write_elsewhere(&cluster).await;
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).restart().await.unwrap();
    let mut reader = plain(&cluster.replica(0).url()).await;
    let open = read(&mut reader, xid).await;
    assert_eq!((open.value, open.below, open.verdict), (0, false, Verdict::Stale), "{open:?}");
    run(&mut writer, "COMMIT").await;
    cluster.wait_until_caught_up().await.unwrap();
    let fresh = read(&mut reader, xid).await;
    assert_eq!((fresh.value, fresh.below), (31, true), "{fresh:?}");
}
