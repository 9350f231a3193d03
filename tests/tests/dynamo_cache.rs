//! DynamoDB: a cache in front never shows a session less than its own writes, and others less than it promises.

#[path = "dynamo_cache/own_writes.rs"]
mod own_writes;
#[path = "dynamo_cache/saved.rs"]
mod saved;
#[path = "dynamo_cache/through.rs"]
mod through;
#[path = "dynamo_cache/world.rs"]
mod world;
