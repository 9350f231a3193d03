//! The field that says when an item expires.

use ryw_core::Repository;
use ryw_dynamo::ExpiresAt;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", ttl = expires))]
struct NoField {
    #[repository(key)]
    id: i64,
    expires_at: ExpiresAt,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", ttl = expires_at))]
struct AKey {
    #[repository(key)]
    expires_at: ExpiresAt,
    note: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", ttl = expires_at))]
struct Document {
    #[repository(key)]
    id: i64,
    #[repository(json)]
    expires_at: String,
}

fn main() {}
