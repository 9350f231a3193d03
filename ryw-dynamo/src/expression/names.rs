//! The placeholders of a request.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;

/// The name of an attribute.
pub(crate) type Name = Cow<'static, str>;

/// What stands behind placeholders.
pub(crate) type Places<V> = Option<HashMap<String, V>>;

/// The placeholders of a request: `#0`, `#1` for names, each once, and `:0`, `:1` for values.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: Vec<Name>,
    values: Vec<AttributeValue>,
}

impl Names {
    /// Writes the placeholder of a name.
    pub(crate) fn name(&mut self, expression: &mut String, name: &Name) {
        let known = self.names.iter().position(|known| known == name);
        let number = known.unwrap_or_else(|| {
            self.names.push(name.clone());
            self.names.len() - 1
        });
        write!(expression, "#{number}").expect("a String takes whatever is written");
    }

    /// Writes the placeholder of a value.
    pub(crate) fn value(&mut self, expression: &mut String, value: AttributeValue) {
        write!(expression, ":{}", self.values.len()).expect("a String takes whatever is written");
        self.values.push(value);
    }

    /// `ExpressionAttributeNames` and `ExpressionAttributeValues`; `None` where there are none, for DynamoDB refuses an empty map.
    pub(crate) fn into_maps(self) -> (Places<String>, Places<AttributeValue>) {
        let names = self
            .names
            .into_iter()
            .enumerate()
            .map(|(number, name)| (format!("#{number}"), name.into_owned()));
        let values = self.values.into_iter().enumerate().map(|(number, value)| (format!(":{number}"), value));
        (filled(names), filled(values))
    }
}

fn filled<V>(entries: impl Iterator<Item = (String, V)>) -> Places<V> {
    let map: HashMap<_, _> = entries.collect();
    (!map.is_empty()).then_some(map)
}

/// A `ProjectionExpression` of these attributes.
pub(crate) fn projection(attributes: &[&'static str], names: &mut Names) -> String {
    let mut expression = String::new();
    for (index, attribute) in attributes.iter().enumerate() {
        if index > 0 {
            expression.push_str(", ");
        }
        names.name(&mut expression, &Name::Borrowed(attribute));
    }
    expression
}
