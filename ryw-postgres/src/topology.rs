//! The nodes of a source, and which of them takes the writes.
//!
//! The configured primary leads until it fails. Then all nodes are asked at once, and one that says of itself that it is
//! a primary, on a later timeline than the known one, leads from then on. Not on the same timeline: two replicas may have
//! been promoted side by side, and what they call by one number are two histories.
//!
//! While the leader answers as a primary nothing is passed on, even if a replica claims to be one too: somebody may have
//! promoted it for a copy of the data, and which of the two is meant cannot be told from here. It is refused, and the log
//! says so. With one exception: a context that has been on a later timeline proves that somebody writes there, so if a
//! node leads there, it is meant ([`Topology::heard_of`]). A primary on an earlier timeline was deposed and is refused.
//!
//! Nobody has to fail for a look to begin. A leader that hangs does not refuse, it just does not answer; so whoever waits
//! for it, for a connection or for an answer, looks around meanwhile ([`Topology::while_led`]). When another leads, those
//! who wait for the old one stop waiting: a connection is asked of the new one, a read is repeated there, and a write that
//! was sent is of unknown fate. It is never repeated.
//!
//! Writes that find no leader wait for one as long as they may wait for a connection.
//!
//! Not promised: anything while two servers take writes and only the wrong one is configured here; a look takes two seconds
//! if a server hangs, so recovery from that takes longer than from a crash. `tests/tests/failover.rs` holds all of this.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ryw_core::{Error, Frontier};
use tokio::sync::Mutex;

use crate::address::Kind;
use crate::either::{Either, either};
use crate::error::{self, Deposed};
use crate::fate::Switches;
use crate::leadership::Leadership;
use crate::node::Node;
use crate::pool::Conn;
use crate::server::{Role, Server};
use crate::timeline::Timeline;

/// The pause between two looks for a leader.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// The pause between two looks that nobody waits for.
const BETWEEN_DOUBTS: Duration = Duration::from_secs(1);
/// How long the leader may take to answer before somebody looks around.
const SLOW: Duration = Duration::from_millis(500);
/// The longest pause between two such looks; it doubles.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

pub(crate) struct Topology {
    nodes: Vec<Arc<Node>>,
    leadership: Arc<Leadership>,
    timeline: Arc<Timeline>,
    /// Held while looking; says when the last look began.
    looking: Mutex<Option<Instant>>,
    /// Whether somebody looks for whom nobody waits.
    tending: AtomicBool,
    switches: Switches,
    patience: Duration,
}

impl Topology {
    /// `nodes` in the order of their places.
    pub(crate) fn new(
        nodes: Vec<Arc<Node>>,
        leadership: Arc<Leadership>,
        timeline: Arc<Timeline>,
        patience: Duration,
    ) -> Self {
        Self {
            nodes,
            leadership,
            timeline,
            looking: Mutex::new(None),
            tending: AtomicBool::new(false),
            switches: Switches::default(),
            patience,
        }
    }

    /// The node that takes the writes, as far as is known.
    pub(crate) fn primary(&self) -> &Arc<Node> {
        &self.nodes[self.leadership.leader()]
    }

    pub(crate) fn node(&self, place: usize) -> &Arc<Node> {
        &self.nodes[place]
    }

    pub(crate) fn nodes(&self) -> &[Arc<Node>] {
        &self.nodes
    }

    /// How often the writes were passed on.
    pub(crate) fn failovers(&self) -> u64 {
        self.leadership.changes()
    }

    /// Where the lead was passed on.
    pub(crate) const fn switches(&self) -> &Switches {
        &self.switches
    }

    /// The places of all nodes but the leader.
    pub(crate) fn followers(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let leader = self.leadership.leader();
        (0..self.nodes.len()).filter(move |place| *place != leader)
    }

    /// A connection to the primary; if there is none, to the one that comes after it, as long as the patience lasts.
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<(Conn, Arc<Node>), Error> {
        let deadline = Instant::now() + self.patience;
        let left = || deadline.saturating_duration_since(Instant::now());
        loop {
            let begun = Instant::now();
            let node = Arc::clone(self.primary());
            let acquired = {
                let acquiring = pin!(node.acquire_within(left()));
                either(acquiring, pin!(self.is_succeeded(node.at()))).await
            };
            let why = match acquired {
                Either::First(Ok(conn)) => return Ok((conn, node)),
                Either::First(Err(why)) => why,
                Either::Second(()) => continue,
            };
            if self.nodes.len() == 1 || left().is_zero() {
                return Err(why);
            }
            let _ = tokio::time::timeout(left(), self.look(begun)).await;
            if self.leadership.is_led_by(node.at()) {
                tokio::time::sleep(BETWEEN_LOOKS.min(left())).await;
            }
        }
    }

    /// What a statement on `node` comes to, which led when it was sent; lost if another leads before the answer is there.
    pub(crate) async fn while_led<T, E: From<Deposed>>(
        self: &Arc<Self>,
        node: &Node,
        statement: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match either(pin!(statement), pin!(self.is_succeeded(node.at()))).await {
            Either::First(answer) => answer,
            Either::Second(()) => Err(Deposed.into()),
        }
    }

    /// Ends when another node leads than the one at `place`; looks for one now and then, for that one may hang.
    async fn is_succeeded(self: &Arc<Self>, place: usize) {
        let looking = async {
            let mut pause = SLOW;
            loop {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                self.look(Instant::now().checked_sub(SLOW).unwrap_or_else(Instant::now)).await;
            }
        };
        if self.nodes.len() == 1 {
            return std::future::pending().await;
        }
        match either(pin!(self.leadership.is_passed_on_by(place)), pin!(looking)).await {
            Either::First(()) => {}
            Either::Second(never) => never,
        }
    }

    /// Looks for the leader, unless somebody did who began after `since`.
    ///
    /// Beside the caller, who may be dropped, or have less time than a look takes.
    pub(crate) async fn look(self: &Arc<Self>, since: Instant) {
        let topology = Arc::clone(self);
        let looking = tokio::spawn(async move {
            let mut last = topology.looking.lock().await;
            if last.is_none_or(|begun| begun < since) {
                *last = Some(Instant::now());
                topology.look_now(None).await;
            }
        });
        drop(looking.await);
    }

    /// Follows a context that has been on a later timeline than is known here, if a node leads there.
    pub(crate) async fn heard_of(self: &Arc<Self>, frontier: &Frontier) {
        let Some(heard) = self.later_timeline(frontier) else { return };
        let topology = Arc::clone(self);
        let looking = tokio::spawn(async move {
            let mut last = topology.looking.lock().await;
            // A forged one must not have us look all the time.
            let recent = last.is_some_and(|begun| begun.elapsed() < BETWEEN_LOOKS);
            if !recent && topology.timeline.branch().timeline() < heard {
                *last = Some(Instant::now());
                topology.look_now(Some(heard)).await;
            }
        });
        drop(looking.await);
    }

    fn later_timeline(&self, frontier: &Frontier) -> Option<u64> {
        if self.nodes.len() == 1 || frontier.marks().len() == 0 {
            return None;
        }
        let known = self.timeline.branch();
        let ours = frontier.marks().map(|mark| mark.branch()).filter(|b| b.identity() == known.identity());
        ours.map(|branch| branch.timeline()).max().filter(|timeline| *timeline > known.timeline())
    }

    /// Asks all, and passes the lead on if the leader has lost it; `heard` is a timeline that clients have been on.
    async fn look_now(&self, heard: Option<u64>) {
        let answers = self.ask_all().await;
        let known = self.timeline.branch();
        let leads = |server: &Server| server.role == Role::Primary && server.identity == *known.identity();
        let leader = self.leadership.leader();
        let candidate = answers
            .iter()
            .filter_map(|(place, answer)| Some((place, answer.as_ref().ok()?)))
            // Behind a balancer one finds the primary now and then, and cannot hold on to it.
            .filter(|(place, _)| **place != leader && self.nodes[**place].kind() == Kind::Server)
            .filter(|(_, server)| leads(server) && server.is_later_than(&known))
            .max_by_key(|(_, server)| server.timeline);
        let Some((place, server)) = candidate else { return };
        let is_led = answers.iter().filter(|(place, _)| *place == leader).any(|(_, answer)| match answer {
            Ok(server) => leads(server) && !server.is_earlier_than(&known),
            // It has no connection left for the question, and is at work with the others.
            Err(why) => error::is_full(why),
        });
        let is_known_to_clients = heard.is_some_and(|heard| server.has_come_to(heard));
        if !is_led || is_known_to_clients {
            self.pass_to(*place).await;
        }
    }

    /// The answers of all nodes, in no order.
    async fn ask_all(&self) -> Vec<(usize, Result<Server, Error>)> {
        let mut asking = tokio::task::JoinSet::new();
        for (place, node) in self.nodes.iter().enumerate() {
            let node = Arc::clone(node);
            asking.spawn(async move { (place, node.probe().await) });
        }
        asking.join_all().await
    }

    async fn pass_to(&self, place: usize) {
        let (old, new) = (self.primary(), &self.nodes[place]);
        let server = match new.ask_as_leader().await {
            Ok(server) if server.role == Role::Primary => server,
            // Another look will tell.
            Ok(_) => return,
            Err(why) => {
                tracing::warn!(to = %new.as_replica(), error = %why, "it was promoted, but cannot be used");
                return;
            }
        };
        let Some(progress) = server.progress() else { return };
        tracing::warn!(
            from = %old.as_replica(), to = %new.as_replica(), branch = ?progress.branch(),
            "another server takes the writes now"
        );
        let left = self.timeline.branch();
        // While it is not the leader yet, only sessions from before its promotion are there to be asked.
        if server.is_next_after(&left) {
            match new.left_at(&left).await {
                Some(at) => self.switches.note(left, progress.branch().clone(), at),
                None => tracing::warn!(
                    to = %new.as_replica(),
                    "no session with it is left from before: of a write of before it cannot be told that it survived"
                ),
            }
        }
        self.timeline.note(progress, Instant::now());
        new.is_well();
        self.leadership.pass_to(place);
        for node in [old, new] {
            node.renew();
        }
    }

    /// Starts what is due beside the caller: probes of nodes that are away, a look for the leader if there are doubts.
    pub(crate) fn tend(self: &Arc<Self>) {
        for node in &self.nodes {
            node.look_if_due();
        }
        if self.nodes.len() == 1 || !self.leadership.is_doubted() || self.tending.swap(true, Ordering::SeqCst)
        {
            return;
        }
        let topology = Arc::clone(self);
        tokio::spawn(async move {
            topology.leadership.settle_doubt();
            topology.look(Instant::now()).await;
            tokio::time::sleep(BETWEEN_DOUBTS).await;
            topology.tending.store(false, Ordering::SeqCst);
        });
    }
}
