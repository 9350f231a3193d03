//! Reads other than by key: what they find, on servers and in memory alike, and that they are gated like the others.

mod reads {
    mod found;
    mod gated;
    mod pages;
}
