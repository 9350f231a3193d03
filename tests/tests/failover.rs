//! A replica takes the primary's place while clients run. Nobody restarts anything.
//!
//! `cargo test -p ryw-tests --test failover -- --nocapture` shows how long the recovery took.

mod failover {
    mod clients;
    mod epochs;
    mod fate;
    mod hammer;
    mod hangs;
    mod promotion;
    mod split;
    mod start;
}
