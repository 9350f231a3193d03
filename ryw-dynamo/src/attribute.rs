//! How values become attributes, and attributes values.
//!
//! Exactly: what was stored is read back as the same value, or it is refused before it is sent.
//!
//! * What is `None`, and an empty set, is left out: an attribute of type NULL would stand in sparse indexes, and
//!   `attribute_not_exists` would not find it missing. Inside of lists and maps, where nothing can be left out, it is NULL.
//! * Sets are sets, bytes are binary, numbers are digits: no whole number and no decimal goes through a float.
//! * Whatever DynamoDB has no value for (NaN, a number of more than 38 digits, an empty key) is an error here, with the path
//!   of the attribute.
//!
//! Rejected: serde. It knows neither sets nor decimals, and calls bytes a list; whoever wants it for a field has
//! `#[repository(json)]`.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "rust_decimal")]
mod decimal;
#[cfg(feature = "json")]
mod document;
mod error;
mod expires_at;
mod key;
mod list;
mod map;
pub(crate) mod number;
mod scalar;
mod set;
mod size;
#[cfg(test)]
mod tests;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;
mod value;

use std::collections::HashMap;

pub use aws_sdk_dynamodb::types::AttributeValue;

#[cfg(feature = "json")]
pub(crate) use self::document::json_attribute;
#[cfg(feature = "json")]
pub use self::document::{put_json, take_json};
pub use self::error::AttributeError;
pub use self::expires_at::ExpiresAt;
pub(crate) use self::key::key_attribute;
pub use self::key::{KeyValue, put_key};
pub use self::size::{MAX_ITEM_SIZE, estimated_size};
pub(crate) use self::size::{check_size, check_value_size};
pub use self::value::{label, map, put_as, put_as_if_any, take_as, take_as_if_any, text, unknown_label};

/// An item: its attributes by name.
pub type Attributes = HashMap<String, AttributeValue>;

/// A value that an attribute can hold.
///
/// | Rust | DynamoDB |
/// |---|---|
/// | `String`, `Box<str>`, `char` | S |
/// | `i8` to `i128`, `u8` to `u128`, `f32`, `f64` | N, as digits; NaN, infinities and more than 38 digits are refused |
/// | `bool` | BOOL |
/// | `Vec<u8>`, `[u8; N]` | B |
/// | `Vec<T>`, `[T; N]` of anything else | L |
/// | `HashSet<T>`, `BTreeSet<T>` of what can be a [key](KeyValue) | SS, NS or BS; an empty one is left out, and a missing one is empty |
/// | `HashMap<String, T>`, `BTreeMap<String, T>` | M |
/// | `Option<T>` | as `T`, or left out |
/// | [`ExpiresAt`] | N, in seconds |
/// | `Decimal` (feature `rust_decimal`) | N, exactly; trailing zeros are not kept |
/// | `Uuid` (feature `uuid`) | S |
/// | `DateTime<Utc>`, `NaiveDateTime`, `NaiveDate`, `NaiveTime` (`chrono`); `OffsetDateTime`, `PrimitiveDateTime`, `Date`, `Time` (`time`) | S, in ISO 8601 with nine decimals: sorted as text they are sorted by time. Years 0 to 9999 |
///
/// `#[derive(Value)]` implements it for enums, newtypes and structs. Write it for another type by way of one that has it:
///
/// ```
/// use ryw_dynamo::{Attribute, AttributeError, AttributeValue};
///
/// struct Celsius(f64);
///
/// impl Attribute for Celsius {
///     fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
///         self.0.to_attribute()
///     }
///
///     fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
///         f64::from_attribute(value).map(Self)
///     }
/// }
/// ```
///
/// What [`to_attribute`](Self::to_attribute) gives [`from_attribute`](Self::from_attribute) MUST read back as the same value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be held by a DynamoDB attribute",
    note = "derive `ryw_core::Value` for a type of your own, or implement `ryw_dynamo::Attribute`; chrono, time, uuid and \
            rust_decimal are features of `ryw-dynamo`, and `#[repository(json)]` stores what serde knows"
)]
pub trait Attribute: Sized {
    /// Whether some value of the type is left out, as `None` and an empty set are. MUST be true if
    /// [`to_attribute`](Self::to_attribute) can give `None`.
    const CAN_BE_LEFT_OUT: bool = false;

    /// The attribute of this value; `None` if it is left out.
    ///
    /// # Errors
    /// If DynamoDB has nothing that is this value.
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError>;

    /// The value of an attribute; `None` stands for one that the item does not have.
    ///
    /// # Errors
    /// If the attribute is missing and must not be, or is none of this type.
    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError>;

    /// The attribute of a list of such values. Bytes have one of their own.
    #[doc(hidden)]
    fn list_to_attribute(list: &[Self]) -> Result<AttributeValue, AttributeError> {
        list::to_attribute(list)
    }

    /// The values of a list.
    #[doc(hidden)]
    fn list_from_attribute(value: Option<AttributeValue>) -> Result<Vec<Self>, AttributeError> {
        list::from_attribute(value)
    }
}

/// Adds a value to an item, unless it is one that is left out.
///
/// # Errors
/// If DynamoDB has nothing that is this value.
pub fn put(attributes: &mut Attributes, name: &str, value: &impl Attribute) -> Result<(), AttributeError> {
    if let Some(value) = value.to_attribute().map_err(|error| error.within(name))? {
        attributes.insert(name.to_owned(), value);
    }
    Ok(())
}

/// Takes a value out of an item. Nothing is copied that can be moved.
///
/// # Errors
/// If the attribute is missing and must not be, or is none of this type.
pub fn take<T: Attribute>(attributes: &mut Attributes, name: &str) -> Result<T, AttributeError> {
    T::from_attribute(attributes.remove(name)).map_err(|error| error.within(name))
}
