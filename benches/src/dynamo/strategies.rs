//! Ways to read: without ryw, and with it.

use anyhow::{Context as _, Result};
use aws_sdk_dynamodb::Client;
use ryw_core::{Context, Scope};
use ryw_dynamo::DynamoSource;

use super::order::{Order, OrderRepository, key};

/// How it is chosen which reads are strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// None is: the plain SDK.
    Eventual,
    /// All are: the plain SDK.
    Strong,
    /// Those that may depend on what the session has lately written.
    Ryw(Scope),
}

impl Kind {
    pub(crate) const ITEM: Self = Self::Ryw(Scope::Item);
    pub(crate) const SESSION: Self = Self::Ryw(Scope::Session);
    pub(crate) const ALL: [Self; 4] = [Self::Eventual, Self::Strong, Self::SESSION, Self::ITEM];

    pub(crate) const fn is_ryw(self) -> bool {
        matches!(self, Self::Ryw(_))
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Eventual => "all eventual".into(),
            Self::Strong => "all strong".into(),
            Self::Ryw(scope) => format!("ryw, scope {scope:?}").to_lowercase(),
        }
    }
}

/// One of them, with what it reads and writes by.
#[derive(Debug)]
pub(crate) struct Strategy {
    kind: Kind,
    client: Client,
    orders: OrderRepository<DynamoSource>,
}

impl Strategy {
    pub(crate) fn new(kind: Kind, client: Client, source: DynamoSource) -> Self {
        Self { kind, client, orders: OrderRepository::new(source) }
    }

    pub(crate) async fn write(&self, session: &Context, order: &Order) -> Result<()> {
        if self.kind.is_ryw() {
            self.orders.upsert(session, order).await?;
        } else {
            self.client.put_item().table_name("orders").set_item(Some(order.to_item())).send().await?;
        }
        Ok(())
    }

    pub(crate) async fn read(&self, session: &Context, key: &(String, i64)) -> Result<Order> {
        let found = match self.kind {
            Kind::Ryw(_) => self.orders.find(session, key).await?,
            Kind::Eventual => self.find(key, false).await?,
            Kind::Strong => self.find(key, true).await?,
        };
        found.with_context(|| format!("there is no order {key:?}"))
    }

    async fn find(&self, (customer, number): &(String, i64), strong: bool) -> Result<Option<Order>> {
        let request = self.client.get_item().table_name("orders").set_key(Some(key(customer, *number)));
        let answer = request.consistent_read(strong).send().await?;
        answer.item.map(Order::from_item).transpose()
    }
}
