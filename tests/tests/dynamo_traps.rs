//! What goes wrong with DynamoDB by hand, over the real SDK, and beside it ryw in the same situation.
//!
//! Further traps lie with what they are about. Of the service, in `ryw-testkit/tests/dynamo`: a put that cannot return what it
//! wrote, a strong read of a global index, conditions judged by one Region's copy, a strong read that is current only where the
//! last write was made, a transaction that arrives item by item, what strong mode does not have. Of mappings made for JSON:
//! `dynamo_mapping/traps`.

#[path = "dynamo_traps/regions.rs"]
mod regions;
#[path = "dynamo_traps/retries.rs"]
mod retries;
#[path = "dynamo_traps/updates.rs"]
mod updates;
#[path = "dynamo_traps/world.rs"]
mod world;
