//! Conditions judged here, on an item that was read otherwise than by the request that has the condition.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;

use super::condition::Condition;
use super::key::SortCondition;
use super::names::Names;
use super::render::{Comparison, Test, Tree};
use crate::attribute::{AttributeError, Attributes};
use crate::order::compare;

/// A condition that is sent with several requests, and judged here besides.
#[derive(Clone, Debug)]
pub(crate) struct Filter(Tree);

impl Filter {
    /// # Errors
    /// If a value in it has no attribute.
    pub(crate) fn new(condition: Condition) -> Result<Self, AttributeError> {
        condition.into_tree().map(Self)
    }

    /// The item has no attribute of this name.
    pub(crate) fn lacks(name: &'static str) -> Self {
        Self(Tree::Test(Test::NotExists(name.into())))
    }

    /// One that is true if both are, as far as there are any.
    pub(crate) fn all(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(Self(one.0.and(other.0))),
            (one, other) => one.or(other),
        }
    }

    /// The `FilterExpression`.
    pub(crate) fn render(&self, names: &mut Names) -> String {
        let mut expression = String::new();
        self.0.clone().render(&mut expression, names);
        expression
    }

    /// Whether it is true of an item. `None` if only the service can tell: it does not say whether it counts the characters
    /// of a text or their bytes.
    pub(crate) fn is_true_of(&self, item: &Attributes) -> Option<bool> {
        self.0.is_true_of(item)
    }
}

impl Tree {
    fn is_true_of(&self, item: &Attributes) -> Option<bool> {
        match self {
            Self::Test(test) => test.is_true_of(item),
            Self::Not(inner) => inner.is_true_of(item).map(|answer| !answer),
            Self::And(all) => every(all, item, true),
            Self::Or(any) => every(any, item, false),
        }
    }
}

/// `answer`, if all answer so; the other one, if any does; `None` if some do not answer.
fn every(parts: &[Tree], item: &Attributes, answer: bool) -> Option<bool> {
    let mut all = Some(answer);
    for part in parts {
        match part.is_true_of(item) {
            Some(other) if other != answer => return Some(other),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

impl Test {
    fn is_true_of(&self, item: &Attributes) -> Option<bool> {
        Some(match self {
            Self::Exists(name) => item.contains_key(&**name),
            Self::NotExists(name) => !item.contains_key(&**name),
            Self::Compare(name, comparison, value) => match item.get(&**name) {
                Some(found) => comparison.holds(found, value),
                None => *comparison == Comparison::Ne,
            },
            Self::Between(name, low, high) => {
                item.get(&**name).is_some_and(|found| is_between(found, low, high))
            }
            Self::BeginsWith(name, start) => item.get(&**name).is_some_and(|found| begins_with(found, start)),
            Self::Contains(name, element) => item.get(&**name).is_some_and(|found| contains(found, element)),
            Self::Size(name, comparison, size) => match item.get(&**name) {
                None => false,
                Some(AttributeValue::S(text)) if !text.is_ascii() => return None,
                Some(found) => size_of(found).is_some_and(|found| comparison.holds(&found, size)),
            },
        })
    }
}

impl Comparison {
    fn holds(self, found: &AttributeValue, value: &AttributeValue) -> bool {
        let order = || compare(found, value);
        match self {
            Self::Eq => equal(found, value),
            Self::Ne => !equal(found, value),
            Self::Lt => order() == Some(Ordering::Less),
            Self::Le => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
            Self::Gt => order() == Some(Ordering::Greater),
            Self::Ge => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

impl SortCondition {
    /// Whether it is true of an attribute that sorts.
    pub(crate) fn is_true_of(&self, found: &AttributeValue) -> bool {
        match self {
            Self::Any => true,
            Self::Eq(value) => Comparison::Eq.holds(found, value),
            Self::Lt(value) => Comparison::Lt.holds(found, value),
            Self::Le(value) => Comparison::Le.holds(found, value),
            Self::Gt(value) => Comparison::Gt.holds(found, value),
            Self::Ge(value) => Comparison::Ge.holds(found, value),
            Self::Between(low, high) => is_between(found, low, high),
            Self::BeginsWith(start) => begins_with(found, start),
        }
    }
}

/// Whether two values are one: numbers by size, sets in any order.
pub(crate) fn equal(one: &AttributeValue, other: &AttributeValue) -> bool {
    match (one, other) {
        (AttributeValue::N(_), AttributeValue::N(_)) => compare(one, other) == Some(Ordering::Equal),
        (AttributeValue::L(one), AttributeValue::L(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (AttributeValue::M(one), AttributeValue::M(other)) => {
            let same = |(name, value)| other.get(name).is_some_and(|other| equal(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        (AttributeValue::Ss(one), AttributeValue::Ss(other)) => {
            same_elements(one, other, |one, other| one == other)
        }
        (AttributeValue::Bs(one), AttributeValue::Bs(other)) => {
            same_elements(one, other, |one, other| one == other)
        }
        (AttributeValue::Ns(one), AttributeValue::Ns(other)) => {
            same_elements(one, other, |one, other| same_number(one, other))
        }
        (one, other) => one == other,
    }
}

fn same_elements<E>(one: &[E], other: &[E], same: impl Fn(&E, &E) -> bool) -> bool {
    one.len() == other.len() && one.iter().all(|element| other.iter().any(|other| same(element, other)))
}

fn same_number(one: &str, other: &str) -> bool {
    equal(&AttributeValue::N(one.to_owned()), &AttributeValue::N(other.to_owned()))
}

fn is_between(found: &AttributeValue, low: &AttributeValue, high: &AttributeValue) -> bool {
    Comparison::Ge.holds(found, low) && Comparison::Le.holds(found, high)
}

fn begins_with(found: &AttributeValue, start: &AttributeValue) -> bool {
    match (found, start) {
        (AttributeValue::S(found), AttributeValue::S(start)) => found.starts_with(start),
        (AttributeValue::B(found), AttributeValue::B(start)) => found.as_ref().starts_with(start.as_ref()),
        _ => false,
    }
}

fn contains(found: &AttributeValue, element: &AttributeValue) -> bool {
    match (found, element) {
        (AttributeValue::S(found), AttributeValue::S(part)) => found.contains(part),
        (AttributeValue::B(found), AttributeValue::B(part)) => {
            let part = part.as_ref();
            part.is_empty() || found.as_ref().windows(part.len()).any(|window| window == part)
        }
        (AttributeValue::Ss(set), AttributeValue::S(element)) => set.contains(element),
        (AttributeValue::Bs(set), AttributeValue::B(element)) => set.contains(element),
        (AttributeValue::Ns(set), AttributeValue::N(element)) => {
            set.iter().any(|other| same_number(other, element))
        }
        (AttributeValue::L(list), element) => list.iter().any(|other| equal(other, element)),
        _ => false,
    }
}

fn size_of(found: &AttributeValue) -> Option<AttributeValue> {
    let size = match found {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(list) => list.len(),
        AttributeValue::M(map) => map.len(),
        AttributeValue::Ss(set) | AttributeValue::Ns(set) => set.len(),
        AttributeValue::Bs(set) => set.len(),
        // Numbers, booleans and NULL have none.
        _ => return None,
    };
    Some(AttributeValue::N(size.to_string()))
}
