//! What a role needs: nothing but what everyone has.

use std::time::Duration;

use ryw_core::{ConsistencySource, Context};
use ryw_postgres::{Isolation, Mode, PostgresSource, sqlx};
use ryw_tests::servers::{cluster, plain, source};
use ryw_tests::{Favorite, FavoriteColumn, FavoriteRepository};

#[tokio::test]
async fn a_plain_role_suffices() {
    let cluster = cluster(1).await;
    let mut conn = plain(&cluster.primary().url()).await;
    let (superuser, memberships): (bool, i64) = sqlx::query_as(
        "SELECT rolsuper OR rolreplication OR rolcreaterole OR rolbypassrls, \
         (SELECT count(*) FROM pg_auth_members WHERE member = pg_roles.oid) FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert_eq!((superuser, memberships), (false, 0), "or this test proves nothing");

    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    use_everything(&source, &favorites).await;
}

/// The crate's documentation lists the functions that are called: with all others forbidden, everything works.
#[tokio::test]
async fn the_functions_called_are_those_that_the_documentation_lists() {
    const DOCUMENTATION: &str = include_str!("../../../ryw-postgres/src/lib.rs");
    let section = DOCUMENTATION.split("# What a role needs").nth(1).and_then(|rest| rest.split("# ").next());
    let listed: Vec<&str> = section.unwrap().split('`').skip(1).step_by(2).collect();
    assert!(listed.contains(&"pg_xact_status"), "{listed:?}");

    let cluster = cluster(1).await;
    let list = listed.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    // Functions behind operators (pg_lsn) are no more called than `+` is.
    cluster
        .execute(&format!(
            "DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace \
             AND (proname ~ '^pg_' OR proname IN ('current_setting', 'set_config')) AND prokind = 'f' \
             AND proname NOT IN ({list}) AND NOT EXISTS (SELECT FROM pg_operator WHERE oprcode = pg_proc.oid) \
             LOOP EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f); END LOOP; END $$"
        ))
        .await
        .unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let mut conn = plain(&cluster.primary().url()).await;
    let refused = sqlx::query("SELECT pg_backend_pid()").execute(&mut conn).await;
    assert!(refused.unwrap_err().to_string().contains("permission denied"), "or this test proves nothing");

    for mode in [Mode::InBand, Mode::LsnGate, Mode::RemoteApply] {
        let source = source(&cluster).mode(mode).connect().await.unwrap();
        let favorites = FavoriteRepository::new(source.clone());
        use_everything(&source, &favorites).await;
    }
    let superuser = cluster.primary().admin_url();
    PostgresSource::builder("main")
        .primary(superuser)
        .connect()
        .await
        .unwrap()
        .migrate_epochs()
        .await
        .unwrap();
    cluster.execute("GRANT SELECT, INSERT ON public.ryw_epochs TO app").await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let source = source(&cluster).epochs().connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    use_everything(&source, &favorites).await;
}

async fn use_everything(source: &PostgresSource, favorites: &FavoriteRepository) {
    let ctx = Context::new();
    favorites.delete(&ctx, &7).await.unwrap();
    favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 1);
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.replace_in(&mut tx, &Favorite::numbered(7, 2)).await.unwrap();
    tx.commit().await.unwrap();
    source.read(&ctx).await.unwrap().finish().await.unwrap();
    source
        .read_transaction(&ctx)
        .isolation(Isolation::RepeatableRead)
        .begin()
        .await
        .unwrap()
        .finish()
        .await
        .unwrap();
    source.resolve(&ctx).await.unwrap();
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 2);
    let stored = favorites.replace(&ctx, &Favorite::numbered(7, 3)).await.unwrap();
    source.fate(stored.position().unwrap()).await.unwrap();
    let found = favorites.find(&ctx.bounded_staleness(Duration::from_secs(60)), &7).await.unwrap();
    assert_eq!(found.unwrap().count(), 3);
    assert_eq!(source.status().nodes.len(), 2);
    let duplicate = favorites.insert(&ctx, &Favorite::numbered(7, 4)).await.unwrap_err();
    assert!(duplicate.is_duplicate_of(FavoriteColumn::UserId), "{duplicate}");
    favorites.verify().await.unwrap();
}
