//! Servers that die, hang, come back and change their role; connections that are cut, and futures that are dropped.
//!
//! Whatever happens to a replica, no reader sees an error or a stale row. Whatever happens to a write, the session knows
//! whether it is stored, or knows that it does not know.

mod faults {
    mod conflict;
    mod dropped;
    mod load;
    mod primary;
    mod restart;
    mod settling;
    mod writes;
}
