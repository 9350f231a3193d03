//! Cookies in a browser: several responses at once, responses that are lost, and cookies that are not ours.

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use ryw_core::{Context, MemorySource};
use ryw_tower::SessionLayer;

use crate::app::{App, codec, routes};
use crate::browser::Browser;

async fn app() -> App {
    App::serve(|router| router.layer(SessionLayer::cookie(codec()))).await
}

#[tokio::test]
async fn a_browser_reads_what_it_wrote() {
    let app = app().await;
    let mut browser = Browser::new(&app);
    browser.load("PUT", "/color/blue").await;
    assert_eq!(browser.load("GET", "/color").await, "blue");
    assert_eq!(Browser::new(&app).load("GET", "/color").await, "none", "the replica has nothing yet");
    app.source.replica(0).apply_all();
    assert_eq!(Browser::new(&app).load("GET", "/color").await, "blue");
}

#[tokio::test]
async fn nothing_is_set_if_there_is_nothing_new() {
    let app = app().await;
    let mut browser = Browser::new(&app);
    assert!(!browser.send("GET", "/idle").await.head.headers.contains_key(SET_COOKIE));
    browser.load("PUT", "/color/blue").await;
    let cookies = browser.cookies();
    assert!(!browser.send("GET", "/idle").await.head.headers.contains_key(SET_COOKIE));
    app.source.replica(0).apply_all();
    browser.load("GET", "/color").await;
    let read = browser.send("GET", "/color").await;
    assert!(!read.head.headers.contains_key(SET_COOKIE), "it has read no further than before: {read:?}");
    assert_eq!((cookies.len(), browser.cookies().len()), (1, 1));
}

#[tokio::test]
async fn of_responses_that_race_none_loses_its_position() {
    let app = app().await;
    let mut browser = Browser::new(&app);
    browser.load("PUT", "/color/red").await;
    let earlier = browser.send("PUT", "/color/green").await;
    let later = browser.send("PUT", "/color/blue").await;
    browser.receive(&later);
    browser.receive(&earlier);
    assert_eq!(browser.cookies().len(), 2, "the one that both have merged is gone");
    app.source.replica(0).apply(2);
    assert_eq!(browser.load("GET", "/color").await, "blue");
    assert_eq!(browser.cookies().len(), 1);
}

/// The same with one cookie that each response overwrites.
async fn overwritten(mut request: Request, next: Next) -> Response {
    let header = request.headers().get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = header.split("; ").find_map(|cookie| cookie.strip_prefix("session="));
    let ctx = token.map_or_else(Context::new, |token| codec().restore(token));
    request.extensions_mut().insert(ctx.clone());
    let mut response = next.run(request).await;
    let cookie = format!("session={}", codec().encode(&ctx));
    response.headers_mut().append(SET_COOKIE, HeaderValue::from_str(&cookie).unwrap());
    response
}

#[tokio::test]
async fn one_cookie_that_is_overwritten_loses_it() {
    let app = App::serve(|router| router.layer(from_fn(overwritten))).await;
    let mut browser = Browser::new(&app);
    let earlier = browser.send("PUT", "/color/green").await;
    let later = browser.send("PUT", "/color/blue").await;
    browser.receive(&later);
    browser.receive(&earlier);
    app.source.replica(0).apply(1);
    assert_eq!(browser.load("GET", "/color").await, "green", "the check can fail");
}

#[tokio::test]
async fn whatever_arrives_in_whatever_order_is_read_again() {
    let app = app().await;
    let mut browser = Browser::new(&app);
    let mut random = fastrand::Rng::with_seed(7);
    let mut most = 0;
    let mut seen = 0;
    for round in 0..40_u64 {
        let mut answers = Vec::new();
        for place in 0..random.u64(1..6) {
            let color = format!("/color/{}", round * 10 + place + 1);
            let write = random.bool();
            answers.push(if write {
                browser.send("PUT", &color).await
            } else {
                browser.send("GET", "/color").await
            });
        }
        random.shuffle(&mut answers);
        // Some never arrive.
        answers.truncate(answers.len() - random.usize(0..2));
        for answer in &answers {
            browser.receive(answer);
            seen = seen.max(answer.body.parse().unwrap_or(0));
        }
        most = most.max(browser.cookies().len());
        app.source.replica(0).apply(random.u64(0..4));
        let read = browser.load("GET", "/color").await.parse().unwrap_or(0);
        assert!(read >= seen, "round {round}: {read} was read after {seen}");
        seen = read;
    }
    assert!((2..=6).contains(&most), "{most} cookies at once");
}

#[tokio::test]
async fn a_bad_cookie_counts_as_unknown_until_a_good_one_stands_in_for_it() {
    let app = app().await;
    let mut browser = Browser::new(&app);
    browser.load("PUT", "/color/blue").await;
    let mut forged = browser.cookies()[0].clone();
    forged.pop();
    let idle = app.send(http::Request::builder().header(COOKIE, &forged), "/idle").await;
    let set: Vec<_> = idle.head.headers.get_all(SET_COOKIE).iter().map(|set| set.to_str().unwrap()).collect();
    let expired = forged.split('=').next().unwrap();
    assert_eq!(set.len(), 2);
    assert!(set[1].starts_with(&format!("{expired}=;")), "{set:?}");

    // The handler has read nothing, so all is still unknown, and the new cookie says so.
    let good = set[0].split(';').next().unwrap();
    let read = app.send(http::Request::builder().header(COOKIE, good), "/color").await;
    assert_eq!((read.body.as_str(), app.reads_of_unknown_sessions()), ("blue", 1));
    let settled = read.head.headers.get(SET_COOKIE).unwrap().to_str().unwrap().split(';').next().unwrap();
    let again = app.send(http::Request::builder().header(COOKIE, settled), "/color").await;
    assert_eq!((again.body.as_str(), app.reads_of_unknown_sessions()), ("blue", 1), "known by now");
}

#[tokio::test]
async fn a_bad_cookie_is_replaced_also_beside_one_that_says_as_much() {
    let app = app().await;
    let unknown = codec().encode(&Context::unknown());
    let cookies = format!("ryw-00000000000000a1={unknown}; ryw-00000000000000a2=bad");
    let idle = app.send(http::Request::builder().header(COOKIE, cookies), "/idle").await;
    assert_eq!(idle.head.headers.get_all(SET_COOKIE).iter().count(), 3);
    let alone = format!("ryw-00000000000000a1={unknown}");
    let idle = app.send(http::Request::builder().header(COOKIE, alone), "/idle").await;
    assert!(!idle.head.headers.contains_key(SET_COOKIE));
}

#[tokio::test]
async fn of_too_many_cookies_none_is_read_and_all_are_expired_bit_by_bit() {
    let layer = SessionLayer::cookie(codec());
    let app = App::serve(|router| router.layer(layer)).await;
    let mut browser = Browser::new(&app);
    let first = browser.send("PUT", "/color/red").await;
    browser.receive(&first);
    let mut answers = Vec::new();
    for number in 0..40 {
        answers.push(browser.send("PUT", &format!("/color/{number}")).await);
    }
    answers.iter().for_each(|answer| browser.receive(answer));
    assert_eq!(browser.cookies().len(), 40);
    assert_eq!(browser.load("GET", "/color").await, "39");
    assert_eq!((app.reads_of_unknown_sessions(), browser.cookies().len()), (1, 25));
    assert_eq!(browser.load("PUT", "/color/blue").await, "blue");
    assert_eq!(browser.load("GET", "/color").await, "blue");
    assert!(browser.cookies().len() <= 10);
}

#[tokio::test]
async fn more_than_the_limit_is_answered_without_the_handler() {
    let layer = SessionLayer::cookie(codec()).bad_tokens_per_second(0);
    let refused = layer.clone();
    let app = App::serve(|router| router.layer(layer)).await;
    let forged = http::Request::builder().header(COOKIE, "ryw-00000000000000a1=forged");
    let answer = app.send(forged, "/color").await;
    assert_eq!(answer.head.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.head.headers["retry-after"], "1");
    assert!(!answer.head.headers.contains_key(SET_COOKIE), "the cookie goes on counting");
    assert_eq!((refused.refused(), app.reads_of_unknown_sessions()), (1, 0));
    assert_eq!(Browser::new(&app).load("GET", "/color").await, "none", "whoever brings none is let through");
}

/// Positions retire, cookies are spoiled and cleared away, replicas move on and responses are lost, in any order. What a response has
/// told its browser is the least that is shown from then on.
#[tokio::test]
async fn whatever_happens_to_the_cookies_too() {
    for (seed, names_all) in (0..4).zip([true, false].into_iter().cycle()) {
        let mut random = fastrand::Rng::with_seed(seed);
        let source = MemorySource::builder("main").replicas(2).build();
        let app = App::serve_over(source, |source| {
            let layer = SessionLayer::cookie(codec()).retiring(source.clone()).unlimited_bad_tokens();
            routes(source).layer(if names_all { layer.all_sources(["main"]) } else { layer })
        })
        .await;
        let mut browser = Browser::new(&app);
        let (mut under_way, mut told, mut written) = (Vec::new(), 0, 0);
        for _ in 0..120 {
            match random.u8(0..10) {
                0..3 => {
                    written += 1;
                    under_way.push(browser.send("PUT", &format!("/color/{written}")).await);
                }
                3..6 => {
                    let answer = browser.send("GET", "/color").await;
                    let shown = number(&answer.body);
                    assert!(shown >= told, "seed {seed}: {shown} after {told}");
                    under_way.push(answer);
                }
                6 => drop(under_way.pop()),
                7 => browser.spoil(random.usize(..)),
                8 => app.source.replica(random.usize(0..2)).apply(random.u64(1..4)),
                _ => {
                    while !under_way.is_empty() && random.u8(0..4) > 0 {
                        let answer = under_way.swap_remove(random.usize(0..under_way.len()));
                        browser.receive(&answer);
                        told = told.max(number(&answer.body));
                    }
                }
            }
            assert!(browser.cookies().len() <= 33, "seed {seed}");
        }
    }
}

fn number(color: &str) -> u64 {
    color.parse().unwrap_or_default()
}
