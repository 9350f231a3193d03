//! A stream takes no more off the server than it is asked for.

use ryw_core::Context;
use ryw_postgres::sqlx;
use ryw_tests::gallery::PictureRepository;
use ryw_tests::servers::{cluster, eventually, plain, source};

/// About 100 MB.
const MANY: &str = "INSERT INTO pictures (id, album_id, slug, caption)
    SELECT n, 1, n::text, repeat('x', 1000) FROM generate_series(1, 100000) n";

/// What this process holds in memory, in megabytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn the_server_waits_for_who_reads_and_nothing_piles_up_here() {
    let cluster = cluster(1).await;
    cluster.execute(MANY).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let pictures = PictureRepository::new(source(&cluster).connect().await.unwrap());
    let mut replica = plain(&cluster.replica(0).admin_url()).await;
    let mut rows = pictures.stream(&Context::new());
    let before = resident();
    assert_eq!(rows.try_next().await.unwrap().map(|picture| picture.id), Some(1));
    eventually("the server waits", async || {
        sqlx::query_scalar("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'ClientWrite'")
            .fetch_one(&mut replica)
            .await
            .unwrap()
    })
    .await;
    let mut most = 0;
    let mut read = 1;
    while let Some(picture) = rows.try_next().await.unwrap() {
        read += 1;
        assert_eq!(picture.id, read);
        if read % 1000 == 0 {
            most = most.max(resident());
        }
    }
    assert_eq!(read, 100_000, "all of them, in order");
    println!("{before} MB before, {most} MB at most");
    assert!(most < before + 40, "{before} MB before, {most} MB at most");
}
