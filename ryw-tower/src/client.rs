//! Calls to other services: the context goes with the request, and what the callee knows afterwards comes back.
//!
//! The callee may write, and the answer that was to tell of it may be lost. So a call that may write (its method is not one of
//! [those that only read](http::Method::is_safe)) and came to nothing, was dropped under way, or was answered by an error without a
//! token, which may be a proxy's, leaves the context unknown: its next read of each source runs on the primary.

mod body;
mod call;
mod future;
mod layer;
mod service;

pub use self::body::ClientBody;
pub use self::future::ClientFuture;
pub use self::layer::ClientLayer;
pub use self::service::ClientService;
