//! Every history there is, within bounds: a session of two tasks writes and reads, while others write and replicas lag, restart
//! and are promoted.
//!
//! Only the database is modelled ([`database`]). What a read requires and where it goes, what a statement proves, what is
//! known of a server, what a context holds and what became of a write is decided by the product's own code: `decide`,
//! `Context`, `Trial`, `Facts`, `Watermark`, `Timeline` and `Present`. The rules that are wrong ([`rule`]) are here and
//! nowhere else; each is seen to break a promise.
//!
//! `docs/model.md` says what is covered, and what is not.

mod action;
mod bounds;
mod database;
mod read;
mod rule;
mod session;
mod source;
mod state;
mod system;
mod task;
mod tests;
