//! A short selection of what `cargo run --release -p ryw-tests --bin histories` does for as long as one likes: sessions under
//! faults, judged by a checker that is seen to fail.
//!
//! The seeds are fixed, so that the same faults come in the same order; what the servers make of them differs from run to run.

mod histories {
    mod planted;
    mod scenes;

    use tokio::sync::Mutex;

    /// One act at a time, or they would only be slow.
    static TURN: Mutex<()> = Mutex::const_new(());
}
