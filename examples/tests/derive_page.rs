//! `docs/derive.md` quotes the program `articles`: what is shown there is compiled and run.

use std::fs;
use std::path::Path;

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_snippet_stands_in_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../docs/derive.md")).unwrap();
    let sources: Vec<_> = fs::read_dir(root.join("src/bin/articles"))
        .unwrap()
        .map(|file| lines(&fs::read_to_string(file.unwrap().path()).unwrap()))
        .collect();
    let snippets: Vec<_> =
        page.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(snippets.len() > 8, "the page has lost its snippets: {}", snippets.len());
    for snippet in snippets {
        let quoted = lines(snippet);
        let stands = sources.iter().any(|source| source.windows(quoted.len()).any(|window| window == quoted));
        assert!(stands, "docs/derive.md shows what `articles` does not have:\n{snippet}");
    }
}
