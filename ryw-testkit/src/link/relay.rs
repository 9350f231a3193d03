//! One connection through a link: two ways, each with a reader that stamps and a writer that waits.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};

use super::{Shared, Way};

/// The most bytes in one piece.
const PIECE: usize = 1 << 16;

/// The most pieces under way in one direction; a sender that is faster waits, as it would for a full window.
const UNDER_WAY: usize = 1024;

/// What was read, and when it is to be written. No bytes: the sender has said all it had to say.
struct Piece {
    due: Instant,
    bytes: Vec<u8>,
}

/// What the two ways of a connection share.
struct Line<'a> {
    shared: &'a Shared,
    /// Whether the client has sent the words whose answer is to be lost.
    muted: AtomicBool,
}

/// Passes on what both say until both have ended, or the link is cut.
pub(super) async fn connect(
    client: TcpStream,
    server: TcpStream,
    shared: &Shared,
    mut cuts: watch::Receiver<u64>,
) {
    // Small pieces must not wait for one another. A connection that is gone already shows it soon enough.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let line = Line { shared, muted: AtomicBool::new(false) };
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        _ = cuts.changed() => {}
        _ = async {
            tokio::join!(
                line.carry(Way::ToServer, from_client, to_server),
                line.carry(Way::ToClient, from_server, to_client),
            )
        } => {}
    }
}

impl Line<'_> {
    async fn carry(&self, way: Way, from: OwnedReadHalf, to: OwnedWriteHalf) {
        let (sender, receiver) = mpsc::channel(UNDER_WAY);
        // If the receiving side was lost this way ends; the other way finds out by itself.
        let _ = tokio::join!(self.take(way, from, sender), self.deliver(way, receiver, to));
    }

    /// Reads, stamps and sends off; ends when the other side does, or when nobody delivers any more.
    async fn take(&self, way: Way, mut from: OwnedReadHalf, sender: mpsc::Sender<Piece>) {
        let mut buffer = vec![0; PIECE];
        loop {
            // A side that was lost says no more than one that has ended.
            let length = from.read(&mut buffer).await.unwrap_or_default();
            let rules = *self.shared.rules();
            let lost =
                rules.blocked[way as usize] || way == Way::ToClient && self.muted.load(Ordering::SeqCst);
            let piece = Piece { due: Instant::now() + rules.latency, bytes: buffer[..length].to_vec() };
            if !lost && sender.send(piece).await.is_err() || length == 0 {
                return;
            }
        }
    }

    async fn deliver(
        &self,
        way: Way,
        mut pieces: mpsc::Receiver<Piece>,
        mut to: OwnedWriteHalf,
    ) -> io::Result<()> {
        let mut said = Vec::new();
        while let Some(Piece { due, bytes }) = pieces.recv().await {
            self.shared.alarm.until(due).await;
            if bytes.is_empty() {
                return to.shutdown().await;
            }
            if way == Way::ToServer {
                self.listen(&mut said, &bytes);
            }
            to.write_all(&bytes).await?;
        }
        // The farewell was lost: the connection stays open until the link is cut.
        std::future::pending().await
    }

    /// Mutes the answers if the client has said its last words, in one piece or across two. Before the server hears
    /// them, so that none of its answers can be quicker.
    fn listen(&self, said: &mut Vec<u8>, bytes: &[u8]) {
        let Some(words) = self.shared.rules().last_words else { return said.clear() };
        said.extend_from_slice(bytes);
        if said.windows(words.len().max(1)).any(|part| part == words) {
            self.muted.store(true, Ordering::SeqCst);
        }
        let keep = words.len().saturating_sub(1).min(said.len());
        said.drain(..said.len() - keep);
    }
}
