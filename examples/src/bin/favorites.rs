//! favorites
fn main() {}
