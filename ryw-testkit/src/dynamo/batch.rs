//! Batches: done in part, and read with two consistencies at once.

use serde_json::{Map, Value};

use super::operation::{Json, Operation};
use super::request::{Request, wants_strong};

/// The most keys of a batch that reads.
const MOST_KEYS: usize = 100;

/// How many items a batch is about.
pub(super) fn length(request: &Request) -> usize {
    let parts = request.body.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
    parts.filter_map(|(_, part)| list(request.operation, part)).map(Vec::len).sum()
}

/// Takes the second half out of a batch. What was taken is what is left unprocessed.
pub(super) fn halve(request: &mut Request) -> Json {
    let (operation, mut keep) = (request.operation, length(request).div_ceil(2));
    let mut rest = Json::new();
    let Some(Value::Object(parts)) = request.body.get_mut("RequestItems") else { return rest };
    for (table, part) in &mut *parts {
        let mut left = part.clone();
        let (Some(kept), Some(left_list)) = (list_mut(operation, part), list_mut(operation, &mut left))
        else {
            continue;
        };
        let here = kept.len().min(keep);
        kept.truncate(here);
        left_list.drain(..here);
        keep -= here;
        if !left_list.is_empty() {
            rest.insert(table.clone(), left);
        }
    }
    parts.retain(|_, part| list(operation, part).is_none_or(|kept| !kept.is_empty()));
    rest
}

/// Adds what was left unprocessed to an answer.
pub(super) fn leave(operation: Operation, answer: &mut Json, rest: Json) {
    let name = if operation == Operation::BatchGetItem { "UnprocessedKeys" } else { "UnprocessedItems" };
    merge(answer, Json::from_iter([(name.to_owned(), Value::Object(rest))]));
}

/// The strong and the eventual part of a batch of reads. None if it is of one kind, or too long to be anything but
/// refused.
pub(super) fn split(request: &Request) -> Option<[Request; 2]> {
    let parts = request.body.get("RequestItems")?.as_object()?;
    let of_kind = |strong: bool| -> Map<String, Value> {
        let suits = |part: &Value| part.as_object().is_some_and(wants_strong) == strong;
        parts
            .iter()
            .filter(|(_, part)| suits(part))
            .map(|(table, part)| (table.clone(), part.clone()))
            .collect()
    };
    let halves = [of_kind(true), of_kind(false)];
    if length(request) > MOST_KEYS || halves.iter().any(Map::is_empty) {
        return None;
    }
    Some(halves.map(|half| {
        let mut part = request.clone();
        part.body.insert("RequestItems".into(), Value::Object(half));
        part
    }))
}

/// Adds one part's answer to another's: objects by their members, lists by their elements.
pub(super) fn merge(answer: &mut Json, more: Json) {
    for (name, more) in more {
        match (answer.get_mut(&name), more) {
            (Some(Value::Object(has)), Value::Object(more)) => merge(has, more),
            (Some(Value::Array(has)), Value::Array(more)) => has.extend(more),
            (_, more) => {
                answer.insert(name, more);
            }
        }
    }
}

fn list(operation: Operation, part: &Value) -> Option<&Vec<Value>> {
    if operation == Operation::BatchGetItem { part.get("Keys")?.as_array() } else { part.as_array() }
}

fn list_mut(operation: Operation, part: &mut Value) -> Option<&mut Vec<Value>> {
    if operation == Operation::BatchGetItem {
        part.get_mut("Keys")?.as_array_mut()
    } else {
        part.as_array_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(operation: Operation, items: Value) -> Request {
        Request { operation, body: Json::from_iter([("RequestItems".to_owned(), items)]) }
    }

    #[test]
    fn a_half_is_done_and_nothing_gets_lost() {
        for (items, done, left) in [
            (json!({"t": [1, 2, 3]}), json!({"t": [1, 2]}), json!({"t": [3]})),
            (json!({"t": [1], "u": [2, 3]}), json!({"t": [1], "u": [2]}), json!({"u": [3]})),
            (json!({"t": [1], "u": [2]}), json!({"t": [1]}), json!({"u": [2]})),
            (json!({"t": [1]}), json!({"t": [1]}), json!({})),
        ] {
            let mut request = request(Operation::BatchWriteItem, items);
            assert_eq!(Value::Object(halve(&mut request)), left);
            assert_eq!(request.body["RequestItems"], done);
        }
    }

    #[test]
    fn what_is_left_of_a_read_keeps_how_it_is_read() {
        let mut request =
            request(Operation::BatchGetItem, json!({"t": {"Keys": [1, 2], "ConsistentRead": true}}));
        let left = halve(&mut request);
        assert_eq!(left["t"], json!({"Keys": [2], "ConsistentRead": true}));
        assert_eq!(request.body["RequestItems"]["t"], json!({"Keys": [1], "ConsistentRead": true}));
    }

    #[test]
    fn only_a_batch_of_both_kinds_is_split() {
        let (strong, eventual) = (json!({"Keys": [1], "ConsistentRead": true}), json!({"Keys": [2]}));
        let both = request(Operation::BatchGetItem, json!({"s": strong, "e": eventual}));
        let [first, second] = split(&both).unwrap();
        assert_eq!(first.body["RequestItems"], json!({"s": strong}));
        assert_eq!(second.body["RequestItems"], json!({"e": eventual}));
        assert!(split(&request(Operation::BatchGetItem, json!({"s": strong}))).is_none());
    }

    #[test]
    fn answers_are_merged_by_their_members() {
        let mut answer =
            json!({"Responses": {"s": [1]}, "ConsumedCapacity": [1]}).as_object().unwrap().clone();
        let more = json!({"Responses": {"e": [2]}, "ConsumedCapacity": [2], "UnprocessedKeys": {}});
        merge(&mut answer, more.as_object().unwrap().clone());
        let expected =
            json!({"Responses": {"s": [1], "e": [2]}, "ConsumedCapacity": [1, 2], "UnprocessedKeys": {}});
        assert_eq!(Value::Object(answer), expected);
    }
}
