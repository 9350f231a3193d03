//! What a role needs: nothing but what everyone has.

use ryw_core::{ConsistencySource, Context};
use ryw_postgres::sqlx;
use ryw_tests::servers::{cluster, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};

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
    let ctx = Context::new();
    let _ = favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 1);
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.update_in(&mut tx, &Favorite::numbered(7, 2)).await.unwrap();
    let _ = tx.commit().await.unwrap();
    source.read(&ctx).await.unwrap().finish().await.unwrap();
    source.resolve(&ctx).await.unwrap();
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 2);
}
