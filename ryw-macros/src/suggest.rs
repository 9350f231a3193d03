//! The message for a key nobody knows.

use syn::Path;

use crate::attr::name;

/// "Unknown": with the nearest key that is known here, or the place where this one belongs.
pub(crate) fn unknown(path: &Path, known: &[&str], (place, elsewhere): (&str, &[&str])) -> syn::Error {
    let given = name(path);
    let hint = if elsewhere.contains(&given.as_str()) {
        format!("it belongs on {place}")
    } else if let Some(near) = nearest(&given, known) {
        format!("did you mean `{near}`?")
    } else {
        let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
        format!("known here: {}", known.join(", "))
    };
    syn::Error::new_spanned(path, format_args!("unknown attribute `{given}`: {hint}"))
}

/// The known word that at most two edits, and fewer than half of its letters, turn `given` into.
pub(crate) fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = |word: &&str| {
        let distance = edits(given, word);
        (distance <= 2 && 2 * distance < word.len()).then_some(distance)
    };
    known.iter().copied().filter(|word| near(word).is_some()).min_by_key(near)
}

/// The Levenshtein distance, one row at a time.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        let cases =
            [("", "", 0), ("key", "key", 0), ("keys", "key", 1), ("", "key", 3), ("tabel", "table", 2)];
        for (from, to, distance) in cases {
            assert_eq!(edits(from, to), distance, "{from} -> {to}");
        }
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        let known = ["key", "rename", "generated", "updated_at"];
        let cases = [
            ("generate", Some("generated")),
            ("renamed", Some("rename")),
            ("update_at", Some("updated_at")),
            ("kei", Some("key")),
            ("pk", None),
            ("skip", None),
        ];
        for (given, expected) in cases {
            assert_eq!(nearest(given, &known), expected, "{given}");
        }
    }
}
