//! What can be done: business code. Every method takes the caller's context and needs no other care.

use anyhow::{Context as _, Result, bail};
use ryw_core::{Context, Page, PageRequest};
use ryw_postgres::PostgresSource;

use crate::model::{
    Article, ArticleColumn, ArticleRepository, Author, AuthorColumn, AuthorRepository, NewArticle, NewAuthor,
    Output, Stage,
};

/// Authors and their articles.
#[derive(Clone, Debug)]
pub struct Service {
    source: PostgresSource,
    authors: AuthorRepository,
    articles: ArticleRepository,
}

impl Service {
    pub fn new(source: PostgresSource) -> Self {
        Self {
            authors: AuthorRepository::new(source.clone()),
            articles: ArticleRepository::new(source.clone()),
            source,
        }
    }

    /// Registers an author, unless the handle is somebody's.
    pub async fn join(&self, ctx: &Context, handle: &str, name: &str) -> Result<Author> {
        let new = NewAuthor { handle: handle.into(), name: name.into(), articles: 0 };
        match self.authors.insert(ctx, new).await {
            Ok(author) => Ok(author.into_inner()),
            Err(error) if error.is_duplicate_of(AuthorColumn::Handle) => bail!("{handle} is taken"),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores a draft and counts it for its author: both, or neither.
    pub async fn draft(&self, ctx: &Context, author: &Author, slug: &str, title: &str) -> Result<Article> {
        let mut tx = self.source.begin(ctx).await?;
        let new = NewArticle {
            author_id: author.id,
            slug: slug.into(),
            title: title.into(),
            body: None,
            stage: Stage::Draft,
            links: Vec::new(),
        };
        let article = match self.articles.insert_in(&mut tx, new).await {
            Err(error) if error.is_duplicate_of(ArticleColumn::Slug) => bail!("there is a {slug} already"),
            inserted => inserted?,
        };
        self.authors.wrote(&mut tx, author.id).await?;
        tx.commit().await?;
        Ok(article)
    }

    /// Gives an article another title, if nobody has changed it since `seen` was read.
    pub async fn retitle(&self, ctx: &Context, seen: &Article, title: &str) -> Result<Article> {
        let patch = Article::patch().title(title);
        match self.articles.update_if(ctx, &seen.id, seen.version, patch).await {
            Ok(article) => Ok(article.into_inner()),
            Err(error) if error.is_version_conflict() => {
                let now = error.current::<Article>().context("the conflict holds the row")?;
                bail!("meanwhile it is called {:?}", now.title)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// An author's articles, page by page.
    pub async fn articles_of(
        &self,
        ctx: &Context,
        author: &Author,
        page: &PageRequest<i64>,
    ) -> Result<Page<Article>> {
        Ok(self.articles.list_by_author_id(ctx, &author.id, page).await?)
    }

    /// Publishes an author's drafts; tells how many there were.
    pub async fn publish(&self, ctx: &Context, author: &Author) -> Result<u64> {
        Ok(self.articles.publish_all(ctx, author.id).await?.into_inner())
    }

    /// Takes an article away; it can be restored.
    pub async fn withdraw(&self, ctx: &Context, article: &Article) -> Result<()> {
        self.articles.delete(ctx, &article.id).await?;
        Ok(())
    }

    /// Who has published at least so many articles.
    pub async fn productive(&self, ctx: &Context, least: i64) -> Result<Vec<Output>> {
        Ok(self.authors.productive(ctx, least, None).await?)
    }

    /// An article by the name in its address.
    pub async fn read(&self, ctx: &Context, slug: &str) -> Result<Option<Article>> {
        Ok(self.articles.find_by_slug(ctx, slug).await?)
    }
}
