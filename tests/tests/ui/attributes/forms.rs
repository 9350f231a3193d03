//! What a form needs of a field's type, rustc says, at that field.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"), checked = false)]
pub struct Person {
    #[repository(key)]
    pub id: i64,
    #[repository(json)]
    pub settings: Settings,
    #[repository(try_from = "String")]
    pub email: Email,
    #[repository(flatten(street))]
    pub forgotten: Address,
    #[repository(flatten(street = "a", city = "b", zip))]
    pub too_many: Address,
}

#[derive(Clone, Debug)]
pub struct Settings;

#[derive(Clone, Debug)]
pub struct Email;

#[derive(Clone, Debug)]
pub struct Address {
    pub street: String,
    pub city: String,
}

fn main() {}
