//! Which replica a read goes to, when each would do.

use std::time::Duration;

use ryw_core::Context;
use ryw_postgres::{Address, PostgresSource};
use ryw_testkit::link::Link;
use ryw_testkit::postgres::{Cluster, Node};
use ryw_tests::servers::{cluster, eventually, patient, source};
use ryw_tests::{Favorite, FavoriteRepository};

use super::recorder::{Recorded, recorder};

fn served(seen: &Recorded, port: &str) -> f64 {
    let server = format!("127.0.0.1:{port}");
    seen.sum("ryw_postgres_reads_total", &[("server", &server)])
}

fn port(node: &Node) -> String {
    node.port().to_string()
}

async fn read(source: &PostgresSource, times: usize) {
    let favorites = FavoriteRepository::new(source.clone());
    for _ in 0..times {
        favorites.find(&Context::new(), &1).await.unwrap();
    }
}

/// Power of two choices over latency and load: with two replicas that is the quicker one, nearly always.
#[tokio::test]
async fn the_quicker_replica_serves_most() {
    let cluster = cluster(2).await;
    let (recorder, snapshotter) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let link = Link::before(&cluster.replica(0).url()).await.unwrap();
    // More than a busy machine adds to the other.
    link.set_latency(Duration::from_millis(100));
    let source =
        patient().primary(cluster.primary().url()).replica(link.url()).replica(cluster.replica(1).url());
    let source = source.connect().await.unwrap();
    read(&source, 200).await;
    let seen = Recorded::by(&snapshotter);
    let (quick, all) = (served(&seen, &port(cluster.replica(1))), seen.sum("ryw_postgres_reads_total", &[]));
    println!("the quicker of two replicas served {quick} of {all} reads\n{}", source.status());
    // The slow one is tried again now and then: it may have become quick.
    assert!(quick / all > 0.65, "{quick} of {all}");
}

#[tokio::test]
async fn the_nearer_replica_serves_all_until_it_fails() {
    let cluster = cluster(2).await;
    let (recorder, snapshotter) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let source = patient()
        .primary(cluster.primary().url())
        .replica(Address::from(cluster.replica(0).url()).at_distance(2))
        .replica(Address::from(cluster.replica(1).url()).at_distance(1));
    let source = source.connect().await.unwrap();
    read(&source, 50).await;
    let seen = Recorded::by(&snapshotter);
    assert_eq!(served(&seen, &port(cluster.replica(1))), 50.0);
    cluster.replica(1).stop().await.unwrap();
    read(&source, 50).await;
    let seen = Recorded::by(&snapshotter);
    assert_eq!(served(&seen, &port(cluster.replica(0))), 50.0, "and none on the primary");
}

async fn share(cluster: &Cluster, source: &PostgresSource) -> [usize; 2] {
    let mut routes = [0; 2];
    for _ in 0..40 {
        let conn = source.read(&Context::new().eventual()).await.unwrap();
        match conn.routed().route {
            ryw_core::Route::Replica(index) => routes[index] += 1,
            other => panic!("on {other}, though {} replicas are up", cluster.replicas().len()),
        }
        conn.finish().await.unwrap();
    }
    routes
}

/// A replica that lags beyond the limit is left out even where anything will do, and taken back when it has caught up.
#[tokio::test]
async fn a_replica_that_lags_too_far_is_left_out_and_taken_back() {
    let cluster = cluster(2).await;
    // More than a busy machine makes a replica lag.
    let limit = Duration::from_secs(2);
    let source = source(&cluster).max_lag(limit).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    cluster.replica(0).hold_replay().await.unwrap();
    favorites.upsert(&ctx, &Favorite::numbered(1, 1)).await.unwrap();
    cluster.replica(1).wait_for_replay(cluster.primary().flush_lsn().await.unwrap()).await.unwrap();
    eventually("it is left out", async || {
        read(&source, 1).await;
        source.status().nodes[1].is_lagging
    })
    .await;
    let lagging = source.status();
    println!("{lagging}");
    assert_eq!((lagging.nodes[1].ejections, lagging.nodes[2].ejections), (1, 0));
    assert_eq!(share(&cluster, &source).await, [0, 40]);
    // If all lag, they serve: the primary must not inherit the load of all.
    cluster.replica(1).hold_replay().await.unwrap();
    favorites.upsert(&ctx, &Favorite::numbered(1, 2)).await.unwrap();
    eventually("both lag", async || {
        read(&source, 1).await;
        source.status().replicas().all(|node| node.is_lagging)
    })
    .await;
    let both = share(&cluster, &source).await;
    assert_eq!(both.iter().sum::<usize>(), 40, "{both:?}");
    for replica in cluster.replicas() {
        replica.release_replay().await.unwrap();
    }
    eventually("both are taken back", async || {
        read(&source, 1).await;
        source.status().is_well()
    })
    .await;
    let node = &source.status().nodes[1];
    assert!(node.returns > 0 && node.returns == node.ejections, "{node:?}");
}
