//! The traps of reading one's own writes from Postgres replicas, one file a trap.
//!
//! Each is walked into first, in plain SQL, and seen to be stale or to hang; then ryw is shown to be right in the very
//! same situation. Where a trap decides how ryw works rather than what it does, the right rule is shown in plain SQL too
//! (`raw`). Most are made certain by holding replay or by a lock; none depends on how fast the machine is.

mod traps {
    mod asynchronous_commit;
    mod diverged;
    mod early_lsn;
    mod ending;
    mod gate_in_statement;
    mod lost_write;
    mod maybe;
    mod no_row;
    mod null_lsn;
    mod page_boundary;
    mod prepared;
    mod primary_behind;
    mod promoted;
    mod raw;
    mod read_floor;
    mod remote_apply;
    mod repeatable_read;
    mod snapshot_bound;
    mod snapshot_xmin;
    mod subtransactions;
    mod visible_in_snapshot;
}
