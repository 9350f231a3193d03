//! The HTTP endpoint of a Region.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::serve::Answer;
use super::shared::Shared;
use crate::error::{Error, Result};

/// The most bytes of a request, as in the service.
const MOST_BYTES: usize = 16 << 20;
/// How long to wait if no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(10);

/// An open port of a Region. Ends, with all connections through it, when dropped.
#[derive(Debug)]
pub(super) struct Door {
    address: SocketAddr,
    /// Counts cuts: a connection ends when the number is not that of its beginning.
    cuts: watch::Sender<u64>,
    accepting: JoinHandle<()>,
}

impl Door {
    pub(super) async fn open(site: usize, shared: Arc<Shared>) -> Result<Self> {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let bound = bound.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) =
            bound.map_err(|why| Error::system("a Region found no port").because(why))?;
        let cuts = watch::Sender::new(0);
        let accepting = tokio::spawn(accept(listener, site, shared, cuts.clone()));
        Ok(Self { address, cuts, accepting })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends all connections.
    pub(super) fn close_connections(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.accepting.abort();
        self.close_connections();
    }
}

async fn accept(listener: TcpListener, site: usize, shared: Arc<Shared>, cuts: watch::Sender<u64>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (shared, cuts) = (Arc::clone(&shared), cuts.subscribe());
        // A Region that is cut off is found out with the first request, which gets no answer.
        tokio::spawn(serve(stream, site, shared, cuts));
    }
}

async fn serve(stream: TcpStream, site: usize, shared: Arc<Shared>, mut cuts: watch::Receiver<u64>) {
    // Small answers must not wait. A connection that is gone already shows it soon enough.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(site, &shared, request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = cuts.changed() => {}
        // An error tells that an answer was lost, or the client.
        _ = connection => {}
    }
}

async fn answer(
    site: usize,
    shared: &Shared,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Lost> {
    let (head, body) = request.into_parts();
    let target = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = Limited::new(body, MOST_BYTES).collect().await.map_err(|_| Lost)?.to_bytes();
    let body = String::from_utf8_lossy(&body);
    // No await from here on: what is begun is done, whether or not the client waits for it.
    let answer = shared.world().answer(site, target, &body);
    answer.map(response).ok_or(Lost)
}

fn response((status, body): Answer) -> Response<Full<Bytes>> {
    let builder = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    // Of the statuses that are answered with, none is out of range.
    builder.body(Full::from(body)).unwrap_or_default()
}

/// The answer does not arrive: the connection ends without one.
#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is lost")
    }
}

impl std::error::Error for Lost {}
