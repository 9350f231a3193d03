//! What a request asks for, read from its JSON.

use serde_json::Value;

use super::operation::{Json, Operation};

/// How consistent a read is asked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Consistency {
    Strong,
    Eventual,
}

/// A request for an operation.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) operation: Operation,
    pub(super) body: Json,
}

/// A write of one item: its table, and either its key or the item with the key in it.
#[derive(Debug, PartialEq)]
pub(super) struct Touch<'a> {
    pub(super) table: &'a str,
    pub(super) holder: &'a Json,
}

impl Request {
    /// How consistent it is asked to be, if it is a read.
    pub(super) fn consistency(&self) -> Option<Consistency> {
        let strong = match self.operation {
            Operation::GetItem | Operation::Query | Operation::Scan => wants_strong(&self.body),
            Operation::BatchGetItem => {
                self.batch().any(|(_, part)| part.as_object().is_some_and(wants_strong))
            }
            Operation::TransactGetItems => true,
            _ => return None,
        };
        Some(if strong { Consistency::Strong } else { Consistency::Eventual })
    }

    /// The tables whose items it reads or writes.
    pub(super) fn tables(&self) -> Vec<&str> {
        match self.operation {
            Operation::BatchGetItem | Operation::BatchWriteItem => {
                self.batch().map(|(table, _)| table).collect()
            }
            Operation::TransactGetItems | Operation::TransactWriteItems => {
                self.actions().filter_map(|(_, action)| text(action, "TableName")).collect()
            }
            _ => text(&self.body, "TableName").into_iter().collect(),
        }
    }

    /// The items that it writes.
    pub(super) fn touches(&self) -> Vec<Touch<'_>> {
        match self.operation {
            Operation::PutItem => touch(&self.body, "Item").into_iter().collect(),
            Operation::UpdateItem | Operation::DeleteItem => touch(&self.body, "Key").into_iter().collect(),
            Operation::BatchWriteItem => {
                self.batch().flat_map(|(table, writes)| batched(table, writes)).collect()
            }
            Operation::TransactWriteItems => self
                .actions()
                .filter_map(|(name, action)| match name {
                    "Put" => touch(action, "Item"),
                    "Update" | "Delete" => touch(action, "Key"),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// How many actions a transaction has; 0 for all else.
    pub(super) fn transaction_length(&self) -> usize {
        self.actions().count()
    }

    /// The index that it reads.
    pub(super) fn index(&self) -> Option<&str> {
        matches!(self.operation, Operation::Query | Operation::Scan)
            .then(|| text(&self.body, "IndexName"))
            .flatten()
    }

    /// The parts of a batch by table.
    fn batch(&self) -> impl Iterator<Item = (&str, &Value)> {
        let parts = self.body.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
        parts.map(|(table, part)| (table.as_str(), part))
    }

    /// The actions of a transaction by kind.
    fn actions(&self) -> impl Iterator<Item = (&str, &Json)> {
        let items = self.body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
        items
            .filter_map(Value::as_object)
            .flatten()
            .filter_map(|(name, action)| Some((name.as_str(), action.as_object()?)))
    }
}

pub(super) fn wants_strong(part: &Json) -> bool {
    part.get("ConsistentRead") == Some(&Value::Bool(true))
}

fn batched<'a>(table: &'a str, writes: &'a Value) -> impl Iterator<Item = Touch<'a>> {
    writes.as_array().into_iter().flatten().filter_map(move |write| {
        let holder = write.pointer("/PutRequest/Item").or_else(|| write.pointer("/DeleteRequest/Key"))?;
        Some(Touch { table, holder: holder.as_object()? })
    })
}

fn touch<'a>(action: &'a Json, holder: &str) -> Option<Touch<'a>> {
    Some(Touch { table: text(action, "TableName")?, holder: action.get(holder)?.as_object()? })
}

fn text<'a>(of: &'a Json, name: &str) -> Option<&'a str> {
    of.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(operation: Operation, body: Value) -> Request {
        Request { operation, body: body.as_object().unwrap().clone() }
    }

    #[test]
    fn all_writes_are_found_wherever_they_stand() {
        let (key, item) = (json!({"pk": {"S": "a"}}), json!({"pk": {"S": "b"}, "n": {"N": "1"}}));
        for (operation, body, expected) in [
            (Operation::PutItem, json!({"TableName": "t", "Item": item}), vec![("t", &item)]),
            (Operation::UpdateItem, json!({"TableName": "t", "Key": key}), vec![("t", &key)]),
            (
                Operation::BatchWriteItem,
                json!({"RequestItems": {"t": [{"PutRequest": {"Item": item}}, {"DeleteRequest": {"Key": key}}]}}),
                vec![("t", &item), ("t", &key)],
            ),
            (
                Operation::TransactWriteItems,
                json!({"TransactItems": [
                    {"ConditionCheck": {"TableName": "t", "Key": key}},
                    {"Put": {"TableName": "u", "Item": item}},
                    {"Delete": {"TableName": "t", "Key": key}},
                ]}),
                vec![("u", &item), ("t", &key)],
            ),
            (Operation::GetItem, json!({"TableName": "t", "Key": key}), vec![]),
        ] {
            let request = request(operation, body);
            let found: Vec<_> =
                request.touches().iter().map(|touch| (touch.table, touch.holder.clone())).collect();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(table, holder)| (table, holder.as_object().unwrap().clone()))
                .collect();
            assert_eq!(found, expected, "{request:?}");
        }
    }

    #[test]
    fn a_read_is_eventual_unless_it_says_otherwise() {
        let batch = |strong| json!({"RequestItems": {"t": {"Keys": []}, "u": {"Keys": [], "ConsistentRead": strong}}});
        for (operation, body, expected) in [
            (Operation::GetItem, json!({}), Some(Consistency::Eventual)),
            (Operation::Query, json!({"ConsistentRead": true}), Some(Consistency::Strong)),
            (Operation::Scan, json!({"ConsistentRead": false}), Some(Consistency::Eventual)),
            (Operation::BatchGetItem, batch(true), Some(Consistency::Strong)),
            (Operation::BatchGetItem, batch(false), Some(Consistency::Eventual)),
            (Operation::TransactGetItems, json!({}), Some(Consistency::Strong)),
            (Operation::PutItem, json!({}), None),
        ] {
            assert_eq!(request(operation, body).consistency(), expected, "{operation:?}");
        }
    }
}
