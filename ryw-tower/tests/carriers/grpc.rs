//! gRPC, by tonic: the layers as they are, and the interceptor.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use bytes::{Buf as _, BufMut as _};
use futures_util::{FutureExt as _, Stream, StreamExt as _, future::BoxFuture, stream};
use http::uri::PathAndQuery;
use ryw_core::{Context, MemorySource};
use ryw_tower::{ClientLayer, ClientService, SessionLayer, SessionRequestExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint, Server, server::TcpIncoming};
use tonic::{Code, Request, Response, Status};
use tower::{Layer as _, Service};

use crate::app::{codec, find, write};

/// Messages of text: what is carried beside them is the same for all.
#[derive(Clone, Copy, Default)]
struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, text: String, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(text.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = from.copy_to_bytes(from.remaining());
        String::from_utf8(bytes.to_vec()).map(Some).map_err(|_| Status::invalid_argument("no text"))
    }
}

/// What tonic would generate of two methods that write and read, and one that writes while it streams.
#[derive(Clone)]
struct Favorites(MemorySource);

impl NamedService for Favorites {
    const NAME: &'static str = "Favorites";
}

impl Service<http::Request<Body>> for Favorites {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let favorites = self.clone();
        async move {
            let mut grpc = Grpc::new(Text);
            Ok(if request.uri().path().ends_with("Watch") {
                grpc.server_streaming(favorites, request).await
            } else {
                grpc.unary(favorites, request).await
            })
        }
        .boxed()
    }
}

impl UnaryService<String> for Favorites {
    type Response = String;
    type Future = BoxFuture<'static, Result<Response<String>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let source = self.0.clone();
        async move {
            let ctx = request.session_context()?;
            Ok(Response::new(match request.into_inner().as_str() {
                "" => find(&source, &ctx),
                color => write(&source, &ctx, color),
            }))
        }
        .boxed()
    }
}

impl ServerStreamingService<String> for Favorites {
    type Response = String;
    type ResponseStream = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;
    type Future = BoxFuture<'static, Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let source = self.0.clone();
        async move {
            let ctx = request.session_context()?;
            let write = async move { Ok(write(&source, &ctx, request.into_inner())) };
            Ok(Response::new(stream::once(write).boxed()))
        }
        .boxed()
    }
}

struct Running {
    source: MemorySource,
    client: tonic::client::Grpc<ClientService<Channel>>,
    server: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Running {
    async fn start(serve: impl FnOnce(Favorites, TcpIncoming) -> JoinHandle<()>) -> Self {
        let source = MemorySource::builder("main").build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let channel = Endpoint::from_shared(format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let server = serve(Favorites(source.clone()), TcpIncoming::from(listener));
        let channel = channel.connect().await.unwrap();
        let client = tonic::client::Grpc::new(ClientLayer::new(codec()).layer(channel));
        Self { source, client, server }
    }

    async fn behind_the_layer() -> Self {
        Self::start(|favorites, incoming| {
            let layered = Server::builder().layer(SessionLayer::header(codec()));
            let server = { layered }.add_service(favorites).serve_with_incoming(incoming);
            tokio::spawn(async move { server.await.unwrap() })
        })
        .await
    }

    async fn call(&mut self, ctx: &Context, color: &str) -> Result<String, Status> {
        let mut request = Request::new(color.to_owned());
        request.extensions_mut().insert(ctx.clone());
        self.unary(request).await
    }

    /// With a token that is none.
    async fn forged(&mut self, color: &str) -> Result<String, Status> {
        let mut request = Request::new(color.to_owned());
        request.metadata_mut().insert("ryw-session", MetadataValue::from_static("forged"));
        self.unary(request).await
    }

    async fn unary(&mut self, request: Request<String>) -> Result<String, Status> {
        self.client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/Favorites/Call");
        self.client.unary(request, path, Text).await.map(Response::into_inner)
    }
}

#[tokio::test]
async fn a_context_goes_with_the_metadata_and_comes_back() {
    let mut running = Running::behind_the_layer().await;
    let ctx = Context::new();
    assert_eq!(running.call(&ctx, "blue").await.unwrap(), "blue");
    assert_eq!(running.call(&ctx, "").await.unwrap(), "blue");
    assert_eq!(find(&running.source, &ctx), "blue", "here too");
    assert_eq!(running.call(&Context::new(), "").await.unwrap(), "none", "the check can fail");
}

#[tokio::test]
async fn what_a_stream_writes_comes_with_its_trailers() {
    let mut running = Running::behind_the_layer().await;
    let ctx = Context::new();
    let mut request = Request::new("blue".to_owned());
    request.extensions_mut().insert(ctx.clone());
    running.client.ready().await.unwrap();
    let path = PathAndQuery::from_static("/Favorites/Watch");
    let mut watched = running.client.server_streaming(request, path, Text).await.unwrap().into_inner();
    assert_eq!(watched.message().await.unwrap().unwrap(), "blue");
    assert_eq!(find(&running.source, &ctx), "none");
    assert!(watched.message().await.unwrap().is_none());
    assert_eq!(find(&running.source, &ctx), "blue");
}

async fn behind_the_interceptor(layer: SessionLayer) -> Running {
    Running::start(|favorites, incoming| {
        let favorites = InterceptedService::new(favorites, layer.interceptor());
        let server = Server::builder().add_service(favorites).serve_with_incoming(incoming);
        tokio::spawn(async move { server.await.unwrap() })
    })
    .await
}

#[tokio::test]
async fn the_interceptor_restores() {
    let mut running = behind_the_interceptor(SessionLayer::header(codec())).await;
    let ctx = Context::new();
    write(&running.source, &ctx, "blue");
    assert_eq!(running.call(&ctx, "").await.unwrap(), "blue");
    assert_eq!(running.call(&Context::new(), "").await.unwrap(), "none");
    assert_eq!(running.forged("").await.unwrap(), "blue", "from the primary");
}

#[tokio::test]
async fn the_interceptor_refuses_what_is_over_the_limit() {
    let layer = SessionLayer::header(codec()).bad_tokens_per_second(0);
    let mut running = behind_the_interceptor(layer.clone()).await;
    assert_eq!(running.forged("").await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(running.call(&Context::new(), "").await.unwrap(), "none");
    assert_eq!(layer.refused(), 1);
}

#[tokio::test]
async fn a_layer_that_is_missing_is_named() {
    let mut running = Running::start(|favorites, incoming| {
        let server = Server::builder().add_service(favorites).serve_with_incoming(incoming);
        tokio::spawn(async move { server.await.unwrap() })
    })
    .await;
    let refused = running.call(&Context::new(), "").await.unwrap_err();
    assert_eq!(refused.code(), Code::Internal);
    assert!(refused.message().contains("SessionLayer"), "{refused}");
}
