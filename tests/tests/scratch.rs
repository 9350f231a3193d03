//! Crates outside this workspace, as users' are: what they have to depend on, and what that compiles.

#[path = "scratch/dynamo.rs"]
mod dynamo;
#[path = "scratch/outside.rs"]
mod outside;
#[path = "scratch/postgres.rs"]
mod postgres;
