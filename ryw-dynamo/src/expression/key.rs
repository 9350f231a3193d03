//! Which items of which partition a query is for.

use aws_sdk_dynamodb::types::AttributeValue;

use super::names::{Name, Names};
use super::render::{Comparison, Test};
use crate::attribute::{AttributeError, KeyValue, key_attribute};

/// Which items of a partition, by the attribute that sorts them.
#[derive(Clone, Debug, Default)]
pub(crate) enum SortCondition {
    /// All.
    #[default]
    Any,
    Eq(AttributeValue),
    Lt(AttributeValue),
    Le(AttributeValue),
    Gt(AttributeValue),
    Ge(AttributeValue),
    Between(AttributeValue, AttributeValue),
    BeginsWith(AttributeValue),
}

impl SortCondition {
    /// One that compares with `value`.
    ///
    /// # Errors
    /// If the value is none that a key can have.
    pub(crate) fn of(
        make: fn(AttributeValue) -> Self,
        value: &impl KeyValue,
    ) -> Result<Self, AttributeError> {
        key_attribute(value).map(make)
    }

    fn test(self, name: Name) -> Option<Test> {
        Some(match self {
            Self::Any => return None,
            Self::Eq(value) => Test::Compare(name, Comparison::Eq, value),
            Self::Lt(value) => Test::Compare(name, Comparison::Lt, value),
            Self::Le(value) => Test::Compare(name, Comparison::Le, value),
            Self::Gt(value) => Test::Compare(name, Comparison::Gt, value),
            Self::Ge(value) => Test::Compare(name, Comparison::Ge, value),
            Self::Between(low, high) => Test::Between(name, low, high),
            Self::BeginsWith(start) => Test::BeginsWith(name, start),
        })
    }
}

/// A `KeyConditionExpression`: one partition, and which of its items.
pub(crate) fn key_condition(
    partition: (&'static str, AttributeValue),
    sort: Option<(&'static str, SortCondition)>,
    names: &mut Names,
) -> String {
    let (name, value) = partition;
    let mut expression = String::new();
    Test::Compare(name.into(), Comparison::Eq, value).render(&mut expression, names);
    if let Some(test) = sort.and_then(|(name, condition)| condition.test(name.into())) {
        expression.push_str(" AND ");
        test.render(&mut expression, names);
    }
    expression
}
