//! Values that a database makes by itself, made without one.
//!
//! The in-memory source needs a key where Postgres has an identity column, and a time where it has `now()`. What it makes
//! is not what a database would make, but of the same kind: numbers count up, timestamps are the source's clock.
//!
//! A type that makes no values can still be a field: what fails, with an error that says what to do, is storing a row of it in
//! memory. A bound on the derive was rejected, because it would ask every user of such a type for an impl that only a
//! test needs.

use crate::{Error, Timestamp};

/// A type of which the in-memory source can make values, where a database has an identity column, `now()` or a default.
///
/// Implemented for whole numbers, `String`, and with the features `chrono`, `time` and `uuid` for their types. Implement it
/// for a type of your own that the database makes.
///
/// ```
/// use ryw_core::{Generate, Generator};
///
/// struct InvoiceNumber(String);
///
/// impl Generate for InvoiceNumber {
///     fn generate(by: &mut Generator) -> Self {
///         Self(format!("INV-{}", by.next()))
///     }
/// }
/// ```
pub trait Generate: Sized {
    /// A value. Two calls SHOULD give two values, unless they are the time.
    fn generate(by: &mut Generator) -> Self;
}

/// What values are made of: a number that counts up, and the time.
#[derive(Debug)]
pub struct Generator {
    count: u64,
    now: Timestamp,
}

impl Generator {
    /// One that has counted to `count`.
    pub(crate) const fn new(count: u64, now: Timestamp) -> Self {
        Self { count, now }
    }

    /// One of a backend whose values are made by the client: it knows the time, and counts from nothing.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self::new(0, now)
    }

    /// How far it has counted.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// The next number; the first of a table is 1.
    pub const fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// The time by the source's clock.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}

macro_rules! whole_numbers {
    ($($number:ty)*) => {$(
        impl Generate for $number {
            /// The next number, from 1 again after the type's last.
            fn generate(by: &mut Generator) -> Self {
                let beyond = Self::MAX as u64;
                Self::try_from(1 + (by.next() - 1) % beyond).unwrap_or(1)
            }
        }
    )*};
}

whole_numbers!(i8 i16 i32 i64 u8 u16 u32 u64);

impl Generate for String {
    fn generate(by: &mut Generator) -> Self {
        by.next().to_string()
    }
}

impl<T: Generate> Generate for Option<T> {
    fn generate(by: &mut Generator) -> Self {
        Some(T::generate(by))
    }
}

#[cfg(feature = "uuid")]
impl Generate for uuid::Uuid {
    /// The next number as a UUID of version 8, the one that means nothing.
    fn generate(by: &mut Generator) -> Self {
        uuid::Builder::from_custom_bytes(u128::from(by.next()).to_be_bytes()).into_uuid()
    }
}

#[cfg(feature = "chrono")]
mod chrono_types {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

    use super::{Generate, Generator};

    impl Generate for DateTime<Utc> {
        fn generate(by: &mut Generator) -> Self {
            let millis = i64::try_from(by.now().as_unix_millis()).unwrap_or(i64::MAX);
            Self::from_timestamp_millis(millis).unwrap_or(Self::MAX_UTC)
        }
    }

    impl Generate for NaiveDateTime {
        fn generate(by: &mut Generator) -> Self {
            DateTime::<Utc>::generate(by).naive_utc()
        }
    }

    impl Generate for NaiveDate {
        fn generate(by: &mut Generator) -> Self {
            NaiveDateTime::generate(by).date()
        }
    }

    impl Generate for NaiveTime {
        fn generate(by: &mut Generator) -> Self {
            NaiveDateTime::generate(by).time()
        }
    }
}

#[cfg(feature = "time")]
mod time_types {
    use std::time::Duration;

    use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

    use super::{Generate, Generator};

    impl Generate for OffsetDateTime {
        fn generate(by: &mut Generator) -> Self {
            let since_epoch = Duration::from_millis(by.now().as_unix_millis());
            let since_epoch = time::Duration::try_from(since_epoch).unwrap_or(time::Duration::MAX);
            Self::UNIX_EPOCH.saturating_add(since_epoch)
        }
    }

    impl Generate for PrimitiveDateTime {
        fn generate(by: &mut Generator) -> Self {
            let now = OffsetDateTime::generate(by);
            Self::new(now.date(), now.time())
        }
    }

    impl Generate for Date {
        fn generate(by: &mut Generator) -> Self {
            OffsetDateTime::generate(by).date()
        }
    }

    impl Generate for Time {
        fn generate(by: &mut Generator) -> Self {
            OffsetDateTime::generate(by).time()
        }
    }
}

/// Makes a value of a type, or says that it cannot. For generated code, which knows only how a type is spelt.
///
/// A method on `&Made<T>` is found before one on `&&Made<T>`, if its bound holds.
#[doc(hidden)]
#[derive(Debug)]
pub struct Made<T>(std::marker::PhantomData<T>);

#[doc(hidden)]
#[expect(clippy::new_without_default, reason = "for generated code")]
impl<T> Made<T> {
    #[must_use]
    pub const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

#[doc(hidden)]
pub trait CanMake<T> {
    fn make(&self, by: &mut Generator) -> Result<T, Error>;
}

impl<T: Generate> CanMake<T> for Made<T> {
    fn make(&self, by: &mut Generator) -> Result<T, Error> {
        Ok(T::generate(by))
    }
}

#[doc(hidden)]
pub trait CannotMake<T> {
    fn make(&self, by: &mut Generator) -> Result<T, Error>;
}

impl<T> CannotMake<T> for &Made<T> {
    fn make(&self, _: &mut Generator) -> Result<T, Error> {
        Err(Error::config(format!(
            "the in-memory source cannot make a `{name}`, as the database does: implement `ryw_core::Generate` for it",
            name = std::any::type_name::<T>()
        )))
    }
}

/// A value that the database makes. For generated code.
#[doc(hidden)]
#[macro_export]
macro_rules! __made {
    ($ty:ty, $by:expr) => {{
        #[allow(unused_imports, reason = "one of them is used")]
        use $crate::__private::{CanMake as _, CannotMake as _};
        (&$crate::__private::Made::<$ty>::new()).make($by)?
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_up_and_never_reach_zero() {
        let mut by = Generator::new(0, Timestamp::from_unix_millis(0));
        assert_eq!((i64::generate(&mut by), i32::generate(&mut by)), (1, 2));
        let mut by = Generator::new(126, Timestamp::from_unix_millis(0));
        assert_eq!((i8::generate(&mut by), i8::generate(&mut by)), (127, 1));
        assert_eq!(Option::<u64>::generate(&mut by), Some(129));
    }

    #[test]
    fn what_makes_no_values_is_an_error_and_compiles() {
        struct Settings;
        fn both(by: &mut Generator) -> Result<(i64, Settings), Error> {
            Ok((__made!(i64, by), __made!(Settings, by)))
        }
        let refused = both(&mut Generator::new(0, Timestamp::from_unix_millis(0))).map(|_| ()).unwrap_err();
        assert!(refused.is_config() && refused.to_string().contains("Settings"), "{refused}");
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn the_time_is_the_clocks() {
        let mut by = Generator::new(0, Timestamp::from_unix_millis(1_500));
        assert_eq!(chrono::DateTime::<chrono::Utc>::generate(&mut by).timestamp_millis(), 1_500);
    }
}
