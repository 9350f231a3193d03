//! Arguments go by their names, and each is used.

use ryw_core::{Context, Error};

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT color_hex FROM favorites WHERE user_id = :user")]
    pub async fn unused(&self, ctx: &Context, user: i64, limit: i64) -> Result<Vec<String>, Error>;

    #[query("SELECT color_hex FROM favorites WHERE user_id = :usr LIMIT :user")]
    pub async fn misspelt(&self, ctx: &Context, user: i64) -> Result<Vec<String>, Error>;

    #[query("SELECT color_hex FROM favorites WHERE user_id = :somebody")]
    pub async fn missing(&self, ctx: &Context) -> Result<Vec<String>, Error>;

    #[query("SELECT color_hex FROM favorites WHERE user_id = $1")]
    pub async fn numbered(&self, ctx: &Context, user: i64) -> Result<Vec<String>, Error>;

    #[query("SELECT ':user' FROM favorites -- :user")]
    pub async fn only_text(&self, ctx: &Context, user: i64) -> Result<Vec<String>, Error>;
}

fn main() {}
