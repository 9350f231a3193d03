//! One copy of a Region's tables: a database of the emulator, and when each of its items was written.

use std::collections::HashMap;

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::types::{GlobalSecondaryIndex, KeySchemaElement};
use dynoxide::{Database, DynoxideError, Item};

use super::change::Change;
use super::operation::{Json, Operation};
use super::refused::Refused;

/// A copy.
pub(super) struct Store {
    database: Database,
    /// By table and slot, the stamp of what the item is, or was when it was deleted.
    stamps: HashMap<(String, String), u64>,
}

/// What the model has to know of a table.
#[derive(Debug, PartialEq)]
pub(super) struct Schema {
    pub(super) keys: Vec<KeySchemaElement>,
    pub(super) global_indexes: Vec<String>,
    pub(super) has_local_indexes: bool,
    pub(super) has_ttl: bool,
}

impl Store {
    pub(super) fn new() -> Result<Self, DynoxideError> {
        Ok(Self { database: Database::memory()?, stamps: HashMap::new() })
    }

    pub(super) fn run(&self, operation: Operation, request: Json) -> Result<Json, Refused> {
        operation.run(&self.database, request)
    }

    /// What a table is like; none if there is no such table.
    pub(super) fn schema(&self, table: &str) -> Option<Schema> {
        let metadata = self.database.get_table_metadata(table).ok()??;
        let indexes: Vec<GlobalSecondaryIndex> =
            metadata.gsi_definitions.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Some(Schema {
            keys: serde_json::from_str(&metadata.key_schema).ok()?,
            global_indexes: indexes.into_iter().map(|index| index.index_name).collect(),
            has_local_indexes: metadata.lsi_definitions.is_some_and(|text| text != "[]"),
            has_ttl: metadata.ttl_enabled,
        })
    }

    /// An item as it is at present.
    pub(super) fn item(&self, table: &str, key: &Item) -> Result<Option<Item>, DynoxideError> {
        let request =
            GetItemRequest { table_name: table.to_owned(), key: key.clone(), ..GetItemRequest::default() };
        self.database.get_item(request).map(|answer| answer.item)
    }

    /// All items of a table.
    pub(super) fn items(&self, table: &str) -> Result<Vec<Item>, DynoxideError> {
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let page = self.database.scan(ScanRequest {
                table_name: table.to_owned(),
                exclusive_start_key: start,
                ..ScanRequest::default()
            })?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// Notes that an item was written here.
    pub(super) fn note(&mut self, change: &Change) {
        self.stamps.insert((change.0.table.clone(), change.0.slot.clone()), change.0.stamp);
    }

    /// Makes an item what it was changed to, unless what is here was written later. Says whether it did.
    pub(super) fn apply(&mut self, change: &Change) -> Result<bool, DynoxideError> {
        let place = (change.0.table.clone(), change.0.slot.clone());
        if self.stamps.get(&place).is_some_and(|&stamp| stamp >= change.0.stamp) {
            return Ok(false);
        }
        match self.overwrite(change) {
            Ok(()) => {}
            // The table has gone meanwhile, and what was on its way to it with it.
            Err(DynoxideError::ResourceNotFoundException(_)) => return Ok(false),
            Err(why) => return Err(why),
        }
        self.stamps.insert(place, change.0.stamp);
        Ok(true)
    }

    fn overwrite(&self, change: &Change) -> Result<(), DynoxideError> {
        let table_name = change.0.table.clone();
        match change.0.image.clone() {
            Some(item) => {
                self.database.put_item(PutItemRequest { table_name, item, ..PutItemRequest::default() })?;
            }
            None => {
                let key = change.0.key.clone();
                let request = DeleteItemRequest { table_name, key, ..DeleteItemRequest::default() };
                self.database.delete_item(request)?;
            }
        }
        Ok(())
    }
}

impl Schema {
    /// The key in an item that has all attributes of the table's key.
    pub(super) fn key_of(&self, item: &Json) -> Json {
        let names = self.keys.iter().map(|key| key.attribute_name.as_str());
        names.filter_map(|name| Some((name.to_owned(), item.get(name)?.clone()))).collect()
    }
}
