//! What the reads find, on a server and in memory.

use chrono::{DateTime, Utc};
use ryw_core::{Context, Cursor, EntityStream, ListRepository, MemorySource, PageRequest, Repository};
use ryw_tests::gallery::{Album, AlbumRepository, Link, LinkRepository, Picture, PictureRepository};
use ryw_tests::servers::{cluster, source};

/// The keys in a stream, to its end.
async fn ids(mut rows: EntityStream<Picture>) -> Vec<i64> {
    let mut ids = Vec::new();
    while let Some(row) = rows.try_next().await.unwrap() {
        ids.push(row.id);
    }
    ids
}

/// The same calls for either source: they are inherent, and of the two types.
macro_rules! finds_what_it_should {
    ($pictures:expr, $ctx:expr) => {{
        let (pictures, ctx) = ($pictures, $ctx);
        let of = |pictures: Vec<Picture>| pictures.iter().map(|picture| picture.id).collect::<Vec<_>>();

        assert_eq!(pictures.count(ctx).await.unwrap(), 30);
        assert!(pictures.exists(ctx, &30).await.unwrap());
        assert!(!pictures.exists(ctx, &31).await.unwrap());
        assert_eq!(of(pictures.find_many(ctx, &[7, 99, 30, 1, 7]).await.unwrap()), [7, 30, 1]);

        let found = pictures.find_by_slug(ctx, "picture-12").await.unwrap();
        assert_eq!(found, Some(Picture::numbered(12)));
        assert_eq!(pictures.find_by_slug(ctx, "picture-").await.unwrap(), None);
        assert_eq!(pictures.find_by_code(ctx, &12).await.unwrap(), Some(Picture::numbered(12)));
        assert_eq!(pictures.find_by_code(ctx, &13).await.unwrap(), None, "13 has no code");

        let page = pictures.list_by_album_id(ctx, &4, &PageRequest::first(2)).await.unwrap();
        assert_eq!((of(page.items), page.previous), (vec![4, 14], None));
        let next = PageRequest::first(2).after(page.next.unwrap());
        let page = pictures.list_by_album_id(ctx, &4, &next).await.unwrap();
        assert_eq!((of(page.items), page.next), (vec![24], None));
        let previous = PageRequest::last(2).before(page.previous.unwrap());
        let page = pictures.list_by_album_id(ctx, &4, &previous).await.unwrap();
        assert_eq!((of(page.items), page.previous), (vec![4, 14], None));
        let page = pictures.list_by_album_id(ctx, &4, &PageRequest::last(1)).await.unwrap();
        assert_eq!((of(page.items), page.next), (vec![24], None));
        assert_eq!(page.previous, Some(Cursor::new(24)));
        let page = pictures.list_by_album_id(ctx, &77, &PageRequest::first(2)).await.unwrap();
        assert_eq!((page.items, page.next, page.previous), (vec![], None, None));
        let page = pictures.list_by_place(ctx, "here", &PageRequest::first(100)).await.unwrap();
        assert_eq!(page.items.len(), 10, "those without a place are of no place");

        assert_eq!(ids(pictures.stream(ctx)).await, (1..=30).collect::<Vec<_>>());
        assert_eq!(ids(pictures.stream_by_album_id(ctx, &4)).await, [4, 14, 24]);
        assert_eq!(ids(pictures.stream_by_place(ctx, "here")).await.len(), 10);
        assert_eq!(ids(pictures.stream_by_place(ctx, "nowhere")).await, [0; 0]);
    }};
}

#[tokio::test]
async fn on_a_server() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let pictures = PictureRepository::new(source.clone());
    let ctx = Context::new();
    for id in (1..=30).rev() {
        pictures.insert(&ctx, &Picture::numbered(id)).await.unwrap();
    }
    finds_what_it_should!(&pictures, &ctx);
    finds_what_it_should!(&pictures, &ctx.strong());

    let links = LinkRepository::new(source.clone());
    let link = |id: i64| Link { id, slug: format!("picture-{id}"), album_id: id % 10 };
    assert_eq!(links.find(&ctx, &12).await.unwrap(), Some(link(12)));
    assert_eq!(links.find_by_slug(&ctx, "picture-13").await.unwrap(), Some(link(13)));
    let page = links.list_by_album_id(&ctx, &4, &PageRequest::last(2)).await.unwrap();
    assert_eq!(page.items, [link(14), link(24)]);

    let albums = AlbumRepository::new(source);
    let album = |id| Album { id, pictures: 3, caption: None };
    assert_eq!(albums.find(&ctx, &4).await.unwrap(), Some(album(4)));
    assert_eq!(albums.count(&ctx).await.unwrap(), 10);
    let page = albums.list(&ctx, &PageRequest::first(2)).await.unwrap();
    assert_eq!(page.items, [album(0), album(1)]);
    // As generic code would read it.
    let generic: Box<dyn ListRepository<Entity = Album>> = Box::new(albums);
    let mut all = generic.stream(&ctx);
    assert_eq!(all.try_next().await.unwrap(), Some(album(0)));
}

#[tokio::test]
async fn in_memory() {
    let source = MemorySource::builder("main").build();
    let pictures = PictureRepository::new(source.clone());
    let ctx = Context::new();
    for id in (1..=30).rev() {
        pictures.insert(&ctx, &Picture::numbered(id)).await.unwrap();
    }
    finds_what_it_should!(&pictures, &ctx);

    // What a view shows is put there by the test.
    let album = Album { id: 4, pictures: 3, caption: None };
    source.show(&ctx, album.clone());
    assert_eq!(AlbumRepository::new(source).find(&ctx, &4).await.unwrap(), Some(album));
}

/// Keys that the server holds in another way than they are given: without nanoseconds, with blanks behind.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "stamps"), checked = false)]
struct Stamp {
    #[repository(key)]
    at: DateTime<Utc>,
    #[repository(key)]
    code: String,
}

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "moments"), checked = false)]
struct Moment {
    #[repository(key)]
    at: DateTime<Utc>,
    place: String,
}

#[tokio::test]
async fn many_are_found_by_what_finds_each() {
    let cluster = cluster(0).await;
    let tables = "CREATE TABLE stamps (at timestamptz, code char(6), PRIMARY KEY (at, code)); \
                  CREATE TABLE moments (at timestamptz PRIMARY KEY, place text NOT NULL)";
    cluster.execute(tables).await.unwrap();
    let source = source(&cluster).connect().await.unwrap();
    let (stamps, moments) = (StampRepository::new(source.clone()), MomentRepository::new(source));
    let ctx = Context::new();
    let at = |nanos| DateTime::from_timestamp(1_700_000_000, nanos).unwrap();
    for (nanos, code) in [(123_456_789, "ab"), (5_000, "c")] {
        stamps.insert(&ctx, &Stamp { at: at(nanos), code: code.to_owned() }).await.unwrap();
        moments.insert(&ctx, &Moment { at: at(nanos), place: code.to_owned() }).await.unwrap();
    }

    let keys = [at(5_000), at(1), at(123_456_789), at(123_456_001)];
    let found = moments.find_many(&ctx, &keys).await.unwrap();
    assert_eq!(found.iter().map(|moment| moment.place.as_str()).collect::<Vec<_>>(), ["c", "ab"]);
    let keys = [(at(123_456_789), "ab".to_owned()), (at(5_000), "c".to_owned())];
    for key in &keys {
        assert!(stamps.find(&ctx, key).await.unwrap().is_some());
    }
    let found = stamps.find_many(&ctx, &keys).await.unwrap();
    assert_eq!(found.iter().map(|stamp| stamp.code.trim_end()).collect::<Vec<_>>(), ["ab", "c"]);
}
