//! The header, and what a program has to do with it.

use http::Request;
use ryw_tower::SessionLayer;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::{Answer, App, codec, put_request};

async fn app() -> App {
    App::serve(|router| router.layer(CatchPanicLayer::new()).layer(SessionLayer::header(codec()))).await
}

fn token(answer: &Answer) -> &str {
    answer.head.headers["ryw-session"].to_str().unwrap()
}

#[tokio::test]
async fn a_program_that_sends_what_it_got_reads_what_it_wrote() {
    let app = app().await;
    let written = app.send(put_request(), "/color/blue").await;
    let read = app.send(Request::builder().header("ryw-session", token(&written)), "/color").await;
    assert_eq!(read.body, "blue");
    assert_eq!(app.send(Request::builder(), "/color").await.body, "none", "without it the replica answers");
}

#[tokio::test]
async fn tokens_of_responses_at_once_are_sent_together() {
    let app = app().await;
    let earlier = app.send(put_request(), "/color/green").await;
    let later = app.send(put_request(), "/color/blue").await;
    app.source.replica(0).apply(1);
    let both = format!("{}, {}", token(&later), token(&earlier));
    assert_eq!(app.send(Request::builder().header("ryw-session", both), "/color").await.body, "blue");
    let twice =
        Request::builder().header("ryw-session", token(&earlier)).header("ryw-session", token(&later));
    assert_eq!(app.send(twice, "/color").await.body, "blue");
    let one = Request::builder().header("ryw-session", token(&earlier));
    assert_eq!(app.send(one, "/color").await.body, "green", "the check can fail");
}

#[tokio::test]
async fn a_handler_that_failed_after_a_write_tells_of_it_too() {
    let app = app().await;
    for path in ["/fail/red", "/panic/blue"] {
        let failed = app.send(Request::builder().method("POST"), path).await;
        assert!(failed.head.status.is_server_error());
        let read = app.send(Request::builder().header("ryw-session", token(&failed)), "/color").await;
        assert!(path.ends_with(&read.body), "{path}: {}", read.body);
    }
}

#[tokio::test]
async fn a_bad_token_is_answered_by_a_good_one_and_read_from_the_primary() {
    let app = app().await;
    let written = app.send(put_request(), "/color/blue").await;
    let good = token(&written);
    let cut = &good[..good.len() - 1];
    let gigantic = "A".repeat(60_000);
    for (number, bad) in [cut, "?", gigantic.as_str(), "\u{e4}"].into_iter().enumerate() {
        let read = app.send(Request::builder().header("ryw-session", bad.as_bytes()), "/color").await;
        assert_eq!((read.body.as_str(), app.reads_of_unknown_sessions()), ("blue", number as u64 + 1));
        let again = app.send(Request::builder().header("ryw-session", token(&read)), "/color").await;
        assert_eq!((again.body.as_str(), app.reads_of_unknown_sessions()), ("blue", number as u64 + 1));
    }
}
