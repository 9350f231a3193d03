//! The nodes of a source, and which of them takes the writes.
//!
//! The configured primary leads until it fails. Then all nodes are asked at once, and one that says of itself that it is
//! a primary, on the known branch of history or a later one, leads from then on; a primary on an earlier branch was deposed
//! and is refused. While the leader answers as a primary nothing is passed on, even if a replica claims to be one too:
//! somebody may have promoted it for a copy of the data, and which of the two is meant cannot be told from here. It is
//! refused, and the log says so.
//!
//! Writes that find no leader wait for one as long as they may wait for a connection; a write that was sent is never
//! repeated.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ryw_core::{Error, Progress};
use tokio::sync::Mutex;

use crate::address::Kind;
use crate::leadership::Leadership;
use crate::node::Node;
use crate::pool::Conn;
use crate::server::{Role, Server};
use crate::timeline::Timeline;

/// The pause between two looks for a leader.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

pub(crate) struct Topology {
    nodes: Vec<Arc<Node>>,
    leadership: Arc<Leadership>,
    timeline: Arc<Timeline>,
    /// Held while looking; says when the last look began.
    looking: Mutex<Option<Instant>>,
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
        Self { nodes, leadership, timeline, looking: Mutex::new(None), patience }
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

    /// The places of all nodes but the leader.
    pub(crate) fn followers(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let leader = self.leadership.leader();
        (0..self.nodes.len()).filter(move |place| *place != leader)
    }

    /// A connection to the primary; if there is none, to the one that comes after it, as long as the patience lasts.
    pub(crate) async fn connect(&self) -> Result<(Conn, Arc<Node>), Error> {
        let deadline = Instant::now() + self.patience;
        loop {
            let begun = Instant::now();
            let node = Arc::clone(self.primary());
            let why = match node.acquire().await {
                Ok(conn) => return Ok((conn, node)),
                Err(why) => why,
            };
            if self.nodes.len() == 1 || Instant::now() >= deadline {
                return Err(why);
            }
            self.look(begun).await;
            if Arc::ptr_eq(self.primary(), &node) {
                let left = deadline.saturating_duration_since(Instant::now());
                tokio::time::sleep(BETWEEN_LOOKS.min(left)).await;
            }
        }
    }

    /// Looks for the leader, unless somebody did who began after `since`.
    pub(crate) async fn look(&self, since: Instant) {
        let mut last = self.looking.lock().await;
        if last.is_some_and(|begun| begun >= since) {
            return;
        }
        *last = Some(Instant::now());
        let answers = self.ask_all().await;
        let leads = |server: &Server| {
            let progress = server.progress.as_ref().filter(|_| server.role == Role::Primary)?;
            (progress.branch().timeline() >= self.timeline.branch().timeline()).then(|| progress.clone())
        };
        let leader = self.leadership.leader();
        if answers.iter().any(|(place, server)| *place == leader && leads(server).is_some()) {
            return;
        }
        let candidate = answers
            .iter()
            // Behind a balancer one finds the primary now and then, and cannot hold on to it.
            .filter(|(place, _)| self.nodes[*place].kind() == Kind::Server)
            .filter(|(_, server)| server.identity == *self.timeline.branch().identity())
            .filter_map(|(place, server)| Some((*place, leads(server)?)))
            .max_by_key(|(_, progress)| progress.branch().timeline());
        if let Some((place, progress)) = candidate {
            self.pass_to(place, &progress);
        }
    }

    /// The answers of all nodes that answer, in no order.
    async fn ask_all(&self) -> Vec<(usize, Server)> {
        let mut asking = tokio::task::JoinSet::new();
        for (place, node) in self.nodes.iter().enumerate() {
            let node = Arc::clone(node);
            asking.spawn(async move { node.probe().await.ok().map(|server| (place, server)) });
        }
        asking.join_all().await.into_iter().flatten().collect()
    }

    fn pass_to(&self, place: usize, progress: &Progress) {
        let (old, new) = (self.primary(), &self.nodes[place]);
        tracing::warn!(
            from = %old.as_replica(), to = %new.as_replica(), branch = ?progress.branch(),
            "another server takes the writes now"
        );
        self.timeline.note(progress, Instant::now());
        self.leadership.pass_to(place);
        for node in [old, new] {
            node.renew();
        }
        new.is_well();
    }

    /// Starts what is due beside the caller: probes of nodes that are away, a look for the leader if there are doubts.
    pub(crate) fn tend(self: &Arc<Self>) {
        for node in &self.nodes {
            node.look_if_due();
        }
        if self.leadership.take_doubt() && self.nodes.len() > 1 {
            let topology = Arc::clone(self);
            tokio::spawn(async move { topology.look(Instant::now()).await });
        }
    }
}
