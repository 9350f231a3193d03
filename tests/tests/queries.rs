//! Custom queries: gated as generated reads are, positioned as generated writes are, and otherwise the plain SQL.

mod queries {
    mod essay;
    mod gate;
    mod groups;
    mod order;
    mod page;
    mod shapes;
    mod transactions;
    mod writes;
}
