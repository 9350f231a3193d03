//! One context over two backends: Postgres and DynamoDB, both of whose copies are held.

#[path = "both/carried.rs"]
mod carried;
#[path = "both/one_name.rs"]
mod one_name;
#[path = "both/world.rs"]
mod world;
