//! Clients that lie: their reads are right, and what they cost the primary is bounded and counted.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::body::Body;
use axum::http::header::RETRY_AFTER;
use axum::http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ryw_core::Propagator;
use tokio::time::timeout;

use crate::client::Client;
use crate::processes::{PATIENCE, Process, World};

const FORGED: usize = 10_000;
const AT_ONCE: usize = 50;
/// What the layer lets through in a second, and at once.
const LIMIT: f64 = 100.0;

/// The text that a user's token has in the header, after a write.
async fn token(process: &Process, name: &str, user: i64) -> String {
    let put = Request::put(format!("http://{}/favorites/{user}", process.at)).header("x-user", name);
    let answered = timeout(PATIENCE, http().request(put.body(Body::from("new")).unwrap())).await;
    let response = answered.expect("an answer in time").unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    response.headers()[Propagator::NAME].to_str().unwrap().to_owned()
}

fn http() -> Http<HttpConnector, Body> {
    Http::builder(TokioExecutor::new()).build_http()
}

async fn read(
    http: &Http<HttpConnector, Body>,
    process: &Process,
    name: &str,
    token: &str,
) -> Response<String> {
    let get = Request::get(format!("http://{}/favorites/1", process.at)).header("x-user", name);
    let answered = async {
        let request = get.header(Propagator::NAME, token).body(Body::empty()).unwrap();
        let (head, body) = http.request(request).await.unwrap().into_parts();
        (head, body.collect().await.unwrap().to_bytes())
    };
    let (head, body) = timeout(PATIENCE, answered).await.expect("an answer in time");
    Response::from_parts(head, String::from_utf8(body.into()).unwrap())
}

async fn counts(process: &Process) -> BTreeMap<String, u64> {
    let counts = Client::new().unwrap().send(Method::GET, process.at, "/counts", String::new()).await;
    serde_json::from_str(&counts.unwrap()).unwrap()
}

/// Another letter in the middle of a token, where the signature has to notice.
fn tampered(token: &str, turn: usize) -> String {
    let at = 12 + turn % (token.len() - 30);
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

#[tokio::test]
async fn a_token_that_is_not_the_clients_own_reads_nothing_stale() {
    let world = World::start(0..9).await;
    let process = world.serve(&["--carrier", "header", "--bind"]);
    let adas = token(&process, "ada", 1).await;
    let gigantic = "A".repeat(60_000);
    for (name, token) in
        [("ada", adas.as_str()), ("bob", &adas), ("ada", &tampered(&adas, 7)), ("ada", &gigantic)]
    {
        let before = counts(&process).await;
        let shown = read(&http(), &process, name, token).await;
        assert_eq!((shown.status(), shown.body().as_str()), (StatusCode::OK, "new"), "{name}");
        let after = counts(&process).await;
        let rejected = after["rejected"] - before["rejected"];
        assert_eq!(rejected, u64::from((name, token) != ("ada", &adas)), "{name}");
        assert_eq!(after["primary_reads"] - before["primary_reads"], 1, "no replica has moved");
    }
}

#[tokio::test]
async fn forged_tokens_cannot_load_the_primary() {
    let world = World::start(0..9).await;
    let process = world.serve(&["--carrier", "header", "--bind"]);
    let good = token(&process, "ada", 1).await;
    let (http, begun) = (http(), Instant::now());
    let forge = async |first: usize| {
        let (mut served, mut refused) = (0_u64, 0_u64);
        for turn in (first..FORGED).step_by(AT_ONCE) {
            let answer = read(&http, &process, "ada", &tampered(&good, turn)).await;
            match answer.status() {
                StatusCode::OK => {
                    assert_eq!(answer.body(), "new");
                    served += 1;
                }
                status => {
                    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body());
                    assert!(answer.headers().contains_key(RETRY_AFTER), "{}", answer.body());
                    refused += 1;
                }
            }
        }
        (served, refused)
    };
    let honest = async {
        for _ in 0..50 {
            let shown = read(&http, &process, "ada", &good).await;
            assert_eq!((shown.status(), shown.body().as_str()), (StatusCode::OK, "new"));
        }
    };
    let forging = futures_util::future::join_all((0..AT_ONCE).map(forge));
    let (forged, ()) = tokio::join!(forging, honest);
    let (served, refused) = forged.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));

    assert_eq!(served + refused, FORGED as u64);
    let most = LIMIT + LIMIT * begun.elapsed().as_secs_f64().ceil();
    assert!(served as f64 <= most, "{served} were served, of {most}");
    let counts = counts(&process).await;
    assert_eq!((counts["rejected"], counts["refused"]), (FORGED as u64, refused));
    assert!(counts["primary_reads"] <= served + 50, "{counts:?}");
}
