//! Every history there is, within bounds, of a session that writes and reads while replicas lag, restart and are promoted.

mod database;
mod read;
mod rule;
mod session;
mod source;
mod system;
mod task;
mod tests;
