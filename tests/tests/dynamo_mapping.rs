//! DynamoDB: values as attributes, conditions as expressions, and structs held against tables, over the real SDK.

#[path = "dynamo_mapping/conditions.rs"]
mod conditions;
#[path = "dynamo_mapping/everything.rs"]
mod everything;
#[path = "dynamo_mapping/traps.rs"]
mod traps;
#[path = "dynamo_mapping/verify.rs"]
mod verify;

use ryw_dynamo::DynamoSource;
use ryw_testkit::dynamo::Regions;

/// A Region without tables, and a source over it.
async fn start() -> (Regions, DynamoSource) {
    let regions = Regions::builder().start().await.unwrap();
    let region = regions.region(0);
    let source = DynamoSource::builder("test").home(region.name(), region.client()).build().unwrap();
    (regions, source)
}
