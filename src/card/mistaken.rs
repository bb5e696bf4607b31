//! Files that are taken for process cards: what they are, and where they belong.
//!
//! Knows the looks of files; reads none of them further.

use crate::storage::{is_gzip, unpacked_head};

/// What a file is that is no process card, and what to do with it; `None` if it may
/// be one that was written with mistakes.
pub(super) fn mistaken(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if is_gzip(bytes) {
        let inner = unpacked_head(&bytes[..bytes.len().min(HEAD)]);
        return Some(if inner.starts_with(b"manifest.json") {
            PACK
        } else if contains(&inner, b"<LesHouchesEvents") {
            EVENTS
        } else {
            ("a compressed file", "a card is plain text")
        });
    }
    let head = &bytes[..bytes.len().min(HEAD)];
    if head.starts_with(b"\x89HDF") || contains(head, b"<LesHouchesEvents") {
        return Some(EVENTS);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some(("a file that is no text", "a card is text in UTF-8"));
    };
    of_madgraph(text)
}

/// Whether a file is a proc_card of MadGraph by its content. Event files may hold one
/// in their header, and begin with a tag.
pub(super) fn is_proc_card(head: &[u8]) -> bool {
    if head.trim_ascii_start().starts_with(b"<") {
        return false;
    }
    let text = String::from_utf8_lossy(head);
    of_madgraph(&text).is_some_and(|found| found.0 == PROC_CARD)
}

const PROC_CARD: &str = "a proc_card of MadGraph";

/// Bytes that are looked at.
const HEAD: usize = 4096;

const PACK: (&str, &str) = (
    "a gridpack",
    "'omnis generate' makes events of it, and 'omnis inspect' shows its card and cross section",
);
const EVENTS: (&str, &str) = (
    "an event file",
    "'omnis inspect' shows it, and the card that it was made with is in its header",
);

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

/// The cards of MadGraph, by their first telling line.
fn of_madgraph(text: &str) -> Option<(&'static str, &'static str)> {
    let lines = text
        .lines()
        .map(|line| line.split(['#', '!']).next().unwrap_or_default().trim());
    for line in lines.filter(|line| !line.is_empty()) {
        let lower = line.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        match words[..] {
            ["generate", _, ..]
            | ["add", "process", ..]
            | ["import", "model", ..]
            | ["define", _, ..]
                if words.get(1) != Some(&"=") =>
            {
                return Some((
                    PROC_CARD,
                    "'omnis convert' makes a process card of it and of the run_card beside it; \
                     'omnis generate' and 'integrate' read it as it is",
                ));
            }
            [_, "=", key, ..] if RUN_CARD.contains(&key) => {
                return Some((
                    "a run_card of MadGraph",
                    "name the proc_card or the folder that it lies in; or write beams and \
                     energies in [beams], scales in [scales], cuts in [cuts] and numbers of \
                     events and seeds in [run]",
                ));
            }
            ["block" | "decay", _, ..] => {
                return Some((
                    "a parameter card",
                    "a process card names it as [model] param_card = \"FILE\"",
                ));
            }
            _ => {}
        }
    }
    None
}

/// Keys that every run_card has.
const RUN_CARD: [&str; 8] = [
    "run_tag", "nevents", "iseed", "lpp1", "lpp2", "ebeam1", "ebeam2", "pdlabel",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_of_others_are_recognised_and_cards_with_mistakes_are_not() {
        let found = |text: &str| mistaken(text.as_bytes()).map(|f| f.0);
        let proc_card =
            "#****\nset group_subprocesses Auto\nimport model sm\ngenerate p p > e+ e-\n";
        assert_eq!(found(proc_card), Some("a proc_card of MadGraph"));
        let run_card = "#****\n  tag_1 = run_tag ! name of the run\n 10000 = nevents ! Number\n";
        assert_eq!(found(run_card), Some("a run_card of MadGraph"));
        assert_eq!(found("Block MASS # x\n 6 173\n"), Some("a parameter card"));
        assert_eq!(
            found("<LesHouchesEvents version=\"3.0\">"),
            Some("an event file")
        );
        assert_eq!(found("[process]\ngenerate = \"p p > e+ e-\n"), None);
        assert_eq!(found("generate = \"p p > e+ e-\"\n"), None);
        assert_eq!(found(""), None);
        assert_eq!(
            mistaken(b"\xff\xfe").map(|f| f.0),
            Some("a file that is no text")
        );
    }
}
