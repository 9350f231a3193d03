//! Histories that cannot be checked, because they were not recorded as they have to be.

use std::fmt;

use crate::history::{History, Object, OperationId};

/// Why a history cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse(String);

impl Misuse {
    pub(super) fn twice(history: &History, object: Object, value: u64, what: &str) -> Self {
        let name = history.object_name(object);
        Self(format!(
            "{value} was {what} `{name}` twice: only unique values tell which write a read has seen"
        ))
    }

    pub(super) fn unfit(history: &History, object: Object, operation: OperationId) -> Self {
        let (name, shape) = (history.object_name(object), history.shape(object));
        let action = history.operation(operation).map(|operation| format!("{:?}", operation.action));
        Self(format!(
            "`{name}` is a {shape:?}, for which there is no {}: record it as an object of another shape",
            action.unwrap_or_default()
        ))
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}
