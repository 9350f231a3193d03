//! Input that is wrong or hostile: addresses, servers in the wrong place, positions that nobody gave out.

mod input {
    mod addresses;
    mod pools;
    mod positions;
    mod servers;
}
