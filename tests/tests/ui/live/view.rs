//! Every column of a view may be NULL, as far as the server can tell.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.heavy"), read_only)]
struct Heavy {
    #[repository(key)]
    user_id: i64,
    color_hex: String,
    #[repository(not_null)]
    weight: i64,
}

fn main() {}
