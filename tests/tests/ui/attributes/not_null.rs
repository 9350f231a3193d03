//! A promise about a column.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "totals"), read_only)]
struct Total {
    #[repository(key)]
    user_id: i64,
    #[repository(not_null)]
    last: Option<String>,
    #[repository(not_null = "always")]
    total: i64,
}

fn main() {}
