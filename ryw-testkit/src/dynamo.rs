//! DynamoDB Regions in a test, in one call: a model of the service's documented behaviour, with lag and faults on demand.
//!
//! Against an emulator every read is current, so that nothing can be learnt there about reads that are not. Here each
//! Region has a leader, a follower that lags as the test says, and global indexes that lag on their own; global tables
//! are replicated between Regions as the test says. All of it runs in this process, on memory, and is spoken to over HTTP
//! by the real SDK.
//!
//! ```
//! use aws_sdk_dynamodb::types::{
//!     AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
//! };
//! use ryw_testkit::dynamo::{Mode, Regions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let regions = Regions::builder().region("eu-central-1").region("us-east-1").start().await?;
//! let (home, away) = (regions.region(0), regions.region(1));
//!
//! // Tables are made as ever, by any client.
//! let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S).build()?;
//! let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build()?;
//! let create = home.client().create_table().table_name("note").billing_mode(BillingMode::PayPerRequest);
//! create.attribute_definitions(id).key_schema(key).send().await?;
//! regions.make_global("note", Mode::Eventual)?;
//!
//! // What is written now is not seen by an eventually consistent read, nor in the other Region.
//! home.follower().hold();
//! regions.replication(0, 1).hold();
//! let item = home.client().put_item().table_name("note").item("id", AttributeValue::S("1".into()));
//! item.send().await?;
//!
//! let get = |region: &ryw_testkit::dynamo::Region| {
//!     region.client().get_item().table_name("note").key("id", AttributeValue::S("1".into()))
//! };
//! assert!(get(home).send().await?.item.is_none());
//! assert!(get(home).consistent_read(true).send().await?.item.is_some());
//! assert!(get(away).consistent_read(true).send().await?.item.is_none());
//!
//! // One step, and it is there.
//! assert_eq!(regions.replication(0, 1).step(1), 1);
//! assert!(get(away).send().await?.item.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # What is modelled
//!
//! - Writes, strong reads and transactional reads are the leader's. Eventual reads of tables and local indexes are the
//!   follower's, or [whose the test says](Region::serve_eventual_reads); reads of global indexes are the indexes', and a
//!   strong one is refused.
//! - Each write of an item is a [`Change`], which is the whole item and takes its [way](Lag) to each copy: at once by
//!   default, held and stepped, delayed, in another order, or for some keys only. A copy never goes back to an older
//!   state of an item. A transaction arrives item by item.
//! - Global tables in [eventual mode](Mode::Eventual): the last writer of an item wins, by one clock for all Regions;
//!   conditions are judged by what the Region knows. In [strong mode](Mode::Strong): a write is in all Regions before it
//!   is acknowledged; there are no transactions, TTL or local indexes; a Region that has lost the others refuses writes
//!   and strong reads.
//! - Refusals, lost answers, batches done in part, Regions [cut off](Region::cut) from everybody or
//!   [from each other](Region::isolate).
//! - What was [asked](Region::requests) of a Region, and what it cost.
//!
//! Expressions, conditions, indexes, limits, capacity units and the words of errors are those of the emulator beneath,
//! [dynoxide](https://docs.rs/dynoxide-rs), whose own tests hold it against the service. The tests in `tests/dynamo.rs`
//! hold the model.
//!
//! # What is not
//!
//! This is not the service: what holds here is worth a test against the service before it is relied upon.
//!
//! - Requests are carried out one after the other: there are no transactions in conflict, unless
//!   [ordered](Refusal::TransactionConflict), and no partitions that throttle on their own.
//! - Tables are there, altered or gone at once, in all copies. Items with a TTL do not expire.
//! - PartiQL is refused as an unknown operation, and so is all that creates global tables by request
//!   ([`make_global`](Regions::make_global) is the test's own call), backups, imports and the rest of the API.
//! - Signatures and permissions are not checked.
//! - Streams are the emulator's: one shard, at the leader.
//!
//! # Rejected
//!
//! Delivering by tasks of their own: what a test sees would depend on when they run. What is due is delivered before
//! anything is looked at instead. Passing requests through to the emulator's own HTTP server: a write and its
//! publication could then not be one step that nothing comes between, and no cancelled request can tear apart.

mod batch;
mod change;
mod door;
mod fault;
mod global;
mod lag;
mod operation;
mod queue;
mod refused;
mod region;
mod regions;
mod request;
mod requests;
mod serve;
mod shared;
mod site;
mod store;
mod tables;
mod world;

pub use change::Change;
pub use fault::Refusal;
pub use global::Mode;
pub use lag::Lag;
pub use region::Region;
pub use regions::{Regions, RegionsBuilder};
pub use requests::Requests;
pub use site::EventualReads;
