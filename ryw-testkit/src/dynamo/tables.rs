//! Operations on tables: at once in all copies, as tables are not what lags.

use serde_json::{Value, json};

use super::global::Mode;
use super::operation::{Json, Kind, Operation};
use super::refused::Refused;
use super::request::Request;
use super::world::World;

impl World {
    pub(super) fn run_on_tables(&mut self, site: usize, request: &Request) -> Result<Json, Refused> {
        let table = request.tables().first().map(|&table| table.to_owned()).unwrap_or_default();
        match (request.operation.kind(), request.operation) {
            (_, Operation::DescribeTable) => self.describe(site, &table, request.body.clone()),
            (Kind::Schema, Operation::DeleteTable) => self.delete(site, &table, &request.body),
            (Kind::Schema, Operation::CreateTable) => {
                self.everywhere(site, Operation::CreateTable, &request.body)
            }
            (Kind::Schema, operation) => self.alter(site, &table, operation, &request.body),
            (_, operation) => self.sites[site].leader.run(operation, request.body.clone()),
        }
    }

    /// Has all copies of a Region do it. What the leader refuses nobody does.
    pub(super) fn everywhere(
        &mut self,
        site: usize,
        operation: Operation,
        request: &Json,
    ) -> Result<Json, Refused> {
        let [leader, others @ ..] = self.sites[site].copies();
        let answer = leader.run(operation, request.clone())?;
        for copy in others {
            copy.run(operation, request.clone())?;
        }
        Ok(answer)
    }

    /// A request to create what a table in a Region is like.
    pub(super) fn creation_of(&self, site: usize, table: &str) -> Result<Json, Refused> {
        let asked = Json::from_iter([("TableName".to_owned(), json!(table))]);
        let mut answer = self.sites[site].leader.run(Operation::DescribeTable, asked)?;
        let described = answer.remove("Table").unwrap_or_default();
        let mut request =
            pick(&described, &["TableName", "AttributeDefinitions", "KeySchema", "StreamSpecification"]);
        request.extend(price(&described, described.pointer("/BillingModeSummary/BillingMode")));
        for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
            let indexes: Vec<_> = described[kind].as_array().into_iter().flatten().map(index).collect();
            if !indexes.is_empty() {
                request.insert(kind.into(), json!(indexes));
            }
        }
        Ok(request)
    }

    fn describe(&mut self, site: usize, table: &str, request: Json) -> Result<Json, Refused> {
        let mut answer = self.sites[site].leader.run(Operation::DescribeTable, request)?;
        if let Some(description) = answer.get_mut("Table").and_then(Value::as_object_mut) {
            self.describe_global(site, table, description);
        }
        Ok(answer)
    }

    /// Of a global table, deletes the Region's replica; the others remain.
    fn delete(&mut self, site: usize, table: &str, request: &Json) -> Result<Json, Refused> {
        let answer = self.everywhere(site, Operation::DeleteTable, request)?;
        self.forget(site, table);
        if let Some(group) = self.groups.get_mut(table) {
            group.members.retain(|&member| member != site);
            if group.members.len() < 2 {
                self.groups.remove(table);
            }
        }
        Ok(answer)
    }

    /// Of a global table, changes all replicas.
    fn alter(
        &mut self,
        site: usize,
        table: &str,
        operation: Operation,
        request: &Json,
    ) -> Result<Json, Refused> {
        let group = self.groups.get(table).filter(|group| group.members.contains(&site)).cloned();
        if operation == Operation::UpdateTimeToLive
            && group.as_ref().is_some_and(|group| group.mode == Mode::Strong)
        {
            return Err(Refused::validation(
                "Time to live is not supported on global tables with multi-Region strong consistency",
            ));
        }
        let answer = self.everywhere(site, operation, request)?;
        for other in group.into_iter().flat_map(|group| group.others(site)) {
            self.everywhere(other, operation, request)?;
        }
        Ok(answer)
    }
}

fn index(described: &Value) -> Json {
    let mut index = pick(described, &["IndexName", "KeySchema", "Projection"]);
    let units = &described["ProvisionedThroughput"]["ReadCapacityUnits"];
    index.extend(units.as_u64().filter(|&units| units > 0).and_then(|_| price(described, None)));
    index
}

/// How a table or an index is paid for.
fn price(described: &Value, mode: Option<&Value>) -> Option<(String, Value)> {
    match mode.and_then(Value::as_str) {
        Some("PAY_PER_REQUEST") => Some(("BillingMode".into(), json!("PAY_PER_REQUEST"))),
        _ => {
            let units =
                pick(&described["ProvisionedThroughput"], &["ReadCapacityUnits", "WriteCapacityUnits"]);
            Some(("ProvisionedThroughput".into(), Value::Object(units)))
        }
    }
}

fn pick(from: &Value, names: &[&str]) -> Json {
    names.iter().filter_map(|name| Some(((*name).to_owned(), from.get(name)?.clone()))).collect()
}
