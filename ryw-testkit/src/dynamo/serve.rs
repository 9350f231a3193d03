//! What a Region answers to a request.

use dynoxide::Item;
use serde_json::{Value, json};

use super::batch;
use super::operation::{Json, Kind, Operation};
use super::refused::Refused;
use super::request::{Consistency, Request};
use super::site::{Copy, Reach};
use super::world::World;

/// A status and a body.
pub(super) type Answer = (u16, String);

impl World {
    /// What the Region says to a request; none if the answer gets lost.
    pub(super) fn answer(&mut self, site: usize, target: &str, body: &str) -> Option<Answer> {
        if self.sites[site].reach == Reach::Nowhere {
            return None;
        }
        let Some(operation) = Operation::of_target(target) else {
            return Some(told(Refused::unknown_operation()));
        };
        let arns = Arns::of(operation, &self.sites[site].name);
        let Ok(body) = serde_json::from_str(&arns.to_emulator(body)) else {
            return Some(told(Refused::malformed()));
        };
        match self.run(site, Request { operation, body }) {
            // It was done all the same.
            Ok(_) if self.sites[site].faults.lose(operation) => None,
            Ok(answer) => Some((200, arns.to_client(&Value::Object(answer).to_string()))),
            Err(why) => Some(told(Refused { body: arns.to_client(&why.body), ..why })),
        }
    }

    fn run(&mut self, site: usize, mut request: Request) -> Result<Json, Refused> {
        self.settle();
        by_name(&mut request.body);
        let (operation, consistency) = (request.operation, request.consistency());
        let here = &mut self.sites[site];
        here.requests.count(operation, consistency);
        if let Some(refused) = here.faults.refuse(operation, request.transaction_length()) {
            return Err(refused);
        }
        self.check_global(site, &request)?;
        let answer = match operation.kind() {
            Kind::Write | Kind::Read => self.run_on_items(site, request),
            Kind::Schema | Kind::About => self.run_on_tables(site, &request),
        };
        self.settle();
        match &self.broken {
            Some(why) => Err(Refused::internal(why)),
            None => answer,
        }
    }

    /// Always asks what it costs, and counts it.
    fn run_on_items(&mut self, site: usize, mut request: Request) -> Result<Json, Refused> {
        let operation = request.operation;
        let is_told = request.body.contains_key("ReturnConsumedCapacity")
            && request.body["ReturnConsumedCapacity"] != json!("NONE");
        if !is_told {
            request.body.insert("ReturnConsumedCapacity".into(), json!("TOTAL"));
        }
        let rest = self.leave_unprocessed(site, &mut request);
        let mut answer = match operation {
            Operation::BatchGetItem => self.read_batch(site, &request)?,
            _ if operation.kind() == Kind::Read => self.read(site, &request)?,
            _ => self.write(site, &request)?,
        };
        self.sites[site].requests.charge(operation, &answer);
        if !is_told {
            answer.remove("ConsumedCapacity");
        }
        if let Some(rest) = rest {
            batch::leave(operation, &mut answer, rest);
        }
        Ok(answer)
    }

    fn leave_unprocessed(&mut self, site: usize, request: &mut Request) -> Option<Json> {
        let is_batch = matches!(request.operation, Operation::BatchGetItem | Operation::BatchWriteItem);
        let enough = is_batch && batch::length(request) >= 2;
        (enough && self.sites[site].faults.do_a_part()).then(|| batch::halve(request))
    }

    fn read(&mut self, site: usize, request: &Request) -> Result<Json, Refused> {
        let copy = self.sites[site].route(request);
        self.sites[site].copy(copy).run(request.operation, request.body.clone())
    }

    fn read_batch(&mut self, site: usize, request: &Request) -> Result<Json, Refused> {
        let Some([strong, eventual]) = batch::split(request) else {
            return self.read_batch_of_one(site, request);
        };
        let mut answer = self.read_batch_of_one(site, &strong)?;
        batch::merge(&mut answer, self.read_batch_of_one(site, &eventual)?);
        Ok(answer)
    }

    fn read_batch_of_one(&mut self, site: usize, request: &Request) -> Result<Json, Refused> {
        let copy = match request.consistency() {
            Some(Consistency::Strong) => Copy::Leader,
            _ => self.sites[site].route_eventual(),
        };
        self.sites[site].copy(copy).run(request.operation, request.body.clone())
    }

    /// Writes at the leader, and tells the others of each item written.
    fn write(&mut self, site: usize, request: &Request) -> Result<Json, Refused> {
        let before = match request.operation {
            // A transaction whose token is known is answered and not done again: nothing new to tell of.
            Operation::TransactWriteItems => Some(self.images(site, request)),
            _ => None,
        };
        let answer = self.sites[site].leader.run(request.operation, request.body.clone())?;
        if before.is_none_or(|before| before != self.images(site, request)) {
            for (table, key) in self.keys(site, request) {
                let published = self.publish(site, &table, key);
                self.check(published);
            }
        }
        Ok(answer)
    }

    fn images(&self, site: usize, request: &Request) -> Vec<Option<Item>> {
        let leader = &self.sites[site].leader;
        let keys = self.keys(site, request).into_iter();
        keys.map(|(table, key)| leader.item(&table, &key).ok().flatten()).collect()
    }

    /// The keys of what a request writes, with their tables.
    fn keys(&self, site: usize, request: &Request) -> Vec<(String, Item)> {
        let leader = &self.sites[site].leader;
        let key_of = |touch: super::request::Touch<'_>| {
            let key = leader.schema(touch.table)?.key_of(touch.holder);
            Some((touch.table.to_owned(), serde_json::from_value(Value::Object(key)).ok()?))
        };
        request.touches().into_iter().filter_map(key_of).collect()
    }
}

/// Puts a table's name where its ARN was given.
fn by_name(body: &mut Json) {
    if let Some(Value::String(table)) = body.get_mut("TableName")
        && let Some((_, name)) = table.strip_prefix("arn:").and_then(|arn| arn.split_once(":table/"))
    {
        *table = name.to_owned();
    }
}

fn told(refused: Refused) -> Answer {
    (refused.status, refused.body)
}

/// Translates the Region in ARNs, which the emulator has one of.
struct Arns {
    /// How ARNs begin here and in the emulator; none in operations on items, which are passed on as they are.
    beginnings: Option<(String, &'static str)>,
}

impl Arns {
    fn of(operation: Operation, region: &str) -> Self {
        let on_items =
            matches!(operation.kind(), Kind::Read | Kind::Write) || operation == Operation::GetRecords;
        let beginnings = (format!("arn:aws:dynamodb:{region}:"), "arn:aws:dynamodb:dynoxide:");
        Self { beginnings: (!on_items).then_some(beginnings) }
    }

    fn to_emulator(&self, text: &str) -> String {
        self.beginnings.as_ref().map_or_else(|| text.to_owned(), |(here, there)| text.replace(here, there))
    }

    fn to_client(&self, text: &str) -> String {
        self.beginnings.as_ref().map_or_else(|| text.to_owned(), |(here, there)| text.replace(there, here))
    }
}
