//! The first two arguments: the repository, and where the query runs.

use ryw_core::{Context, Error};
use ryw_postgres::Transaction;

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT 1")]
    pub async fn no_receiver(ctx: &Context) -> Result<i32, Error>;

    #[query("SELECT 1")]
    pub async fn by_value(self, ctx: &Context) -> Result<i32, Error>;

    #[query("SELECT 1")]
    pub async fn nowhere(&self) -> Result<i32, Error>;

    #[query("SELECT :id::int8")]
    pub async fn nowhere_either(&self, id: i64) -> Result<i64, Error>;

    #[query("SELECT 1")]
    pub async fn context_by_value(&self, ctx: Context) -> Result<i32, Error>;

    #[query("SELECT 1")]
    pub async fn shared_transaction(&self, tx: &Transaction) -> Result<i32, Error>;
}

fn main() {}
