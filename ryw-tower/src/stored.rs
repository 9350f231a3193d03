//! Sessions kept on the server, for clients that carry nothing and for users with several devices.
//!
//! Around the whole request: restored before the handler runs, saved before its response is sent, so that a device that is
//! told of a write by another cannot miss it. What is written while a body streams is saved before the last of the body is sent,
//! and what a request has written that came to nothing is saved when it is dropped.

mod body;
mod debt;
mod keeper;
mod layer;
mod service;

pub use self::body::StoredBody;
pub use self::layer::StoredSessionLayer;
pub use self::service::StoredSessionService;
