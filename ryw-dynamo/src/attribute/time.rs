//! time's types, as ISO 8601 with nine decimals, which is as exact as they are.

use ::time::format_description::well_known::Rfc3339;
use ::time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};
use aws_sdk_dynamodb::types::AttributeValue;

use super::{Attribute, AttributeError, text};

/// A date, if the year has four digits; any other would not be sorted among them.
fn date(date: Date) -> Result<String, AttributeError> {
    let (year, month, day) = date.to_calendar_date();
    if !(0..=9999).contains(&year) {
        return Err(AttributeError::unstorable(format!(
            "the year {year} has no four digits, and would be sorted wrongly as a text: store it as a number"
        )));
    }
    Ok(format!("{year:04}-{:02}-{day:02}", u8::from(month)))
}

fn time(time: Time) -> String {
    let (hour, minute, second, nanosecond) = time.as_hms_nano();
    format!("{hour:02}:{minute:02}:{second:02}.{nanosecond:09}")
}

/// Parses `whole`, which is `text` with what it lacks added.
fn parsed(whole: &str, text: &str, what: &str) -> Result<OffsetDateTime, AttributeError> {
    OffsetDateTime::parse(whole, &Rfc3339)
        .map_err(|error| AttributeError::unreadable(format!("`{text}` is no {what}")).with_source(error))
}

/// The offset is not kept: it is the same instant in UTC.
impl Attribute for OffsetDateTime {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        // The first and the last hours of time have no instant in UTC.
        let Some(utc) = self.checked_to_offset(UtcOffset::UTC) else {
            return Err(AttributeError::unstorable(
                "in UTC its year has no four digits: store it as a number",
            ));
        };
        Ok(Some(AttributeValue::S(format!("{}T{}Z", date(utc.date())?, time(utc.time())))))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        let moment = parsed(&text, &text, "time in the form of RFC 3339")?;
        moment.checked_to_offset(UtcOffset::UTC).ok_or_else(|| {
            AttributeError::unreadable(format!(
                "`{text}` is beyond the years that the field's type has in UTC"
            ))
        })
    }
}

impl Attribute for PrimitiveDateTime {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::S(format!("{}T{}", date(self.date())?, time(self.time())))))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        let moment = parsed(&format!("{text}Z"), &text, "date and time without a zone")?;
        Ok(Self::new(moment.date(), moment.time()))
    }
}

impl Attribute for Date {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::S(date(*self)?)))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        parsed(&format!("{text}T00:00:00Z"), &text, "date").map(OffsetDateTime::date)
    }
}

impl Attribute for Time {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::S(time(*self))))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        let text = text(value)?;
        parsed(&format!("1970-01-01T{text}Z"), &text, "time of day").map(OffsetDateTime::time)
    }
}
