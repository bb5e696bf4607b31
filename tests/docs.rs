//! The documents: links lead somewhere, papers are links, formulas survive Markdown, cards are
//! TOML, versions agree.

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

/// A text without its code: blocks between fences, and what is in backticks.
fn without_code(text: &str) -> String {
    let mut is_code = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            let parts = line.split('`').step_by(2);
            kept += &parts.collect::<Vec<_>>().join("``");
        }
        kept.push('\n');
    }
    kept
}

/// Names of the headings of a page, as links use them.
fn anchors(text: &str) -> Vec<String> {
    let mut is_code = false;
    let mut found: Vec<String> = vec![];
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        let Some(title) = line.trim_start_matches('#').strip_prefix(' ') else {
            continue;
        };
        if is_code || !line.starts_with('#') {
            continue;
        }
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let name: String = title.trim().to_lowercase().chars().filter(kept).collect();
        let name = name.replace(' ', "-");
        let before = found.iter().filter(|n| **n == name).count();
        found.push(match before {
            0 => name,
            n => format!("{name}-{n}"),
        });
    }
    found
}

/// Targets of `[text](target)` outside code.
fn links(text: &str) -> Vec<String> {
    let text = without_code(text);
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
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            assert!(path.exists(), "{}: {target}", page.display());
            if !anchor.is_empty() {
                let known = anchors(&fs::read_to_string(path).unwrap());
                let found = known.iter().any(|name| name == anchor);
                assert!(found, "{}: {target}: {known:?}", page.display());
            }
        }
    }
}

#[test]
fn papers_are_links() {
    let pattern = r"(arXiv:)?\b(0[7-9]|1\d|2\d)(0[1-9]|1[0-2])\.\d{4,5}\b|hep-(ph|ex|th)/\d{7}";
    let paper = regex::Regex::new(pattern).unwrap();
    let link = regex::Regex::new(r"\[[^\]]*\]\([^)]*\)").unwrap();
    let mut n_links = 0;
    for page in pages().iter().filter(|p| !p.ends_with("CONTRIBUTING.md")) {
        let text = without_code(&fs::read_to_string(page).unwrap());
        let papers = text.matches("](https://arxiv.org/abs/").count();
        n_links += papers + text.matches("](https://doi.org/").count();
        let bare = link.replace_all(&text, "");
        let found: Vec<&str> = paper.find_iter(&bare).map(|m| m.as_str()).collect();
        assert_eq!(found, [""; 0], "{}", page.display());
    }
    assert!(n_links > 50, "{n_links}");
}

/// Markdown takes `_`, `*` and backslashes before it is a formula that is drawn.
#[test]
fn formulas_survive_markdown() {
    let formula = regex::Regex::new(r"(?s)\$\$(.+?)\$\$|\$([^$]+)\$").unwrap();
    let mut n_formulas = 0;
    for page in pages()
        .iter()
        .filter(|p| p.starts_with(root().join("docs")))
    {
        let text = without_code(&fs::read_to_string(page).unwrap());
        for found in formula.captures_iter(&text) {
            let inner = found.get(1).or(found.get(2)).unwrap().as_str();
            n_formulas += 1;
            let chars: Vec<char> = inner.chars().collect();
            for pair in chars.windows(2) {
                let taken = match pair {
                    ['\\', c] => !c.is_ascii_alphabetic() && *c != ' ',
                    // An underscore behind a letter opens no emphasis.
                    [c, '_'] => !c.is_alphanumeric(),
                    [_, '*' | '`'] => true,
                    ['<', c] => c.is_alphabetic(),
                    _ => false,
                };
                assert!(!taken, "{}: {pair:?} in {inner}", page.display());
            }
            let (open, close) = (inner.matches('{').count(), inner.matches('}').count());
            assert_eq!(open, close, "{}: {inner}", page.display());
        }
    }
    assert!(n_formulas > 25, "{n_formulas}");
    let book = fs::read_to_string(root().join("docs/book.toml")).unwrap();
    assert!(book.contains("mathjax-support = true"));
    let head = fs::read_to_string(root().join("docs/theme/head.hbs")).unwrap();
    assert!(head.contains("inlineMath"));
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
