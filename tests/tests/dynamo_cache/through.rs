//! A cache that stands before the database and asks it itself, as DAX does, and cannot tell when it did.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use ryw_core::{Context, Timestamp};
use ryw_dynamo::{Attributes, Cache, Cached, CachedPage, ItemKey, PageKey};

use super::world::{MOMENT, WINDOW, World};

/// What it once has it keeps, and says that nothing is older than two seconds.
#[derive(Clone, Debug)]
struct Through {
    client: Client,
    items: Arc<Mutex<HashMap<Vec<u8>, Option<Attributes>>>>,
    pages: Arc<Mutex<HashMap<Vec<u8>, CachedPage>>>,
}

const AGE: Duration = Duration::from_secs(2);

impl Through {
    fn new(world: &World) -> Self {
        let client = world.regions.region(0).client();
        Self { client, items: Arc::default(), pages: Arc::default() }
    }

    fn clear(&self) {
        self.items.lock().unwrap().clear();
        self.pages.lock().unwrap().clear();
    }
}

#[async_trait]
impl Cache for Through {
    fn max_age(&self) -> Duration {
        AGE
    }

    async fn item(&self, key: &ItemKey<'_>, _: Timestamp) -> Option<Cached<Option<Attributes>>> {
        let held = self.items.lock().unwrap().get(&key.to_bytes()).cloned();
        let value = match held {
            Some(value) => value,
            None => {
                let request = self.client.get_item().table_name(key.table());
                let answer = request.set_key(Some(key.attributes().clone())).send().await.ok()?;
                self.items.lock().unwrap().insert(key.to_bytes(), answer.item.clone());
                answer.item
            }
        };
        Some(Cached { value, sent_at: None })
    }

    async fn page(&self, query: &PageKey<'_>, _: Timestamp) -> Option<Cached<CachedPage>> {
        let held = self.pages.lock().unwrap().get(&query.to_bytes()).cloned();
        let value = match held {
            Some(value) => value,
            None => {
                let request = query.request();
                let send = self
                    .client
                    .query()
                    .set_table_name(request.table_name.clone())
                    .set_key_condition_expression(request.key_condition_expression.clone())
                    .set_expression_attribute_names(request.expression_attribute_names.clone())
                    .set_expression_attribute_values(request.expression_attribute_values.clone())
                    .send();
                let answer = send.await.ok()?;
                let page =
                    CachedPage { items: answer.items.unwrap_or_default(), next: answer.last_evaluated_key };
                self.pages.lock().unwrap().insert(query.to_bytes(), page.clone());
                page
            }
        };
        Some(Cached { value, sent_at: None })
    }
}

#[tokio::test]
async fn it_answers_others_at_once_and_a_session_when_its_answers_cannot_be_from_within_the_window() {
    let (world, ctx) = (World::start().await, Context::new());
    let through = Through::new(&world);
    let process = world.process(through.clone());
    process.insert(&Context::new(), "old").await;
    world.hold();
    process.rename(&ctx, "new").await;
    world.clock.advance(WINDOW - MOMENT);
    assert_eq!(process.title(&Context::new()).await.as_deref(), Some("old"));
    assert_eq!(process.titles(&Context::new()).await, ["old"]);
    world.deliver();
    for past in [MOMENT, AGE - MOMENT] {
        assert_eq!(process.title(&Context::new()).await.as_deref(), Some("old"), "from the cache");
        world.clock.advance(past);
        assert_eq!(process.title(&ctx).await.as_deref(), Some("new"));
        assert_eq!(process.titles(&ctx).await, ["new"]);
    }
    // What it has may be as old as it says, which is a window after the write. It drops what is older.
    through.clear();
    world.clock.advance(MOMENT);
    let cached = process.cache_reads();
    assert_eq!(process.title(&ctx).await.as_deref(), Some("new"));
    assert_eq!(process.titles(&ctx).await, ["new"]);
    assert_eq!(process.cache_reads() - cached, 4);
}
