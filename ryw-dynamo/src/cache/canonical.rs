//! Requests as bytes, each in one way only: lengths before texts, and maps and sets in the order of their keys.

use std::collections::HashMap;

use crate::attribute::{AttributeValue, Attributes};

pub(super) fn optional<T>(bytes: &mut Vec<u8>, value: Option<T>, put: impl FnOnce(&mut Vec<u8>, T)) {
    bytes.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(bytes, value);
    }
}

pub(super) fn text(bytes: &mut Vec<u8>, text: &str) {
    blob(bytes, text.as_bytes());
}

pub(super) fn names(bytes: &mut Vec<u8>, names: &HashMap<String, String>) {
    sorted(bytes, names, |bytes, name| text(bytes, name));
}

pub(super) fn map(bytes: &mut Vec<u8>, map: &Attributes) {
    sorted(bytes, map, value);
}

fn value(bytes: &mut Vec<u8>, attribute: &AttributeValue) {
    match attribute {
        AttributeValue::S(string) => {
            bytes.push(b'S');
            text(bytes, string);
        }
        AttributeValue::N(number) => {
            bytes.push(b'N');
            text(bytes, number);
        }
        AttributeValue::B(binary) => {
            bytes.push(b'B');
            blob(bytes, binary.as_ref());
        }
        AttributeValue::Bool(yes) => bytes.extend([b'?', u8::from(*yes)]),
        AttributeValue::Null(_) => bytes.push(b'0'),
        AttributeValue::L(list) => {
            bytes.push(b'L');
            length(bytes, list.len());
            list.iter().for_each(|element| value(bytes, element));
        }
        AttributeValue::M(entries) => {
            bytes.push(b'M');
            map(bytes, entries);
        }
        AttributeValue::Ss(texts) => set(bytes, b's', texts.iter().map(String::as_bytes)),
        AttributeValue::Ns(numbers) => set(bytes, b'n', numbers.iter().map(String::as_bytes)),
        AttributeValue::Bs(blobs) => set(bytes, b'b', blobs.iter().map(AsRef::as_ref)),
        // Not our enum: what it learns to hold is told apart by what it prints.
        other => {
            bytes.push(b'*');
            text(bytes, &format!("{other:?}"));
        }
    }
}

fn sorted<T>(bytes: &mut Vec<u8>, map: &HashMap<String, T>, put: impl Fn(&mut Vec<u8>, &T)) {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by_key(|(name, _)| *name);
    length(bytes, entries.len());
    for (name, value) in entries {
        text(bytes, name);
        put(bytes, value);
    }
}

fn set<'a>(bytes: &mut Vec<u8>, kind: u8, elements: impl Iterator<Item = &'a [u8]>) {
    let mut elements: Vec<_> = elements.collect();
    elements.sort_unstable();
    bytes.push(kind);
    length(bytes, elements.len());
    elements.into_iter().for_each(|element| blob(bytes, element));
}

fn blob(bytes: &mut Vec<u8>, blob: &[u8]) {
    length(bytes, blob.len());
    bytes.extend_from_slice(blob);
}

fn length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend((length as u64).to_be_bytes());
}
