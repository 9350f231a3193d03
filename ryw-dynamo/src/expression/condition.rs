//! What must be true of an item.

use std::ops::Not;

use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::Column;

use super::names::{Name, Names};
use super::render::{Comparison, Test, Tree};
use crate::attribute::{Attribute, AttributeError};

/// What must be true of an item for a write to be made, or for a read to show it.
///
/// ```
/// # use ryw_core::Column;
/// # #[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// # enum OrderColumn { State, Paid, Note }
/// # impl Column for OrderColumn {
/// #     fn name(self) -> &'static str { "x" }
/// #     fn table(self) -> &'static str { "orders" }
/// # }
/// use ryw_dynamo::Condition;
///
/// let open = Condition::eq(OrderColumn::State, &"open".to_owned()).and(Condition::ge(OrderColumn::Paid, &100));
/// let silent = !Condition::exists(OrderColumn::Note);
/// let condition = open.or(silent);
/// # let _ = condition;
/// ```
///
/// It is judged on the item as it is in the table. **On an item that is not there** `exists` and every comparison are false, and
/// `not_exists` and `ne` are true. A comparison with an attribute that is missing, or of another type, is false, and `ne` is true.
///
/// A value that no attribute can hold (NaN) is an error of the operation that is given the condition.
#[derive(Debug)]
#[must_use = "a condition does nothing until an operation is given it"]
pub struct Condition(Result<Tree, AttributeError>);

impl Condition {
    /// The item has this attribute.
    pub fn exists(column: impl Column) -> Self {
        Self::has(column.name())
    }

    /// The item does not have this attribute.
    pub fn not_exists(column: impl Column) -> Self {
        Self::lacks(column.name())
    }

    /// The attribute is this value. A value that is left out (`None`, an empty set) is a missing attribute.
    pub fn eq(column: impl Column, value: &impl Attribute) -> Self {
        Self::of(column.name(), value, |name, value| match value {
            Some(value) => Ok(Test::Compare(name, Comparison::Eq, value)),
            None => Ok(Test::NotExists(name)),
        })
    }

    /// The attribute is another value, of another type, or missing. Beside a value that is left out (`None`, an empty set): the
    /// attribute is there.
    pub fn ne(column: impl Column, value: &impl Attribute) -> Self {
        Self::of(column.name(), value, |name, value| match value {
            Some(value) => Ok(Test::Compare(name, Comparison::Ne, value)),
            None => Ok(Test::Exists(name)),
        })
    }

    /// The attribute is less than this value.
    pub fn lt(column: impl Column, value: &impl Attribute) -> Self {
        Self::compare(column, Comparison::Lt, value)
    }

    /// The attribute is at most this value.
    pub fn le(column: impl Column, value: &impl Attribute) -> Self {
        Self::compare(column, Comparison::Le, value)
    }

    /// The attribute is greater than this value.
    pub fn gt(column: impl Column, value: &impl Attribute) -> Self {
        Self::compare(column, Comparison::Gt, value)
    }

    /// The attribute is at least this value.
    pub fn ge(column: impl Column, value: &impl Attribute) -> Self {
        Self::compare(column, Comparison::Ge, value)
    }

    /// The attribute lies between these values, or is one of them.
    pub fn between(column: impl Column, low: &impl Attribute, high: &impl Attribute) -> Self {
        let both = || Ok(Test::Between(column.name().into(), present(low)?, present(high)?));
        Self::test(both().map_err(|error: AttributeError| error.within(column.name())))
    }

    /// The attribute is a text that begins with this one.
    pub fn begins_with(column: impl Column, text: &str) -> Self {
        Self::test(Ok(Test::BeginsWith(column.name().into(), AttributeValue::S(text.to_owned()))))
    }

    /// The attribute is a text with this one in it, or a set or list with this element.
    pub fn contains(column: impl Column, element: &impl Attribute) -> Self {
        Self::of(column.name(), element, |name, element| Ok(Test::Contains(name, given(element)?)))
    }

    /// The attribute has this size: characters of a text, bytes of a binary value, elements of anything else.
    pub fn size_eq(column: impl Column, size: u64) -> Self {
        Self::size(column, Comparison::Eq, size)
    }

    /// The attribute has at most this [size](Self::size_eq).
    pub fn size_le(column: impl Column, size: u64) -> Self {
        Self::size(column, Comparison::Le, size)
    }

    /// The attribute has at least this [size](Self::size_eq).
    pub fn size_ge(column: impl Column, size: u64) -> Self {
        Self::size(column, Comparison::Ge, size)
    }

    /// Both are true.
    pub fn and(self, other: Self) -> Self {
        self.with(other, Tree::and)
    }

    /// At least one is true.
    pub fn or(self, other: Self) -> Self {
        self.with(other, Tree::or)
    }

    /// The item has the attribute of this name.
    pub(crate) fn has(name: &'static str) -> Self {
        Self::test(Ok(Test::Exists(name.into())))
    }

    /// The item has no attribute of this name.
    pub(crate) fn lacks(name: &'static str) -> Self {
        Self::test(Ok(Test::NotExists(name.into())))
    }

    /// The attribute of this name is this.
    pub(crate) fn is(name: &'static str, value: AttributeValue) -> Self {
        Self::test(Ok(Test::Compare(name.into(), Comparison::Eq, value)))
    }

    /// The `ConditionExpression`, or `FilterExpression`.
    ///
    /// # Errors
    /// If a value in it has no attribute.
    pub(crate) fn render(self, names: &mut Names) -> Result<String, AttributeError> {
        let mut expression = String::new();
        self.0?.render(&mut expression, names);
        Ok(expression)
    }

    pub(super) fn into_tree(self) -> Result<Tree, AttributeError> {
        self.0
    }

    fn compare(column: impl Column, comparison: Comparison, value: &impl Attribute) -> Self {
        Self::of(column.name(), value, |name, value| Ok(Test::Compare(name, comparison, given(value)?)))
    }

    fn size(column: impl Column, comparison: Comparison, size: u64) -> Self {
        Self::test(Ok(Test::Size(column.name().into(), comparison, AttributeValue::N(size.to_string()))))
    }

    fn of(
        name: &'static str,
        value: &impl Attribute,
        test: impl FnOnce(Name, Option<AttributeValue>) -> Result<Test, AttributeError>,
    ) -> Self {
        let made = value.to_attribute().and_then(|value| test(name.into(), value));
        Self::test(made.map_err(|error| error.within(name)))
    }

    fn test(test: Result<Test, AttributeError>) -> Self {
        Self(test.map(Tree::Test))
    }

    /// Of two errors the first is told.
    fn with(self, other: Self, join: fn(Tree, Tree) -> Tree) -> Self {
        Self(self.0.and_then(|left| Ok(join(left, other.0?))))
    }
}

/// It is false.
impl Not for Condition {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0.map(Tree::not))
    }
}

fn present(value: &impl Attribute) -> Result<AttributeValue, AttributeError> {
    given(value.to_attribute()?)
}

fn given(value: Option<AttributeValue>) -> Result<AttributeValue, AttributeError> {
    value.ok_or_else(|| {
        AttributeError::unstorable(
            "there is nothing to compare it with: ask `exists` or `not_exists` for `None`",
        )
    })
}
