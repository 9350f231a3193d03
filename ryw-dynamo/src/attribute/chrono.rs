//! chrono's types, as ISO 8601 with nine decimals, which is as exact as they are.

use std::fmt;

use ::chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use aws_sdk_dynamodb::types::AttributeValue;

use super::{Attribute, AttributeError, text};

/// What is printed, if the year has four digits; any other would not be sorted among them.
fn printed(year: i32, text: impl fmt::Display) -> Result<Option<AttributeValue>, AttributeError> {
    if !(0..=9999).contains(&year) {
        return Err(AttributeError::unstorable(format!(
            "the year {year} has no four digits, and would be sorted wrongly as a text: store it as a number"
        )));
    }
    Ok(Some(AttributeValue::S(text.to_string())))
}

fn unreadable(text: &str, what: &str, error: ::chrono::ParseError) -> AttributeError {
    AttributeError::unreadable(format!("`{text}` is no {what}")).with_source(error)
}

impl Attribute for DateTime<Utc> {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        printed(self.year(), self.format("%Y-%m-%dT%H:%M:%S%.9fZ"))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        match DateTime::parse_from_rfc3339(&text) {
            Ok(moment) => Ok(moment.to_utc()),
            Err(error) => Err(unreadable(&text, "time in the form of RFC 3339", error)),
        }
    }
}

impl Attribute for NaiveDateTime {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        printed(self.year(), self.format("%Y-%m-%dT%H:%M:%S%.9f"))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        text.parse().map_err(|error| unreadable(&text, "date and time without a zone", error))
    }
}

impl Attribute for NaiveDate {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        printed(self.year(), self.format("%Y-%m-%d"))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        text.parse().map_err(|error| unreadable(&text, "date", error))
    }
}

impl Attribute for NaiveTime {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::S(self.format("%H:%M:%S%.9f").to_string())))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        text.parse().map_err(|error| unreadable(&text, "time of day", error))
    }
}
