//! Streams: right up to the row at which they end, and honest about why they do.

mod streams {
    mod bounded;
    mod dropped;
    mod failed;
    mod snapshot;
}
