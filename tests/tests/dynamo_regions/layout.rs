//! Where a table is: as the service tells, and as rarely as possible.

use aws_sdk_dynamodb::Client;
use futures_util::future::join_all;
use ryw_core::{Context, Reason, Route};
use ryw_testkit::dynamo::Mode;

use super::world::{FAR, HOME, NEAR, World};

#[tokio::test]
async fn it_is_asked_once_however_many_ask() {
    let world = World::start(Some(Mode::Eventual)).await;
    world.changed(&Context::new()).await;
    let before = world.region(HOME).requests().of("DescribeTable");
    let contexts: Vec<_> = std::iter::repeat_with(Context::new).take(20).collect();
    join_all(contexts.iter().map(|ctx| world.read(ctx))).await;
    world.read(&Context::new()).await.unwrap();
    assert_eq!(world.region(HOME).requests().of("DescribeTable") - before, 1);
    assert_eq!(world.region(NEAR).requests().of("DescribeTable"), 0);
}

#[tokio::test]
async fn a_region_without_the_table_is_never_read() {
    let (world, ctx) = (World::start(None).await, Context::new());
    world.changed(&ctx).await;
    for ctx in [&ctx, &Context::new(), &ctx.eventual()] {
        assert_eq!(world.read(ctx).await.unwrap(), "new");
    }
    world.notes.find_many(&Context::new(), &[1, 2]).await.unwrap();
    assert_eq!([NEAR, FAR].map(|index| world.region(index).requests().total()), [0, 0]);
    assert_eq!(world.reads(HOME), (1, 3));
}

#[tokio::test]
async fn a_replica_that_has_gone_is_asked_for_anew_and_left() {
    let world = World::start(Some(Mode::Eventual)).await;
    world.changed(&Context::new()).await;
    assert_eq!(world.read(&Context::new()).await.unwrap(), "old");
    world.region(NEAR).client().delete_table().table_name("notes").send().await.unwrap();
    assert_eq!(world.read(&Context::new()).await.unwrap(), "new", "read strongly at home");
    assert_eq!(world.routed(Route::Primary, Reason::ReplicaFailed), 1);
    assert_eq!(world.read(&Context::new()).await.unwrap(), "new");
    assert_eq!(world.reads(HOME), (1, 1));
    assert_eq!(world.reads(NEAR), (0, 2), "the second found nothing there, and was the last");
}

#[tokio::test]
async fn what_nobody_can_tell_is_read_strongly_at_home() {
    let world = World::start(Some(Mode::Eventual)).await;
    world.changed(&Context::new()).await;
    let unreachable = |index| {
        let config = world.region(index).config().endpoint_url("http://127.0.0.1:9");
        Client::from_conf(config.build())
    };
    let source = ryw_dynamo::DynamoSource::builder("notes")
        .home("eu-central-1", world.region(HOME).client())
        .region("us-east-1", unreachable(NEAR))
        .near("us-east-1")
        .build()
        .unwrap();
    let notes = super::world::NoteRepository::new(source);
    world.region(HOME).cut();
    let why = notes.find(&Context::new(), &1).await.unwrap_err();
    assert!(why.is_unavailable(), "{why:?}");
    world.region(HOME).restore();
    let before = world.reads(HOME);
    assert_eq!(notes.find(&Context::new(), &1).await.unwrap().unwrap().text, "new");
    let after = world.reads(HOME);
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 0), "strongly, and not eventually");
}
