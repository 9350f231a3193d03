//! DynamoDB: what can be seen of a source, spans and metrics, under their documented names.

#[path = "dynamo_seen/metrics.rs"]
mod metrics;
#[path = "seen/recorder.rs"]
mod recorder;
#[path = "dynamo_seen/spans.rs"]
mod spans;
#[path = "dynamo_seen/world.rs"]
mod world;
