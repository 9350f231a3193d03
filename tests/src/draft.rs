//! An entity that every source stores: Postgres, DynamoDB and memory.

use chrono::{DateTime, Utc};
use ryw_core::Repository;

/// A text under way: a key of the application's, something that may be missing, a version, a time and a mark.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "drafts"), dynamo(table = "drafts"))]
pub struct Draft {
    /// Made by the application.
    #[repository(key)]
    pub id: i64,
    /// Never missing.
    pub title: String,
    /// Missing now and then.
    pub remark: Option<String>,
    /// Counts the writes.
    #[repository(version)]
    pub version: i64,
    /// When it was last written.
    #[repository(updated_at)]
    pub updated_at: DateTime<Utc>,
    /// When it was deleted.
    #[repository(deleted_at)]
    pub deleted_at: Option<DateTime<Utc>>,
}

impl NewDraft {
    /// A draft with a remark.
    #[must_use]
    pub fn titled(id: i64, title: &str) -> Self {
        Self { id, title: title.into(), remark: Some("by hand".into()) }
    }
}
