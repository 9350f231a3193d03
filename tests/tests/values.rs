//! Values of the user's own, in every form in which a field is stored.

use ryw_core::{Context, Cursor, MemorySource, Repository, Value};
use ryw_postgres::sqlx::postgres::types::PgRange;
use ryw_postgres::sqlx::types::Decimal;
use ryw_postgres::sqlx::types::ipnetwork::IpNetwork;
use ryw_postgres::{PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Value)]
struct PaintId(i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Value)]
#[value(rename_all = "snake_case")]
enum Finish {
    Matt,
    HighGloss,
    #[value(rename = "")]
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Value)]
#[value(postgres(type = "shade"), rename_all = "kebab-case")]
enum Shade {
    Light,
    VeryDark,
    #[value(rename = "n/a")]
    Unknown,
}

/// The same, by another spelling of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Value)]
#[value(postgres(type = "public.shade"), rename_all = "kebab-case")]
enum QualifiedShade {
    Light,
    VeryDark,
}

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "public.racks"))]
struct Rack {
    #[repository(key, generated)]
    id: RackId,
    shade: QualifiedShade,
    shades: Vec<QualifiedShade>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Value)]
struct RackId(i64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Mix {
    red: u8,
    with: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Email(String);

impl TryFrom<String> for Email {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains('@') { Ok(Self(text)) } else { Err(format!("`{text}` is no e-mail address")) }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Address {
    street: String,
    city: Option<String>,
    shelf: Shade,
}

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "paints"))]
struct Paint {
    finish: Finish,
    #[repository(key)]
    id: PaintId,
    shade: Shade,
    undertone: Option<Shade>,
    shades: Vec<Shade>,
    finishes: Option<Vec<Finish>>,
    #[repository(json)]
    mix: Mix,
    #[repository(json)]
    remix: Option<Vec<Mix>>,
    #[repository(try_from = "String")]
    maker: Email,
    #[repository(try_from = "String", rename = "seller")]
    sold_by: Option<Email>,
    #[repository(flatten(street, city = "home_city", shelf))]
    address: Address,
    stored: PgRange<i64>,
    price: Option<Decimal>,
    seen_from: Option<IpNetwork>,
}

fn paint(id: i64) -> Paint {
    Paint {
        finish: Finish::HighGloss,
        id: PaintId(id),
        shade: Shade::VeryDark,
        undertone: Some(Shade::Light),
        shades: vec![Shade::Unknown, Shade::Light],
        finishes: Some(vec![Finish::Matt, Finish::None]),
        mix: Mix { red: 7, with: Some("\"quotes\" and ünïcode".to_owned()) },
        remix: Some(vec![Mix { red: 0, with: None }]),
        maker: Email("maker@example.org".to_owned()),
        sold_by: Some(Email("seller@example.org".to_owned())),
        address: Address { street: "Main".to_owned(), city: Some("Ulm".to_owned()), shelf: Shade::Light },
        stored: PgRange::from(1..9),
        price: Some(Decimal::new(1999, 2)),
        seen_from: Some("10.0.0.0/8".parse().unwrap()),
    }
}

/// Whatever may be missing is.
fn bare(id: i64) -> Paint {
    Paint {
        undertone: None,
        shades: Vec::new(),
        finishes: None,
        remix: None,
        sold_by: None,
        address: Address { city: None, ..paint(id).address },
        price: None,
        seen_from: None,
        ..paint(id)
    }
}

fn patch() -> PaintPatch {
    let address = Address { street: "Side".to_owned(), city: None, shelf: Shade::Unknown };
    let mix = Mix { red: 8, with: None };
    Paint::patch()
        .address(address)
        .mix(mix)
        .maker(Email("new@example.org".to_owned()))
        .sold_by_null()
        .remix_null()
}

/// What [`patch`] makes of `paint`.
fn patched(paint: &Paint) -> Paint {
    Paint {
        mix: Mix { red: 8, with: None },
        remix: None,
        maker: Email("new@example.org".to_owned()),
        sold_by: None,
        address: Address { street: "Side".to_owned(), city: None, shelf: Shade::Unknown },
        ..paint.clone()
    }
}

async fn source() -> (Cluster, PostgresSource) {
    let cluster = servers::cluster(1).await;
    let source = servers::source(&cluster).connect().await.unwrap();
    (cluster, source)
}

#[tokio::test]
async fn every_form_comes_back_as_it_was_stored() {
    let (cluster, source) = source().await;
    let (ctx, paints) = (Context::new(), PaintRepository::new(source));
    for paint in [paint(1), bare(2)] {
        assert_eq!(*paints.insert(&ctx, &paint).await.unwrap(), paint);
        assert_eq!(paints.find(&ctx, &paint.id).await.unwrap(), Some(paint.clone()));
        assert_eq!(*paints.upsert(&ctx, &paint).await.unwrap(), paint);
        let changed = paints.update(&ctx, &paint.id, patch()).await.unwrap().into_inner();
        assert_eq!(changed, patched(&paint), "by patch");
        assert_eq!(*paints.replace(&ctx, &paint).await.unwrap(), paint);
    }
    let many = paints.insert_many(&ctx, [paint(3), bare(4)]).await.unwrap().into_inner();
    assert_eq!(many, [paint(3), bare(4)], "in one statement");
    let both = paints.find_many(&ctx, &[PaintId(2), PaintId(1)]).await.unwrap();
    assert_eq!(both, [bare(2), paint(1)], "a newtype is a key");

    let mut plain = servers::plain(&cluster.primary().url()).await;
    let stored: String = sqlx::query_scalar(
        "SELECT concat_ws('|', finish, shade, shades, finishes, mix->>'red', remix->0->>'red', maker, seller, home_city) \
         FROM paints WHERE id = 1",
    )
    .fetch_one(&mut plain)
    .await
    .unwrap();
    let expected =
        "high_gloss|very-dark|{n/a,light}|{matt,\"\"}|7|0|maker@example.org|seller@example.org|Ulm";
    assert_eq!(stored, expected, "in the database's own words");
    let nulls: i64 =
        sqlx::query_scalar("SELECT num_nulls(undertone, finishes, remix, seller, home_city, price)::int8 FROM paints WHERE id = 2")
            .fetch_one(&mut plain)
            .await
            .unwrap();
    assert_eq!(nulls, 6, "`None` is NULL, be it a document or a conversion");
}

#[tokio::test]
async fn what_no_value_stands_for_is_an_error_that_says_so() {
    let (cluster, source) = source().await;
    let (ctx, paints) = (Context::new(), PaintRepository::new(source));
    for (column, value, says) in [
        ("finish", "satin", "no variant of `Finish` is stored as `satin`"),
        ("maker", "nobody", "`nobody` is no e-mail address"),
    ] {
        paints.insert(&ctx, &paint(1)).await.unwrap();
        cluster.execute(&format!("UPDATE paints SET {column} = '{value}'")).await.unwrap();
        let error = paints.find(&ctx.strong(), &PaintId(1)).await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(error.is_database() && cause.contains(says), "{cause}");
        paints.delete(&ctx, &PaintId(1)).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_type_may_be_named_with_its_schema_and_a_newtype_made_by_the_database() {
    let (_cluster, source) = source().await;
    let (ctx, racks) = (Context::new(), RackRepository::new(source));
    let new = NewRack { shade: QualifiedShade::VeryDark, shades: vec![QualifiedShade::Light] };
    let stored = racks.insert(&ctx, new.clone()).await.unwrap().into_inner();
    assert_eq!((stored.shade, &stored.shades), (new.shade, &new.shades));
    assert_eq!(racks.find(&ctx, &stored.id).await.unwrap(), Some(stored));

    let racks = RackRepository::new(MemorySource::builder("main").build());
    assert_eq!(racks.insert(&ctx, new).await.unwrap().id, RackId(1), "in memory too");
}

/// A value in a value; and one that no cursor can carry, which is no mistake until it is put into one.
#[derive(Clone, Copy, Debug, PartialEq, Value)]
struct MainPaint(PaintId);

#[derive(Clone, Copy, Debug, PartialEq, Value)]
struct Weight(f64);

#[test]
fn a_value_in_a_key_goes_into_a_cursor() {
    let cursor = Cursor::new((MainPaint(PaintId(7)), Finish::HighGloss));
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
    let plain: Cursor<(i64, String)> = cursor.to_string().parse().unwrap();
    assert_eq!(plain.key(), &(7, "high_gloss".to_owned()), "the label, whatever the variant is called");

    let nothing = Cursor::new((7_i64, "dull".to_owned())).to_string();
    assert!(nothing.parse::<Cursor<(PaintId, Finish)>>().is_err(), "no variant is called so");
    assert_eq!(Weight(1.5), Weight(1.5));
}
