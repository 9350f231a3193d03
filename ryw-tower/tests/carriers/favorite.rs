//! What is stored, as the derive would print it: here is no backend to derive it for.

use ryw_core::{Change, Column, Entity, Error, Generator, InMemory, Stored};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Favorite {
    pub(crate) user_id: i64,
    pub(crate) color: String,
}

#[derive(Clone, Debug)]
pub(crate) struct NewFavorite {
    pub(crate) user_id: i64,
    pub(crate) color: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct FavoritePatch {
    color: Change<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FavoriteColumn {}

impl From<NewFavorite> for FavoritePatch {
    fn from(new: NewFavorite) -> Self {
        Self { color: new.color.into() }
    }
}

impl Column for FavoriteColumn {
    fn name(self) -> &'static str {
        match self {}
    }

    fn table(self) -> &'static str {
        match self {}
    }
}

impl Entity for Favorite {
    type Key = i64;
    const NAME: &'static str = "Favorite";

    fn key(&self) -> i64 {
        self.user_id
    }
}

impl Stored for Favorite {
    type New = NewFavorite;
    type Patch = FavoritePatch;
    type Column = FavoriteColumn;

    fn to_new(&self) -> NewFavorite {
        NewFavorite { user_id: self.user_id, color: self.color.clone() }
    }
}

impl InMemory for Favorite {
    fn create(new: NewFavorite, _: &mut Generator) -> Result<Self, Error> {
        Ok(Self { user_id: new.user_id, color: new.color })
    }

    fn change(&mut self, patch: FavoritePatch, _: &mut Generator) -> Result<(), Error> {
        patch.color.apply(&mut self.color);
        Ok(())
    }
}
