//! Offline, and nobody has described these queries.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "nowhere"))]
pub struct Favorite {
    #[repository(key)]
    pub user_id: i64,
}

fn main() {}
