//! A condition as DynamoDB reads it. Of its operators NOT binds most, then AND, then OR.

use aws_sdk_dynamodb::types::AttributeValue;

use super::names::{Name, Names};

/// Tests, and what joins them.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Test(Test),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
}

/// What one attribute is asked.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Exists(Name),
    NotExists(Name),
    Compare(Name, Comparison, AttributeValue),
    Between(Name, AttributeValue, AttributeValue),
    BeginsWith(Name, AttributeValue),
    Contains(Name, AttributeValue),
    Size(Name, Comparison, AttributeValue),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Tree {
    pub(super) fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut all) => {
                all.push(other);
                Self::And(all)
            }
            first @ (Self::Test(_) | Self::Or(_) | Self::Not(_)) => Self::And(vec![first, other]),
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        match self {
            Self::Or(mut any) => {
                any.push(other);
                Self::Or(any)
            }
            first @ (Self::Test(_) | Self::And(_) | Self::Not(_)) => Self::Or(vec![first, other]),
        }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other @ (Self::Test(_) | Self::And(_) | Self::Or(_)) => Self::Not(Box::new(other)),
        }
    }

    pub(super) fn render(self, expression: &mut String, names: &mut Names) {
        match self {
            Self::Test(test) => test.render(expression, names),
            Self::And(all) => join(all, " AND ", expression, names),
            Self::Or(any) => join(any, " OR ", expression, names),
            Self::Not(inner) => {
                expression.push_str("NOT ");
                inner.grouped(expression, names);
            }
        }
    }

    /// In parentheses, unless it needs none wherever it stands.
    fn grouped(self, expression: &mut String, names: &mut Names) {
        match self {
            Self::Test(test) => test.render(expression, names),
            joined @ (Self::And(_) | Self::Or(_) | Self::Not(_)) => {
                expression.push('(');
                joined.render(expression, names);
                expression.push(')');
            }
        }
    }
}

fn join(parts: Vec<Tree>, word: &str, expression: &mut String, names: &mut Names) {
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            expression.push_str(word);
        }
        part.grouped(expression, names);
    }
}

impl Test {
    pub(super) fn render(self, expression: &mut String, names: &mut Names) {
        match self {
            Self::Exists(name) => call("attribute_exists", &name, None, expression, names),
            Self::NotExists(name) => call("attribute_not_exists", &name, None, expression, names),
            Self::BeginsWith(name, text) => call("begins_with", &name, Some(text), expression, names),
            Self::Contains(name, element) => call("contains", &name, Some(element), expression, names),
            Self::Compare(name, comparison, value) => {
                names.name(expression, &name);
                comparison.render(value, expression, names);
            }
            Self::Size(name, comparison, value) => {
                call("size", &name, None, expression, names);
                comparison.render(value, expression, names);
            }
            Self::Between(name, low, high) => {
                names.name(expression, &name);
                expression.push_str(" BETWEEN ");
                names.value(expression, low);
                expression.push_str(" AND ");
                names.value(expression, high);
            }
        }
    }
}

impl Comparison {
    fn render(self, value: AttributeValue, expression: &mut String, names: &mut Names) {
        expression.push_str(match self {
            Self::Eq => " = ",
            Self::Ne => " <> ",
            Self::Lt => " < ",
            Self::Le => " <= ",
            Self::Gt => " > ",
            Self::Ge => " >= ",
        });
        names.value(expression, value);
    }
}

fn call(
    function: &str,
    name: &Name,
    value: Option<AttributeValue>,
    expression: &mut String,
    names: &mut Names,
) {
    expression.push_str(function);
    expression.push('(');
    names.name(expression, name);
    if let Some(value) = value {
        expression.push_str(", ");
        names.value(expression, value);
    }
    expression.push(')');
}
