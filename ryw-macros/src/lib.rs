//! derive(Repository)
