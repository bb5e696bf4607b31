//! The blocks of code in README and guide.

#![allow(dead_code, reason = "every test program uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README and the pages of the guide, in the order of their names.
pub fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("docs/src/user")).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    found.sort();
    found.insert(0, root().join("README.md"));
    found
}

/// A block of code.
pub struct Block {
    /// The page, from the root of the package.
    pub page: String,
    /// Line of the fence, from 1.
    pub line: usize,
    /// What stands behind the fence, such as `toml`.
    pub language: String,
    /// Its text.
    pub text: String,
}

/// All blocks of a page.
pub fn blocks(page: &Path) -> Vec<Block> {
    let text = fs::read_to_string(page).unwrap();
    let name = page.strip_prefix(root()).unwrap_or(page);
    let mut found = vec![];
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => found.push(block),
            (Some(language), None) => {
                open = Some(Block {
                    page: name.display().to_string(),
                    line: number + 1,
                    language: language.trim().to_owned(),
                    text: String::new(),
                });
            }
            (None, Some(mut block)) => {
                block.text += line;
                block.text += "\n";
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a block has no end", name.display());
    found
}

/// Text of the block of this number in TOML.
pub fn block(page: &str, number: usize) -> String {
    let all = blocks(&root().join(page)).into_iter();
    let mut all = all.filter(|b| b.language == "toml");
    all.nth(number).expect("a card in the page").text
}

/// The cards of README and guide with their places, those of which a part is shown made whole.
pub fn cards() -> Vec<(String, String)> {
    let all = pages().into_iter().flat_map(|page| blocks(&page));
    // A specification of a library is no card.
    let cards = all.filter(|b| b.language == "toml" && !b.text.contains("[[sample]]"));
    let whole = |b: Block| (format!("{}, line {}", b.page, b.line), completed(&b.text));
    cards.map(whole).collect()
}

/// A card of which a part is shown, with what every card needs.
fn completed(text: &str) -> String {
    let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
    let has = |section: &str, key: &str| {
        let place = table.get(section).and_then(toml::Value::as_table);
        place.is_some_and(|t| t.contains_key(key))
    };
    let mut whole = text.to_owned();
    if !table.contains_key("process") {
        whole += "\n[process]\ngenerate = [\"p p > e+ e-\"]\n";
    }
    if table.contains_key("merging") && !has("merging", "xqcut") {
        whole += "\n[merging]\nxqcut = 20\n";
    }
    whole
}
