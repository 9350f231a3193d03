//! How values become attributes, and attributes values.

use std::collections::HashMap;

pub use aws_sdk_dynamodb::types::AttributeValue;

/// An item: its attributes by name.
pub type Attributes = HashMap<String, AttributeValue>;

/// Why a value and an attribute do not fit.
#[derive(Debug)]
pub struct AttributeError;
