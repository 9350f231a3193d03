//! UUIDs: in lower case with hyphens, so that they are sorted as text as their bytes are.

use ::uuid::Uuid;
use aws_sdk_dynamodb::types::AttributeValue;

use super::{Attribute, AttributeError, text};

impl Attribute for Uuid {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::S(self.hyphenated().to_string())))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        Self::try_parse(&text)
            .map_err(|error| AttributeError::unreadable(format!("`{text}` is no UUID")).with_source(error))
    }
}
