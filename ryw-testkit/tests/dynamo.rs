//! DynamoDB Regions: each knob is seen to work, by the real SDK.

#[path = "dynamo/faults.rs"]
mod faults;
#[path = "dynamo/lag.rs"]
mod lag;
#[path = "dynamo/regions.rs"]
mod regions;
#[path = "dynamo/service.rs"]
mod service;
#[path = "dynamo/table.rs"]
mod table;
