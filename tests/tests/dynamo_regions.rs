//! DynamoDB: tables in several Regions, Regions that lag behind and that do not answer, over the real SDK.

#[path = "dynamo_regions/down.rs"]
mod down;
#[path = "dynamo_regions/layout.rs"]
mod layout;
#[path = "dynamo_regions/parts.rs"]
mod parts;
#[path = "dynamo_regions/routes.rs"]
mod routes;
#[path = "dynamo_regions/world.rs"]
mod world;
