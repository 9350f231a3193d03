//! The layer.

use std::sync::Arc;

use http::request::Parts;
use ryw_core::{ConsistencySource, ContextStore, SourceId};
use tower_layer::Layer;

use super::keeper::{Settings, Unsaved};
use super::service::StoredSessionService;
use crate::retiring::Retiring;
use crate::settings::Subject;

/// Gives each request the context of its user, from a store, and saves there what the session knows afterwards.
///
/// For clients that carry nothing, and for users who write on one device and read on another. With a
/// [`SessionLayer`](crate::SessionLayer) *inside*, the client carries a token as well, which helps where the store fails:
///
/// ```
/// use std::time::Duration;
///
/// use axum::Router;
/// use ryw_core::{ContextStore, Expiry, MemoryStorage, TokenCodec, TokenKey};
/// use ryw_tower::{SessionLayer, StoredSessionLayer};
///
/// #[derive(Clone)]
/// struct User(String); // put into the request's extensions by whatever knows the user
///
/// # fn main() -> Result<(), ryw_core::Error> {
/// let codec = TokenCodec::signed(TokenKey::new([7; 32])?);
/// let expiry = Expiry::longer_than(Duration::from_secs(600));
/// let store = ContextStore::new(MemoryStorage::default(), codec.clone(), expiry);
///
/// let app: Router = Router::new()
///     // .route(…)
///     .layer(SessionLayer::cookie(codec))
///     .layer(StoredSessionLayer::new(store, |request| Some(request.extensions.get::<User>()?.0.clone())));
///     // .layer(whatever knows the user)
/// # let _ = app;
/// # Ok(())
/// # }
/// ```
///
/// # When the store fails
///
/// If it does not answer, or holds what is not ours, nothing is known of the session, and its reads go to the primary. If a session
/// that has *written* cannot be saved, its user's next request would be restored without that write: the response is replaced
/// by a 500, unless it is an error already, or [`answering_unsaved`](Self::answering_unsaved) was chosen. What a session has merely read
/// is answered all the same; then only monotonic reads may be lost. The store counts all of it.
///
/// A request that is dropped before its response (the client went away, the handler panicked, a timeout outside) has what it wrote
/// saved by a task of its own. Whoever asks again at once, without an answer to the first, may be quicker.
#[derive(Clone, Debug)]
#[must_use]
pub struct StoredSessionLayer {
    settings: Arc<Settings>,
}

impl StoredSessionLayer {
    /// Contexts in `store`, by the user of the request. Where that is `None` nothing is restored or saved.
    ///
    /// `user` is asked before the handler runs, so what it looks at has to be put there by a layer outside this one.
    pub fn new(store: ContextStore, user: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        let (user, retiring) = (Subject::new(user), Retiring::default());
        let settings = Settings { store, user, retiring, all_sources: None, unsaved: Unsaved::Fails };
        Self { settings: Arc::new(settings) }
    }

    /// Answers though what the session has written could not be saved: for clients that carry a token beside, or where a user's
    /// other device may read stale while the store is away.
    pub fn answering_unsaved(self) -> Self {
        self.with(|settings| settings.unsaved = Unsaved::IsAnswered)
    }

    /// Drops what every server of `source` [holds for good](ConsistencySource::retire) before a context is saved.
    pub fn retiring(self, source: impl ConsistencySource + 'static) -> Self {
        self.with(|settings| settings.retiring.add(source))
    }

    /// Says that there are no sources but these; see [`SessionLayer::all_sources`](crate::SessionLayer::all_sources).
    pub fn all_sources(self, sources: impl IntoIterator<Item = impl Into<SourceId>>) -> Self {
        let sources = sources.into_iter().map(Into::into).collect();
        self.with(|settings| settings.all_sources = Some(sources))
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S> Layer<S> for StoredSessionLayer {
    type Service = StoredSessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        StoredSessionService::new(inner, Arc::clone(&self.settings))
    }
}
