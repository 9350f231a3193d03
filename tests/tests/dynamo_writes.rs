//! DynamoDB: writes of single items, transactions and batches, over the real SDK, on Regions that lag and fail as told.

#[path = "dynamo_writes/ambiguous.rs"]
mod ambiguous;
#[path = "dynamo_writes/batches.rs"]
mod batches;
#[path = "dynamo_writes/order.rs"]
mod order;
#[path = "dynamo_writes/sessions.rs"]
mod sessions;
#[path = "dynamo_writes/single.rs"]
mod single;
#[path = "dynamo_writes/transactions.rs"]
mod transactions;
