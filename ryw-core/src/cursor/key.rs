//! Which keys a cursor can carry.

use super::{CursorReader, CursorWriter};

/// A key that a [`Cursor`](crate::Cursor) can print and parse.
///
/// Implemented for integers, `bool`, `String`, tuples of up to six such keys and, with the features of their crates,
/// `Uuid`, `Decimal`, dates and timestamps. `#[derive(Value)]` implements it for an enum, and for a newtype around any of
/// these. Write it for another key type of your own by way of one of them:
///
/// ```
/// use ryw_core::{CursorKey, CursorReader, CursorWriter};
///
/// struct UserId(i64);
///
/// impl CursorKey for UserId {
///     fn write(&self, cursor: &mut CursorWriter) {
///         self.0.write(cursor);
///     }
///
///     fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
///         i64::read(cursor).map(Self)
///     }
/// }
/// ```
///
/// What [`write`](Self::write) has written [`read`](Self::read) MUST read back as the same key, and it MUST NOT panic:
/// cursors come from clients.
#[diagnostic::on_unimplemented(
    message = "a cursor cannot carry a key of type `{Self}`",
    note = "`#[derive(Value)]` implements `ryw_core::CursorKey` for enums and newtypes; for another type implement it by way \
            of one that has it. uuid, chrono, time and rust_decimal are features of `ryw-core`, which those of \
            `ryw-postgres` switch on"
)]
pub trait CursorKey: Sized {
    /// Adds the key to a cursor.
    fn write(&self, cursor: &mut CursorWriter);

    /// Takes the key out of a cursor; `None` if what is next there is no such key.
    fn read(cursor: &mut CursorReader<'_>) -> Option<Self>;
}

/// All integers are written alike, so that a key can become wider and old cursors stay good.
macro_rules! integers {
    ($($integer:ty),*) => {
        $(
            impl CursorKey for $integer {
                fn write(&self, cursor: &mut CursorWriter) {
                    cursor.integer(i64::from(*self));
                }

                fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
                    cursor.integer()?.try_into().ok()
                }
            }
        )*
    };
}

integers!(i8, i16, i32, i64, u8, u16, u32);

impl CursorKey for bool {
    fn write(&self, cursor: &mut CursorWriter) {
        cursor.integer(i64::from(*self));
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        match cursor.integer()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl CursorKey for String {
    fn write(&self, cursor: &mut CursorWriter) {
        cursor.text(self);
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        cursor.text().map(Self::from)
    }
}

macro_rules! tuples {
    ($(($($part:ident),*))*) => {
        $(
            impl<$($part: CursorKey),*> CursorKey for ($($part,)*) {
                fn write(&self, cursor: &mut CursorWriter) {
                    #[allow(non_snake_case, reason = "the parts are named after their types")]
                    let ($($part,)*) = self;
                    $($part.write(cursor);)*
                }

                fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
                    Some(($($part::read(cursor)?,)*))
                }
            }
        )*
    };
}

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

#[cfg(feature = "uuid")]
impl CursorKey for uuid::Uuid {
    fn write(&self, cursor: &mut CursorWriter) {
        cursor.bytes(self.as_bytes());
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        Self::from_slice(cursor.bytes()?).ok()
    }
}

#[cfg(feature = "rust_decimal")]
impl CursorKey for rust_decimal::Decimal {
    fn write(&self, cursor: &mut CursorWriter) {
        cursor.bytes(&self.serialize());
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        // By its parts, which are checked: `deserialize` takes any bytes.
        let bytes = <[u8; 16]>::try_from(cursor.bytes()?).ok()?;
        let [flags, low, middle, high] = [0, 4, 8, 12]
            .map(|at| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
        let scale = flags >> 16 & 0xff;
        (scale <= Self::MAX_SCALE).then(|| Self::from_parts(low, middle, high, flags >> 31 == 1, scale))
    }
}

#[cfg(feature = "chrono")]
impl CursorKey for chrono::DateTime<chrono::Utc> {
    fn write(&self, cursor: &mut CursorWriter) {
        cursor.integer(self.timestamp());
        cursor.integer(i64::from(self.timestamp_subsec_nanos()));
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        Self::from_timestamp(cursor.integer()?, cursor.integer()?.try_into().ok()?)
    }
}

#[cfg(feature = "chrono")]
impl CursorKey for chrono::NaiveDateTime {
    fn write(&self, cursor: &mut CursorWriter) {
        self.and_utc().write(cursor);
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        chrono::DateTime::read(cursor).map(|moment| moment.naive_utc())
    }
}

#[cfg(feature = "chrono")]
impl CursorKey for chrono::NaiveDate {
    fn write(&self, cursor: &mut CursorWriter) {
        cursor.integer(i64::from(chrono::Datelike::num_days_from_ce(self)));
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        Self::from_num_days_from_ce_opt(cursor.integer()?.try_into().ok()?)
    }
}

#[cfg(feature = "time")]
impl CursorKey for time::OffsetDateTime {
    fn write(&self, cursor: &mut CursorWriter) {
        cursor.integer(self.unix_timestamp());
        cursor.integer(i64::from(self.nanosecond()));
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        let moment = Self::from_unix_timestamp(cursor.integer()?).ok()?;
        moment.replace_nanosecond(cursor.integer()?.try_into().ok()?).ok()
    }
}

#[cfg(feature = "time")]
impl CursorKey for time::PrimitiveDateTime {
    fn write(&self, cursor: &mut CursorWriter) {
        self.assume_utc().write(cursor);
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        let moment = time::OffsetDateTime::read(cursor)?;
        Some(Self::new(moment.date(), moment.time()))
    }
}

#[cfg(feature = "time")]
impl CursorKey for time::Date {
    fn write(&self, cursor: &mut CursorWriter) {
        cursor.integer(i64::from(self.to_julian_day()));
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        Self::from_julian_day(cursor.integer()?.try_into().ok()?).ok()
    }
}
