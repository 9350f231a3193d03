//! Sessions write and read in every way at once, while replay is held and released, replicas are killed and restarted,
//! and nobody may be shown a world without its own last write, or an older one than it has seen.
//!
//! `RYW_HAMMER_SECONDS=180 cargo test -p ryw-tests --test hammer -- --nocapture` runs it for longer, and shows the
//! numbers. The same hammer with a wrong rule must find stale reads: a test that cannot fail proves nothing.

mod hammer {
    mod report;
    mod trouble;
    mod workload;

    use std::env;
    use std::time::Duration;

    use ryw_postgres::PostgresSource;
    use ryw_testkit::postgres::Cluster;
    use ryw_tests::servers::{cluster, source};
    use ryw_tests::session::Rule;

    use tokio::sync::Mutex;

    use report::Report;

    /// How long, unless the environment says otherwise.
    const SECONDS: u64 = 4;

    fn duration() -> Duration {
        let seconds = env::var("RYW_HAMMER_SECONDS").ok();
        let seconds = seconds.map_or(SECONDS, |text| text.parse().expect("RYW_HAMMER_SECONDS is a number"));
        Duration::from_secs(seconds)
    }

    /// Sessions of both kinds of commit: each source is a process of its own, as it were.
    async fn sources(cluster: &Cluster) -> [PostgresSource; 2] {
        // Short, so that a hanging replica does not stop the hammer.
        let limit = Duration::from_millis(1000);
        let asynchronous = format!("{}?options=-c%20synchronous_commit%3Doff", cluster.primary().url());
        let [on, off] = [cluster.primary().url(), asynchronous].map(|primary| {
            source(cluster).primary(primary).replica_timeout(limit).replica_read_timeout(limit)
        });
        [on.connect().await.unwrap(), off.connect().await.unwrap()]
    }

    /// One hammer at a time, or they would only be slow.
    static TURN: Mutex<()> = Mutex::const_new(());

    async fn hammer(rule: Rule, duration: Duration) -> Report {
        let _turn = TURN.lock().await;
        let cluster = cluster(2).await;
        let sources = sources(&cluster).await;
        let work = workload::start(&sources, rule);
        trouble::make(&cluster, duration).await;
        let report = work.end(&sources).await;
        println!("{rule:?}, {duration:?}: {report}");
        report
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sessions_are_never_shown_less_than_they_know() {
        let report = hammer(Rule::Session, duration()).await;
        assert_eq!(report.stale, [], "{report}");
        assert_eq!(report.failed_reads, [""; 0], "{report}");
        assert!(report.reads > 0 && report.replica_reads > 0, "{report}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn eventual_reads_are_caught() {
        is_caught(Rule::Eventual).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn clients_that_carry_nothing_are_caught() {
        is_caught(Rule::Forgetful).await;
    }

    /// One run is nearly always enough.
    async fn is_caught(rule: Rule) {
        for _ in 0..5 {
            if !hammer(rule, Duration::from_secs(SECONDS)).await.stale.is_empty() {
                return;
            }
        }
        panic!("no stale read in five runs: the hammer cannot fail");
    }
}
