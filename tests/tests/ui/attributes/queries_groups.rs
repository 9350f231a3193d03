//! Groups do not nest, end somewhere, and can be left out.

use ryw_core::{Context, Error};

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT color_hex FROM favorites {WHERE user_id = :user {AND color_hex = :color}}")]
    pub async fn nested(&self, ctx: &Context, user: Option<i64>, color: Option<&str>) -> Result<Vec<String>, Error>;

    #[query("SELECT color_hex FROM favorites {WHERE user_id = :user")]
    pub async fn open(&self, ctx: &Context, user: Option<i64>) -> Result<Vec<String>, Error>;

    #[query("SELECT color_hex FROM favorites WHERE user_id = :user}")]
    pub async fn closed(&self, ctx: &Context, user: Option<i64>) -> Result<Vec<String>, Error>;

    #[query("SELECT color_hex FROM favorites {WHERE user_id = :user} {LIMIT 1}")]
    pub async fn always(&self, ctx: &Context, user: i64) -> Result<Vec<String>, Error>;

    #[query("SELECT :a::int4 {+ :a} {+ :a} {+ :a} {+ :a} {+ :a} {+ :a} {+ :a}")]
    pub async fn many(&self, ctx: &Context, a: Option<i32>) -> Result<Option<i32>, Error>;
}

fn main() {}
