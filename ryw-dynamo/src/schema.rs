//! What a struct says of its table, for requests and for `verify`.

/// A key's attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyAttribute {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: KeyKind,
}

/// The types that a key's attribute can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// `S`.
    Text,
    /// `N`.
    Number,
    /// `B`.
    Bytes,
}

/// A secondary index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name in the table.
    pub name: &'static str,
    /// Local: of the table's partitions, and as consistent as the table. Global: of partitions of its own, and only
    /// eventually consistent.
    pub reach: Reach,
    /// The attribute of its partitions.
    pub partition: KeyAttribute,
    /// The attribute by which the items of a partition are sorted, if they are.
    pub sort: Option<KeyAttribute>,
    /// What its entries hold.
    pub projection: Projection,
}

/// How far an index reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Within a partition of the table.
    Local,
    /// Over the whole table.
    Global,
}

/// What the entries of an index hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Whole items.
    All,
    /// The keys, and nothing else.
    Keys,
    /// The keys, and these attributes.
    Include(&'static [&'static str]),
}
