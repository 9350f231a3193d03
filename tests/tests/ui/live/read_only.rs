//! A repository that only reads has no writes, and is not taken for one that has.

use ryw_core::{Context, Repository};

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.heavy"), read_only)]
struct Heavy {
    #[repository(key)]
    user_id: i64,
    #[repository(not_null)]
    color_hex: String,
}

async fn written_by(heavy: &HeavyRepository, ctx: &Context) {
    heavy.upsert(ctx, &Heavy { user_id: 7, color_hex: String::new() }).await.unwrap();
}

fn service(_: impl Repository<Entity = Heavy>) {}

fn given_to_one_that_writes(heavy: HeavyRepository) {
    service(heavy);
}

fn main() {}
