//! The snapshot for a health page.

use std::time::{Duration, Instant};

use ryw_core::{ConsistencySource as _, Context, Route};
use ryw_postgres::NodeState;
use ryw_tests::servers::{cluster, eventually, source};
use ryw_tests::{Favorite, FavoriteRepository};

#[tokio::test]
async fn it_tells_all_that_is_known_and_no_password() {
    let cluster = cluster(2).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(1, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let mut reads = 0;
    eventually("each has served", async || {
        reads += 1;
        favorites.find(&ctx.eventual(), &1).await.unwrap();
        source.status().replicas().all(|node| node.latency > Duration::ZERO)
    })
    .await;
    let status = source.status();
    println!("{status}");
    assert!(status.is_well());
    assert_eq!(status.leader().server, format!("127.0.0.1:{}", cluster.primary().port()));
    assert_eq!((status.leader().route, status.leader().lag), (Route::Primary, None));
    let replicas: Vec<_> = status.replicas().collect();
    assert_eq!(replicas.len(), 2);
    for (index, node) in replicas.iter().enumerate() {
        assert_eq!(node.server, format!("127.0.0.1:{}", cluster.replica(index).port()));
        assert_eq!((node.route, &node.state), (Route::Replica(index), &NodeState::Up));
        assert_eq!((node.ejections, node.returns, node.under_way, node.next_probe), (0, 0, 0, None));
        assert!(node.offset > Some(0) && node.lag.is_some() && node.latency > Duration::ZERO, "{node:?}");
        assert!(node.pool.open > 0 && node.pool.limit == 10, "{node:?}");
    }
    assert_eq!(
        (status.counts.writes, status.counts.replica_reads, status.counts.primary_reads),
        (1, reads, 0)
    );
    assert_eq!((status.fallbacks.limit, status.fallbacks.in_use, status.fallbacks.refused), (5, 0, 0));
    assert_eq!(status.remote_apply, None);
    let url = cluster.primary().url();
    let password = url.split([':', '@']).nth(2).unwrap();
    for text in [status.to_string(), format!("{status:?}"), format!("{source:?}")] {
        assert!(password.len() > 5 && !text.contains(password));
    }
}

/// Lag is the age of what is missing. If nothing is, there is none, however long ago the last write was.
#[tokio::test]
async fn an_idle_primary_makes_no_lag() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(1, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let idle = Instant::now();
    let mut most = Duration::ZERO;
    while idle.elapsed() < Duration::from_secs(2) {
        let before = (Instant::now(), source.counts().replica_reads());
        favorites.find(&ctx, &1).await.unwrap();
        let node = source.status().nodes[1].clone();
        most = most.max(node.lag.expect("it was asked"));
        if source.counts().replica_reads() > before.1 {
            let known_for = node.known_for.expect("it was asked");
            assert!(known_for <= before.0.elapsed(), "each read tells how far the replica is: {node:?}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("the most lag in two idle seconds: {most:?}");
    // Now and then the server writes a record of its own, which travels for a moment. But two seconds after the last write
    // nothing is missing, and so there is no lag.
    eventually("no lag is left", async || {
        favorites.find(&ctx, &1).await.unwrap();
        source.status().nodes[1].lag == Some(Duration::ZERO)
    })
    .await;
    // Held back, it does grow.
    cluster.replica(0).hold_replay().await.unwrap();
    favorites.upsert(&ctx, &Favorite::numbered(1, 2)).await.unwrap();
    eventually("the lag shows", async || {
        favorites.find(&ctx.eventual(), &1).await.unwrap();
        source.status().nodes[1].lag > Some(Duration::from_millis(300))
    })
    .await;
    cluster.replica(0).release_replay().await.unwrap();
}

#[tokio::test]
async fn the_circuit_of_a_failing_replica_opens_and_closes() {
    let cluster = cluster(2).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let read = async || favorites.find(&Context::new(), &1).await.unwrap();
    cluster.replica(0).kill().await.unwrap();
    eventually("it is left out", async || {
        read().await;
        source.status().nodes[1].state == NodeState::Down
    })
    .await;
    let down = source.status();
    println!("{down}");
    assert!(!down.is_well() && down.to_string().contains("next look in"));
    assert_eq!(down.nodes[1].ejections, down.nodes[1].returns + 1);
    assert!(down.nodes[1].next_probe.is_some_and(|next| next <= Duration::from_secs(5)));
    cluster.replica(0).start().await.unwrap();
    eventually("it is taken back", async || {
        read().await;
        source.status().is_well()
    })
    .await;
    let up = source.status();
    let node = &up.nodes[1];
    assert!(node.ejections > 0 && node.returns == node.ejections && node.next_probe.is_none(), "{node:?}");
    assert!(up.nodes[1].held_for < down.nodes[2].held_for + Duration::from_secs(60));
}

#[tokio::test]
async fn the_leader_of_the_day_is_shown() {
    let cluster = cluster(2).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    favorites.upsert(&Context::new(), &Favorite::numbered(1, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.primary().stop().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    eventually("writes go on", async || {
        favorites.upsert(&Context::new(), &Favorite::numbered(1, 2)).await.is_ok()
    })
    .await;
    let status = source.status();
    println!("{status}");
    assert_eq!((status.leader, status.counts.failovers), (1, 1));
    assert_eq!(status.leader().server, format!("127.0.0.1:{}", cluster.replica(0).port()));
    assert_eq!(status.leader().route, Route::Primary);
    assert!(status.nodes[0].route.is_replica() && !status.is_well());
}
