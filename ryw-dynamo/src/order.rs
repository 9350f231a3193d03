//! How DynamoDB compares values: texts by their UTF-8 bytes, bytes as unsigned, numbers by size.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;

/// Which of two values comes first. `None` if they are of different types, or of one that has no order.
pub(crate) fn compare(one: &AttributeValue, other: &AttributeValue) -> Option<Ordering> {
    match (one, other) {
        (AttributeValue::S(one), AttributeValue::S(other)) => Some(one.as_bytes().cmp(other.as_bytes())),
        (AttributeValue::B(one), AttributeValue::B(other)) => Some(one.as_ref().cmp(other.as_ref())),
        (AttributeValue::N(one), AttributeValue::N(other)) => {
            Some(Number::parse(one)?.cmp(&Number::parse(other)?))
        }
        _ => None,
    }
}

/// Whether a text is a number.
pub(crate) fn is_number(digits: &str) -> bool {
    Number::parse(digits).is_some()
}

/// A decimal number, by its digits: no float has enough of them.
#[derive(PartialEq, Eq)]
struct Number<'a> {
    sign: Ordering,
    /// The power of ten of the first digit that is not zero.
    magnitude: i64,
    /// From that digit on: before the point, and behind it.
    digits: (&'a str, &'a str),
}

impl<'a> Number<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let exponent = i64::from(exponent);
        let whole = whole.trim_start_matches('0');
        let length = |digits: &str| i64::try_from(digits.len()).ok();
        let (magnitude, digits) = if whole.is_empty() {
            let significant = fraction.trim_start_matches('0');
            (exponent - 1 - (length(fraction)? - length(significant)?), (significant, ""))
        } else {
            (exponent + length(whole)? - 1, (whole, fraction))
        };
        let zero = digits.0.is_empty();
        let sign = match (zero, negative) {
            (true, _) => Ordering::Equal,
            (false, true) => Ordering::Less,
            (false, false) => Ordering::Greater,
        };
        Some(Self { sign, magnitude: if zero { 0 } else { magnitude }, digits })
    }

    fn size(&self, other: &Self) -> Ordering {
        let mut these = self.digits.0.bytes().chain(self.digits.1.bytes());
        let mut those = other.digits.0.bytes().chain(other.digits.1.bytes());
        let by_digits = || loop {
            match (these.next(), those.next()) {
                (None, None) => return Ordering::Equal,
                (one, other) => match one.unwrap_or(b'0').cmp(&other.unwrap_or(b'0')) {
                    Ordering::Equal => {}
                    unequal @ (Ordering::Less | Ordering::Greater) => return unequal,
                },
            }
        };
        self.magnitude.cmp(&other.magnitude).then_with(by_digits)
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.sign.cmp(&other.sign).then_with(|| match self.sign {
            Ordering::Equal => Ordering::Equal,
            Ordering::Greater => self.size(other),
            Ordering::Less => other.size(self),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_size() {
        let sorted = [
            "-1e10",
            "-12.5",
            "-12.49",
            "-1",
            "-0.02",
            "-0.0199",
            "0",
            "1e-130",
            "0.0009",
            "0.01",
            "1",
            "1.0001",
            "9.99",
            "10",
            "99",
            "1.0E2",
            "12345678901234567890123456789012345678",
            "1e126",
        ];
        for (place, one) in sorted.iter().enumerate() {
            for (other_place, other) in sorted.iter().enumerate() {
                let (a, b) = (AttributeValue::N((*one).into()), AttributeValue::N((*other).into()));
                assert_eq!(compare(&a, &b), Some(place.cmp(&other_place)), "{one} {other}");
            }
        }
        for (one, other) in
            [("1", "1.000"), ("0", "-0.0"), ("100", "1E2"), ("0.5", ".5"), ("12e-1", "1.2"), ("+3", "3")]
        {
            let (a, b) = (AttributeValue::N(one.into()), AttributeValue::N(other.into()));
            assert_eq!(compare(&a, &b), Some(Ordering::Equal), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_number_has_no_order() {
        for text in ["", "-", ".", "e5", "1e", "1e99999999999", "0x1", "1 ", "NaN", "1.2.3", "--1"] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn texts_are_compared_by_their_bytes_and_only_with_texts() {
        let text = |text: &str| AttributeValue::S(text.into());
        assert_eq!(compare(&text("Z"), &text("a")), Some(Ordering::Less));
        assert_eq!(compare(&text("a"), &text("a\u{0}")), Some(Ordering::Less));
        assert_eq!(compare(&text("1"), &AttributeValue::N("1".into())), None);
        assert_eq!(compare(&AttributeValue::Bool(true), &AttributeValue::Bool(true)), None);
    }
}
