//! What the generated writes do: to keys, versions and marks of deletion; alike on a server and in memory; and that a
//! session sees each of them.

mod writes {
    mod anywhere;
    mod keys;
    mod many;
    mod patches;
    mod sessions;
    mod soft_delete;
    mod transactions;
    mod versions;
}
