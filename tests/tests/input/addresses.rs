//! Addresses and credentials that cannot be right are refused at the start, with a word on what to do.

use std::error::Error as _;
use std::fmt::Write as _;

use ryw_core::Error;
use ryw_postgres::PostgresSource;
use ryw_tests::servers::{cluster, source};

/// All that could reach a log.
fn everything(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        write!(text, " {inner} {inner:?}").unwrap();
        cause = inner.source();
    }
    text
}

fn password(url: &str) -> &str {
    url.split(&[':', '@']).nth(2).unwrap()
}

#[tokio::test]
async fn no_primary() {
    let error = PostgresSource::builder("main").connect().await.unwrap_err();
    assert!(error.is_config() && error.to_string().contains("no primary"), "{error}");
    let error =
        PostgresSource::builder("main").replica("postgres://a:b@127.0.0.1/c").connect().await.unwrap_err();
    assert!(error.is_config(), "{error}");
}

#[tokio::test]
async fn a_url_that_cannot_be_understood_is_named_without_its_password() {
    for url in [
        "postgres://app:tr0ub4dor@host:port/app",
        "postgres://app:tr0ub4dor@host:99999/app",
        "postgres://app:tr0ub4dor@[::1/app",
        "postgres://app:tr0ub4dor@host/app?sslmode=nonsense",
        "postgres//app:tr0ub4dor@host/app",
        "app:tr0ub4dor@host/app",
        "mysql://app:tr0ub4dor@host/app",
        "tr0ub4dor",
        "",
    ] {
        let error = PostgresSource::builder("main").primary(url).connect().await.unwrap_err();
        assert!(
            error.is_config() && error.to_string().contains("should look like postgres://"),
            "{url}: {error}"
        );
        assert!(!everything(&error).contains("tr0ub4dor"), "{}", everything(&error));
        let builder = PostgresSource::builder("main").primary("postgres://app@127.0.0.1:1/app").replica(url);
        assert!(!format!("{builder:?}").contains("tr0ub4dor"), "{builder:?}");
        let error = builder.connect().await.unwrap_err();
        assert!(!everything(&error).contains("tr0ub4dor"), "{}", everything(&error));
    }
}

#[tokio::test]
async fn wrong_passwords_and_databases_are_mistakes_not_outages() {
    let cluster = cluster(1).await;
    let [primary, replica] = [cluster.primary().url(), cluster.replica(0).url()];
    for (wrong_primary, wrong_replica, (who, says)) in [
        (
            primary.replace(password(&primary), "tr0ub4dor"),
            replica.clone(),
            ("primary, 127.0.0.1:", "refuses the user or the password"),
        ),
        (
            primary.clone(),
            replica.replace(password(&replica), "tr0ub4dor"),
            ("replica 0, 127.0.0.1:", "refuses the user or the password"),
        ),
        (
            primary.replace("//app:", "//nobody:"),
            replica.clone(),
            ("primary, 127.0.0.1:", "refuses the user or the password"),
        ),
        (
            primary.replace("/app", "/nowhere").replacen("/nowhere:", "/app:", 1),
            replica.clone(),
            ("primary, 127.0.0.1:", "has no database"),
        ),
        (
            primary.clone(),
            replica.replace("/app", "/nowhere").replacen("/nowhere:", "/app:", 1),
            ("replica 0, 127.0.0.1:", "has no database"),
        ),
    ] {
        let builder = PostgresSource::builder("main").primary(wrong_primary).replica(wrong_replica);
        let error = builder.connect().await.unwrap_err();
        assert!(error.is_config(), "{error}");
        assert!(
            error.to_string().starts_with(who) && error.to_string().contains(says),
            "{error}, not {says}"
        );
        assert!(!everything(&error).contains(password(&primary)));
        assert!(!everything(&error).contains("tr0ub4dor"), "{}", everything(&error));
    }
}

#[tokio::test]
async fn an_unreachable_primary_is_an_outage() {
    let cluster = cluster(0).await;
    cluster.primary().stop().await.unwrap();
    let error = source(&cluster).connect().await.unwrap_err();
    assert!(error.is_unavailable() && error.is_retryable(), "{error}");
    let cause = error.source().unwrap().to_string();
    let port = cluster.primary().port();
    assert_eq!(cause, format!("primary, 127.0.0.1:{port}, cannot be reached"));
}

#[tokio::test]
async fn a_name_that_no_token_can_carry_is_refused() {
    let error = PostgresSource::builder("x".repeat(256)).connect().await.unwrap_err();
    assert!(error.is_config() && error.to_string().contains("256 bytes"), "{error}");
}

#[tokio::test]
async fn no_connections_at_all_are_refused() {
    let cluster = cluster(0).await;
    let error = source(&cluster).max_connections(0).connect().await.unwrap_err();
    assert!(error.is_config(), "{error}");
}
