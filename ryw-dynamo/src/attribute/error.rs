//! Why a value and an attribute do not fit.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::Error;

/// Why a value and an attribute do not fit: it names the attribute by its path, as in `address.lines[2]`, says what was found
/// and expected, and what to do.
///
/// It becomes a [`ryw_core::Error`], as whose source it stays: [`is_database`](Error::is_database), for nothing was done.
pub struct AttributeError(Box<Misfit>);

#[derive(Debug)]
struct Misfit {
    /// From the inside to the outside.
    path: Vec<Step>,
    problem: Problem,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug)]
enum Step {
    Name(String),
    Index(usize),
}

#[derive(Debug)]
enum Problem {
    Missing { expected: &'static str },
    OtherType { found: &'static str, expected: &'static str },
    Unreadable(String),
    Unstorable(String),
}

impl AttributeError {
    fn new(problem: Problem) -> Self {
        Self(Box::new(Misfit { path: Vec::new(), problem, source: None }))
    }

    /// The attribute is of another type, or missing: `expected` is such as `"a text (S)"`.
    #[must_use]
    pub fn expected(expected: &'static str, found: Option<&AttributeValue>) -> Self {
        Self::new(match found {
            Some(found) => Problem::OtherType { found: type_of(found), expected },
            None => Problem::Missing { expected },
        })
    }

    /// The attribute is of the right type, and yet no such value: `why` is such as `` "`Grue` is no color" ``.
    #[must_use]
    pub fn unreadable(why: impl Into<String>) -> Self {
        Self::new(Problem::Unreadable(why.into()))
    }

    /// DynamoDB has nothing that is this value: `why` says what to do instead.
    #[must_use]
    pub fn unstorable(why: impl Into<String>) -> Self {
        Self::new(Problem::Unstorable(why.into()))
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Says that it was in the attribute of this name, or in the part of this name of a map.
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        self.0.path.push(Step::Name(name.to_owned()));
        self
    }

    /// Says that it was at this place of a list, counted from 0.
    #[must_use]
    pub fn at(mut self, index: usize) -> Self {
        self.0.path.push(Step::Index(index));
        self
    }

    /// As the error of `operation`, such as `"insert an Article"`.
    pub(crate) fn of(self, operation: impl Into<String>) -> Error {
        Error::database(operation).with_source(self)
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for step in self.0.path.iter().rev() {
            match step {
                Step::Name(name) if path.is_empty() => path.push_str(name),
                Step::Name(name) => path.extend([".", name]),
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }
}

/// A type, as messages name it.
pub(super) fn type_of(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::S(_) => "a text (S)",
        AttributeValue::N(_) => "a number (N)",
        AttributeValue::B(_) => "bytes (B)",
        AttributeValue::Bool(_) => "a boolean (BOOL)",
        AttributeValue::Null(_) => "NULL",
        AttributeValue::L(_) => "a list (L)",
        AttributeValue::M(_) => "a map (M)",
        AttributeValue::Ss(_) => "a set of texts (SS)",
        AttributeValue::Ns(_) => "a set of numbers (NS)",
        AttributeValue::Bs(_) => "a set of bytes (BS)",
        // Not our enum: the SDK may learn of others.
        _ => "of a type that this version of ryw does not know",
    }
}

impl fmt::Display for AttributeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attribute = match self.path() {
            path if path.is_empty() => "the attribute".to_owned(),
            path => format!("the attribute `{path}`"),
        };
        match &self.0.problem {
            Problem::Missing { expected } => write!(
                f,
                "{attribute} is missing, where {expected} is expected: make its field an `Option`, or add it to the items \
                 that lack it"
            ),
            Problem::OtherType { found, expected } => write!(
                f,
                "{attribute} is {found}, where {expected} is expected: change the field's type, or what writes the attribute"
            ),
            Problem::Unreadable(why) => write!(f, "{attribute} cannot be read: {why}"),
            Problem::Unstorable(why) => write!(f, "{attribute} cannot be stored: {why}"),
        }
    }
}

impl fmt::Debug for AttributeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttributeError")
            .field("path", &self.path())
            .field("problem", &self.0.problem)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for AttributeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<AttributeError> for Error {
    fn from(error: AttributeError) -> Self {
        let operation = match error.0.problem {
            Problem::Missing { .. } | Problem::OtherType { .. } | Problem::Unreadable(_) => "read an item",
            Problem::Unstorable(_) => "store an item",
        };
        error.of(operation)
    }
}
