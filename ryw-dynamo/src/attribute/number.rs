//! Numbers. They travel as digits, and are read as digits: a whole number never goes through a float.
//!
//! DynamoDB keeps 38 significant digits, between 1E-130 and 1E+126; what has more is refused by the service, so it is refused
//! here.

use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;

use super::list::{bytes_from_attribute, bytes_to_attribute};
use super::{Attribute, AttributeError};

/// As many significant digits as DynamoDB keeps.
const DIGITS: usize = 38;

/// The digits of an attribute that must be a number.
pub(super) fn digits(value: Option<AttributeValue>) -> Result<String, AttributeError> {
    match value {
        Some(AttributeValue::N(digits)) => Ok(digits),
        other => Err(AttributeError::expected("a number (N)", other.as_ref())),
    }
}

macro_rules! whole {
    ($($number:ty),*) => {
        $(
            impl Attribute for $number {
                fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
                    Ok(Some(AttributeValue::N(self.to_string())))
                }

                fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
                    whole(value)
                }
            }
        )*
    };
}

whole!(i8, i16, i32, i64, u16, u32, u64);

impl Attribute for u8 {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        Ok(Some(AttributeValue::N(self.to_string())))
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        whole(value)
    }

    fn list_to_attribute(list: &[Self]) -> Result<AttributeValue, AttributeError> {
        Ok(bytes_to_attribute(list))
    }

    fn list_from_attribute(value: Option<AttributeValue>) -> Result<Vec<Self>, AttributeError> {
        bytes_from_attribute(value)
    }
}

macro_rules! wide {
    ($($number:ty),*) => {
        $(
            impl Attribute for $number {
                fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
                    within_digits(self.to_string()).map(Some)
                }

                fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
                    whole(value)
                }
            }
        )*
    };
}

wide!(i128, u128);

/// They have up to 39 digits.
pub(crate) fn within_digits(digits: String) -> Result<AttributeValue, AttributeError> {
    if significant(&digits) > DIGITS {
        return Err(AttributeError::unstorable(format!(
            "{digits} has more than {DIGITS} significant digits: store it as a text"
        )));
    }
    Ok(AttributeValue::N(digits))
}

macro_rules! floats {
    ($($float:ty),*) => {
        $(
            impl Attribute for $float {
                fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
                    // The shortest digits that are read back as the same float.
                    let digits = match (1e-7..1e21).contains(&self.abs()) {
                        true => self.to_string(),
                        false => format!("{self:e}"),
                    };
                    float(f64::from(*self), digits).map(Some)
                }

                /// Another program's number may have more digits than a float: the nearest is taken.
                fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
                    let digits = digits(value)?;
                    match digits.parse::<Self>() {
                        Ok(number) if number.is_finite() => Ok(number),
                        Ok(_) | Err(_) => Err(no_such::<Self>(&digits)),
                    }
                }
            }
        )*
    };
}

floats!(f32, f64);

/// A float, if it is among DynamoDB's numbers.
fn float(number: f64, digits: String) -> Result<AttributeValue, AttributeError> {
    let size = number.abs();
    if !number.is_finite() {
        return Err(AttributeError::unstorable(format!(
            "DynamoDB has no {number}: make the field an `Option` and store `None`, or store a text"
        )));
    }
    if size == 0.0 {
        return Ok(AttributeValue::N("0".to_owned()));
    }
    if !(1e-130..1e126).contains(&size) {
        return Err(AttributeError::unstorable(format!(
            "DynamoDB's numbers lie between 1E-130 and 1E+126, and {number:e} does not: store it as a text"
        )));
    }
    Ok(AttributeValue::N(digits))
}

/// A whole number out of an attribute, in whichever way its digits are written.
fn whole<T: FromStr>(value: Option<AttributeValue>) -> Result<T, AttributeError> {
    let digits = digits(value)?;
    if let Ok(number) = digits.parse() {
        return Ok(number);
    }
    plain(&digits).and_then(|plain| plain.parse().ok()).ok_or_else(|| no_such::<T>(&digits))
}

/// The error of a number that is none of the type.
pub(super) fn no_such<T>(digits: impl Display) -> AttributeError {
    AttributeError::unreadable(format!(
        "{digits} is no `{}`: make the field's type wider",
        std::any::type_name::<T>()
    ))
}

/// The digits without an exponent and without zeros that say nothing: `1.50E+3` is `1500`. `None` if it is no number, or so long
/// that no type holds it.
pub(super) fn plain(digits: &str) -> Option<String> {
    let (sign, unsigned) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // The value is 0.`all` times ten to the `point`.
    let zeros = all.bytes().take_while(|digit| *digit == b'0').count();
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)? - i32::try_from(zeros).ok()?;
    let all = all[zeros..].trim_end_matches('0');
    if all.is_empty() {
        return Some("0".to_owned());
    }
    if !(-200..=200).contains(&point) {
        return None;
    }
    Some(match usize::try_from(point) {
        Ok(point) if point >= all.len() => format!("{sign}{all}{}", "0".repeat(point - all.len())),
        Ok(0) => format!("{sign}0.{all}"),
        Ok(point) => format!("{sign}{}.{}", &all[..point], &all[point..]),
        Err(_) => format!("{sign}0.{}{all}", "0".repeat(point.unsigned_abs() as usize)),
    })
}

/// The size of a number in bytes, by the rules that AWS publishes.
pub(super) fn size(digits: &str) -> usize {
    significant(digits).div_ceil(2) + 1
}

/// How many digits there are without the zeros at either end.
fn significant(digits: &str) -> usize {
    let mantissa = digits.split_once(['e', 'E']).map_or(digits, |(mantissa, _)| mantissa);
    let (mut significant, mut zeros) = (0, 0);
    for digit in mantissa.bytes().filter(u8::is_ascii_digit) {
        match digit {
            b'0' if significant == 0 => {}
            b'0' => zeros += 1,
            _ => {
                significant += zeros + 1;
                zeros = 0;
            }
        }
    }
    significant
}
