//! Constraints: which one it was, in which table, over which columns; without a look at any message.

use ryw_core::{Context, Error, MemorySource, Repository, Value, ViolationKind};
use ryw_postgres::sqlx::postgres::types::PgRange;
use ryw_postgres::{PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers;

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "bookings"))]
struct Booking {
    #[repository(key)]
    id: i64,
    room: i64,
    seat: String,
    guest: String,
    /// An `Option`, though the column takes no NULL: so that one can be sent.
    remark: Option<String>,
    during: PgRange<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Value)]
struct VisitId(i64);

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "public.visits"))]
struct Visit {
    #[repository(key)]
    id: VisitId,
    place: String,
}

fn booking(id: i64) -> Booking {
    Booking {
        id,
        room: 1,
        seat: format!("seat {id}"),
        guest: format!("guest {id}"),
        remark: Some("again".to_owned()),
        during: PgRange::from(10 * id..10 * id + 5),
    }
}

/// A table with the booking 1, and what becomes of a second one.
async fn fails(source: &PostgresSource, booking: &Booking) -> Error {
    let bookings = BookingRepository::new(source.clone());
    bookings.insert(&Context::new(), booking).await.unwrap_err()
}

async fn source(cluster: &Cluster) -> PostgresSource {
    cluster.execute("INSERT INTO halls VALUES (1)").await.unwrap();
    // Of one connection: a question about a constraint is asked on the one that failed, or it would wait for itself.
    let source = servers::source(cluster).max_connections(1).connect().await.unwrap();
    let first = Booking { remark: Some("once".to_owned()), ..booking(1) };
    BookingRepository::new(source.clone()).insert(&Context::new(), &first).await.unwrap();
    source
}

/// Each constraint, by a booking that breaks it and no other.
fn broken() -> [(Booking, ViolationKind, Option<&'static str>, &'static [&'static str]); 6] {
    use ViolationKind::{Check, Exclusion, ForeignKey, Unique};
    [
        (booking(1), Unique, Some("bookings_pkey"), &["id"]),
        (
            Booking { seat: "seat 1".into(), ..booking(2) },
            Unique,
            Some("bookings_one_seat"),
            &["room", "seat"],
        ),
        (
            Booking { guest: "GUEST 1".into(), remark: Some("once".into()), ..booking(2) },
            Unique,
            Some("bookings_one_guest"),
            &["guest"],
        ),
        (Booking { guest: String::new(), ..booking(2) }, Check, Some("bookings_have_a_guest"), &["guest"]),
        (
            Booking { during: (12..99).into(), ..booking(2) },
            Exclusion,
            Some("bookings_do_not_overlap"),
            &["during"],
        ),
        (Booking { room: 9, ..booking(2) }, ForeignKey, Some("bookings_in_a_room"), &["room"]),
    ]
}

#[tokio::test]
async fn each_constraint_is_told_by_itself() {
    let cluster = servers::cluster(0).await;
    let source = source(&cluster).await;
    // The second time it is known.
    for _ in 0..2 {
        for (booking, kind, constraint, columns) in broken() {
            let error = fails(&source, &booking).await;
            let violation = error.violation().unwrap_or_else(|| panic!("{error:?}"));
            assert_eq!(
                (
                    violation.kind(),
                    violation.constraint(),
                    violation.table(),
                    violation.columns().collect::<Vec<_>>()
                ),
                (kind, constraint, Some("bookings"), columns.to_vec())
            );
        }
    }
    let error = fails(&source, &Booking { remark: None, ..booking(2) }).await;
    let violation = error.violation().unwrap();
    assert_eq!(
        (violation.kind(), violation.columns().collect::<Vec<_>>()),
        (ViolationKind::NotNull, vec!["remark"])
    );
}

#[tokio::test]
async fn a_duplicate_is_asked_for_by_its_column() {
    let cluster = servers::cluster(0).await;
    let source = source(&cluster).await;
    let [(same_key, ..), (same_seat, ..), (same_guest, ..), ..] = broken();
    for (booking, duplicates) in [
        (same_key, &[BookingColumn::Id][..]),
        (same_seat, &[BookingColumn::Room, BookingColumn::Seat]),
        (same_guest, &[BookingColumn::Guest]),
    ] {
        let error = fails(&source, &booking).await;
        let all = [BookingColumn::Id, BookingColumn::Room, BookingColumn::Seat, BookingColumn::Guest];
        let found: Vec<_> = all.into_iter().filter(|column| error.is_duplicate_of(*column)).collect();
        assert_eq!(found, duplicates, "{error}");
    }
}

#[tokio::test]
async fn a_duplicate_in_a_partition_is_one_of_the_table() {
    let cluster = servers::cluster(0).await;
    let source = source(&cluster).await;
    let (ctx, visits) = (Context::new(), VisitRepository::new(source));
    let visit = |id| Visit { id: VisitId(id), place: "Ulm".to_owned() };
    visits.insert(&ctx, &visit(1)).await.unwrap();
    let error = visits.insert(&ctx, &visit(2)).await.unwrap_err();
    assert!(
        error.is_duplicate_of(VisitColumn::Place) && !error.is_duplicate_of(VisitColumn::Id),
        "{error:?}"
    );
    assert_eq!(error.violation().unwrap().table(), Some("visits"));
}

/// The transaction's own connection answers nothing any more, and the pool has no other.
#[tokio::test]
async fn inside_a_transaction_the_columns_are_asked_for_elsewhere() {
    let cluster = servers::cluster(0).await;
    drop(source(&cluster).await);
    for (booking, kind, constraint, columns) in broken() {
        let source = servers::source(&cluster).max_connections(1).connect().await.unwrap();
        let bookings = BookingRepository::new(source.clone());
        let mut tx = source.begin(&Context::new()).await.unwrap();
        let written = bookings.insert_in(&mut tx, &booking).await;
        // This one is deferred: `COMMIT` breaks it.
        let error = if kind == ViolationKind::ForeignKey {
            written.unwrap();
            tx.commit().await.unwrap_err()
        } else {
            written.unwrap_err()
        };
        let violation = error.violation().unwrap_or_else(|| panic!("{error:?}"));
        assert_eq!((violation.kind(), violation.constraint()), (kind, constraint));
        assert_eq!(violation.columns().collect::<Vec<_>>(), columns);
    }
}

/// A constraint that nobody else can see is not guessed at.
#[tokio::test]
async fn what_cannot_be_learnt_is_left_out() {
    let cluster = servers::cluster(0).await;
    let source = source(&cluster).await;
    let bookings = BookingRepository::new(source.clone());
    let mut tx = source.begin(&Context::new()).await.unwrap();
    sqlx::raw_sql(
        "CREATE TEMPORARY TABLE bookings (LIKE public.bookings); \
         ALTER TABLE bookings ADD CONSTRAINT mine UNIQUE (remark)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    bookings.insert_in(&mut tx, &booking(2)).await.unwrap();
    let error = bookings.insert_in(&mut tx, &booking(3)).await.unwrap_err();
    let violation = error.violation().unwrap();
    assert_eq!((violation.constraint(), violation.columns().len()), (Some("mine"), 0));
    assert!(error.is_conflict() && !error.is_duplicate_of(BookingColumn::Id));
}

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "public.visits_early"))]
struct EarlyVisit {
    #[repository(key)]
    id: i64,
    #[repository(unique)]
    place: String,
}

/// The same answers without a database.
#[tokio::test]
async fn in_memory_too_a_duplicate_is_one_of_its_column() {
    let visits = EarlyVisitRepository::new(MemorySource::builder("main").build());
    let (ctx, visit) = (Context::new(), |id, place: &str| EarlyVisit { id, place: place.to_owned() });
    visits.insert(&ctx, &visit(1, "Ulm")).await.unwrap();
    let error = visits.insert(&ctx, &visit(2, "Ulm")).await.unwrap_err();
    assert!(error.is_duplicate_of(EarlyVisitColumn::Place) && !error.is_duplicate_of(EarlyVisitColumn::Id));
    let error = visits.insert(&ctx, &visit(1, "Bonn")).await.unwrap_err();
    assert!(error.is_duplicate_of(EarlyVisitColumn::Id) && !error.is_duplicate_of(EarlyVisitColumn::Place));
    assert_eq!(error.violation().unwrap().table(), Some("visits_early"));
}
