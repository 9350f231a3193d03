//! Transactions: as closures and by hand, with savepoints, prepared, reading only; what they leave in the session, on the
//! connection and in the database, whatever goes wrong and wherever a future is dropped.

mod transactions {
    mod closures;
    mod commits;
    mod dropped;
    mod monotonic;
    mod outcomes;
    mod prepared;
    mod read_only;
    mod round_trips;
    mod savepoints;
    mod shared;
}
