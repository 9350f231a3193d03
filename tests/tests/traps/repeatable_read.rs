//! Within a REPEATABLE READ transaction on a replica: its first statement takes the snapshot, also if that statement is
//! the gate. An LSN gate then opens on rows that stay as they were; the transaction's number, held against the snapshot
//! itself, tells at any time.

use ryw_tests::servers::plain;

use super::raw::{self, ask, catch_up, count, read, run};

#[tokio::test]
async fn an_lsn_gate_opens_on_a_frozen_snapshot_and_the_xid_tells() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    for level in ["BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ"]
    {
        cluster.replica(0).hold_replay().await.unwrap();
        let before = ask::<i32>(&mut reader, "SELECT value FROM counter WHERE id = 1").await;
        let xid = count(&mut writer).await;
        let lsn: i64 = ask(&mut writer, "SELECT (pg_current_wal_flush_lsn() - '0/0')::int8").await;
        let replayed = "SELECT (pg_last_wal_replay_lsn() - '0/0')::int8";

        run(&mut reader, level).await;
        assert!(ask::<i64>(&mut reader, replayed).await < lsn, "the gate makes this reader wait");
        assert!(!read(&mut reader, xid).await.below);
        catch_up(&cluster, 0).await;
        assert!(ask::<i64>(&mut reader, replayed).await >= lsn, "the gate opens");
        let gated = read(&mut reader, xid).await;
        assert_eq!((gated.value, gated.below), (before, false), "the trap is there: {gated:?}");

        run(&mut reader, "COMMIT").await;
        run(&mut reader, level).await;
        for _ in 0..2 {
            let fresh = read(&mut reader, xid).await;
            assert_eq!((fresh.value, fresh.below), (before + 1, true), "{fresh:?}");
        }
        run(&mut reader, "COMMIT").await;
    }
}

/// The isolation that a read on a replica cannot have.
#[tokio::test]
async fn serializable_is_refused_by_a_standby() {
    let cluster = raw::shared().await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    run(&mut reader, "BEGIN").await;
    let refusal =
        ryw_postgres::sqlx::raw_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT * FROM counter");
    let refusal = refusal.execute(&mut reader).await.unwrap_err().to_string();
    assert!(refusal.contains("cannot use serializable mode in a hot standby"), "{refusal}");
}
