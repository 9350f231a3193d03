//! Every mistake of a block in one build, several in one function.

use ryw_core::{Context, Error, Written};
use ryw_postgres::Transaction;

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("UPDATE favorites SET color_hex = :colour WHERE user_id = $1; {LIMIT 1}")]
    pub fn several(&self, ctx: &Context, color: &str, user: impl Into<i64>) -> Result<Vec<u64>, Error>;

    #[query("SELECT 1")]
    pub async fn another(&self, tx: &mut Transaction) -> Result<Written<i32>, Error>;
}

fn main() {}
