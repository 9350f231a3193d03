//! How `rename_all` spells the variants; the styles are serde's, by the same names.

/// One style.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// All styles, as `rename_all` names them.
    pub(super) const ALL: [(&'static str, Self); 8] = [
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
        ("PascalCase", Self::Pascal),
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, case)| case)
    }

    /// `variant`, which is spelled as variants are, in this style.
    pub(super) fn spell(self, variant: &str) -> String {
        match self {
            Self::Lower => variant.to_lowercase(),
            Self::Upper => variant.to_uppercase(),
            Self::Pascal => variant.to_owned(),
            Self::Camel => {
                let mut letters = variant.chars();
                letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
            }
            Self::Snake => words(variant, '_').to_lowercase(),
            Self::ScreamingSnake => words(variant, '_').to_uppercase(),
            Self::Kebab => words(variant, '-').to_lowercase(),
            Self::ScreamingKebab => words(variant, '-').to_uppercase(),
        }
    }
}

/// A capital begins a word.
fn words(variant: &str, between: char) -> String {
    let mut words = String::new();
    for (index, letter) in variant.chars().enumerate() {
        if index > 0 && letter.is_uppercase() {
            words.push(between);
        }
        words.push(letter);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_serde_spells_them() {
        let expected =
            ["darkred", "DARKRED", "DarkRed", "darkRed", "dark_red", "DARK_RED", "dark-red", "DARK-RED"];
        let spelled = Case::ALL.map(|(_, case)| case.spell("DarkRed"));
        assert_eq!(spelled, expected);
        assert_eq!(Case::Snake.spell("HTTP"), "h_t_t_p");
        assert_eq!(Case::Camel.spell(""), "");
    }

    #[test]
    fn styles_are_named_exactly() {
        assert_eq!(Case::named("snake_case"), Some(Case::Snake));
        assert_eq!(Case::named("snakecase"), None);
    }
}
