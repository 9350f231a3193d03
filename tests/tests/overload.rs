//! All replicas fall far behind, and a thousand readers want what they do not have yet: the primary must not fall with them.

mod overload {
    mod held;
    mod readers;
}
