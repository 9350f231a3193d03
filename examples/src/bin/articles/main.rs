//! A small service on a primary and two replicas that lag: two entities, a transaction over both, optimistic locking, pages,
//! queries of its own. Whoever writes sees it at once, though the reads are served by the replicas.
//!
//! `docs/derive.md` goes through it step by step.

#![allow(missing_docs, reason = "a program has no users who read its documentation")]
#![allow(unreachable_pub, reason = "its modules are written as an application's are")]

mod model;
mod service;
#[cfg(test)]
mod tests;

use std::time::Duration;

use anyhow::{Result, ensure};
use ryw_core::{ConsistencySource as _, Context, PageRequest};
use ryw_postgres::PostgresSource;
use ryw_testkit::postgres::Cluster;

use crate::service::Service;

const LAG: Duration = Duration::from_millis(100);

#[tokio::main]
async fn main() -> Result<()> {
    let cluster = Cluster::builder().replicas(2).start().await?;
    cluster.execute(include_str!("../../../schema/articles.sql")).await?;
    cluster.wait_until_caught_up().await?;
    for replica in cluster.replicas() {
        replica.set_apply_delay(LAG).await?;
    }
    let told = tell(&cluster).await;
    cluster.shutdown().await;
    told
}

async fn tell(cluster: &Cluster) -> Result<()> {
    let builder = PostgresSource::builder("main").primary(cluster.primary().url());
    let source = cluster.replicas().iter().fold(builder, |builder, replica| builder.replica(replica.url()));
    let source = source.connect().await?;
    let service = Service::new(source.clone());

    // One context for each user's session.
    let ada = Context::new();
    let author = service.join(&ada, "ada", "Ada Lovelace").await?;
    println!("{} joined as number {}", author.name, author.id);
    let taken = service.join(&Context::new(), "ada", "Ada Byron").await.unwrap_err();
    println!("somebody else could not: {taken}");

    let mut drafts = Vec::new();
    for (slug, title) in [("notes", "Notes"), ("engine", "The Engine"), ("loom", "The Loom")] {
        drafts.push(service.draft(&ada, &author, slug, title).await?);
    }
    let retitled = service.retitle(&ada, &drafts[1], "The Analytical Engine").await?;
    println!("{:?} is now {:?}, version {}", drafts[1].title, retitled.title, retitled.version);
    let late = service.retitle(&ada, &drafts[1], "An Engine").await.unwrap_err();
    println!("a second change from the same page: {late}");

    println!("published: {}", service.publish(&ada, &author).await?);
    service.withdraw(&ada, &drafts[2]).await?;
    let page = service.articles_of(&ada, &author, &PageRequest::first(1)).await?;
    let next = page.next.expect("there is one more");
    let rest = service.articles_of(&ada, &author, &PageRequest::first(10).after(next)).await?;
    for article in page.items.iter().chain(&rest.items) {
        println!("{}: {:?}, {:?}", article.slug, article.title, article.stage);
    }
    ensure!(rest.items.len() == 1 && rest.items[0].title == "The Analytical Engine", "her own write");

    // A stranger may see an older state, and does until the replicas have caught up. She never does.
    let hers = service.productive(&ada, 2).await?;
    let strangers = service.productive(&Context::new(), 2).await?;
    println!("who published two articles: to her {hers:?}, to a stranger {strangers:?}");
    ensure!(hers.len() == 1 && hers[0].published == 2, "her own write");

    cluster.wait_until_caught_up().await?;
    let read = service.read(&ada, "engine").await?.expect("it is there");
    println!("read again, wherever: {:?}", read.title);
    let counts = source.counts();
    println!("{} reads were served by replicas; by reason: {:?}", counts.replica_reads(), counts.reasons());
    Ok(())
}
