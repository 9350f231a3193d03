//! Which types it can have is the compiler's to judge.

use ryw_core::Repository;
use ryw_dynamo::ExpiresAt;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", ttl = expires_at))]
struct ANumber {
    #[repository(key)]
    id: i64,
    expires_at: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", ttl = expires_at))]
struct Optional {
    #[repository(key)]
    id: i64,
    expires_at: Option<ExpiresAt>,
}

fn main() {}
