//! A network between a client and a server: with latency, or losing what is sent over it.
//!
//! A [`Link`] is a relay on a loopback port of its own before a server. What a client and the server say to each other
//! passes through it, unchanged and in order, and takes as long as [`set_latency`](Link::set_latency) says: every piece
//! carries the instant at which it is due, so that any number of them can be under way at once. Latency is added and
//! nothing else; throughput is bounded by the machine, not by the latency.
//!
//! ```no_run
//! use std::time::Duration;
//! use ryw_testkit::{link::Link, postgres::Cluster};
//!
//! # async fn example() -> Result<(), ryw_testkit::Error> {
//! let cluster = Cluster::builder().start().await?;
//! let link = Link::before(&cluster.primary().url()).await?;
//! link.set_latency(Duration::from_millis(1));
//! let url = link.url(); // each question sent here takes 2 ms longer than at cluster.primary().url()
//! # let _ = url;
//! # Ok(())
//! # }
//! ```
//!
//! # Not promised
//!
//! Connecting takes no longer than without the link: the relay itself accepts, at once. There is no jitter, no loss of
//! packets and no limit of bandwidth. Instants are met within about 0.1 ms on an idle machine, never early.
//!
//! Rejected: `tc netem`, which needs privileges and slows down all of the machine's loopback; and the runtime's own
//! timer, whose step of a millisecond is as long as what is to be measured.

mod alarm;
mod relay;

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::{Error, Result};
use alarm::Alarm;

/// How long to wait if no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(10);

/// A relay before a server; ends, with all connections through it, when dropped.
///
/// It lives on the runtime that [`before`](Self::before) was called on. All methods take `&self` and hold from now on,
/// for connections that are open and for those to come.
#[derive(Debug)]
pub struct Link {
    url: String,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

/// A direction of a [`Link`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// From clients to the server.
    ToServer,
    /// From the server to clients.
    ToClient,
}

#[derive(Debug)]
struct Shared {
    rules: Mutex<Rules>,
    /// Counts cuts: a connection ends when the number is not that of its beginning.
    cuts: watch::Sender<u64>,
    alarm: Alarm,
}

/// What holds at present.
#[derive(Clone, Copy, Debug, Default)]
struct Rules {
    latency: Duration,
    /// Once a client sends this, no answer reaches it any more.
    last_words: Option<&'static [u8]>,
    /// Ways on which nothing gets through.
    blocked: [bool; 2],
}

impl Link {
    /// A link before the server at `url`, still without latency.
    ///
    /// # Errors
    ///
    /// If `url` names no port, or the operating system has none to give.
    pub async fn before(url: &str) -> Result<Self> {
        let (head, port, tail) =
            around_port(url).ok_or_else(|| Error::system("the URL to put a link before has no port"))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let bound = listener.and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
        let (own, listener) = bound.map_err(|why| Error::system("a link found no port").because(why))?;
        let (rules, cuts) = (Mutex::default(), watch::Sender::new(0));
        let shared = Arc::new(Shared { rules, cuts, alarm: Alarm::default() });
        let accepting = tokio::spawn(accept(listener, port, Arc::clone(&shared)));
        Ok(Self { url: format!("{head}{own}{tail}"), shared, accepting })
    }

    /// The server's URL, through the link.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// How long what is sent from now on takes, each way. A round trip takes twice as long.
    ///
    /// What is under way arrives when it was due; nothing is overtaken.
    pub fn set_latency(&self, one_way: Duration) {
        self.rules().latency = one_way;
    }

    /// From now on, what the server says to a client that has sent `words` is lost.
    pub fn lose_answers_to(&self, words: &'static [u8]) {
        self.rules().last_words = Some(words);
    }

    /// From now on nothing gets through that way; what is under way still arrives. No connection ends by it: to both
    /// sides it looks as if the other had fallen silent.
    pub fn cut_one_way(&self, way: Way) {
        self.rules().blocked[way as usize] = true;
    }

    /// Ends all connections at once, and lets new ones pass: no words lose their answers and no way is cut any more.
    pub fn cut(&self) {
        let mut rules = self.rules();
        (rules.last_words, rules.blocked) = (None, [false; 2]);
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.shared.rules()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Shared {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        // Every change is a single assignment or two, none of which can panic.
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(listener: TcpListener, port: u16, shared: Arc<Shared>) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // Out of files, most likely; that may pass.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Before the server is asked: a cut meanwhile is meant for this connection, too.
        let cuts = shared.cuts.subscribe();
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // Refused by the server: the client finds its connection closed.
            let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
            relay::connect(client, server, &shared, cuts).await;
        });
    }
}

/// Splits a URL before and after its port.
fn around_port(url: &str) -> Option<(&str, u16, &str)> {
    let authority = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[authority..].find(['/', '?']).map_or(url.len(), |length| authority + length);
    let begin = authority + url[authority..end].rfind(':')? + 1;
    Some((&url[..begin], url[begin..end].parse().ok()?, &url[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_found_wherever_it_stands() {
        for (url, expected) in [
            ("postgres://a:5@host:54/db?x=:1", Some(("postgres://a:5@host:", 54, "/db?x=:1"))),
            ("postgres://host:54", Some(("postgres://host:", 54, ""))),
            ("127.0.0.1:54", Some(("127.0.0.1:", 54, ""))),
            ("postgres://a:secret@host/db", None),
            ("postgres://host/db", None),
        ] {
            assert_eq!(around_port(url), expected, "{url}");
        }
    }
}
