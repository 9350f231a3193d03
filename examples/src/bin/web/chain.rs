//! A chain of two services: this one hands writes on to another, and then reads by itself.
//!
//! What the other has written is in its response's token. The client's layer sends what this request knows, and merges what
//! comes back, so that the handler need not know of it.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::put;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use ryw_core::{Context, TokenCodec};
use ryw_tower::{ClientLayer, SessionContext};
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, ServiceExt as _};

use crate::app::App;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Back = BoxCloneSyncService<Request<Body>, Response, Error>;

#[derive(Clone)]
struct Front {
    app: App,
    back: Back,
    at: SocketAddr,
}

/// The routes of the service, of which one hands its writes on.
pub(crate) fn routes(app: App, back: SocketAddr, codec: Option<TokenCodec>) -> Router {
    let front = Front { app: app.clone(), back: client(codec), at: back };
    let handed_on = Router::new().route("/handed-on/{user}", put(hand_on)).with_state(front);
    app.routes().merge(handed_on)
}

fn client(codec: Option<TokenCodec>) -> Back {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let client = client.map_response(|response| response.map(Body::new)).map_err(Error::from);
    match codec {
        Some(codec) => BoxCloneSyncService::new(
            ClientLayer::new(codec).layer(client).map_response(|r: axum::http::Response<_>| r.map(Body::new)),
        ),
        None => BoxCloneSyncService::new(client),
    }
}

/// Has the other service write, and answers with what is read here.
async fn hand_on(
    SessionContext(ctx): SessionContext,
    State(front): State<Front>,
    Path(user): Path<i64>,
    color: Bytes,
) -> Response {
    match front.write(&ctx, user, color).await {
        Ok(status) if status.is_success() => front.app.favorite_of(&ctx, user).await.into_response(),
        Ok(status) => {
            (StatusCode::BAD_GATEWAY, format!("the other service answered {status}")).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

impl Front {
    async fn write(&self, ctx: &Context, user: i64, color: Bytes) -> Result<StatusCode, Error> {
        let mut request =
            Request::put(format!("http://{}/favorites/{user}", self.at)).body(Body::from(color))?;
        request.extensions_mut().insert(ctx.clone());
        Ok(self.back.clone().oneshot(request).await?.status())
    }
}
