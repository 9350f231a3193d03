use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Item {
    pub id: i64,
    pub owner_id: i64,
    pub title: String,
    pub note: Option<String>,
    pub price: i32,
    pub weight: Option<f64>,
    pub active: bool,
    pub kind: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct NewItem {
    pub id: i64,
    pub owner_id: i64,
    pub title: String,
    pub note: Option<String>,
    pub price: i32,
    pub weight: Option<f64>,
    pub active: bool,
    pub kind: String,
}

#[derive(Clone, Debug, Default)]
pub struct ItemPatch {
    pub owner_id: Option<i64>,
    pub title: Option<String>,
    pub note: Option<Option<String>>,
    pub price: Option<i32>,
    pub weight: Option<Option<f64>>,
    pub active: Option<bool>,
    pub kind: Option<String>,
}

pub async fn insert(db: impl PgExecutor<'_>, new: &NewItem) -> sqlx::Result<Item> {
    sqlx::query_as!(
        Item,
        "INSERT INTO items (id, owner_id, title, note, price, weight, active, kind) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         RETURNING id, owner_id, title, note, price, weight, active, kind, created_at, updated_at",
        new.id,
        new.owner_id,
        new.title,
        new.note,
        new.price,
        new.weight,
        new.active,
        new.kind
    )
    .fetch_one(db)
    .await
}

pub async fn insert_many(db: impl PgExecutor<'_>, new: &[NewItem]) -> sqlx::Result<Vec<Item>> {
    let ids: Vec<_> = new.iter().map(|new| new.id).collect();
    let owner_ids: Vec<_> = new.iter().map(|new| new.owner_id).collect();
    let titles: Vec<_> = new.iter().map(|new| new.title.clone()).collect();
    let notes: Vec<_> = new.iter().map(|new| new.note.clone()).collect();
    let prices: Vec<_> = new.iter().map(|new| new.price).collect();
    let weights: Vec<_> = new.iter().map(|new| new.weight).collect();
    let active: Vec<_> = new.iter().map(|new| new.active).collect();
    let kinds: Vec<_> = new.iter().map(|new| new.kind.clone()).collect();
    sqlx::query_as!(
        Item,
        "INSERT INTO items (id, owner_id, title, note, price, weight, active, kind) \
         SELECT * FROM UNNEST($1::int8[], $2::int8[], $3::text[], $4::text[], $5::int4[], $6::float8[], $7::bool[], \
         $8::text[]) \
         RETURNING id, owner_id, title, note, price, weight, active, kind, created_at, updated_at",
        &ids,
        &owner_ids,
        &titles,
        &notes as &[Option<String>],
        &prices,
        &weights as &[Option<f64>],
        &active,
        &kinds
    )
    .fetch_all(db)
    .await
}

pub async fn replace(db: impl PgExecutor<'_>, item: &Item) -> sqlx::Result<Item> {
    sqlx::query_as!(
        Item,
        "UPDATE items SET owner_id = $2, title = $3, note = $4, price = $5, weight = $6, active = $7, kind = $8, \
         updated_at = now() WHERE id = $1 \
         RETURNING id, owner_id, title, note, price, weight, active, kind, created_at, updated_at",
        item.id,
        item.owner_id,
        item.title,
        item.note,
        item.price,
        item.weight,
        item.active,
        item.kind
    )
    .fetch_one(db)
    .await
}

pub async fn update(db: impl PgExecutor<'_>, id: i64, patch: &ItemPatch) -> sqlx::Result<Item> {
    sqlx::query_as!(
        Item,
        "UPDATE items SET owner_id = coalesce($2, owner_id), title = coalesce($3, title), \
         note = CASE WHEN $4 THEN $5 ELSE note END, price = coalesce($6, price), \
         weight = CASE WHEN $7 THEN $8 ELSE weight END, active = coalesce($9, active), kind = coalesce($10, kind), \
         updated_at = now() WHERE id = $1 \
         RETURNING id, owner_id, title, note, price, weight, active, kind, created_at, updated_at",
        id,
        patch.owner_id,
        patch.title,
        patch.note.is_some(),
        patch.note.clone().flatten(),
        patch.price,
        patch.weight.is_some(),
        patch.weight.flatten(),
        patch.active,
        patch.kind
    )
    .fetch_one(db)
    .await
}

pub async fn upsert(db: impl PgExecutor<'_>, new: &NewItem) -> sqlx::Result<Item> {
    sqlx::query_as!(
        Item,
        "INSERT INTO items (id, owner_id, title, note, price, weight, active, kind) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (id) DO UPDATE SET owner_id = EXCLUDED.owner_id, title = EXCLUDED.title, note = EXCLUDED.note, \
         price = EXCLUDED.price, weight = EXCLUDED.weight, active = EXCLUDED.active, kind = EXCLUDED.kind, \
         updated_at = now() \
         RETURNING id, owner_id, title, note, price, weight, active, kind, created_at, updated_at",
        new.id,
        new.owner_id,
        new.title,
        new.note,
        new.price,
        new.weight,
        new.active,
        new.kind
    )
    .fetch_one(db)
    .await
}

pub async fn delete(db: impl PgExecutor<'_>, id: i64) -> sqlx::Result<Option<Item>> {
    sqlx::query_as!(
        Item,
        "DELETE FROM items WHERE id = $1 \
         RETURNING id, owner_id, title, note, price, weight, active, kind, created_at, updated_at",
        id
    )
    .fetch_optional(db)
    .await
}

pub async fn find(db: impl PgExecutor<'_>, id: i64) -> sqlx::Result<Option<Item>> {
    sqlx::query_as!(
        Item,
        "SELECT id, owner_id, title, note, price, weight, active, kind, created_at, updated_at FROM items WHERE id = $1",
        id
    )
    .fetch_optional(db)
    .await
}

pub async fn find_for_update(db: impl PgExecutor<'_>, id: i64) -> sqlx::Result<Option<Item>> {
    sqlx::query_as!(
        Item,
        "SELECT id, owner_id, title, note, price, weight, active, kind, created_at, updated_at FROM items \
         WHERE id = $1 FOR UPDATE",
        id
    )
    .fetch_optional(db)
    .await
}

pub async fn find_many(db: impl PgExecutor<'_>, ids: &[i64]) -> sqlx::Result<Vec<Item>> {
    sqlx::query_as!(
        Item,
        "SELECT id, owner_id, title, note, price, weight, active, kind, created_at, updated_at FROM items \
         WHERE id = ANY($1) ORDER BY array_position($1, id)",
        ids
    )
    .fetch_all(db)
    .await
}

pub async fn exists(db: impl PgExecutor<'_>, id: i64) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM items WHERE id = $1) AS "exists!""#, id).fetch_one(db).await
}

pub async fn count(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM items"#).fetch_one(db).await
}

pub async fn first(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<Item>> {
    sqlx::query_as!(
        Item,
        "SELECT id, owner_id, title, note, price, weight, active, kind, created_at, updated_at FROM items \
         ORDER BY id LIMIT $1",
        limit
    )
    .fetch_all(db)
    .await
}

pub async fn after(db: impl PgExecutor<'_>, id: i64, limit: i64) -> sqlx::Result<Vec<Item>> {
    sqlx::query_as!(
        Item,
        "SELECT id, owner_id, title, note, price, weight, active, kind, created_at, updated_at FROM items \
         WHERE id > $1 ORDER BY id LIMIT $2",
        id,
        limit
    )
    .fetch_all(db)
    .await
}

pub async fn last(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<Item>> {
    sqlx::query_as!(
        Item,
        "SELECT id, owner_id, title, note, price, weight, active, kind, created_at, updated_at FROM items \
         ORDER BY id DESC LIMIT $1",
        limit
    )
    .fetch_all(db)
    .await
}

pub async fn before(db: impl PgExecutor<'_>, id: i64, limit: i64) -> sqlx::Result<Vec<Item>> {
    sqlx::query_as!(
        Item,
        "SELECT id, owner_id, title, note, price, weight, active, kind, created_at, updated_at FROM items \
         WHERE id < $1 ORDER BY id DESC LIMIT $2",
        id,
        limit
    )
    .fetch_all(db)
    .await
}
