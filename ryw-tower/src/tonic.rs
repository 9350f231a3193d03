//! tonic: services are tower services and take the layers as they are; here is what is said in tonic's own words.

use http::request::Parts;
use ryw_core::Context;
use tonic::metadata::MetadataMap;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::layer::SessionLayer;
use crate::visit::Visit;

/// The context of a tonic request.
///
/// ```
/// use ryw_tower::SessionRequestExt as _;
/// use tonic::{Request, Response, Status};
///
/// async fn find_favorite(request: Request<()>) -> Result<Response<String>, Status> {
///     let ctx = request.session_context()?;
///     // favorites.find(&ctx, &7).await …
///     # Ok(Response::new(format!("{:?}", ctx.policy())))
/// }
/// ```
pub trait SessionRequestExt {
    /// The context of the request's session.
    ///
    /// # Errors
    /// `INTERNAL` if neither a [`SessionLayer`] nor a [`SessionInterceptor`] has put one into the request.
    fn session_context(&self) -> Result<Context, Status>;
}

impl<T> SessionRequestExt for Request<T> {
    fn session_context(&self) -> Result<Context, Status> {
        self.extensions().get::<Context>().cloned().ok_or_else(|| {
            Status::internal(
                "the request has no session context: add a `ryw_tower::SessionLayer` by `Server::builder().layer(…)`",
            )
        })
    }
}

/// Gives each tonic request the context of its session, where a layer has no place.
///
/// Made by [`SessionLayer::interceptor`]. It tells the client **nothing** of what the session knows afterwards, as an interceptor does
/// not see responses: whoever writes has to add a [`SessionLayer`] instead.
#[derive(Clone, Debug)]
pub struct SessionInterceptor(SessionLayer);

impl SessionLayer {
    /// An interceptor of tonic that restores sessions as this layer does, and no more.
    #[must_use]
    pub const fn interceptor(self) -> SessionInterceptor {
        SessionInterceptor(self)
    }
}

impl Interceptor for SessionInterceptor {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let (metadata, extensions, ()) = request.into_parts();
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.headers = metadata.into_headers();
        parts.extensions = extensions;
        if Visit::begin(self.0.settings(), &mut parts).is_none() {
            return Err(Status::unavailable(
                "too many requests come with bad session tokens: try again later",
            ));
        }
        let Parts { headers, extensions, .. } = parts;
        Ok(Request::from_parts(MetadataMap::from_headers(headers), extensions, ()))
    }
}
