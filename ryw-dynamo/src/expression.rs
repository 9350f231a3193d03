//! What requests say of items: conditions, changes, keys and projections.
//!
//! Every name and every value goes through a placeholder, so that reserved words and odd characters are safe, and a name with a
//! dot in it is one name. One table of placeholders ([`Names`]) serves all expressions of a request.

mod changes;
mod condition;
mod judge;
mod key;
mod names;
mod render;
#[cfg(test)]
mod tests;

pub use self::changes::Changes;
pub use self::condition::Condition;
pub(crate) use self::judge::{Filter, equal};
pub(crate) use self::key::{SortCondition, key_condition};
pub(crate) use self::names::{Names, projection};
