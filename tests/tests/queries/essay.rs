//! What is stored, and the queries on it.

use ryw_core::{Context, Error, Repository, Row, Written};
use ryw_postgres::sqlx::encode::IsNull;
use ryw_postgres::sqlx::error::BoxDynError;
use ryw_postgres::sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use ryw_postgres::sqlx::{Decode, Encode, Postgres, Type};
use ryw_postgres::{PostgresSource, Transaction};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers;

/// A type of the user's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Plain,
    Merry,
}

impl Type<Postgres> for Mood {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("essay_mood")
    }
}

impl PgHasArrayType for Mood {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_essay_mood")
    }
}

impl<'r> Decode<'r, Postgres> for Mood {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        match <&str as Decode<Postgres>>::decode(value)? {
            "plain" => Ok(Self::Plain),
            "merry" => Ok(Self::Merry),
            other => Err(format!("{other} is no mood").into()),
        }
    }
}

impl Encode<'_, Postgres> for Mood {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let name = match self {
            Self::Plain => "plain",
            Self::Merry => "merry",
        };
        <&str as Encode<Postgres>>::encode_by_ref(&name, buffer)
    }
}

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "essays"))]
pub(crate) struct Essay {
    #[repository(key)]
    pub id: i64,
    pub author_id: i64,
    pub title: String,
    #[repository(rename = "body")]
    pub text: Option<String>,
    pub mood: Mood,
    pub views: i32,
    pub words: Vec<i32>,
}

impl Essay {
    pub(crate) fn new(id: i64, author_id: i64, title: &str) -> Self {
        Self {
            id,
            author_id,
            title: title.to_owned(),
            text: None,
            mood: Mood::Plain,
            views: 0,
            words: Vec::new(),
        }
    }
}

/// Part of a row, and what no table holds; the columns come in another order.
#[derive(Debug, PartialEq, Row)]
pub(crate) struct Summary {
    pub title: String,
    pub id: i64,
    #[row(rename = "mood")]
    pub temper: Mood,
    pub letters: i32,
    pub text: Option<String>,
}

/// A struct of one column.
#[derive(Debug, PartialEq, Row)]
pub(crate) struct Total {
    pub total: i64,
}

#[ryw_core::queries]
impl EssayRepository {
    /// The essays of an author; a filter that is `None` is left out.
    #[query(
        "SELECT * FROM essays
         WHERE author_id = :author {AND title ILIKE :title} {AND views BETWEEN :least AND :most}
         ORDER BY title DESC, id LIMIT :limit"
    )]
    pub(crate) async fn of_author(
        &self,
        ctx: &Context,
        author: i64,
        title: Option<&str>,
        least: Option<i32>,
        most: Option<i32>,
        limit: i64,
    ) -> Result<Vec<Essay>, Error>;

    /// Titles, the longest first.
    #[query("SELECT title FROM essays ORDER BY length(title) DESC, title")]
    pub(crate) async fn titles(&self, ctx: &Context) -> Result<Vec<String>, Error>;

    #[query("SELECT body FROM essays ORDER BY id")]
    pub(crate) async fn bodies(&self, ctx: &Context) -> Result<Vec<Option<String>>, Error>;

    #[query("SELECT NULL::text AS a, NULL::int8 AS b WHERE :rows::bool")]
    pub(crate) async fn nothing_but_null(
        &self,
        ctx: &Context,
        rows: bool,
    ) -> Result<Option<(Option<String>, Option<i64>)>, Error>;

    #[query("SELECT title FROM essays WHERE id = :id")]
    pub(crate) async fn title(&self, ctx: &Context, id: i64) -> Result<Option<String>, Error>;

    #[query("SELECT title FROM essays WHERE author_id = :author -- however many\n")]
    pub(crate) async fn only_title(&self, ctx: &Context, author: i64) -> Result<String, Error>;

    #[query(r#"SELECT count(*) AS "count!", max(views) FROM essays WHERE mood = :mood"#)]
    pub(crate) async fn count_and_most(&self, ctx: &Context, mood: Mood)
    -> Result<(i64, Option<i32>), Error>;

    #[query("SELECT mood FROM essays ORDER BY id")]
    pub(crate) async fn moods(&self, ctx: &Context) -> Result<Vec<Mood>, Error>;

    #[query(r#"SELECT count(*) AS "total!" FROM essays"#)]
    pub(crate) async fn total(&self, ctx: &Context) -> Result<Total, Error>;

    #[query(
        r#"WITH long AS (SELECT * FROM essays WHERE id = ANY(:ids))
           SELECT id, body AS text, title, length(title) AS "letters!", mood FROM long ORDER BY id DESC"#
    )]
    pub(crate) async fn summaries(&self, ctx: &Context, ids: &[i64]) -> Result<Vec<Summary>, Error>;

    #[query(
        r#"SELECT words[2:3] AS "some!", words[1:views] AS "more!", ':id'::text || $$ :id $$ AS "text!" /* :id */
           FROM (SELECT *, 1 AS ":id" FROM essays) AS essays WHERE id = :id::bigint AND ":id" = 1"#
    )]
    pub(crate) async fn slices(&self, ctx: &Context, id: i64) -> Result<(Vec<i32>, Vec<i32>, String), Error>;

    #[query("SELECT id FROM essays ORDER BY id * 7919 % 2003, id {LIMIT :limit}")]
    pub(crate) async fn scattered(&self, ctx: &Context, limit: Option<i64>) -> Result<Vec<i64>, Error>;

    #[query("SELECT author_id, id FROM essays ORDER BY author_id, id DESC")]
    pub(crate) async fn by_author(&self, ctx: &Context) -> Result<Vec<(i64, i64)>, Error>;

    #[query("VALUES (3), (1), (2)")]
    pub(crate) async fn values(&self, ctx: &Context) -> Result<Vec<Option<i32>>, Error>;

    #[query(r#"SELECT look_at(:id) AS "views!""#)]
    pub(crate) async fn looks(&self, ctx: &Context, id: i64) -> Result<i32, Error>;

    #[query(r#"SELECT look_at(:id) AS "views!""#)]
    pub(crate) async fn looked(&self, ctx: &Context, id: i64) -> Result<Written<i32>, Error>;

    #[query("UPDATE essays SET views = views + 1 WHERE id = :id RETURNING views")]
    pub(crate) async fn viewed(&self, ctx: &Context, id: i64) -> Result<Written<i32>, Error>;

    #[query("UPDATE essays SET title = :title WHERE id = ANY(:ids)")]
    pub(crate) async fn retitle(
        &self,
        ctx: &Context,
        ids: Vec<i64>,
        title: String,
    ) -> Result<Written<u64>, Error>;

    #[query("UPDATE essays SET title = :title {, mood = :mood} WHERE id = :id RETURNING essays.*")]
    pub(crate) async fn rewrite(
        &self,
        ctx: &Context,
        id: i64,
        title: &str,
        mood: Option<Mood>,
    ) -> Result<Written<Option<Essay>>, Error>;

    #[query(
        r#"WITH moved AS (DELETE FROM essays WHERE id = :id RETURNING id, author_id)
           SELECT id AS "id!", author_id AS "author_id!" FROM moved"#
    )]
    pub(crate) async fn remove(&self, ctx: &Context, id: i64) -> Result<Written<Vec<(i64, i64)>>, Error>;

    #[query("INSERT INTO essays (id, author_id, title) VALUES (:id, :author, :title)")]
    pub(crate) async fn add_in(
        &self,
        tx: &mut Transaction,
        id: i64,
        author: i64,
        title: &str,
    ) -> Result<u64, Error>;

    #[query("UPDATE essays SET views = 9 WHERE author_id = :author RETURNING id")]
    pub(crate) async fn raise_in(&self, tx: &mut Transaction, author: i64) -> Result<Vec<i64>, Error>;

    #[query("SELECT * FROM essays WHERE id = :id FOR UPDATE")]
    pub(crate) async fn lock_in(&self, tx: &mut Transaction, id: i64) -> Result<Option<Essay>, Error>;

    /// A function of its own among them.
    pub(crate) async fn has_any(&self, ctx: &Context) -> Result<bool, Error> {
        Ok(self.total(ctx).await?.total > 0)
    }
}

/// A cluster with this many replicas, and a repository over it.
pub(crate) async fn essays(replicas: usize) -> (Cluster, PostgresSource, EssayRepository) {
    let cluster = servers::cluster(replicas).await;
    let source = servers::source(&cluster).connect().await.unwrap();
    (cluster, source.clone(), EssayRepository::new(source))
}

/// Stores essays of author 1, by number and title, and waits for the replicas.
pub(crate) async fn stored(cluster: &Cluster, essays: &EssayRepository, titles: &[(i64, &str)]) {
    for (id, title) in titles {
        essays.insert(&Context::new(), &Essay::new(*id, 1, title)).await.unwrap();
    }
    cluster.wait_until_caught_up().await.unwrap();
}
