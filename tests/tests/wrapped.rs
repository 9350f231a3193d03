//! The reads of the derive are wrapped with the facts of their snapshot: they give the rows that the plain queries give.
//!
//! Two ways. The statements as they are sent, against tables that no entity should have (keys twice, NULL everywhere, rows
//! of NULLs only), with planner settings that tempt the server into other plans. And the methods, on a primary and on a
//! replica, against tables as they should be.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;

use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use ryw_core::{ConsistencySource as _, Context, Cursor, Entity as _, EntityStream, PageRequest};
use ryw_postgres::__private::{Pages, Table};
use ryw_postgres::sqlx::postgres::{PgArguments, PgRow};
use ryw_postgres::sqlx::{self, Arguments as _, AssertSqlSafe, PgConnection, Row as _};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{plain, source, start};
use ryw_tests::{Note, NoteRepository};

const CASES: u32 = 64;

/// As the derive writes them, without what the program adds.
const COLUMNS: &str =
    r#"SELECT "id", "text" AS "body", "remark", "slug", "created_at", "updated_at" FROM "public"."notes""#;
const MARK: &str = "__ryw_row";

/// What the table must lose to hold anything.
const RELAX: &str = "
    ALTER TABLE notes DROP CONSTRAINT notes_pkey;
    ALTER TABLE notes DROP CONSTRAINT notes_slug_key;
    ALTER TABLE notes ALTER id DROP NOT NULL, ALTER \"text\" DROP NOT NULL,
        ALTER created_at DROP NOT NULL, ALTER created_at DROP DEFAULT, ALTER updated_at DROP NOT NULL";

/// Plans that the server would not choose for a few rows. It takes them for so dear that it would compile them.
const PLANS: [&str; 5] = [
    "RESET ALL",
    "SET enable_nestloop = off",
    "SET enable_material = off",
    "SET enable_seqscan = off",
    "SET enable_sort = off",
];

type Row = (
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
);

/// Few values, so that they meet: keys twice, limits that cut, keys that are not there.
fn keys() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -2..6_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn texts() -> impl Strategy<Value = String> {
    prop::sample::select(&["", "NULL", "a", "\u{e4}", "b c"][..]).prop_map(str::to_owned)
}

fn times() -> impl Strategy<Value = DateTime<Utc>> {
    (0..3_i64).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        option::weighted(0.9, keys()),
        option::of(texts()),
        option::of(texts()),
        option::of(texts()),
        option::of(times()),
        option::of(times()),
    );
    let rows = prop_oneof![8 => row, 1 => Just((None, None, None, None, None, None))];
    prop_oneof![8 => vec(rows, 0..12), 1 => Just(Vec::new())]
}

/// What an entity can be: each key once, no NULL where the struct has no `Option`.
fn entities() -> impl Strategy<Value = Vec<Note>> {
    let note = (keys(), texts(), option::of(texts()), times(), times());
    vec(note, 0..12).prop_map(|notes| {
        let mut notes: Vec<Note> = notes
            .into_iter()
            .map(|(id, body, remark, created_at, updated_at)| Note {
                id,
                body,
                remark,
                slug: None,
                created_at,
                updated_at,
            })
            .collect();
        notes.sort_by_key(|note| note.id);
        notes.dedup_by_key(|note| note.id);
        notes
    })
}

#[derive(Clone, Debug)]
struct Case {
    rows: Vec<Row>,
    key: i64,
    many: Vec<i64>,
    limit: i64,
    /// Relative to the transactions that there are; 0 asks for the branch too, if it is first.
    tickets: Vec<i64>,
    asks_for_branch: bool,
    plan: &'static str,
}

fn cases() -> impl Strategy<Value = Case> {
    (
        rows(),
        keys(),
        vec(keys(), 0..5),
        0..14_i64,
        vec(-5..5_i64, 0..4),
        any::<bool>(),
        prop::sample::select(&PLANS[..]),
    )
        .prop_map(|(rows, key, many, limit, tickets, asks_for_branch, plan)| Case {
            rows,
            key,
            many,
            limit,
            tickets,
            asks_for_branch,
            plan,
        })
}

fn row(row: &PgRow) -> Row {
    (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4), row.get(5))
}

/// The rows of a wrapped read. One that is not marked holds the facts alone, and then it is the only one.
fn unwrapped(rows: &[PgRow]) -> Vec<Row> {
    assert!(!rows.is_empty(), "the facts come in any case");
    let found: Vec<_> =
        rows.iter().filter(|row| row.get::<Option<bool>, _>(MARK).is_some()).map(row).collect();
    assert!(found.len() == rows.len() || rows.len() == 1);
    found
}

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort();
    rows
}

fn ids(rows: &[Row]) -> Vec<Option<i64>> {
    rows.iter().map(|row| row.0).collect()
}

/// Whether each of `some` is one of `all`, each time that it comes.
fn are_among(some: &[Row], all: &[Row]) -> bool {
    let mut left = all.to_vec();
    some.iter().all(|row| left.iter().position(|other| other == row).map(|at| left.swap_remove(at)).is_some())
}

async fn fetch(conn: &mut PgConnection, sql: String, arguments: PgArguments) -> Vec<PgRow> {
    sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(conn).await.unwrap()
}

fn arguments(add: impl FnOnce(&mut PgArguments)) -> PgArguments {
    let mut arguments = PgArguments::default();
    add(&mut arguments);
    arguments
}

async fn store(conn: &mut PgConnection, rows: &[Row]) {
    sqlx::raw_sql("TRUNCATE notes").execute(&mut *conn).await.unwrap();
    for (id, body, remark, slug, created_at, updated_at) in rows {
        sqlx::query("INSERT INTO notes VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(id)
            .bind(body)
            .bind(remark)
            .bind(slug)
            .bind(created_at)
            .bind(updated_at)
            .execute(&mut *conn)
            .await
            .unwrap();
    }
}

/// A wrapped statement and the plain one, with the same arguments.
async fn both(
    conn: &mut PgConnection,
    wrapped: &str,
    plain: &str,
    bind: impl Fn(&mut PgArguments),
    tickets: &[i64],
) -> (Vec<Row>, Vec<Row>) {
    let with_tickets = arguments(|all| {
        bind(all);
        all.add(tickets).unwrap();
    });
    let wrapped = fetch(conn, wrapped.to_owned(), with_tickets).await;
    let plain = fetch(conn, format!("{COLUMNS} {plain}"), arguments(bind)).await;
    (unwrapped(&wrapped), plain.iter().map(row).collect())
}

async fn holds(conn: &mut PgConnection, case: &Case) -> Result<(), TestCaseError> {
    sqlx::raw_sql(case.plan).execute(&mut *conn).await.unwrap();
    let next: i64 = sqlx::query_scalar("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    let branch = case.asks_for_branch.then_some(0);
    let tickets: Vec<i64> = branch.into_iter().chain(case.tickets.iter().map(|near| next + near)).collect();
    let stored = sorted(case.rows.clone());

    let key = |all: &mut PgArguments| all.add(case.key).unwrap();
    let (wrapped, plain) = both(conn, Note::FIND, r#"WHERE "id" = $1"#, key, &tickets).await;
    prop_assert_eq!(sorted(wrapped), sorted(plain));

    // Of a key given twice the statement gives its rows twice, of which `find_many` counts each once.
    let distinct: BTreeSet<i64> = case.many.iter().copied().collect();
    let many = |all: &mut PgArguments| all.add(Vec::from_iter(distinct.iter().copied())).unwrap();
    let (wrapped, plain) = both(conn, Note::FIND_MANY, r#"WHERE "id" = ANY($1)"#, many, &tickets).await;
    prop_assert_eq!(sorted(wrapped), sorted(plain));

    let found = |rows: &[PgRow]| rows.iter().filter(|row| row.get::<Option<bool>, _>(MARK).is_some()).count();
    let with_tickets = arguments(|all| {
        key(all);
        all.add(&tickets).unwrap();
    });
    let exist = found(&fetch(conn, Note::EXISTS.to_owned(), with_tickets).await);
    prop_assert_eq!(exist, case.rows.iter().filter(|row| row.0 == Some(case.key)).count());

    let counted = fetch(conn, Note::COUNT.to_owned(), arguments(|all| all.add(&tickets).unwrap())).await;
    let counted: Vec<i64> = counted.iter().map(|row| row.get(0)).collect();
    prop_assert_eq!(counted, [i64::try_from(stored.len()).unwrap()]);

    // Of rows with the same key a limit may cut off any, and their order is open.
    let limit = |all: &mut PgArguments| all.add(case.limit).unwrap();
    let beyond = |all: &mut PgArguments| {
        all.add(case.key).unwrap();
        all.add(case.limit).unwrap();
    };
    let Pages { first, after, last, before } = Note::LIST;
    for (wrapped, plain, is_bound, is_backwards) in [
        (first, r#"ORDER BY "id" LIMIT $1"#, false, false),
        (after, r#"WHERE "id" > $1 ORDER BY "id" LIMIT $2"#, true, false),
        (last, r#"ORDER BY "id" DESC LIMIT $1"#, false, true),
        (before, r#"WHERE "id" < $1 ORDER BY "id" DESC LIMIT $2"#, true, true),
    ] {
        let (wrapped, mut plain) = if is_bound {
            both(conn, wrapped, plain, beyond, &tickets).await
        } else {
            both(conn, wrapped, plain, limit, &tickets).await
        };
        if is_backwards {
            plain.reverse();
        }
        prop_assert_eq!(ids(&wrapped), ids(&plain));
        prop_assert!(are_among(&wrapped, &stored), "{:?}", wrapped);
    }

    let streamed = fetch(conn, Note::STREAM.to_owned(), PgArguments::default()).await;
    let streamed: Vec<Row> = streamed.iter().map(row).collect();
    prop_assert!(streamed.is_sorted_by_key(|row| (row.0.is_none(), row.0)), "{:?}", streamed);
    prop_assert_eq!(sorted(streamed), stored);
    Ok(())
}

fn check<T: Debug>(strategy: impl Strategy<Value = T>, property: impl Fn(T) -> Result<(), TestCaseError>) {
    // The servers' data is part of a case, so that a file of failed ones would say little.
    let config =
        Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    match TestRunner::new(config).run(&strategy, property) {
        Ok(()) => {}
        Err(TestError::Fail(why, case)) => panic!("{why}\n{case:#?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

async fn cluster() -> Cluster {
    start(Cluster::builder().replicas(1).setting("autovacuum", "off").setting("jit", "off")).await
}

#[test]
fn the_statements_give_the_rows_of_the_plain_ones() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime.block_on(cluster());
    runtime.block_on(cluster.execute(RELAX)).unwrap();
    let servers = runtime.block_on(async {
        (plain(&cluster.primary().admin_url()).await, plain(&cluster.replica(0).url()).await)
    });
    let servers = RefCell::new(servers);
    check(cases(), |case| {
        let (primary, replica) = &mut *servers.borrow_mut();
        runtime.block_on(async {
            store(primary, &case.rows).await;
            cluster.wait_until_caught_up().await.unwrap();
            holds(primary, &case).await?;
            holds(replica, &case).await
        })
    });
    drop(servers);
}

/// A worker of a parallel query has the facts of the same snapshot.
#[test]
fn a_parallel_plan_gives_the_same() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime.block_on(cluster());
    let older = cluster.version().to_string().starts_with("15");
    let setting = if older { "SET force_parallel_mode = on" } else { "SET debug_parallel_query = on" };
    runtime.block_on(async {
        cluster.execute(RELAX).await.unwrap();
        let mut conn = plain(&cluster.primary().admin_url()).await;
        let row = |id| (Some(id), None, None, None, None, None);
        let case = Case {
            rows: (0..9).map(row).collect(),
            key: 3,
            many: vec![5, 1],
            limit: 4,
            tickets: vec![-1, 1],
            asks_for_branch: true,
            plan: setting,
        };
        store(&mut conn, &case.rows).await;
        holds(&mut conn, &case).await.unwrap();
    });
}

#[test]
fn the_methods_give_the_rows_of_the_table() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime.block_on(cluster());
    let (primary, notes) = runtime.block_on(async {
        let source = source(&cluster).connect().await.unwrap();
        (plain(&cluster.primary().admin_url()).await, NoteRepository::new(source))
    });
    let primary = RefCell::new(primary);
    let strategy = (entities(), vec(keys(), 0..6), option::of(keys()), 1..14_u32);
    check(strategy, |(stored, many, after, limit)| {
        let primary = &mut *primary.borrow_mut();
        let rows: Vec<Row> = stored
            .iter()
            .cloned()
            .map(|note| {
                (
                    Some(note.id),
                    Some(note.body),
                    note.remark,
                    note.slug,
                    Some(note.created_at),
                    Some(note.updated_at),
                )
            })
            .collect();
        runtime.block_on(async {
            store(primary, &rows).await;
            cluster.wait_until_caught_up().await.unwrap();
            for ctx in [Context::new(), Context::new().strong()] {
                methods_hold(&notes, &ctx, &stored, &many, after, limit).await?;
            }
            Ok(())
        })
    });
    let on_replicas = notes.source().counts().replica_reads();
    assert!(on_replicas > 0, "some ran on the replica");
}

async fn methods_hold(
    notes: &NoteRepository,
    ctx: &Context,
    stored: &[Note],
    many: &[i64],
    beyond: Option<i64>,
    limit: u32,
) -> Result<(), TestCaseError> {
    let with = |id: &i64| stored.iter().find(|note| note.key() == *id).cloned();
    for id in many {
        prop_assert_eq!(notes.find(ctx, id).await.unwrap(), with(id));
    }
    let mut once = many.to_vec();
    let mut seen = Vec::new();
    once.retain(|id| {
        !seen.contains(id) && {
            seen.push(*id);
            true
        }
    });
    let found: Vec<Note> = once.iter().filter_map(with).collect();
    prop_assert_eq!(notes.find_many(ctx, many).await.unwrap(), found);

    for id in many {
        prop_assert_eq!(notes.exists(ctx, id).await.unwrap(), with(id).is_some());
    }
    prop_assert_eq!(notes.count(ctx).await.unwrap(), stored.len() as u64);
    prop_assert_eq!(all(notes.stream(ctx)).await, stored);

    let wanted = limit as usize;
    let is_after = |note: &&Note| beyond.is_none_or(|beyond| note.id > beyond);
    let is_before = |note: &&Note| beyond.is_none_or(|beyond| note.id < beyond);
    let next: Vec<Note> = stored.iter().filter(is_after).take(wanted).cloned().collect();
    let mut previous: Vec<Note> = stored.iter().rev().filter(is_before).take(wanted).cloned().collect();
    previous.reverse();
    let (forwards, backwards) = match beyond.map(Cursor::new) {
        None => (PageRequest::first(limit), PageRequest::last(limit)),
        Some(cursor) => (PageRequest::first(limit).after(cursor), PageRequest::last(limit).before(cursor)),
    };
    prop_assert_eq!(notes.list(ctx, &forwards).await.unwrap().items, next);
    prop_assert_eq!(notes.list(ctx, &backwards).await.unwrap().items, previous);

    // Of the empty string, which is not NULL, and of the word.
    for remark in ["", "a", "NULL"] {
        let of: Vec<Note> =
            stored.iter().filter(|note| note.remark.as_deref() == Some(remark)).cloned().collect();
        prop_assert_eq!(&all(notes.stream_by_remark(ctx, remark)).await, &of);
        let page = notes.list_by_remark(ctx, remark, &PageRequest::first(limit)).await.unwrap();
        prop_assert_eq!(&page.items, &of[..of.len().min(wanted)]);
        prop_assert_eq!(page.next.is_some(), of.len() > wanted);
        let page = notes.list_by_remark(ctx, remark, &PageRequest::last(limit)).await.unwrap();
        prop_assert_eq!(&page.items, &of[of.len().saturating_sub(wanted)..]);
        prop_assert_eq!(page.previous.is_some(), of.len() > wanted);
    }
    Ok(())
}

async fn all(mut rows: EntityStream<Note>) -> Vec<Note> {
    let mut all = Vec::new();
    while let Some(row) = rows.try_next().await.unwrap() {
        all.push(row);
    }
    all
}
