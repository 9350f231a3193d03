//! A service that calls another: the context goes along, and comes back with what the other knows.

use std::convert::Infallible;
use std::future::pending;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::{get, post, put};
use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use ryw_core::{Context, MemorySource, SourceId};
use ryw_tower::{ClientLayer, HeaderCarrier, SessionContext, SessionLayer, current};
use tower::{Layer as _, Service as _, ServiceBuilder, ServiceExt as _};
use tower_http::follow_redirect::FollowRedirectLayer;

use crate::app::{App, answer, client, codec, find, put_request, routes, write};

/// Where a front service finds what it calls, and its own view of the database that both write to.
#[derive(Clone)]
struct Front {
    back: String,
    source: MemorySource,
    client: ClientLayer,
}

impl Front {
    async fn call(&self, method: &str, path: &str, ctx: Option<Context>) -> String {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.back));
        let request = match ctx {
            Some(ctx) => request.extension(ctx),
            None => request,
        };
        let request = request.body(http_body_util::Full::default()).unwrap();
        let client = ServiceBuilder::new().layer(self.client.clone()).service(client());
        answer(client.oneshot(request).await.unwrap()).await.body
    }
}

/// Has the other service write, and then reads the database itself.
async fn delegate(
    SessionContext(ctx): SessionContext,
    State(front): State<Front>,
    Path(color): Path<String>,
) -> String {
    front.call("PUT", &format!("/color/{color}"), Some(ctx.clone())).await;
    find(&front.source, &ctx)
}

/// The same, by the current context.
async fn delegate_deep_below(State(front): State<Front>, Path(color): Path<String>) -> String {
    front.call("PUT", &format!("/color/{color}"), None).await;
    find(&front.source, &current::try_current().unwrap())
}

async fn ask(SessionContext(ctx): SessionContext, State(front): State<Front>) -> String {
    front.call("GET", "/color", Some(ctx)).await
}

async fn forget(State(front): State<Front>) -> String {
    front.call("GET", "/color", None).await
}

/// The service in front of `back`.
async fn front(back: &App) -> App {
    let front = Front { back: back.url(""), source: back.source.clone(), client: ClientLayer::new(codec()) };
    let bare = Router::new().route("/forget", get(forget)).with_state(front.clone());
    App::serve_all(|_| {
        Router::new()
            .route("/delegate/{color}", put(delegate))
            .route("/below/{color}", put(delegate_deep_below))
            .route("/ask", get(ask))
            .layer(SessionLayer::header(codec()).with_current())
            .with_state(front)
            .merge(bare)
    })
    .await
}

async fn back() -> App {
    App::serve(|router| router.layer(SessionLayer::header(codec()))).await
}

#[tokio::test]
async fn what_the_other_service_wrote_is_read_here_and_by_the_next_request() {
    let back = back().await;
    let front = front(&back).await;
    for path in ["/delegate/blue", "/below/green"] {
        let delegated = front.send(put_request(), path).await;
        assert!(path.ends_with(&delegated.body), "{path}: {}", delegated.body);
        let token = delegated.head.headers["ryw-session"].clone();
        let asked = front.send(Request::builder().header("ryw-session", token), "/ask").await;
        assert!(path.ends_with(&asked.body), "{path}: {}", asked.body);
        assert_eq!(front.send(Request::builder(), "/forget").await.body, "none", "the check can fail");
    }
}

#[tokio::test]
async fn what_a_stream_of_the_other_service_wrote_comes_in_its_trailers() {
    async fn slowly(SessionContext(ctx): SessionContext, State(source): State<MemorySource>) -> Body {
        let write = async move { Ok::<_, Infallible>(write(&source, &ctx, "blue")) };
        Body::from_stream(write.into_stream())
    }
    let back = App::serve_all(|source| {
        let route = Router::new().route("/slowly", put(slowly)).with_state(source);
        route.layer(SessionLayer::header(codec()))
    })
    .await;
    let (ctx, main) = (Context::new(), SourceId::new("main"));
    let request = || {
        let request = put_request().uri(back.url("/slowly")).extension(ctx.clone());
        request.body(http_body_util::Full::default()).unwrap()
    };
    let mut client = ServiceBuilder::new().layer(ClientLayer::new(codec())).service(client());

    let response = client.ready().await.unwrap().call(request()).await.unwrap();
    assert!(ctx.frontier(&main).is_empty());
    answer(response).await;
    assert_eq!(find(&back.source, &ctx), "blue");

    let response = client.ready().await.unwrap().call(request()).await.unwrap();
    drop(response);
    assert!(ctx.frontier(&main).is_unknown(), "nobody has read how it ended");
}

/// Writes, and sends its client on to what it has written.
async fn order(
    SessionContext(ctx): SessionContext,
    State(source): State<MemorySource>,
    Path(color): Path<String>,
) -> Redirect {
    write(&source, &ctx, color);
    Redirect::to("/color")
}

#[tokio::test]
async fn whatever_follows_redirects_goes_outside() {
    let back = App::serve_all(|source| {
        let order = Router::new().route("/order/{color}", post(order)).with_state(source.clone());
        routes(source).merge(order).layer(SessionLayer::header(codec()))
    })
    .await;
    let request = |color: &str, ctx: &Context| {
        let request = Request::post(back.url(&format!("/order/{color}"))).extension(ctx.clone());
        request.body(http_body_util::Full::default()).unwrap()
    };
    let (follow, session) = (FollowRedirectLayer::new(), ClientLayer::new(codec()));

    let ctx = Context::new();
    let client = ServiceBuilder::new().layer(follow.clone()).layer(session.clone()).service(client());
    assert_eq!(answer(client.oneshot(request("blue", &ctx)).await.unwrap()).await.body, "blue");
    assert_eq!(find(&back.source, &ctx), "blue");

    let ctx = Context::new();
    let client = ServiceBuilder::new().layer(session).layer(follow).service(self::client());
    assert_eq!(
        answer(client.oneshot(request("red", &ctx)).await.unwrap()).await.body,
        "none",
        "the check can fail"
    );
}

/// What a context knows of `main` and of `audit` after a call of `method` that came to this.
async fn after<F>(method: Method, layer: ClientLayer, outcome: impl Fn() -> F) -> (bool, bool)
where
    F: Future<Output = Result<Response<String>, &'static str>>,
{
    let ctx = Context::new();
    let call = tower::service_fn(|_: Request<String>| outcome());
    let request = Request::builder().method(method).extension(ctx.clone()).body(String::new()).unwrap();
    // Whatever does not come at once never does.
    let _ = ServiceBuilder::new().layer(layer).service(call).oneshot(request).now_or_never();
    (ctx.frontier(&"main".into()).is_unknown(), ctx.frontier(&"audit".into()).is_unknown())
}

fn answered(status: StatusCode, header: (&'static str, String)) -> Result<Response<String>, &'static str> {
    Ok(Response::builder().status(status).header(header.0, header.1).body(String::new()).unwrap())
}

#[tokio::test]
async fn a_call_that_may_have_written_and_was_lost_leaves_the_context_unknown() {
    let layer = || ClientLayer::new(codec());
    let nothing = || ("x", String::new());
    let token = || ("ryw-session", codec().encode(&Context::new()).to_string());
    let (lost, known) = ((true, true), (false, false));
    for (method, expected) in [(Method::POST, lost), (Method::PUT, lost), (Method::GET, known)] {
        assert_eq!(
            after(method.clone(), layer(), || async { Err("reset") }).await,
            expected,
            "{method} failed"
        );
        assert_eq!(after(method.clone(), layer(), pending).await, expected, "{method} dropped");
        let gateway = || async { answered(StatusCode::BAD_GATEWAY, nothing()) };
        assert_eq!(after(method.clone(), layer(), gateway).await, expected, "{method} answered by a proxy");
        let grpc = || async { answered(StatusCode::OK, ("grpc-status", "14".into())) };
        assert_eq!(after(method, layer(), grpc).await, expected);
    }
    let bad = || async { answered(StatusCode::OK, ("ryw-session", "?".into())) };
    assert_eq!(after(Method::GET, layer(), bad).await, lost, "there is something to know, and not what");
    for (status, header) in
        [(StatusCode::OK, nothing()), (StatusCode::NOT_FOUND, nothing()), (StatusCode::BAD_GATEWAY, token())]
    {
        let answer = || async { answered(status, header.clone()) };
        assert_eq!(after(Method::POST, layer(), answer).await, known, "{status}");
    }
    let main_only = layer().callee_writes_to(["main"]);
    assert_eq!(after(Method::POST, main_only, || async { Err("reset") }).await, (true, false));
}

/// A proxy between the two hands on that a trailer is to come, and not the trailer.
#[tokio::test]
async fn a_trailer_that_was_dropped_on_the_way_is_missed() {
    let trailers = |name: &'static str| {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(""))])
    };
    for (trailers, expected) in
        [(None, true), (Some(trailers("theirs")), true), (Some(trailers("ryw-session")), false)]
    {
        let callee = tower::service_fn(|_: Request<()>| {
            let frames =
                trailers.clone().map(|trailers| Ok::<_, Infallible>(Frame::<Bytes>::trailers(trailers)));
            let body = StreamBody::new(stream::iter(frames));
            async {
                Ok::<_, Infallible>(Response::builder().header("trailer", "ryw-session").body(body).unwrap())
            }
        });
        for (method, expected) in [(Method::POST, expected), (Method::GET, false)] {
            let ctx = Context::new();
            let request = Request::builder().method(method).extension(ctx.clone()).body(()).unwrap();
            answer(ClientLayer::new(codec()).layer(callee).oneshot(request).await.unwrap()).await;
            assert_eq!(ctx.is_unknown_elsewhere(), expected, "{trailers:?}");
        }
    }
}

#[tokio::test]
async fn without_a_context_a_request_is_sent_as_it_is() {
    let echo = tower::service_fn(|request: Request<String>| async move {
        assert!(request.headers().is_empty());
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let client = ServiceBuilder::new().layer(ClientLayer::new(codec())).service(echo);
    client.oneshot(Request::new(String::new())).await.unwrap();
}

#[tokio::test]
async fn both_ends_of_a_call_agree_on_whose_it_is() {
    let name = HeaderName::from_static("x-session");
    let user = |request: &Parts| Some(request.headers.get("user")?.to_str().ok()?.to_owned());
    let source = MemorySource::builder("main").build();
    let writes_to = source.clone();
    let callee = tower::service_fn(move |request: Request<()>| {
        let written = write(&writes_to, request.extensions().get::<Context>().unwrap(), "blue");
        async { Ok::<_, Infallible>(Response::new(written)) }
    });
    let callee = SessionLayer::new(codec(), HeaderCarrier::named(name.clone())).bound_to(user).layer(callee);
    // The context of a client is not that of the callee, which is another process.
    let callee = callee.map_request(|request: Request<()>| {
        let (mut parts, body) = request.into_parts();
        parts.extensions.clear();
        Request::from_parts(parts, body)
    });
    let unbound = ClientLayer::new(codec()).named(name);
    for (client, is_known) in [(unbound.clone().bound_to(user), true), (unbound, false)] {
        let ctx = Context::new();
        let request = Request::post("/").header("user", "ada").extension(ctx.clone()).body(()).unwrap();
        client.layer(callee.clone()).oneshot(request).await.unwrap();
        assert_eq!(find(&source, &ctx), "blue");
        assert_eq!(ctx.is_unknown_elsewhere(), !is_known);
    }
}
