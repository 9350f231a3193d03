//! The layer.

use std::sync::Arc;

use http::HeaderName;
use http::request::Parts;
use ryw_core::{SourceId, TokenCodec};
use tower_layer::Layer;

use super::call::Settings;
use super::service::ClientService;
use crate::carrier::HeaderCarrier;
use crate::settings::Subject;

/// Forwards a context to the services that are called, and merges what comes back into it.
///
/// The context is that in the request's extensions, else the [current](crate::current) one; a request without either is sent as it
/// is. It goes in the header that a [`SessionLayer`](crate::SessionLayer) of the callee reads, with the codec that the callee has.
///
/// ```
/// use ryw_core::{Context, TokenCodec, TokenKey};
/// use ryw_tower::ClientLayer;
/// use tower::{Service, ServiceBuilder, ServiceExt};
///
/// # use http::{Request, Response};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = tower::service_fn(|request: Request<String>| async move {
/// #     assert!(request.headers().contains_key("ryw-session"));
/// #     Ok::<_, std::convert::Infallible>(Response::new(request.into_body()))
/// # });
/// let codec = TokenCodec::signed(TokenKey::new([7; 32])?);
/// let mut client = ServiceBuilder::new().layer(ClientLayer::new(codec)).service(client);
///
/// let ctx = Context::new();
/// # ctx.join(&"main".into(), &ryw_core::Position::new("a".into(), 1, 5).into());
/// let request = Request::post("http://orders/").extension(ctx.clone()).body(String::new())?;
/// let response = client.ready().await?.call(request).await?;
/// // What orders has written is in `ctx` by now.
/// # let _ = response;
/// # Ok(())
/// # }
/// ```
///
/// # Where the layer goes
///
/// It looks at one request and its response. So whatever makes several of one (retries, hedging, what follows redirects) goes
/// *outside*, and hands each of them its extensions: tower-http's `FollowRedirectLayer` and tower's `Retry` do. Inside, they would
/// keep the token of a response to themselves that nobody sees, and what the callee wrote before it redirected would be lost. A client
/// that follows redirects by itself, as reqwest's does, has to be told not to.
///
/// # What was lost on the way
///
/// The callee may write, and the answer that was to tell of it may not come. A call whose method is not one of
/// [those that only read](http::Method::is_safe), and which failed, was dropped, or was answered by an error without a token (a
/// proxy's, perhaps), leaves the context unknown: it reads each source once on the primary.
/// [`callee_writes_to`](Self::callee_writes_to) says which sources that is about.
///
/// # Bodies
///
/// The request says `TE: trailers`, and what the callee writes while its response streams is merged when its trailers are read.
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientLayer {
    settings: Arc<Settings>,
}

impl ClientLayer {
    /// Tokens of `codec`, in the header `ryw-session`.
    pub fn new(codec: TokenCodec) -> Self {
        let settings = Settings { codec, header: HeaderCarrier::new(), subject: None, writes_to: None };
        Self { settings: Arc::new(settings) }
    }

    /// In the header of this name instead.
    pub fn named(self, name: HeaderName) -> Self {
        self.with(|settings| settings.header = HeaderCarrier::named(name))
    }

    /// Binds tokens to whom `subject` says that the request is for, as the callee's layer
    /// [does](crate::SessionLayer::bound_to).
    pub fn bound_to(self, subject: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.subject = Some(Subject::new(subject)))
    }

    /// The callee, and whatever it calls in turn, writes to `sources` and to no others: a call that was lost makes only these
    /// unknown.
    pub fn callee_writes_to(self, sources: impl IntoIterator<Item = impl Into<SourceId>>) -> Self {
        let sources = sources.into_iter().map(Into::into).collect();
        self.with(|settings| settings.writes_to = Some(sources))
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ClientService::new(inner, Arc::clone(&self.settings))
    }
}
