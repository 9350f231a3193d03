//! The item that everything is measured with: mapped by hand, by serde and by the derive.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use anyhow::{Result, anyhow, bail};
use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::Repository;
use serde::Deserialize;

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// An order, which its customer now and then changes.
#[derive(Clone, Debug, PartialEq, Deserialize, Repository)]
#[repository(dynamo(table = "orders", pk = customer, sk = number))]
pub(crate) struct Order {
    /// Whose.
    #[repository(key)]
    pub(crate) customer: String,
    /// Which of theirs.
    #[repository(key)]
    pub(crate) number: i64,
    /// How far it is.
    pub(crate) state: String,
    /// What is ordered.
    pub(crate) title: String,
    /// What else there is to say.
    pub(crate) note: Option<String>,
    /// How many.
    pub(crate) quantity: i32,
    /// For how much.
    pub(crate) cents: i64,
    /// Whether that was paid.
    pub(crate) paid: bool,
    /// The number of the write, so that of two states the older one can be told.
    pub(crate) revision: i64,
}

impl Order {
    /// A session's order, as it is by the write of this number.
    pub(crate) fn revised(session: usize, number: i64, revision: i64) -> Self {
        Self {
            customer: customer(session),
            number,
            state: "open".into(),
            title: "Twelve sheets of handmade paper".into(),
            note: None,
            quantity: 12,
            cents: 4_780,
            paid: false,
            revision,
        }
    }

    /// What an item says, by hand and without copies.
    ///
    /// # Errors
    /// If an attribute is not there, or of another type.
    pub(crate) fn from_item(mut item: Item) -> Result<Self> {
        Ok(Self {
            customer: text(&mut item, "customer")?,
            number: number(&mut item, "number")?,
            state: text(&mut item, "state")?,
            title: text(&mut item, "title")?,
            note: item.contains_key("note").then(|| text(&mut item, "note")).transpose()?,
            quantity: number(&mut item, "quantity")?,
            cents: number(&mut item, "cents")?,
            paid: truth(&mut item, "paid")?,
            revision: number(&mut item, "revision")?,
        })
    }

    /// The item, by hand.
    pub(crate) fn to_item(&self) -> Item {
        let mut item = key(&self.customer, self.number);
        item.insert("state".into(), AttributeValue::S(self.state.clone()));
        item.insert("title".into(), AttributeValue::S(self.title.clone()));
        item.extend(self.note.clone().map(|note| ("note".into(), AttributeValue::S(note))));
        item.insert("quantity".into(), AttributeValue::N(self.quantity.to_string()));
        item.insert("cents".into(), AttributeValue::N(self.cents.to_string()));
        item.insert("paid".into(), AttributeValue::Bool(self.paid));
        item.insert("revision".into(), AttributeValue::N(self.revision.to_string()));
        item
    }
}

/// The customer that a session is of.
pub(crate) fn customer(session: usize) -> String {
    format!("customer-{session:06}")
}

/// A key as the SDK has it.
pub(crate) fn key(customer: &str, number: i64) -> Item {
    HashMap::from([
        ("customer".to_owned(), AttributeValue::S(customer.to_owned())),
        ("number".to_owned(), AttributeValue::N(number.to_string())),
    ])
}

fn text(item: &mut Item, name: &str) -> Result<String> {
    match item.remove(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        other => bail!("{name} is no text: {other:?}"),
    }
}

fn number<N: FromStr<Err: Display>>(item: &mut Item, name: &str) -> Result<N> {
    match item.remove(name) {
        Some(AttributeValue::N(number)) => {
            number.parse().map_err(|error| anyhow!("{name} is {number}: {error}"))
        }
        other => bail!("{name} is no number: {other:?}"),
    }
}

fn truth(item: &mut Item, name: &str) -> Result<bool> {
    match item.remove(name) {
        Some(AttributeValue::Bool(truth)) => Ok(truth),
        other => bail!("{name} is neither true nor false: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use ryw_dynamo::{Item as _, WriteItem as _};

    use super::*;

    #[test]
    fn all_mappings_agree() {
        for note in [None, Some("by hand".to_owned())] {
            let order = Order { note, ..Order::revised(4_711, 3, 9) };
            let item = order.to_item();
            assert_eq!(order.to_attributes().unwrap(), item);
            assert_eq!(Order::from_item(item.clone()).unwrap(), order);
            assert_eq!(Order::from_attributes(item.clone()).unwrap(), order);
            assert_eq!(serde_dynamo::aws_sdk_dynamodb_1::from_item::<Order>(item).unwrap(), order);
        }
    }
}
