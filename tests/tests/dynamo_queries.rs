//! DynamoDB: queries, by tables and by indexes that are behind, and scans, over the real SDK, on Regions that lag as told.

#[path = "dynamo_queries/cursors.rs"]
mod cursors;
#[path = "dynamo_queries/filters.rs"]
mod filters;
#[path = "dynamo_queries/global.rs"]
mod global;
#[path = "dynamo_queries/laws.rs"]
mod laws;
#[path = "dynamo_queries/monotonic.rs"]
mod monotonic;
#[path = "dynamo_queries/pages.rs"]
mod pages;
#[path = "dynamo_queries/scans.rs"]
mod scans;
#[path = "dynamo_queries/song.rs"]
mod song;
#[path = "dynamo_queries/tables.rs"]
mod tables;
#[path = "dynamo_queries/unknown.rs"]
mod unknown;
