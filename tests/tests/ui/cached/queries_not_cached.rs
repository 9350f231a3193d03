//! Offline, and nobody has described this query.

use ryw_core::{Context, Error};

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT 1 AS nowhere")]
    pub async fn nowhere(&self, ctx: &Context) -> Result<Option<i32>, Error>;
}

fn main() {}
