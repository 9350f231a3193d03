//! Services over real sockets, whose replica lags until it is told to catch up: what follows the user, and what does not.

mod app;
mod browser;
mod chain;
mod cookies;
mod favorite;
mod grpc;
mod headers;
mod hostile;
mod observed;
mod stored;
mod streams;
