//! What an update changes.

use aws_sdk_dynamodb::types::AttributeValue;

use super::names::{Name, Names};
use crate::attribute::{Attribute, AttributeError, check_value_size};

/// What an update changes, attribute by attribute. What it does not name stays as it is.
///
/// Of two changes to one attribute the later counts: DynamoDB refuses an expression that has both.
///
/// ```
/// use ryw_dynamo::{AttributeError, Changes};
///
/// fn rename(nickname: Option<String>) -> Result<Changes, AttributeError> {
///     let mut changes = Changes::default();
///     changes.set("name", &"Ada".to_owned())?;
///     changes.set("nickname", &nickname)?; // `None` removes it
///     changes.add("renamed", 1);
///     Ok(changes)
/// }
/// # assert!(!rename(None)?.is_empty());
/// # Ok::<(), AttributeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    changes: Vec<(Name, Change)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Change {
    Set(AttributeValue),
    SetIfAbsent(AttributeValue),
    Remove,
    Add(AttributeValue),
}

impl Changes {
    /// Stores a value, or removes the attribute if it is one that is left out: `None`, or an empty set.
    ///
    /// # Errors
    /// If DynamoDB has nothing that is this value, or it is larger than any item.
    pub fn set(&mut self, name: impl Into<Name>, value: &impl Attribute) -> Result<(), AttributeError> {
        let name = name.into();
        let value = value.to_attribute().map_err(|error| error.within(&name))?;
        self.set_or_remove(name, value)
    }

    /// Stores a value that serde knows, or removes the attribute if it is null.
    ///
    /// # Errors
    /// As [`put_json`](crate::put_json), or if it is larger than any item.
    #[cfg(feature = "json")]
    pub fn set_json(
        &mut self,
        name: impl Into<Name>,
        value: &impl serde::Serialize,
    ) -> Result<(), AttributeError> {
        let name = name.into();
        let value = crate::attribute::json_attribute(value).map_err(|error| error.within(&name))?;
        self.set_or_remove(name, value)
    }

    /// Stores an attribute.
    pub fn set_value(&mut self, name: impl Into<Name>, value: AttributeValue) {
        self.change(name.into(), Change::Set(value));
    }

    /// Stores an attribute where there is none.
    pub fn set_if_absent(&mut self, name: impl Into<Name>, value: AttributeValue) {
        self.change(name.into(), Change::SetIfAbsent(value));
    }

    /// Whether something is said of the attribute of this name.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.changes.iter().any(|(known, _)| known == name)
    }

    /// Removes the attribute.
    pub fn remove(&mut self, name: impl Into<Name>) {
        self.change(name.into(), Change::Remove);
    }

    /// Adds to a number; one that is missing counts as 0. Doing it twice is not doing it once: such an update is not to be
    /// repeated if its answer is lost.
    pub fn add(&mut self, name: impl Into<Name>, number: i64) {
        self.change(name.into(), Change::Add(AttributeValue::N(number.to_string())));
    }

    /// Whether nothing is changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn set_or_remove(&mut self, name: Name, value: Option<AttributeValue>) -> Result<(), AttributeError> {
        if let Some(value) = &value {
            check_value_size(&name, value)?;
        }
        self.change(name, value.map_or(Change::Remove, Change::Set));
        Ok(())
    }

    fn change(&mut self, name: Name, change: Change) {
        match self.changes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, earlier)) => *earlier = change,
            None => self.changes.push((name, change)),
        }
    }

    /// The `UpdateExpression`; `None` if nothing is changed, for DynamoDB refuses an empty one.
    pub(crate) fn render(self, names: &mut Names) -> Option<String> {
        let (mut set, mut remove, mut add) = (String::new(), String::new(), String::new());
        for (name, change) in self.changes {
            match change {
                Change::Set(value) => {
                    names.name(begun(&mut set, "SET "), &name);
                    set.push_str(" = ");
                    names.value(&mut set, value);
                }
                Change::SetIfAbsent(value) => {
                    names.name(begun(&mut set, "SET "), &name);
                    set.push_str(" = if_not_exists(");
                    names.name(&mut set, &name);
                    set.push_str(", ");
                    names.value(&mut set, value);
                    set.push(')');
                }
                Change::Remove => names.name(begun(&mut remove, "REMOVE "), &name),
                Change::Add(number) => {
                    names.name(begun(&mut add, "ADD "), &name);
                    add.push(' ');
                    names.value(&mut add, number);
                }
            }
        }
        let clauses: Vec<_> = [set, remove, add].into_iter().filter(|clause| !clause.is_empty()).collect();
        (!clauses.is_empty()).then(|| clauses.join(" "))
    }
}

/// The clause, ready for one more.
fn begun<'a>(clause: &'a mut String, keyword: &str) -> &'a mut String {
    clause.push_str(if clause.is_empty() { keyword } else { ", " });
    clause
}
