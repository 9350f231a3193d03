use ryw_core::{Context, Error, Repository, Row, Written, queries};
use ryw_postgres::Transaction;

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "essays"))]
pub struct Essay {
    #[repository(key)]
    pub id: i64,
    pub author_id: i64,
    pub title: String,
    pub body: Option<String>,
    pub views: i32,
}

/// What no table holds.
#[derive(Debug, PartialEq, Row)]
pub struct Author {
    pub author_id: i64,
    pub essays: i64,
    #[row(rename = "sum")]
    pub views: Option<i64>,
}

#[queries]
impl EssayRepository {
    /// An author's essays, those with a matching title if one is asked for.
    #[query(
        "SELECT id, author_id, title, body, views FROM essays
         WHERE author_id = :author {AND title ILIKE :title} {AND views >= :views}
         ORDER BY views DESC, id LIMIT :limit"
    )]
    pub async fn popular(
        &self,
        ctx: &Context,
        author: i64,
        title: Option<&str>,
        views: Option<i32>,
        limit: i64,
    ) -> Result<Vec<Essay>, Error>;

    /// How much each of these authors has written. An expression is taken to be NULL at times unless its name says `!`.
    #[query(
        r#"SELECT author_id, count(*) AS "essays!", sum(views) FROM essays
           WHERE author_id = ANY(:authors) GROUP BY author_id ORDER BY author_id"#
    )]
    pub async fn authors(&self, ctx: &Context, authors: &[i64]) -> Result<Vec<Author>, Error>;

    /// The title, if there is such an essay.
    #[query("SELECT title FROM essays WHERE id = :id")]
    pub async fn title(&self, ctx: &Context, id: i64) -> Result<Option<String>, Error>;

    /// Counts a view, and returns how many there are now.
    #[query("UPDATE essays SET views = views + 1 WHERE id = :id RETURNING views")]
    pub async fn viewed(&self, ctx: &Context, id: i64) -> Result<Written<i32>, Error>;

    /// Gives an author's essays to another; returns how many there were.
    #[query("UPDATE essays SET author_id = :to WHERE author_id = :from")]
    pub async fn give(&self, tx: &mut Transaction, from: i64, to: i64) -> Result<u64, Error>;
}

pub async fn use_them(essays: &EssayRepository, ctx: &Context) -> Result<(), Error> {
    let views = essays.viewed(ctx, 7).await?;
    // Served by a replica that has seen the view, or by the primary.
    let popular = essays.popular(ctx, 1, Some("on %"), None, 10).await?;
    assert!(popular.iter().all(|essay| essay.id != 7 || essay.views >= *views));

    let mut tx = essays.source().begin(ctx).await?;
    let given = essays.give(&mut tx, 1, 2).await?;
    tx.commit().await?;
    // Its position is the commit's.
    let authors = essays.authors(ctx, &[2]).await?;
    assert!(given == 0 || authors[0].essays > 0);
    Ok(())
}
