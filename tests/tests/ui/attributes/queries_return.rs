//! The return type says what becomes of the rows.

use ryw_core::{Context, Error, Written};
use ryw_postgres::Transaction;

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT 1")]
    pub async fn nothing(&self, ctx: &Context);

    #[query("SELECT 1")]
    pub async fn cannot_fail(&self, ctx: &Context) -> Vec<i32>;

    #[query("SELECT 'a'")]
    pub async fn borrowed(&self, ctx: &Context) -> Result<Vec<&str>, Error>;

    #[query("DELETE FROM favorites")]
    pub async fn unit(&self, ctx: &Context) -> Result<Written<()>, Error>;

    #[query("SELECT count(*) FROM favorites")]
    pub async fn count(&self, ctx: &Context) -> Result<u64, Error>;

    #[query("SELECT count(*) FROM favorites")]
    pub async fn counts(&self, ctx: &Context) -> Result<Vec<u64>, Error>;

    #[query("DELETE FROM favorites")]
    pub async fn too_early(&self, tx: &mut Transaction) -> Result<Written<u64>, Error>;
}

fn main() {}
