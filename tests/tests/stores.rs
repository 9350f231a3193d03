//! What is kept of a session, where, and for how long.

mod stores {
    mod contexts;
    mod devices;
    mod places;
    mod retirement;
}
