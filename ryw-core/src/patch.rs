//! What an update does to a column: nothing, a new value, or NULL.
//!
//! Three things, and so three words. `Option<Option<T>>` says the same, but nobody can read `Some(None)`, and serde reads
//! an absent field and a null one alike.

/// What an update does to a column that is never NULL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Change<T> {
    /// Leaves the value as it is.
    #[default]
    Keep,
    /// Stores this value.
    Set(T),
}

/// What an update does to a column that may be NULL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NullableChange<T> {
    /// Leaves the value as it is.
    #[default]
    Keep,
    /// Stores this value.
    Set(T),
    /// Stores NULL.
    Null,
}

impl<T> Change<T> {
    /// Whether the value is left as it is.
    #[must_use]
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value to be stored, if there is one.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Keep => None,
            Self::Set(value) => Some(value),
        }
    }

    /// Does it to `value`.
    pub fn apply(self, value: &mut T) {
        match self {
            Self::Keep => {}
            Self::Set(new) => *value = new,
        }
    }
}

impl<T> NullableChange<T> {
    /// Whether the value is left as it is.
    #[must_use]
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value to be stored, if there is one; none is NULL, unless the value [is left](Self::is_keep).
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Keep | Self::Null => None,
            Self::Set(value) => Some(value),
        }
    }

    /// Does it to `value`.
    pub fn apply(self, value: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Set(new) => *value = Some(new),
            Self::Null => *value = None,
        }
    }
}

/// Stores the value.
impl<T> From<T> for Change<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

/// Stores what there is: the value, or NULL.
impl<T> From<Option<T>> for NullableChange<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_setting_and_null_are_three_things() {
        let done = |change: NullableChange<u8>| {
            let mut value = Some(1);
            change.apply(&mut value);
            value
        };
        assert_eq!(done(NullableChange::default()), Some(1));
        assert_eq!(done(NullableChange::Set(2)), Some(2));
        assert_eq!(done(NullableChange::Null), None);
        assert_eq!(done(None.into()), None);
        let mut value = 1;
        Change::Keep.apply(&mut value);
        assert_eq!(value, 1);
        Change::from(2).apply(&mut value);
        assert_eq!(value, 2);
    }
}
