//! The rows come in the order of the plain query, whatever plan the server makes of the wrapped one.

use ryw_core::Context;
use ryw_tests::servers;

use super::essay::EssayRepository;

const ROWS: i64 = 2002;

/// Plans that the server would not choose by itself.
const PLANS: [&str; 6] = [
    "enable_sort = on",
    "enable_nestloop = off",
    "enable_material = off",
    "enable_seqscan = off",
    "enable_sort = off",
    "PARALLEL = on",
];

#[tokio::test]
async fn rows_come_in_the_querys_order_under_every_plan() {
    let cluster = servers::cluster(1).await;
    let fill = format!(
        "INSERT INTO essays (id, author_id, title) SELECT n, n % 3, 't' FROM generate_series(1, {ROWS}) n"
    );
    for sql in [fill.as_str(), "ANALYZE essays"] {
        cluster.execute(sql).await.unwrap();
    }
    let mut scattered: Vec<i64> = (1..=ROWS).collect();
    scattered.sort_by_key(|id| (id * 7919 % 2003, *id));
    // Ties in the first column keep the order of the second.
    let mut by_author: Vec<(i64, i64)> = (1..=ROWS).map(|id| (id % 3, id)).collect();
    by_author.sort_by_key(|(author, id)| (*author, -id));

    let parallel = if cluster.version().to_string().starts_with("15") {
        "force_parallel_mode"
    } else {
        "debug_parallel_query"
    };
    for plan in PLANS {
        let plan = plan.replace("PARALLEL", parallel);
        let set = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET ALL', current_database());
                 EXECUTE format('ALTER DATABASE %I SET {plan}', current_database()); END $$"
        );
        cluster.execute(&set).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        let essays = EssayRepository::new(servers::source(&cluster).connect().await.unwrap());
        for ctx in [Context::new(), Context::new().strong()] {
            assert_eq!(essays.scattered(&ctx, None).await.unwrap(), scattered, "{plan}");
            assert_eq!(essays.scattered(&ctx, Some(7)).await.unwrap(), scattered[..7], "{plan}");
            assert_eq!(essays.by_author(&ctx).await.unwrap(), by_author, "{plan}");
        }
    }
}
