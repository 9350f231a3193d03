//! `WAIT FOR LSN`, of PostgreSQL 19: what is sent, and what is made of each answer.
//!
//! No such server can be installed here, so a relay before a real replica says that it is one, and answers the one
//! statement by script. Everything else goes to the replica.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ryw_core::{ConsistencySource, Context, Reason, Route};
use ryw_postgres::{Mode, PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, patient};
use ryw_tests::{Favorite, FavoriteRepository};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Longer than any of these waits.
const BUDGET: Duration = Duration::from_secs(60);

/// A relay that pretends to be newer than the server behind it.
#[derive(Clone)]
struct Newer {
    url: String,
    script: Arc<Mutex<VecDeque<&'static str>>>,
    asked: Arc<Mutex<Vec<String>>>,
    /// Whether the answers are held back.
    held: watch::Sender<bool>,
}

impl Newer {
    /// `script` are the answers, in order; after them every wait times out.
    async fn before(url: &str, script: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (own, port) = (listener.local_addr().unwrap().port(), port_of(url));
        let newer = Self {
            url: url.replace(&format!(":{port}/"), &format!(":{own}/")),
            script: Arc::new(Mutex::new(script.iter().copied().collect())),
            asked: Arc::default(),
            held: watch::Sender::new(false),
        };
        let relay = newer.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(relay.clone().pass(client, server));
            }
        });
        newer
    }

    async fn pass(self, client: TcpStream, server: TcpStream) {
        let ((mut from_client, to_client), (mut from_server, mut to_server)) =
            (client.into_split(), server.into_split());
        let to_client = Arc::new(tokio::sync::Mutex::new(to_client));
        let answering = Arc::clone(&to_client);
        tokio::spawn(async move {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
                rejuvenate(&mut bytes[..length]);
                if answering.lock().await.write_all(&bytes[..length]).await.is_err() {
                    return;
                }
            }
        });
        let mut bytes = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from_client.read(&mut bytes).await {
            let sent = &bytes[..length];
            let Some(text) = waiting(sent) else {
                if to_server.write_all(sent).await.is_err() {
                    return;
                }
                continue;
            };
            self.asked.lock().unwrap().push(text);
            let answer = self.script.lock().unwrap().pop_front().unwrap_or("timeout");
            // Or the client would ask all the time.
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.held.subscribe().wait_for(|held| !held).await.unwrap();
            to_client.lock().await.write_all(&row(answer)).await.unwrap();
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn port_of(url: &str) -> u16 {
    url.rsplit(':').next().and_then(|end| end.split('/').next()?.parse().ok()).expect("a port")
}

/// Makes the version that a server announces at the start of a session 19, without changing any length.
fn rejuvenate(bytes: &mut [u8]) {
    const NAME: &[u8] = b"server_version\0";
    if let Some(at) = bytes.windows(NAME.len()).position(|part| part == NAME) {
        bytes[at + NAME.len()..][..2].copy_from_slice(b"19");
    }
}

/// The text of a simple query that waits, if that is what was sent.
fn waiting(sent: &[u8]) -> Option<String> {
    let text = sent.strip_prefix(b"Q").and_then(|message| message.get(4..message.len() - 1))?;
    text.starts_with(b"WAIT FOR").then(|| String::from_utf8_lossy(text).into_owned())
}

/// One row of one text, as a server answers a simple query.
fn row(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut message = |kind: u8, body: &[u8]| {
        bytes.push(kind);
        bytes.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
        bytes.extend(body);
    };
    // One column: its name, no table, type 25 (text), of variable length, in text format.
    message(b'T', b"\0\x01status\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    message(b'D', &[b"\0\x01".as_slice(), &length, text.as_bytes()].concat());
    message(b'C', b"WAIT FOR\0");
    message(b'Z', b"I");
    bytes
}

struct World {
    cluster: Cluster,
    source: PostgresSource,
    relay: Newer,
    favorites: FavoriteRepository,
    ctx: Context,
}

/// A session that has just written, and whose replica stands still.
async fn world(script: &[&'static str]) -> World {
    let cluster = cluster(1).await;
    let relay = Newer::before(&cluster.replica(0).url(), script).await;
    let source = patient()
        .primary(cluster.primary().url())
        .replica(relay.url.clone())
        .mode(Mode::LsnGate)
        .wait_budget(BUDGET)
        .connect()
        .await
        .unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    cluster.replica(0).hold_replay().await.unwrap();
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    World { cluster, source, relay, favorites, ctx }
}

#[tokio::test]
async fn the_server_is_told_to_wait_for_the_position() {
    let world = world(&["success"]).await;
    let lsn = world.ctx.frontier(world.source.id()).marks().next().unwrap().offset().unwrap();
    world.relay.held.send_replace(true);
    let reading = tokio::spawn({
        let (favorites, ctx) = (world.favorites.clone(), world.ctx.clone());
        async move { favorites.find(&ctx, &7).await }
    });
    eventually("the server is asked", async || !world.relay.asked().is_empty()).await;
    world.cluster.replica(0).release_replay().await.unwrap();
    world.cluster.wait_until_caught_up().await.unwrap();
    world.relay.held.send_replace(false);
    assert_eq!(reading.await.unwrap().unwrap().unwrap().count(), 1);
    let [asked] = world.relay.asked().try_into().unwrap();
    let position = format!("WAIT FOR LSN '{:X}/{:X}' ", lsn >> 32, lsn & 0xFFFF_FFFF);
    assert!(asked.starts_with(&position), "{asked}, for {position}");
    assert!(asked.ends_with("ms', NO_THROW)"), "{asked}");
    assert_eq!(world.source.counts().by_reason(Reason::Waited), 1);
}

/// "success" is not believed either: the server is asked how far it is, and which timeline that is on.
#[tokio::test]
async fn an_answer_is_no_proof() {
    let world = world(&["success"]).await;
    let reading = tokio::spawn({
        let (source, ctx) = (world.source.clone(), world.ctx.clone());
        async move { source.read(&ctx).await }
    });
    eventually("the server is asked again", async || world.relay.asked().len() > 1).await;
    assert!(!reading.is_finished(), "replay is held, so nothing can be served by the replica");
    world.cluster.replica(0).release_replay().await.unwrap();
    world.cluster.wait_until_caught_up().await.unwrap();
    let mut conn = reading.await.unwrap().unwrap();
    assert_eq!(conn.routed().route, Route::Replica(0));
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM favorites").fetch_one(&mut *conn).await.unwrap();
    assert_eq!(count, 1);
    conn.finish().await.unwrap();
}

#[tokio::test]
async fn what_is_no_standby_any_more_is_not_read_from() {
    for answer in ["not in recovery", "something else"] {
        let world = world(&[answer]).await;
        assert_eq!(world.favorites.find(&world.ctx, &7).await.unwrap().unwrap().count(), 1);
        assert_eq!(world.source.counts().by_reason(Reason::ReplicaFailed), 1, "{answer}");
        assert_eq!(world.relay.asked().len(), 1);
    }
}

/// The server behind the relay is older, and is never sent what it would not understand.
#[tokio::test]
async fn an_older_server_is_not_asked() {
    let cluster = cluster(1).await;
    let source = ryw_tests::servers::source(&cluster).mode(Mode::LsnGate).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    cluster.replica(0).hold_replay().await.unwrap();
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 1);
    assert_eq!(source.counts().by_reason(Reason::ReplicasBehind), 1);
}
