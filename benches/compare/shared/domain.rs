//! What the service takes and how it fails: the same in every program, and not counted.

use std::error::Error;
use std::fmt;

/// An article still to be written.
pub struct Draft {
    pub slug: String,
    pub title: String,
    pub body: Option<String>,
    pub tags: Vec<String>,
}

/// Why the service did not do what it was asked for.
#[derive(Debug)]
pub enum Failure {
    /// There is an article with this slug.
    SlugTaken,
    /// The article was changed since its version was seen.
    Conflict,
    /// There is no such article.
    NotFound,
    /// Anything else.
    Other(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SlugTaken => f.write_str("the slug is taken"),
            Self::Conflict => f.write_str("the article was changed meanwhile"),
            Self::NotFound => f.write_str("there is no such article"),
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::SlugTaken | Self::Conflict | Self::NotFound => None,
            Self::Other(error) => error.source(),
        }
    }
}
