//! What runs where the session may read cannot write.

use ryw_core::{Context, Error};

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("INSERT INTO favorites (user_id) VALUES (:user) RETURNING user_id")]
    pub async fn insert(&self, ctx: &Context, user: i64) -> Result<i64, Error>;

    #[query("-- a comment first\n update favorites SET color_hex = '' RETURNING user_id")]
    pub async fn update(&self, ctx: &Context) -> Result<Vec<i64>, Error>;

    #[query("DELETE FROM favorites")]
    pub async fn delete(&self, ctx: &Context) -> Result<u64, Error>;

    #[query("MERGE INTO favorites USING notes ON true WHEN MATCHED THEN DELETE")]
    pub async fn merge(&self, ctx: &Context) -> Result<u64, Error>;

    #[query("WITH gone AS (DELETE FROM favorites RETURNING user_id) SELECT user_id FROM gone")]
    pub async fn part(&self, ctx: &Context) -> Result<Vec<i64>, Error>;

    #[query("SELECT user_id FROM favorites FOR UPDATE SKIP LOCKED")]
    pub async fn lock(&self, ctx: &Context) -> Result<Vec<i64>, Error>;

    #[query("CALL tidy()")]
    pub async fn call(&self, ctx: &Context) -> Result<Vec<i64>, Error>;
}

fn main() {}
