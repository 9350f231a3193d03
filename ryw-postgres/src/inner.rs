//! What all parts of a source share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ryw_core::{Clock, Identity, Mode, RouteCounts, SourceId};

use crate::limits::Limits;
use crate::lsn::WalLayout;
use crate::node::Node;
use crate::timeline::Timeline;

pub(crate) struct Inner {
    pub(crate) id: SourceId,
    pub(crate) mode: Mode,
    pub(crate) identity: Identity,
    pub(crate) wal: WalLayout,
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) primary: Arc<Node>,
    pub(crate) replicas: Vec<Arc<Node>>,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) counts: RouteCounts,
    /// Where the next read starts looking, so that equal replicas share the load.
    pub(crate) turn: AtomicUsize,
}

impl Inner {
    /// Whether writes are worth a position: the other modes do not use one.
    pub(crate) fn captures(&self) -> bool {
        self.mode == Mode::Position
    }

    /// The replicas' places, starting elsewhere each time.
    pub(crate) fn rotation(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let replicas = self.replicas.len();
        let start = self.turn.fetch_add(1, Ordering::Relaxed);
        (0..replicas).map(move |step| (start.wrapping_add(step)) % replicas)
    }
}
