//! What every source promises alike: written once, and run over memory, Postgres and DynamoDB.
//!
//! A check gets a [place](place::Place), which is a source whose copies stand still when told to, and a desk of its own there.
//! All checks of a place run one after the other, since holding the copies concerns all of them.

#[path = "conformance/account.rs"]
mod account;
#[path = "conformance/contexts.rs"]
mod contexts;
#[path = "conformance/dynamo.rs"]
mod dynamo;
#[path = "conformance/memory.rs"]
mod memory;
#[path = "conformance/monotonic.rs"]
mod monotonic;
#[path = "conformance/own_writes.rs"]
mod own_writes;
#[path = "conformance/place.rs"]
mod place;
#[path = "conformance/postgres.rs"]
mod postgres;
#[path = "conformance/refused.rs"]
mod refused;
#[path = "conformance/rows.rs"]
mod rows;
#[path = "conformance/soft_delete.rs"]
mod soft_delete;
#[path = "conformance/together.rs"]
mod together;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use ryw_testkit::dynamo::Regions;

use self::place::{Desk, Place};

macro_rules! checks {
    ($($module:ident::$check:ident,)*) => {
        /// Runs every check in `place`, and returns those that fail.
        async fn failing<P: Place>(place: &P) -> Vec<&'static str> {
            let mut failing = Vec::new();
            $(
                let name = concat!(stringify!($module), "::", stringify!($check));
                let desk = Desk::next(place);
                // Boxed, as all of them together are more than a stack holds.
                let check = AssertUnwindSafe(Box::pin($module::$check(&desk)));
                if check.catch_unwind().await.is_err() {
                    println!("{name} fails");
                    failing.push(name);
                }
                place.release().await;
            )*
            failing
        }
    };
}

checks! {
    own_writes::every_kind_of_write_is_seen,
    own_writes::policies_are_obeyed,
    monotonic::a_strong_read_is_not_gone_behind,
    monotonic::a_version_conflict_is_not_gone_behind,
    monotonic::what_was_written_last_is_read,
    rows::what_is_returned_is_what_is_stored,
    rows::many_come_in_the_order_of_the_keys,
    rows::all_are_inserted_or_none,
    rows::an_upsert_makes_or_changes,
    rows::a_replacement_leaves_nothing_of_the_old,
    refused::what_is_not_there_is_not_found,
    refused::a_key_is_taken_once,
    refused::a_version_conflict_holds_the_row,
    soft_delete::a_marked_row_is_there_for_who_asks,
    soft_delete::an_upsert_takes_the_mark_away,
    soft_delete::what_is_purged_is_gone,
    contexts::a_merged_context_sees_both,
    contexts::what_a_context_knows_can_be_carried,
    contexts::what_nobody_knows_is_on_the_safe_side,
    contexts::what_others_wrote_can_be_captured,
    contexts::a_resolved_context_sees_the_same,
    contexts::a_route_is_one_that_has_the_write,
    together::tasks_see_what_each_other_wrote,
    together::a_count_by_versions_misses_nothing,
}

const NONE: [&str; 0] = [];

/// What fails of a source that proves nothing: if it did not, it would be worth nothing. Others may, by how far copies happen
/// to be.
const PROVEN: [&str; 12] = [
    "own_writes::every_kind_of_write_is_seen",
    "monotonic::a_strong_read_is_not_gone_behind",
    "monotonic::a_version_conflict_is_not_gone_behind",
    "monotonic::what_was_written_last_is_read",
    "contexts::a_merged_context_sees_both",
    "contexts::what_a_context_knows_can_be_carried",
    "contexts::what_nobody_knows_is_on_the_safe_side",
    "contexts::what_others_wrote_can_be_captured",
    "contexts::a_resolved_context_sees_the_same",
    "contexts::a_route_is_one_that_has_the_write",
    "together::tasks_see_what_each_other_wrote",
    "together::a_count_by_versions_misses_nothing",
];

/// What `place` passes though it proves nothing.
async fn passed_without_proof<P: Place>(place: &P) -> Vec<&'static str> {
    let failing = failing(place).await;
    PROVEN.into_iter().filter(|check| !failing.contains(check)).collect()
}

#[tokio::test]
async fn memory_conforms() {
    assert_eq!(failing(&memory::Memory::start()).await, NONE);
    assert_eq!(passed_without_proof(&memory::Memory::without_proof()).await, NONE);
}

#[tokio::test]
async fn postgres_conforms() {
    let place = postgres::Replicated::start().await;
    assert_eq!(failing(&place).await, NONE);
    assert_eq!(passed_without_proof(&place.without_proof().await).await, NONE);
}

#[tokio::test]
async fn dynamo_conforms() {
    let place = dynamo::Regional::start().await;
    assert_eq!(failing(&place).await, NONE);
    assert_eq!(passed_without_proof(&place.without_proof()).await, NONE);
}

/// Does nothing unless the environment names an endpoint or asks for the account: see CONTRIBUTING.md.
#[tokio::test]
async fn what_the_environment_names_conforms() {
    if let Some(account) = account::Account::of_the_environment() {
        account.with_table(async |account| assert_eq!(failing(account).await, NONE)).await;
    }
}

#[tokio::test]
async fn an_endpoint_conforms_and_is_left_without_the_table() {
    let regions = Regions::builder().start().await.unwrap();
    let account = || account::Account::at(Some(&regions.region(0).endpoint_url()));
    account().with_table(async |account| assert_eq!(failing(account).await, NONE)).await;
    let failed = account().with_table(async |_| panic!("of the test"));
    assert!(AssertUnwindSafe(Box::pin(failed)).catch_unwind().await.is_err());
    let asked = regions.region(0).requests();
    assert_eq!((asked.of("CreateTable"), asked.of("DeleteTable")), (2, 2));
    let tables = regions.region(0).client().list_tables().send().await.unwrap();
    assert!(tables.table_names().is_empty());
}
