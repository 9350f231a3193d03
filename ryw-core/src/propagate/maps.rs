//! Maps of text carry contexts: the properties of a message, the payload of a job.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use super::{Extractor, Injector};

impl<S: BuildHasher> Injector for HashMap<String, String, S> {
    fn set(&mut self, name: &str, value: String) {
        self.insert(name.to_owned(), value);
    }
}

impl<S: BuildHasher> Extractor for HashMap<String, String, S> {
    fn values(&self, name: &str) -> Vec<&str> {
        self.get(name).map(String::as_str).into_iter().collect()
    }
}

impl Injector for BTreeMap<String, String> {
    fn set(&mut self, name: &str, value: String) {
        self.insert(name.to_owned(), value);
    }
}

impl Extractor for BTreeMap<String, String> {
    fn values(&self, name: &str) -> Vec<&str> {
        self.get(name).map(String::as_str).into_iter().collect()
    }
}
