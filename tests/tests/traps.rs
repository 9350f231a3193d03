//! The traps of reading one's own writes from Postgres replicas, one file a trap.
//!
//! Each is walked into first, in plain SQL, and seen to be stale or to hang; then ryw is shown to be right in the very
//! same situation. Most are made certain by holding replay or by a lock; none depends on how fast the machine is.

mod traps {
    mod asynchronous_commit;
    mod early_lsn;
    mod gate_in_statement;
    mod null_lsn;
    mod page_boundary;
    mod promoted;
    mod snapshot_bound;
}
