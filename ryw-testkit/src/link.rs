//! A network that loses answers: a proxy before a server, for faults between a commit and its answer.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on to a server; ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Once a client sends this, no answer reaches it any more.
    last_words: Mutex<Option<&'static [u8]>>,
    /// Counts cuts: a connection ends when the number is not that of its beginning.
    cuts: watch::Sender<u64>,
}

impl Proxy {
    /// A proxy before the server at `url`.
    ///
    /// # Panics
    /// If `url` has no port, or no port is free.
    pub async fn before(url: &str) -> Self {
        let port: u16 =
            url.rsplit(':').next().and_then(|end| end.split('/').next()?.parse().ok()).expect("a port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared { last_words: Mutex::default(), cuts: watch::Sender::new(0) });
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                tokio::spawn(pass(client, server, Arc::clone(&accepting)));
            }
        });
        Self { url: url.replace(&format!(":{port}/"), &format!(":{own}/")), shared }
    }

    /// The server's URL, through the proxy.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// From now on, what the server says to a client that has sent `words` is lost.
    pub fn lose_answers_to(&self, words: &'static [u8]) {
        *self.lock() = Some(words);
    }

    /// Ends all connections; new ones are passed on, with their answers.
    pub fn cut(&self) {
        *self.lock() = None;
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<&'static [u8]>> {
        self.shared.last_words.lock().expect("nothing panics under it")
    }
}

async fn pass(client: TcpStream, server: TcpStream, shared: Arc<Shared>) {
    let mut cuts = shared.cuts.subscribe();
    cuts.mark_unchanged();
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let muted = watch::Sender::new(false);
    tokio::select! {
        () = forward(from_client, to_server, &shared, &muted) => {}
        () = answer(from_server, to_client, muted.subscribe()) => {}
        _ = cuts.changed() => {}
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    muted: &watch::Sender<bool>,
) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        let words = *shared.last_words.lock().expect("nothing panics under it");
        if words.is_some_and(|words| bytes[..length].windows(words.len()).any(|part| part == words)) {
            muted.send_replace(true);
        }
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}

async fn answer(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, muted: watch::Receiver<bool>) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        if !*muted.borrow() && to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
