//! A user's favourite colour, and the number that each colour stands for.

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use ryw_core::Repository;

/// A user's favourite colour.
#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"), dynamo(table = "favorites"))]
pub(crate) struct Favorite {
    /// Whose.
    #[repository(key)]
    pub(crate) user_id: i64,
    /// As `#rrggbb`.
    pub(crate) color_hex: String,
    /// When it was last chosen: by the database's clock, or with DynamoDB by ours.
    #[repository(updated_at)]
    pub(crate) updated_at: DateTime<Utc>,
}

impl Favorite {
    /// The user's choice number `count`. Colours count up, so that of two choices the older one can be told.
    pub(crate) fn choice(user_id: i64, count: u32) -> Self {
        Self { user_id, color_hex: color(count), updated_at: DateTime::UNIX_EPOCH }
    }
}

/// The colour of choice number `count`, of at most 24 bits.
pub(crate) fn color(count: u32) -> String {
    format!("#{count:06x}")
}

/// The number of the choice that has this colour.
///
/// # Errors
/// If the colour is not one of ours: somebody else has written it.
pub(crate) fn count(color: &str) -> Result<u32> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
    digits
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .with_context(|| format!("the colour {color:?} was written by somebody else"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_tells_its_choice() {
        for choice in [0, 1, 9, 0x1234, 0xff_ffff] {
            assert_eq!(count(&color(choice)).unwrap(), choice);
        }
    }

    #[test]
    fn what_is_no_colour_of_ours_is_refused() {
        for text in ["", "#", "red", "#12345", "#1234567", "#12345g", "123456"] {
            assert!(count(text).is_err(), "{text}");
        }
    }
}
