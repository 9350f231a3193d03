//! What is kept of a session, and for how long.

mod stores {
    mod retirement;
}
