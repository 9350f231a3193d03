//! How values are sent that are no column's value by themselves.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgHasArrayType};
use sqlx::{Arguments as _, Encode, Postgres, Type};

/// A type whose values can be sent in an array.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` cannot be sent in an array, as `insert_many` and `find_many` send them",
    note = "derive `ryw_core::Value`, or implement `sqlx::postgres::PgHasArrayType` beside sqlx's `Type` and `Encode`",
    note = "what is stored as `json` needs serde's `Serialize`"
)]
pub trait InArray<'q>: Encode<'q, Postgres> + Type<Postgres> + PgHasArrayType {}

#[diagnostic::do_not_recommend]
impl<'q, T: Encode<'q, Postgres> + Type<Postgres> + PgHasArrayType> InArray<'q> for T {}

/// A type that rows are looked for by: a borrow of what a field holds.
#[diagnostic::on_unimplemented(
    message = "no column of Postgres is compared with `{Self}`",
    note = "derive `ryw_core::Value`, or implement sqlx's `Type` and `Encode`"
)]
pub trait Sought<'v>: Encode<'v, Postgres> + Type<Postgres> + Copy + Send + Sync + 'v {}

#[diagnostic::do_not_recommend]
impl<'v, T: Encode<'v, Postgres> + Type<Postgres> + Copy + Send + Sync + 'v> Sought<'v> for T {}

/// Adds whether a column is set, and to what.
pub fn change<'q, T>(arguments: &mut PgArguments, keep: bool, value: Option<T>) -> Result<(), BoxDynError>
where
    T: Encode<'q, Postgres> + Type<Postgres> + 'q,
{
    arguments.add(!keep)?;
    arguments.add(value)
}

/// Adds an array of what `value` takes of each item.
pub fn array<'q, N, T>(
    arguments: &mut PgArguments,
    items: &'q [N],
    value: impl Fn(&'q N) -> T,
) -> Result<(), BoxDynError>
where
    T: InArray<'q>,
{
    arguments.add(items.iter().map(value).collect::<Vec<_>>())
}

/// Adds the arrays of all items in one, and where the array of each begins and ends in it, from 1 and both inclusive;
/// NULL where there is none.
pub fn array_of_arrays<'q, N, T>(
    arguments: &mut PgArguments,
    items: &'q [N],
    value: impl Fn(&'q N) -> Option<&'q [T]>,
) -> Result<(), BoxDynError>
where
    T: InArray<'q> + 'q,
{
    let (mut all, mut from, mut to) = (Vec::<&T>::new(), Vec::new(), Vec::new());
    for values in items.iter().map(value) {
        from.push(values.map(|_| place(all.len() + 1)).transpose()?);
        all.extend(values.unwrap_or_default());
        to.push(values.map(|_| place(all.len())).transpose()?);
    }
    arguments.add(all)?;
    arguments.add(from)?;
    arguments.add(to)
}

fn place(place: usize) -> Result<i32, BoxDynError> {
    Ok(i32::try_from(place)?)
}
