//! Sessions write and read in every way at once, while replay is held and released, replicas are killed and restarted,
//! and old transactions stay open; nobody may be shown a world without its own last write, or an older one than it has
//! seen.
//!
//! `RYW_HAMMER_SECONDS=180 cargo test -p ryw-tests --test hammer -- --nocapture` runs it for longer, and shows the
//! numbers; with `RYW_POSTGRES_BIN` on another version of Postgres. The same hammer with a wrong rule must find stale
//! reads, be it a context that is not carried or a gate of plain SQL: a test that cannot fail proves nothing.

mod hammer {
    mod ballast;
    mod planted;
    mod report;
    mod trouble;
    mod workload;

    use std::env;
    use std::time::Duration;

    use ryw_core::ConsistencySource as _;
    use ryw_postgres::{Mode, PostgresSource};
    use ryw_testkit::postgres::Cluster;
    use ryw_tests::servers::{self, source};
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

    async fn cluster() -> Cluster {
        servers::start(Cluster::builder().replicas(2).setting("max_prepared_transactions", "50")).await
    }

    /// Sessions of both kinds of commit, and of both gates: each source is a process of its own, as it were.
    async fn sources(cluster: &Cluster) -> [PostgresSource; 3] {
        // Short, so that a hanging replica does not stop the hammer.
        let limit = Duration::from_millis(1000);
        let asynchronous = format!("{}?options=-c%20synchronous_commit%3Doff", cluster.primary().url());
        let make = |primary, mode| {
            // Enough for a log-in on a slow machine; and to be refused by a busy primary is no news here.
            let source = source(cluster).primary(primary).mode(mode).fallback_limit(1000);
            let source = source.primary_timeout(Duration::from_secs(60)).replica_timeout(5 * limit);
            source.replica_read_timeout(limit).connect()
        };
        [
            make(cluster.primary().url(), Mode::InBand).await.unwrap(),
            make(asynchronous, Mode::InBand).await.unwrap(),
            make(cluster.primary().url(), Mode::LsnGate).await.unwrap(),
        ]
    }

    /// One hammer at a time, or they would only be slow.
    static TURN: Mutex<()> = Mutex::const_new(());

    async fn hammer(rule: Rule, duration: Duration) -> Report {
        let _turn = TURN.lock().await;
        let cluster = cluster().await;
        let sources = sources(&cluster).await;
        let work = workload::start(&cluster, &sources, rule);
        let ballast = ballast::load(&cluster);
        // Dozens of sessions log in at once, which takes its time on a slow machine.
        servers::eventually("the replicas are in use", async || {
            sources.iter().all(|source| source.counts().replica_reads() > 10)
        })
        .await;
        trouble::make(&cluster, duration).await;
        let report = work.end(&sources).await;
        let others = ballast.end().await;
        println!("{rule:?}, {duration:?}, beside {others} transactions of others: {report}");
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
    async fn hammer_planted(duration: Duration) -> planted::Tally {
        let _turn = TURN.lock().await;
        let cluster = cluster().await;
        let work = planted::start(&cluster);
        let ballast = ballast::load(&cluster);
        trouble::make(&cluster, duration).await;
        let tally = work.end().await;
        ballast.end().await;
        println!("rules in plain SQL, {duration:?}:\n{tally}");
        tally
    }

    /// The right rules are never wrong; each of the wrong ones is, sooner or later.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn planted_rules_are_told_apart() {
        use planted::Rule;
        let mut tally = planted::Tally::default();
        for _ in 0..10 {
            tally.add(&hammer_planted(duration()).await);
            for right in [Rule::BelowXmin, Rule::MaybeAsksAgain, Rule::LsnBefore] {
                assert!(tally.stale(right) == 0 && tally.fresh(right) > 0, "{right:?}:\n{tally}");
            }
            let wrong = [Rule::MaybeAtOnce, Rule::VisibleInSnapshot, Rule::LsnInStatement];
            if wrong.iter().all(|rule| tally.stale(*rule) > 0) {
                return;
            }
        }
        panic!("a wrong rule was never wrong: the hammer cannot fail\n{tally}");
    }
}
