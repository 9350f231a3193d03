//! Clients that send what they were not given, and users that present what is somebody else's.

use std::time::Duration;

use http::{HeaderMap, Request, StatusCode};
use ryw_core::{InvalidToken, MemorySource, Mode, TokenCodec, TokenKey};
use ryw_tower::SessionLayer;

use crate::app::{Answer, App, codec, put_request, routes};

fn token(answer: &Answer) -> String {
    answer.head.headers["ryw-session"].to_str().unwrap().to_owned()
}

fn with(token: &str) -> http::request::Builder {
    Request::builder().header("ryw-session", token)
}

#[tokio::test]
async fn ten_thousand_forged_tokens_read_right_and_load_the_primary_only_so_far() {
    let codec = codec();
    let layer = SessionLayer::header(codec.clone()).bad_tokens_per_second(50);
    let refused = layer.clone();
    let app = App::serve(|router| router.layer(layer)).await;
    let written = token(&app.send(put_request(), "/color/blue").await);
    let forger = TokenCodec::signed(TokenKey::new([8; 32]).unwrap());
    let begun = std::time::Instant::now();
    let mut through = 0;
    for number in 0..10_000_usize {
        let forged = match number % 3 {
            0 => forger.encode(&codec.restore(&written)).to_string(),
            1 => written[..number % written.len()].to_owned() + "-",
            _ => "A".repeat(1 + number % 7_000),
        };
        let answer = app.send(with(&forged), "/color").await;
        match answer.head.status {
            StatusCode::OK => {
                assert_eq!(answer.body, "blue", "never stale: {forged}");
                through += 1;
            }
            status => assert_eq!((status, answer.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "")),
        }
    }
    let most = 50 + 50 * (begun.elapsed().as_secs() + 1);
    assert!((50..=most).contains(&through), "{through} in {:?}", begun.elapsed());
    assert_eq!((app.reads_of_unknown_sessions(), refused.refused()), (through, 10_000 - through));
    assert_eq!(codec.counts().rejected(), 10_000);
    assert!(codec.counts().rejected_as(InvalidToken::TooLong) > 1000);
    assert_eq!(app.send(with(&written), "/color").await.body, "blue", "good tokens pass");
}

/// A window looks at no position; so it must not take one that could not be read for none.
#[tokio::test]
async fn a_forged_token_reads_right_where_time_decides_too() {
    let window = Mode::TimeToLive(Duration::from_secs(3600));
    let source = MemorySource::builder("main").mode(window).build();
    let layer = SessionLayer::header(codec());
    let app = App::serve_over(source, |source| routes(source).layer(layer)).await;
    app.send(put_request(), "/color/blue").await;
    let read = app.send(with("forged"), "/color").await;
    assert_eq!((read.body.as_str(), app.reads_of_unknown_sessions()), ("blue", 1));
    assert_eq!(app.send(with(&token(&read)), "/color").await.body, "blue", "the replica has not moved");
    assert_eq!(app.send(Request::builder(), "/color").await.body, "none", "the check can fail");
}

fn user(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("user")?.to_str().ok()?.to_owned())
}

#[tokio::test]
async fn a_token_counts_for_whom_it_was_issued() {
    let layer = SessionLayer::header(codec()).bound_to(|request| user(&request.headers));
    let app = App::serve(|router| router.layer(layer)).await;
    let hers = token(&app.send(put_request().header("user", "ada"), "/color/blue").await);
    let nobodys = token(&app.send(put_request(), "/color/green").await);
    for (presented, user, unknown) in [
        (&hers, Some("ada"), 0),
        (&nobodys, None, 0),
        (&hers, Some("bob"), 1),
        (&hers, None, 2),
        (&nobodys, Some("ada"), 3),
    ] {
        let request = user.into_iter().fold(with(presented), |request, user| request.header("user", user));
        assert_eq!(app.send(request, "/color").await.body, "green");
        assert_eq!(app.reads_of_unknown_sessions(), unknown, "presented by {user:?}");
    }
}

#[tokio::test]
async fn whoever_gives_monotonic_reads_up_is_told_of_writes_only() {
    let layer = SessionLayer::header(codec()).without_monotonic_reads();
    let app = App::serve(|router| router.layer(layer)).await;
    let written = token(&app.send(put_request(), "/color/blue").await);
    for caught_up in [false, true] {
        if caught_up {
            app.source.replica(0).apply_all();
        }
        let read = app.send(with(&written), "/color").await;
        assert_eq!((read.body.as_str(), read.head.headers.contains_key("ryw-session")), ("blue", false));
        assert!(!app.send(Request::builder(), "/color").await.head.headers.contains_key("ryw-session"));
    }
}

#[tokio::test]
async fn a_layer_that_is_missing_is_named() {
    let app = App::serve(|router| router).await;
    let answer = app.send(Request::builder(), "/color").await;
    assert_eq!(answer.head.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("ryw_tower::SessionLayer"), "{}", answer.body);
}
