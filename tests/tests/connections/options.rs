//! What the URL, or sqlx's options, say of a connection holds for every connection.

use std::str::FromStr as _;

use ryw_core::{ConsistencySource, Context, Route};
use ryw_postgres::sqlx::postgres::PgConnectOptions;
use ryw_postgres::{PostgresSource, sqlx};
use ryw_tests::servers::{cluster, patient, source};
use ryw_tests::{Favorite, FavoriteRepository};

async fn setting(source: &PostgresSource, name: &str) -> String {
    let mut conn = source.read(&Context::new().strong()).await.unwrap();
    let setting =
        sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(&mut *conn).await.unwrap();
    conn.finish().await.unwrap();
    setting
}

#[tokio::test]
async fn the_search_path_and_the_application_name_are_kept() {
    let cluster = cluster(0).await;
    let tenant = "CREATE SCHEMA tenant; CREATE TABLE tenant.favorites (LIKE public.favorites INCLUDING ALL); \
                  GRANT USAGE ON SCHEMA tenant TO app; GRANT ALL ON tenant.favorites TO app";
    cluster.execute(tenant).await.unwrap();
    let url = format!(
        "{}?application_name=shop&options=-c%20search_path%3Dtenant%20-c%20statement_timeout%3D7s",
        cluster.primary().url()
    );
    let source = patient().primary(url).connect().await.unwrap();
    assert_eq!(setting(&source, "application_name").await, "shop");
    assert_eq!(setting(&source, "statement_timeout").await, "7s");
    let favorites = FavoriteRepository::new(source.clone());
    favorites.insert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    let mut conn = source.read(&Context::new()).await.unwrap();
    let [tenants, publics]: [i64; 2] = [
        sqlx::query_scalar("SELECT count(*) FROM tenant.favorites").fetch_one(&mut *conn).await.unwrap(),
        sqlx::query_scalar("SELECT count(*) FROM public.favorites").fetch_one(&mut *conn).await.unwrap(),
    ];
    assert_eq!((tenants, publics), (1, 0));
    conn.finish().await.unwrap();
}

/// As behind a pooler that cannot keep prepared statements apart, if its sessions are pinned.
#[tokio::test]
async fn it_works_without_a_statement_cache() {
    let cluster = cluster(1).await;
    let options = |url: String| PgConnectOptions::from_str(&url).unwrap().statement_cache_capacity(0);
    let source = patient()
        .primary(options(cluster.primary().url()))
        .replica(options(cluster.replica(0).url()))
        .connect()
        .await
        .unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    for count in 0..20 {
        favorites.upsert(&ctx, &Favorite::numbered(7, count)).await.unwrap();
        assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), count);
    }
}

#[tokio::test]
async fn the_pool_holds_no_more_connections_than_it_may() {
    let cluster = cluster(1).await;
    let source = source(&cluster).max_connections(3).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let readers = (0..40).map(|_| {
        let favorites = favorites.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                assert_eq!(favorites.find(&Context::new(), &7).await.unwrap(), None);
            }
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await.unwrap();
    }
    let mut conn = ryw_tests::servers::plain(&cluster.replica(0).admin_url()).await;
    let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert!((1..=3).contains(&sessions), "{sessions}");
}

/// Behind a balancer each connection may lead elsewhere: nothing is remembered, and each read carries its proof.
#[tokio::test]
async fn a_balancer_is_read_through_with_proof() {
    let cluster = cluster(2).await;
    let balancer = balancer(&[cluster.replica(0).url(), cluster.replica(1).url()]).await;
    let source = patient()
        .primary(cluster.primary().url())
        .replica(ryw_postgres::Address::from(balancer).balanced())
        .max_connections(4)
        .connect()
        .await
        .unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    cluster.replica(1).hold_replay().await.unwrap();
    let tasks = (0..8).map(|key| {
        let (source, favorites) = (source.clone(), favorites.clone());
        tokio::spawn(async move {
            let ctx = Context::new();
            for count in 0..25 {
                favorites.upsert(&ctx, &Favorite::numbered(key, count)).await.unwrap();
                for _ in 0..3 {
                    assert_eq!(favorites.find(&ctx, &key).await.unwrap().unwrap().count(), count);
                }
                let mut conn = source.read(&ctx).await.unwrap();
                let color: String = sqlx::query_scalar("SELECT color_hex FROM favorites WHERE user_id = $1")
                    .bind(key)
                    .fetch_one(&mut *conn)
                    .await
                    .unwrap();
                conn.finish().await.unwrap();
                assert_eq!(color, Favorite::numbered(key, count).color_hex);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert!(source.counts().replica_reads() > 0, "{:?}", source.counts().reasons());
    let eventual = Context::new().eventual();
    let mut found = [0, 0];
    for _ in 0..40 {
        assert_eq!(source.route_read(&eventual).await.unwrap().route, Route::Replica(0));
        let there = favorites.find(&Context::new().eventual(), &0).await.unwrap().is_some();
        found[usize::from(there)] += 1;
    }
    println!("without a context {} of 40 reads found nothing", found[0]);
}

/// A relay that leads each connection to the next of `urls`.
async fn balancer(urls: &[String]) -> String {
    let port = |url: &str| -> u16 {
        url.rsplit(':').next().and_then(|end| end.split('/').next()?.parse().ok()).expect("a port")
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let ports: Vec<_> = urls.iter().map(|url| port(url)).collect();
    let url = urls[0].replace(&format!(":{}/", ports[0]), &format!(":{own}/"));
    tokio::spawn(async move {
        for turn in 0.. {
            let Ok((mut client, _)) = listener.accept().await else { return };
            let port = ports[turn % ports.len()];
            tokio::spawn(async move {
                let mut server = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    url
}
