//! What is queried.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ryw_core::{Context, ManualClock, Repository, Timestamp};
use ryw_dynamo::{DynamoSource, DynamoSourceBuilder};
use ryw_testkit::dynamo::{Region, Regions};

/// A table with a local index, a global one, and one that sorts nothing and lists only some.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(
    table = "songs",
    pk = artist,
    sk = title,
    index(name = "by_plays", sk = plays, local),
    index(name = "by_genre", pk = genre, sk = plays, global),
    index(name = "by_label", pk = label, global)
))]
pub(crate) struct Song {
    #[repository(key)]
    pub(crate) artist: String,
    #[repository(key)]
    pub(crate) title: String,
    pub(crate) genre: String,
    pub(crate) plays: i64,
    pub(crate) label: Option<String>,
    #[repository(deleted_at)]
    pub(crate) deleted_at: Option<DateTime<Utc>>,
}

pub(crate) fn song(artist: &str, title: &str, genre: &str, plays: i64) -> NewSong {
    NewSong { artist: artist.into(), title: title.into(), genre: genre.into(), plays, label: None }
}

pub(crate) fn key(artist: &str, title: &str) -> (String, String) {
    (artist.into(), title.into())
}

pub(crate) fn titles(songs: &[Song]) -> Vec<&str> {
    songs.iter().map(|song| song.title.as_str()).collect()
}

/// A Region, a source over it, and a clock to move.
pub(crate) struct World {
    pub(crate) regions: Regions,
    pub(crate) source: DynamoSource,
    pub(crate) songs: SongRepository,
    pub(crate) clock: Arc<ManualClock>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(|source| source).await
    }

    pub(crate) async fn with(settings: impl FnOnce(DynamoSourceBuilder) -> DynamoSourceBuilder) -> Self {
        let regions = Regions::builder().start().await.unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(1_700_000_000_000)));
        let source = settings(builder(&regions, &clock)).build().unwrap();
        source.create_table::<Song>().await.unwrap();
        let songs = SongRepository::new(source.clone());
        Self { regions, source, songs, clock }
    }

    pub(crate) fn region(&self) -> &Region {
        self.regions.region(0)
    }

    /// The same tables, as another process has them.
    pub(crate) fn another_process(&self) -> SongRepository {
        SongRepository::new(builder(&self.regions, &self.clock).build().unwrap())
    }

    /// Written by somebody else.
    pub(crate) async fn put(&self, songs: impl IntoIterator<Item = NewSong>) {
        for song in songs {
            self.songs.upsert(&Context::new(), song).await.unwrap();
        }
    }

    /// Ten songs of one artist and genre, `t0` to `t9`, each played more often than the one before, which all copies have.
    pub(crate) async fn ten(&self) {
        self.put((0..10).map(|number| song("ada", &format!("t{number}"), "pop", number * 10))).await;
    }

    /// From now on neither followers nor indexes see anything.
    pub(crate) fn hold(&self) {
        self.region().follower().hold();
        self.region().indexes().hold();
    }

    /// Lets the time pass in which a write may be missed.
    pub(crate) fn pass_the_window(&self) {
        self.clock.advance(WINDOW);
    }
}

fn builder(regions: &Regions, clock: &Arc<ManualClock>) -> DynamoSourceBuilder {
    let region = regions.region(0);
    let source = DynamoSource::builder("music").home(region.name(), region.client());
    source.window(WINDOW).clock(clock.clone())
}

pub(crate) const WINDOW: Duration = Duration::from_secs(10);
