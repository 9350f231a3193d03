//! Bodies that are still being made when the headers are gone.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use ryw_core::{Context, MemorySource};
use ryw_tower::{SessionContext, SessionLayer, current};
use tower::{Layer as _, ServiceExt as _};

use crate::app::{Answer, App, answer, codec, find, write};

/// Writes while its body is under way.
async fn slowly(
    SessionContext(ctx): SessionContext,
    State(source): State<MemorySource>,
    Path(color): Path<String>,
) -> Body {
    Body::from_stream(stream::once(async move { Ok::<_, std::io::Error>(write(&source, &ctx, color)) }))
}

/// Has trailers of its own, and takes the context from where it is.
async fn with_trailers(State(source): State<MemorySource>) -> Body {
    let frames = stream::once(async move {
        let ctx = current::try_current().unwrap();
        write(&source, &ctx, "blue");
        let mut trailers = HeaderMap::new();
        trailers.insert("theirs", "1".parse().unwrap());
        Ok::<_, std::io::Error>(Frame::<Bytes>::trailers(trailers))
    });
    Body::new(StreamBody::new(frames))
}

async fn only_read(SessionContext(ctx): SessionContext, State(source): State<MemorySource>) -> Body {
    let color = find(&source, &ctx);
    Body::from_stream(stream::once(async move { Ok::<_, std::io::Error>(color) }))
}

async fn app() -> App {
    App::serve_all(|source| {
        Router::new()
            .route("/slowly/{color}", get(slowly))
            .route("/trailers", get(with_trailers))
            .route("/read", get(only_read))
            .route("/color", get(|SessionContext(ctx), State(source)| async move { find(&source, &ctx) }))
            .layer(SessionLayer::header(codec()).with_current())
            .with_state(source)
    })
    .await
}

fn trailer(answer: &Answer) -> Option<&str> {
    answer.trailers.get("ryw-session").map(|token| token.to_str().unwrap())
}

fn looks_at_trailers() -> http::request::Builder {
    Request::builder().header("te", "gzip;q=0.5, trailers")
}

#[tokio::test]
async fn what_is_written_meanwhile_follows_in_a_trailer() {
    let app = app().await;
    let streamed = app.send(looks_at_trailers(), "/slowly/blue").await;
    assert_eq!(streamed.body, "blue");
    assert!(!streamed.head.headers.contains_key("ryw-session"), "there was nothing new when they were sent");
    let token = trailer(&streamed).expect("a trailer");
    assert_eq!(app.send(Request::builder().header("ryw-session", token), "/color").await.body, "blue");
    assert_eq!(app.send(Request::builder(), "/color").await.body, "none", "without it the replica answers");
}

#[tokio::test]
async fn over_http2_too() {
    let app = app().await;
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let request = Request::get(app.url("/slowly/blue")).header("te", "trailers");
    let streamed = client.request(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    let streamed = answer(streamed).await;
    assert_eq!((streamed.head.version, streamed.body.as_str()), (http::Version::HTTP_2, "blue"));
    assert!(codec().decode(trailer(&streamed).expect("a trailer")).is_ok());
}

#[tokio::test]
async fn none_follows_unless_asked_for_and_it_says_no_more_than_is_new() {
    let app = app().await;
    let unasked = app.send(Request::builder(), "/slowly/blue").await;
    assert!(!unasked.head.headers.contains_key("trailer") && trailer(&unasked).is_none());
    assert_eq!(unasked.body, "blue");

    let nothing_new = app.send(looks_at_trailers(), "/read").await;
    assert!(nothing_new.head.headers.contains_key("ryw-session"), "it had been read when they were sent");
    assert!(nothing_new.head.headers.contains_key("trailer"));
    assert_eq!(trailer(&nothing_new), Some(""), "there, so that nobody thinks that it was lost, and empty");

    let of_known_length = app.send(looks_at_trailers(), "/color").await;
    assert!(!of_known_length.head.headers.contains_key("trailer"));
    assert_eq!(of_known_length.head.headers["content-length"], "4");
}

#[tokio::test]
async fn it_stands_beside_other_trailers() {
    let app = app().await;
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let request = Request::get(app.url("/trailers")).header("te", "trailers");
    let streamed = client.request(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    let trailers = streamed.into_body().collect().await.unwrap().trailers().cloned().unwrap();
    assert_eq!(trailers["theirs"], "1");
    let ctx = codec().decode(trailers["ryw-session"].to_str().unwrap()).unwrap();
    assert_eq!(find(&app.source, &ctx), "blue");
    assert_eq!(find(&app.source, &Context::new()), "none");
}

/// Whoever collects a body asks until there is nothing more, and many a stream must not be asked again then.
#[tokio::test]
async fn behind_a_trailer_the_body_is_not_asked_again() {
    let source = MemorySource::builder("main").build();
    let writes_to = source.clone();
    let service = tower::service_fn(move |request: Request<()>| {
        let ctx = request.extensions().get::<Context>().unwrap().clone();
        let pieces = stream::unfold(Some((writes_to.clone(), ctx)), async |state| {
            let (source, ctx) = state?;
            Some((Ok::<_, std::io::Error>(write(&source, &ctx, "blue")), None))
        });
        async { Ok::<_, Infallible>(http::Response::new(Body::from_stream(pieces))) }
    });
    let request = looks_at_trailers().body(()).unwrap();
    let streamed = SessionLayer::header(codec()).layer(service).oneshot(request).await.unwrap();
    assert!(trailer(&answer(streamed).await).is_some());
}
