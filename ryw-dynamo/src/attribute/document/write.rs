//! serde's side of writing a document. As JSON does it, but that nothing becomes null in silence.

use std::fmt::{self, Display};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::attribute::{Attribute as _, AttributeError, Attributes};

/// As which `serde_json`, with its feature `arbitrary_precision`, hands over a number of a `Value`.
const NUMBER: &str = "$serde_json::private::Number";

/// An error of ours in serde's clothes.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) AttributeError);

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl Error for Refusal {
    fn custom<T: Display>(message: T) -> Self {
        Self(AttributeError::unstorable(message.to_string()))
    }
}

type Written = Result<AttributeValue, Refusal>;

/// Writes one value.
pub(super) struct Writer;

macro_rules! scalars {
    ($($method:ident: $ty:ty),*) => {
        $(
            fn $method(self, value: $ty) -> Written {
                match value.to_attribute() {
                    Ok(value) => Ok(value.unwrap_or(AttributeValue::Null(true))),
                    Err(error) => Err(Refusal(error)),
                }
            }
        )*
    };
}

impl Serializer for Writer {
    type Ok = AttributeValue;
    type Error = Refusal;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Map;
    type SerializeStruct = Map;
    type SerializeStructVariant = Map;

    scalars!(
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char
    );

    fn serialize_i128(self, value: i128) -> Written {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => self.serialize_i64(value),
            (_, Ok(value)) => self.serialize_u64(value),
            (Err(_), Err(_)) => Err(too_wide(value)),
        }
    }

    fn serialize_u128(self, value: u128) -> Written {
        u64::try_from(value).map_or_else(|_| Err(too_wide(value)), |value| Self.serialize_u64(value))
    }

    fn serialize_str(self, value: &str) -> Written {
        Ok(AttributeValue::S(value.to_owned()))
    }

    /// As JSON has it, for it is read as such.
    fn serialize_bytes(self, value: &[u8]) -> Written {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        Ok(AttributeValue::Null(true))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        Ok(tagged(variant, part(variant, value)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List, Refusal> {
        Ok(List { elements: Vec::with_capacity(length.unwrap_or_default()), variant: None })
    }

    fn serialize_tuple(self, length: usize) -> Result<List, Refusal> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List, Refusal> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<List, Refusal> {
        Ok(List { elements: Vec::with_capacity(length), variant: Some(variant) })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Map, Refusal> {
        Ok(Map::new(length.unwrap_or_default(), None))
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Map, Refusal> {
        Ok(Map::new(length, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Map, Refusal> {
        Ok(Map::new(length, Some(variant)))
    }
}

fn too_wide(value: impl Display) -> Refusal {
    Refusal(AttributeError::unstorable(format!(
        "{value} has more than 64 bits, and JSON could not be read back exactly"
    )))
}

fn part<T: Serialize + ?Sized>(name: &str, value: &T) -> Written {
    value.serialize(Writer).map_err(|Refusal(error)| Refusal(error.within(name)))
}

/// A variant that holds something.
fn tagged(variant: &str, value: AttributeValue) -> AttributeValue {
    AttributeValue::M(Attributes::from([(variant.to_owned(), value)]))
}

fn tagged_if(variant: Option<&str>, value: AttributeValue) -> AttributeValue {
    match variant {
        Some(variant) => tagged(variant, value),
        None => value,
    }
}

/// Writes a list.
pub(super) struct List {
    elements: Vec<AttributeValue>,
    variant: Option<&'static str>,
}

impl List {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        let index = self.elements.len();
        self.elements.push(value.serialize(Writer).map_err(|Refusal(error)| Refusal(error.at(index)))?);
        Ok(())
    }

    fn written(self) -> AttributeValue {
        tagged_if(self.variant, AttributeValue::L(self.elements))
    }
}

macro_rules! lists {
    ($($of:ident $method:ident),*) => {
        $(
            impl $of for List {
                type Ok = AttributeValue;
                type Error = Refusal;

                fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
                    self.push(value)
                }

                fn end(self) -> Written {
                    Ok(self.written())
                }
            }
        )*
    };
}

lists!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

/// Writes a map.
pub(super) struct Map {
    parts: Attributes,
    /// The key whose value comes next.
    key: String,
    variant: Option<&'static str>,
    /// Instead of a map.
    number: Option<AttributeValue>,
}

impl Map {
    fn new(length: usize, variant: Option<&'static str>) -> Self {
        Self { parts: Attributes::with_capacity(length), key: String::new(), variant, number: None }
    }

    fn insert<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Refusal> {
        let value = part(name, value)?;
        match value {
            AttributeValue::S(digits) if name == NUMBER => {
                self.number = Some(crate::attribute::number::within_digits(digits).map_err(Refusal)?);
            }
            value => drop(self.parts.insert(name.to_owned(), value)),
        }
        Ok(())
    }

    fn written(self) -> AttributeValue {
        self.number.unwrap_or_else(|| tagged_if(self.variant, AttributeValue::M(self.parts)))
    }
}

impl SerializeMap for Map {
    type Ok = AttributeValue;
    type Error = Refusal;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refusal> {
        self.key = match key.serialize(Writer)? {
            AttributeValue::S(text) | AttributeValue::N(text) => text,
            AttributeValue::Bool(value) => value.to_string(),
            _ => return Err(Refusal::custom("a map's keys must be texts, numbers or booleans")),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        let key = std::mem::take(&mut self.key);
        self.insert(&key, value)
    }

    fn end(self) -> Written {
        Ok(self.written())
    }
}

macro_rules! structs {
    ($($of:ident),*) => {
        $(
            impl $of for Map {
                type Ok = AttributeValue;
                type Error = Refusal;

                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    name: &'static str,
                    value: &T,
                ) -> Result<(), Refusal> {
                    self.insert(name, value)
                }

                fn end(self) -> Written {
                    Ok(self.written())
                }
            }
        )*
    };
}

structs!(SerializeStruct, SerializeStructVariant);
