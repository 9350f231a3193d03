//! What is asked of a cache.

use aws_sdk_dynamodb::operation::query::QueryInput;
use ryw_core::Touch;

use super::canonical;
use crate::attribute::Attributes;

/// A question for the item of a key.
#[derive(Clone, Copy, Debug)]
pub struct ItemKey<'a> {
    table: &'a str,
    key: &'a Attributes,
    touch: Touch,
}

impl<'a> ItemKey<'a> {
    pub(crate) const fn new(table: &'a str, key: &'a Attributes, touch: Touch) -> Self {
        Self { table, key, touch }
    }

    /// The table's name, as the service knows it.
    #[must_use]
    pub const fn table(&self) -> &'a str {
        self.table
    }

    /// The key: one attribute or two.
    #[must_use]
    pub const fn attributes(&self) -> &'a Attributes {
        self.key
    }

    /// The number that [`Cache::written`](super::Cache::written) tells. Other items may have the same.
    #[must_use]
    pub const fn touch(&self) -> Touch {
        self.touch
    }

    /// Table and key as bytes: the same for equal ones, and for no others.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        canonical::text(&mut bytes, self.table);
        canonical::map(&mut bytes, self.key);
        bytes
    }
}

/// A question for a page of a query.
#[derive(Clone, Copy, Debug)]
pub struct PageKey<'a>(&'a QueryInput);

impl<'a> PageKey<'a> {
    pub(crate) const fn new(request: &'a QueryInput) -> Self {
        Self(request)
    }

    /// The request that DynamoDB would be sent.
    #[must_use]
    pub const fn request(&self) -> &'a QueryInput {
        self.0
    }

    /// The request as bytes: the same for equal ones, in whatever order their attributes are, and for no others.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let request = self.0;
        let mut bytes = Vec::with_capacity(256);
        let texts = [
            request.table_name(),
            request.index_name(),
            request.key_condition_expression(),
            request.filter_expression(),
            request.projection_expression(),
            request.select().map(AsRef::as_ref),
        ];
        for text in texts {
            canonical::optional(&mut bytes, text, canonical::text);
        }
        canonical::optional(&mut bytes, request.limit(), |bytes, limit| bytes.extend(limit.to_be_bytes()));
        canonical::optional(&mut bytes, request.scan_index_forward(), |bytes, forward| {
            bytes.push(u8::from(forward));
        });
        canonical::optional(&mut bytes, request.expression_attribute_names(), canonical::names);
        canonical::optional(&mut bytes, request.expression_attribute_values(), canonical::map);
        canonical::optional(&mut bytes, request.exclusive_start_key(), canonical::map);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::AttributeValue;

    #[test]
    fn different_requests_have_different_bytes() {
        let text = |text: &str| AttributeValue::S(text.into());
        let query = || {
            QueryInput::builder()
                .table_name("orders")
                .key_condition_expression("#0 = :0")
                .expression_attribute_names("#0", "customer")
                .expression_attribute_values(":0", text("ada"))
        };
        let requests = [
            query(),
            query().limit(1),
            query().limit(256),
            query().scan_index_forward(false),
            query().index_name("by_state"),
            query().filter_expression("by_state"),
            query().expression_attribute_values(":1", text("bob")),
            query().exclusive_start_key(":1", text("bob")),
            query().exclusive_start_key(":1", AttributeValue::N("1".into())),
            query().exclusive_start_key(":1", AttributeValue::Ss(vec!["bob".into()])),
            query().exclusive_start_key(":1", AttributeValue::L(vec![text("bob")])),
        ];
        let requests = requests.map(|request| request.build().unwrap());
        let bytes = requests.each_ref().map(|request| PageKey::new(request).to_bytes());
        for (index, one) in bytes.iter().enumerate() {
            assert_eq!(bytes.iter().position(|other| one == other), Some(index), "{:?}", requests[index]);
        }
    }

    #[test]
    fn what_is_in_another_order_is_the_same() {
        let names: Vec<_> = (0..20).map(|index| format!("a{index}")).collect();
        let key = |names: &mut dyn Iterator<Item = &String>| -> Attributes {
            names.map(|name| (name.clone(), AttributeValue::N("7".into()))).collect()
        };
        let touch = Touch { table: 1, partition: 2, item: 3 };
        let (one, other) = (key(&mut names.iter()), key(&mut names.iter().rev()));
        let bytes = |key| ItemKey::new("orders", key, touch).to_bytes();
        assert_eq!(bytes(&one), bytes(&other));
    }
}
