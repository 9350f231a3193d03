//! Decimals: digit by digit, never by way of a float.
//!
//! DynamoDB keeps no zeros at the end, so 1.50 comes back as 1.5: an equal number with another scale.

use aws_sdk_dynamodb::types::AttributeValue;
use rust_decimal::Decimal;

use super::number::{digits, no_such, plain};
use super::{Attribute, AttributeError};

impl Attribute for Decimal {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        // It has at most 29 digits and 28 decimals, so every one fits. Equal numbers have equal digits, for they may be keys.
        let digits = self.normalize().to_string();
        Ok(Some(AttributeValue::N(digits)))
    }

    /// A number of more digits than a decimal has is an error, and not rounded.
    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let digits = digits(value)?;
        let exact = |digits: String| Self::from_str_exact(&digits).ok();
        plain(&digits).and_then(exact).ok_or_else(|| no_such::<Self>(&digits))
    }
}
