//! TLS is sqlx's: `sslmode` and `sslrootcert` in the URL, or the options' own.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use ryw_core::{Context, Error};
use ryw_postgres::{PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, patient, plain};
use ryw_tests::{Favorite, FavoriteRepository};

/// Writes `text` into the data directory, as the server itself and for its eyes only.
async fn put(cluster: &Cluster, file: &str, text: &str) {
    let lines = text.trim().lines().map(|line| format!("'{line}'")).collect::<Vec<_>>().join(", ");
    let copy = format!("COPY (SELECT unnest(ARRAY[{lines}])) TO PROGRAM 'umask 077; cat > {file}'");
    cluster.execute(&copy).await.unwrap();
}

/// Switches TLS on, with a certificate by an authority of its own, which is returned.
async fn with_tls(cluster: &Cluster) -> String {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["127.0.0.1".into()]).unwrap().signed_by(&key, &authority).unwrap();
    put(cluster, "server.key", &key.serialize_pem()).await;
    put(cluster, "server.crt", &certificate.pem()).await;
    cluster.execute("ALTER SYSTEM SET ssl = on").await.unwrap();
    cluster.execute("SELECT pg_reload_conf()").await.unwrap();
    let url = format!("{}?sslmode=require", cluster.primary().url());
    eventually("the server speaks TLS", async || {
        sqlx::postgres::PgPoolOptions::new().connect(&url).await.is_ok()
    })
    .await;
    authority.pem()
}

async fn connect(url: String) -> Result<PostgresSource, Error> {
    patient().primary(url).connect().await
}

#[tokio::test]
async fn the_certificate_is_verified_and_the_connection_encrypted() {
    let cluster = cluster(0).await;
    let authority = with_tls(&cluster).await;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.crt");
    std::fs::write(&root, authority).unwrap();
    let url = format!("{}?sslmode=verify-full&sslrootcert={}", cluster.primary().url(), root.display());
    let source = connect(url).await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    favorites.insert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    let mut conn = plain(&cluster.primary().admin_url()).await;
    let encrypted: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'app' AND ssl",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert!(encrypted > 0);

    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    std::fs::write(&root, other.cert.pem()).unwrap();
    let url = format!("{}?sslmode=verify-full&sslrootcert={}", cluster.primary().url(), root.display());
    let refused = connect(url).await.unwrap_err();
    assert!(refused.is_config(), "{refused:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_if_tls_is_required() {
    let cluster = cluster(0).await;
    let refused = connect(format!("{}?sslmode=require", cluster.primary().url())).await.unwrap_err();
    assert!(refused.is_config(), "{refused:?}");
}
