//! A change of one item on its way to a copy.

use std::fmt;
use std::sync::Arc;

use dynoxide::{AttributeValue, Item};

/// A write of one item as it waits for delivery.
#[derive(Clone)]
pub struct Change(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) table: String,
    pub(super) key: Item,
    /// The key in a form that is the same for equal keys.
    pub(super) slot: String,
    /// The whole item after the write; none if it was deleted.
    pub(super) image: Option<Item>,
    /// When it was written, in the world's one order.
    pub(super) stamp: u64,
}

impl Change {
    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.0.table
    }

    /// What the item's key has as `attribute`: a string or a number as it is written, bytes in hexadecimal digits. None
    /// if that is no attribute of the key.
    #[must_use]
    pub fn key(&self, attribute: &str) -> Option<String> {
        match self.0.key.get(attribute)? {
            AttributeValue::S(text) | AttributeValue::N(text) => Some(text.clone()),
            other => other.to_key_string().and_then(|text| text.strip_prefix("B:").map(str::to_owned)),
        }
    }

    /// Whether the item was deleted.
    #[must_use]
    pub fn is_delete(&self) -> bool {
        self.0.image.is_none()
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("table", &self.0.table)
            .field("key", &self.0.slot)
            .field("is_delete", &self.is_delete())
            .finish_non_exhaustive()
    }
}

/// A key in a form that is the same for equal keys, whatever the order of its attributes or the form of its numbers.
pub(super) fn slot(key: &Item) -> String {
    let mut parts: Vec<_> =
        key.iter().map(|(name, value)| (name, value.to_key_string().unwrap_or_default())).collect();
    parts.sort_unstable();
    format!("{parts:?}")
}
