//! What a [`SessionLayer`](crate::SessionLayer) was told, shared by all services that it has made.

use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use http::request::Parts;
use ryw_core::{SourceId, TokenCodec};

use crate::carrier::Carrier;
use crate::limiter::Limiter;
use crate::observe::Counts;
use crate::retiring::Retiring;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) codec: TokenCodec,
    pub(crate) carriers: Vec<Carrier>,
    pub(crate) subject: Option<Subject>,
    pub(crate) monotonic_reads: bool,
    pub(crate) is_current: bool,
    pub(crate) retiring: Retiring,
    /// Every source that there is; `None`: that is not known.
    pub(crate) all_sources: Option<Vec<SourceId>>,
    /// How many requests with a bad token are let through; `None`: all.
    pub(crate) limiter: Option<Arc<Limiter>>,
    pub(crate) refusal: StatusCode,
    pub(crate) counts: Arc<Counts>,
}

/// Whose request it is.
#[derive(Clone)]
pub(crate) struct Subject(Arc<Of>);

type Of = dyn Fn(&Parts) -> Option<String> + Send + Sync;

impl Subject {
    pub(crate) fn new(of: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(of))
    }

    pub(crate) fn of(&self, request: &Parts) -> Option<String> {
        (self.0)(request)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(..)")
    }
}
