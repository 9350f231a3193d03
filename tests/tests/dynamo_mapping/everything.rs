//! Every type, there and back.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use ryw_core::{Context, Repository, Value};
use ryw_dynamo::ExpiresAt;
use uuid::Uuid;

use super::start;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Value)]
#[value(dynamo, rename_all = "snake_case")]
enum Finish {
    Matt,
    HighGloss,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Value)]
#[value(dynamo)]
struct PaintId(Uuid);

#[derive(Clone, Debug, PartialEq, Value)]
#[value(dynamo)]
struct Can {
    litres: Decimal,
    #[value(rename = "label.text")]
    label: Option<String>,
    finishes: BTreeSet<Finish>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Recipe {
    steps: Vec<(String, f64)>,
    note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "paints", pk = id, sk = mixed_at))]
struct Paint {
    #[repository(key)]
    id: PaintId,
    #[repository(key)]
    mixed_at: DateTime<Utc>,
    name: String,
    empty: String,
    finish: Finish,
    small: i8,
    large: u64,
    widest: i128,
    share: f64,
    single: f32,
    price: Decimal,
    is_sold: bool,
    bytes: Vec<u8>,
    hash: [u8; 4],
    words: HashSet<String>,
    numbers: BTreeSet<i32>,
    blobs: HashSet<Vec<u8>>,
    ids: HashSet<Uuid>,
    list: Vec<Option<i64>>,
    cans: Vec<Can>,
    stock: HashMap<String, u32>,
    by_year: BTreeMap<String, Option<Can>>,
    day: NaiveDate,
    hour: NaiveTime,
    local: NaiveDateTime,
    expires: Option<ExpiresAt>,
    gone: Option<Can>,
    #[repository(json)]
    recipe: Recipe,
    #[repository(json)]
    extra: Option<Recipe>,
}

fn filled() -> NewPaint {
    let moment = DateTime::from_timestamp(1_764_277_200, 123_456_789).unwrap();
    let can = Can {
        litres: "0.1234567890123456789012345678".parse().unwrap(),
        label: Some("ß".into()),
        finishes: BTreeSet::from([Finish::Matt, Finish::HighGloss]),
    };
    let plain = Can { litres: Decimal::ONE, label: None, finishes: BTreeSet::new() };
    NewPaint {
        id: PaintId(Uuid::from_u128(7)),
        mixed_at: moment,
        name: "Oxblood".into(),
        empty: String::new(),
        finish: Finish::HighGloss,
        small: i8::MIN,
        large: u64::MAX,
        widest: 10_i128.pow(38) - 1,
        share: 1e-100,
        single: 0.1,
        price: Decimal::MAX,
        is_sold: true,
        bytes: vec![0, 255],
        hash: [1, 2, 3, 4],
        words: HashSet::from(["a".into(), String::new()]),
        numbers: BTreeSet::from([-1, 0, 1]),
        blobs: HashSet::from([vec![1], vec![]]),
        ids: HashSet::from([Uuid::max()]),
        list: vec![Some(i64::MIN), None],
        cans: vec![can.clone(), plain],
        stock: HashMap::from([("a.b".into(), 3)]),
        by_year: BTreeMap::from([("2025".into(), None), ("2026".into(), Some(can.clone()))]),
        day: moment.date_naive(),
        hour: moment.time(),
        local: moment.naive_utc(),
        expires: Some(ExpiresAt::from_unix_seconds(1)),
        gone: Some(can),
        recipe: Recipe { steps: vec![("stir".into(), 0.1)], note: None },
        extra: Some(Recipe { steps: vec![], note: Some(String::new()) }),
    }
}

/// As little as there can be.
fn bare() -> NewPaint {
    NewPaint {
        words: HashSet::new(),
        numbers: BTreeSet::new(),
        blobs: HashSet::new(),
        ids: HashSet::new(),
        list: vec![],
        cans: vec![],
        stock: HashMap::new(),
        by_year: BTreeMap::new(),
        bytes: vec![],
        expires: None,
        gone: None,
        extra: None,
        ..filled()
    }
}

#[tokio::test]
async fn what_was_stored_is_what_is_read() {
    for new in [filled(), bare()] {
        let (_regions, source) = start().await;
        source.create_table::<Paint>().await.unwrap();
        let (paints, ctx) = (PaintRepository::new(source), Context::new());
        let stored = paints.insert(&ctx, new).await.unwrap();
        let key = (stored.id, stored.mixed_at);
        assert_eq!(paints.find(&ctx, &key).await.unwrap().as_ref(), Some(&*stored));
    }
}

/// The same by an update, which sets and removes.
#[tokio::test]
async fn what_an_update_sets_and_removes_is_what_is_read() {
    let (_regions, source) = start().await;
    source.create_table::<Paint>().await.unwrap();
    let (paints, ctx) = (PaintRepository::new(source), Context::new());
    let (full, key) = (filled(), (filled().id, filled().mixed_at));
    paints.insert(&ctx, bare()).await.unwrap();
    let updated = paints.update(&ctx, &key, full.into()).await.unwrap().into_inner();
    assert_eq!(paints.find(&ctx, &key).await.unwrap(), Some(updated.clone()));
    assert_eq!((updated.words.len(), updated.gone.is_some(), updated.extra.is_some()), (2, true, true));
    let emptied = paints.update(&ctx, &key, bare().into()).await.unwrap().into_inner();
    assert_eq!((emptied.words.len(), emptied.gone.is_some(), emptied.extra.is_some()), (0, false, false));
    assert_eq!(paints.find(&ctx, &key).await.unwrap(), Some(emptied));
}

#[tokio::test]
async fn attributes_have_the_types_that_the_documentation_says() {
    let (regions, source) = start().await;
    source.create_table::<Paint>().await.unwrap();
    PaintRepository::new(source).insert(&Context::new(), filled()).await.unwrap();
    let scan = regions.region(0).client().scan().table_name("paints").consistent_read(true);
    let item = scan.send().await.unwrap().items.unwrap().remove(0);
    assert_eq!(item["id"], AttributeValue::S("00000000-0000-0000-0000-000000000007".into()));
    assert_eq!(item["mixed_at"], AttributeValue::S("2025-11-27T21:00:00.123456789Z".into()));
    assert_eq!(item["finish"], AttributeValue::S("high_gloss".into()));
    assert_eq!(item["expires"], AttributeValue::N("1".into()));
    for (name, is_it) in [
        ("bytes", item["bytes"].is_b()),
        ("hash", item["hash"].is_b()),
        ("words", item["words"].is_ss()),
        ("numbers", item["numbers"].is_ns()),
        ("blobs", item["blobs"].is_bs()),
        ("ids", item["ids"].is_ss()),
        ("list", item["list"].is_l()),
        ("cans", item["cans"].as_l().unwrap()[0].is_m()),
        ("stock", item["stock"].is_m()),
        ("price", item["price"].is_n()),
        ("recipe", item["recipe"].as_m().unwrap()["steps"].is_l()),
    ] {
        assert!(is_it, "{name}: {:?}", item[name]);
    }
    let plain = item["cans"].as_l().unwrap()[1].as_m().unwrap();
    assert_eq!(plain.keys().collect::<Vec<_>>(), ["litres"], "what there is not is left out");
}
