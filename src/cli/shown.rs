//! Text as it may be shown on a terminal, whatever files and arguments brought it.
//!
//! Knows characters; knows not what is said.

/// Longest message that is shown whole, in characters.
const MOST: usize = 4000;
/// What is shown of a longer one: its head and its tail.
const HEAD: usize = 600;
const TAIL: usize = 600;

/// The text with control characters other than line breaks and tabs written as
/// escapes: none of them may move the cursor or change colours.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let kept = matches!(c, '\n' | '\t');
        if kept || !(c.is_control() || is_invisible(c)) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// Characters that turn the direction of text about.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A message with the middle left out if it is very long, as it is where it quotes
/// a line that is.
pub(super) fn shortened(text: &str) -> String {
    let n = text.chars().count();
    if n <= MOST {
        return text.to_owned();
    }
    let head: String = text.chars().take(HEAD).collect();
    let tail: String = text.chars().skip(n - TAIL).collect();
    format!("{head} [... {} characters ...] {tail}", n - HEAD - TAIL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(shown("a\tb\nπ → ü"), "a\tb\nπ → ü");
        assert_eq!(shown("\x1b[31mred\x07\r"), "\\u{1b}[31mred\\u{7}\\u{d}");
        assert_eq!(shown("\u{202e}abc\u{9b}"), "\\u{202e}abc\\u{9b}");
    }

    #[test]
    fn long_messages_keep_both_ends() {
        let text = format!("begin{}end", "x".repeat(1_000_000));
        let short = shortened(&text);
        assert!(short.chars().count() < 1300);
        assert!(short.starts_with("beginxxx") && short.ends_with("xxxend"));
        assert!(short.contains("[... 998808 characters ...]"), "{short}");
        assert_eq!(shortened("short"), "short");
    }
}
