//! Entities for the reads: found by other fields than the key, of a view, and with some of a table's columns.

use ryw_core::Repository;

/// A picture in an album.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "pictures"))]
pub struct Picture {
    /// The key.
    #[repository(key)]
    pub id: i64,
    /// In which album it is.
    #[repository(indexed)]
    pub album_id: i64,
    /// A unique text.
    #[repository(unique)]
    pub slug: String,
    /// A unique number that not every picture has.
    #[repository(unique)]
    pub code: Option<i32>,
    /// A text that several pictures have, and others none.
    #[repository(indexed)]
    pub place: Option<String>,
    /// Any text.
    pub caption: Option<String>,
}

/// An album, as a view shows it.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "albums"), read_only)]
pub struct Album {
    /// The key.
    #[repository(key)]
    pub id: i64,
    /// How many pictures are in it.
    #[repository(not_null)]
    pub pictures: i64,
    /// One of their captions.
    pub caption: Option<String>,
}

/// As much of a picture as a link to it shows.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "pictures"), read_only)]
pub struct Link {
    /// The key.
    #[repository(key)]
    pub id: i64,
    /// The text of the link.
    #[repository(unique)]
    pub slug: String,
    /// In which album it is.
    #[repository(indexed)]
    pub album_id: i64,
}

impl Picture {
    /// The picture number `id`, in the album of its last digit.
    #[must_use]
    pub fn numbered(id: i64) -> Self {
        Self {
            id,
            album_id: id % 10,
            slug: format!("picture-{id}"),
            code: i32::try_from(id).ok().filter(|code| code % 2 == 0),
            place: (id % 3 == 0).then(|| "here".to_owned()),
            caption: None,
        }
    }
}
