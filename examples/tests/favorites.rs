//! The built programs, as a newcomer runs them.

use std::process::{Command, Output};
use std::time::Duration;

use ryw_postgres::sqlx::{self, Connection as _, PgConnection};
use ryw_testkit::postgres::Cluster;

fn favorites(options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_favorites")).args(options).output().unwrap()
}

/// The table's cells, by row and column.
fn cells(output: &Output) -> Vec<Vec<String>> {
    let text = String::from_utf8_lossy(&output.stdout);
    let rows = text.lines().filter(|line| line.starts_with('|') && !line.contains("---"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The number that a cell begins with.
fn number(cell: &str) -> f64 {
    cell.split_whitespace().next().unwrap().parse().unwrap()
}

fn assert_kept(output: &Output) -> [Vec<String>; 3] {
    let cells = cells(output);
    assert!(output.status.success(), "{output:?}");
    let [header, naive, time_to_live, ryw] = <[_; 4]>::try_from(cells).unwrap();
    assert_eq!(header[2..4], ["stale reads", "from replicas"]);
    assert_eq!([&naive[0], &time_to_live[0], &ryw[0]], ["naive", "time-to-live", "ryw"]);
    assert!(number(&naive[2]) > 0.0);
    assert!(number(&ryw[2]) == 0.0);
    assert!(number(&ryw[7]) == 0.0, "no read failed");
    [naive, time_to_live, ryw]
}

#[test]
fn ryw_reads_from_replicas_and_nothing_stale() {
    let output = favorites(&["--users", "20", "--writes", "1", "--duration", "2500ms", "--lag", "80ms"]);
    let [naive, time_to_live, ryw] = assert_kept(&output);
    for strategy in [&naive, &time_to_live, &ryw] {
        assert_eq!(strategy[1], "180", "20 users, 1 write, 9 reads after it");
    }
    assert!(number(&ryw[3]) > 0.0, "{output:?}");
    assert!(output.stderr.is_empty(), "quiet: {output:?}");
}

#[test]
fn a_replica_that_crashes_fails_no_read_of_ryw() {
    let output = favorites(&["--users", "20", "--writes", "2", "--duration", "1800ms", "--kill-replica"]);
    let [naive, ..] = assert_kept(&output);
    assert!(number(&naive[7]) > 0.0, "naive routing does fail: the replica was gone");
}

#[test]
fn dynamodb_alone_and_beside_postgres() {
    let few = ["--users", "20", "--writes", "1", "--duration", "1s", "--ttl-window", "300ms"];
    for backend in ["dynamo", "both"] {
        let output = favorites(&[&["--backend", backend][..], &few].concat());
        assert!(output.status.success(), "{output:?}");
        let rows = cells(&output);
        assert_eq!((rows[1][0].as_str(), rows[3][0].as_str()), ("naive", "ryw"));
        assert!(number(&rows[1][2]) > 0.0 && number(&rows[3][2]) == 0.0, "{output:?}");
    }
    let output = favorites(&["--backend", "dynamo", "--kill-replica"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[tokio::test]
async fn servers_of_ones_own_are_left_as_they_were() {
    let cluster = Cluster::builder().replicas(1).start().await.unwrap();
    cluster
        .execute("CREATE TABLE favorites (theirs text); INSERT INTO favorites VALUES ('x')")
        .await
        .unwrap();
    let (primary, replica) = (cluster.primary().url(), cluster.replica(0).url());
    let servers = ["--primary", &primary, "--replica", &replica, "--users", "20", "--writes", "1"];

    cluster.replica(0).set_apply_delay(Duration::from_millis(200)).await.unwrap();
    let output = favorites(&[&servers[..], &["--duration", "500ms"]].concat());
    assert_kept(&output);
    assert_eq!(rows(&primary, "SELECT FROM favorites WHERE theirs = 'x'").await, 1);
    assert_eq!(rows(&primary, SCHEMAS).await, 0);

    let mut interrupted = Command::new(env!("CARGO_BIN_EXE_favorites")).args(servers).spawn().unwrap();
    while rows(&primary, SCHEMAS).await == 0 {
        assert_eq!(interrupted.try_wait().unwrap(), None, "it ended before it was interrupted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Command::new("kill").args(["-INT", &interrupted.id().to_string()]).status().unwrap();
    assert_eq!(interrupted.wait().unwrap().code(), Some(130));
    assert_eq!(rows(&primary, SCHEMAS).await, 0);

    cluster.primary().set("synchronous_standby_names", "*").await.unwrap();
    cluster.primary().set("synchronous_commit", "remote_apply").await.unwrap();
    cluster.replica(0).set_apply_delay(Duration::ZERO).await.unwrap();
    let output = favorites(&[&servers[..], &["--duration", "500ms"]].concat());
    assert_eq!(output.status.code(), Some(1), "nothing can be stale: {output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("proved nothing"), "{output:?}");
}

const SCHEMAS: &str = r"SELECT FROM pg_namespace WHERE nspname LIKE 'ryw\_favorites\_%'";

async fn rows(url: &str, sql: &'static str) -> usize {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query(sql).fetch_all(&mut connection).await.unwrap().len()
}

#[test]
fn without_postgres_one_line_says_so() {
    let empty = env!("CARGO_MANIFEST_DIR");
    let output =
        Command::new(env!("CARGO_BIN_EXE_favorites")).env("RYW_POSTGRES_BIN", empty).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{output:?}");
}

#[test]
fn the_quick_start_finds_what_it_wrote() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("#0000ff"), "{output:?}");
}
