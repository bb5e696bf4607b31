//! The documents: links lead somewhere, cards in them are TOML, versions agree.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let mut open = vec![root().join("docs/src")];
    let mut found = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// Targets of `[text](target)` outside code.
fn links(text: &str) -> Vec<String> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target.to_owned()))
        .collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in links(&text) {
            if target.starts_with("http") {
                continue;
            }
            let path = page.parent().unwrap().join(&target);
            assert!(path.exists(), "{}: {target}", page.display());
        }
    }
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let book = root().join("docs/src");
    let summary = fs::read_to_string(book.join("SUMMARY.md")).unwrap();
    let listed: Vec<PathBuf> = links(&summary).iter().map(|l| book.join(l)).collect();
    for page in pages() {
        let known = !page.starts_with(&book)
            || page.ends_with("SUMMARY.md")
            || listed.contains(&page)
            // Result pages are reached from their own list.
            || page.starts_with(book.join("results"));
        assert!(known, "{}", page.display());
    }
}

#[test]
fn cards_in_the_documents_are_toml() {
    let mut n_cards = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            let parsed: Result<toml::Table, _> = block.parse();
            assert!(parsed.is_ok(), "{}: {parsed:?}", page.display());
            // A whole card, not a part of one.
            if parsed.is_ok_and(|table| table.contains_key("process")) {
                let card = omnis::card::Card::from_str(block, "a card");
                assert!(card.is_ok(), "{}: {card:?}", page.display());
            }
            n_cards += 1;
        }
    }
    assert!(n_cards >= 2, "{n_cards}");
}

#[test]
fn the_citation_has_the_version_of_the_package() {
    let text = fs::read_to_string(root().join("CITATION.cff")).unwrap();
    let wanted = format!("version: {}", env!("CARGO_PKG_VERSION"));
    assert!(text.lines().any(|l| l == wanted), "{wanted}");
}

#[test]
fn the_readme_gives_the_commands_that_are_checked() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    for command in [
        "cargo test --release",
        "cargo run --release -- generate processes/pp_epem.toml",
    ] {
        assert!(text.lines().any(|l| l == command), "{command}");
    }
}
