//! What requests say of items: conditions and changes.

/// What an update changes.
#[derive(Debug)]
pub struct Changes;
