//! Replicas are killed, stopped and frozen while sessions write and read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ryw_core::{ConsistencySource, Context};
use ryw_postgres::{NodeState, PostgresSource};
use ryw_testkit::postgres::Cluster;
use ryw_tests::FavoriteRepository;
use ryw_tests::servers::{cluster, eventually, source};
use ryw_tests::session::{Rule, Session};
use tokio::task::JoinHandle;

const SESSIONS: i64 = 6;

/// Sessions that write and read until they are told to end. Each panics on an error or a stale read.
struct Load {
    ended: Arc<AtomicBool>,
    reads: Arc<AtomicU64>,
    sessions: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(source: &PostgresSource) -> Self {
        let (ended, reads) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let sessions = (0..SESSIONS).map(|key| {
            let session = Session::new(source, Rule::Session);
            let (ended, reads) = (Arc::clone(&ended), Arc::clone(&reads));
            tokio::spawn(async move {
                for step in 0.. {
                    if ended.load(Ordering::Relaxed) {
                        return;
                    }
                    if step % 5 == 0 {
                        session.write(key, step).await.unwrap();
                    }
                    let stale = session.read(key).await.unwrap();
                    assert_eq!(stale, None);
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        let sessions = sessions.collect();
        Self { ended, reads, sessions }
    }

    /// Waits until every session has gone on, as far as that can be told by their sum.
    async fn goes_on(&self) {
        let before = self.reads.load(Ordering::Relaxed);
        eventually("the sessions go on", async || self.reads.load(Ordering::Relaxed) > before + 200).await;
    }

    async fn end(self) {
        self.ended.store(true, Ordering::Relaxed);
        for session in self.sessions {
            session.await.unwrap();
        }
    }
}

async fn connected(cluster: &Cluster) -> PostgresSource {
    // Short, so that a hanging replica costs the test little time.
    let limit = Duration::from_millis(300);
    let builder = source(cluster).replica_timeout(limit).replica_read_timeout(limit);
    builder.primary_timeout(Duration::from_secs(60)).connect().await.unwrap()
}

async fn all_up(source: &PostgresSource) {
    let favorites = FavoriteRepository::new(source.clone());
    eventually("every replica is in use again", async || {
        favorites.find(&Context::new(), &0).await.unwrap();
        source.replicas().iter().all(|state| *state == NodeState::Up)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_stopped_replicas_trouble_no_reader() {
    let cluster = cluster(2).await;
    let source = connected(&cluster).await;
    let load = Load::start(&source);
    load.goes_on().await;
    cluster.replica(0).kill().await.unwrap();
    load.goes_on().await;
    cluster.replica(0).start().await.unwrap();
    load.goes_on().await;
    cluster.replica(1).stop().await.unwrap();
    load.goes_on().await;
    cluster.replica(0).kill().await.unwrap();
    load.goes_on().await;
    for replica in cluster.replicas() {
        assert!(!replica.is_running());
        replica.start().await.unwrap();
    }
    load.goes_on().await;
    for replica in cluster.replicas() {
        replica.restart().await.unwrap();
    }
    all_up(&source).await;
    let before = source.counts().replica_reads();
    eventually("a replica serves", async || source.counts().replica_reads() > before).await;
    load.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen_replicas_trouble_no_reader() {
    let cluster = cluster(2).await;
    let source = connected(&cluster).await;
    let load = Load::start(&source);
    load.goes_on().await;
    cluster.replica(0).freeze();
    load.goes_on().await;
    cluster.replica(1).freeze();
    load.goes_on().await;
    cluster.replica(0).thaw();
    load.goes_on().await;
    cluster.replica(1).thaw();
    all_up(&source).await;
    load.end().await;
}

/// A read that carries its question, and one that asks first: both are bounded, not only the waiting between two questions.
#[tokio::test]
async fn a_gate_on_a_frozen_replica_gives_up() {
    let cluster = cluster(1).await;
    let limit = Duration::from_millis(100);
    for asks_first in [false, true] {
        let builder = source(&cluster).replica_timeout(limit).replica_read_timeout(limit);
        let source = builder.connect().await.unwrap();
        let session = Session::new(&source, Rule::Session);
        session.write(1, 1).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        assert_eq!(session.read(1).await.unwrap(), None);
        session.write(1, 2).await.unwrap();
        cluster.replica(0).freeze();
        let reading = async { if asks_first { session.query(1).await } else { session.read(1).await } };
        let reading = tokio::time::timeout(Duration::from_secs(50), reading).await;
        cluster.replica(0).thaw();
        assert_eq!(reading.expect("a read does not hang with its replica").unwrap(), None);
    }
}
