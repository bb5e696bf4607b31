//! A small reader of Rust sources: tokens without comments and strings, paths
//! that start at the crate, code outside `#[cfg(test)]`.

/// A token of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// Identifier or keyword.
    Word(String),
    /// `::`.
    PathSep,
    /// Any other character that is not white space.
    Mark(char),
    /// String, character or number literal, whose content does not matter.
    Literal,
}

impl Token {
    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(w) if w == word)
    }

    pub fn is_mark(&self, mark: char) -> bool {
        *self == Self::Mark(mark)
    }
}

/// Splits a source into tokens; comments disappear.
pub fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let at = |k: usize| text.get(k).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let mut k = 0;
    while k < text.len() {
        let c = text[k];
        if c.is_whitespace() {
            k += 1;
        } else if c == '/' && at(k + 1) == '/' {
            while k < text.len() && text[k] != '\n' {
                k += 1;
            }
        } else if c == '/' && at(k + 1) == '*' {
            k = after_block_comment(&text, k);
        } else if let Some(end) = after_raw_string(&text, k) {
            out.push(Token::Literal);
            k = end;
        } else if c == '"' || (c == 'b' && at(k + 1) == '"') {
            out.push(Token::Literal);
            k = after_quoted(&text, if c == 'b' { k + 1 } else { k }, '"');
        } else if c == '\'' {
            // A lifetime has a letter and then no closing quote.
            if at(k + 1) == '\\' || at(k + 2) == '\'' {
                k = after_quoted(&text, k, '\'');
            } else {
                k += 1;
                while at(k).is_alphanumeric() || at(k) == '_' {
                    k += 1;
                }
            }
            out.push(Token::Literal);
        } else if c.is_alphabetic() || c == '_' {
            let start = k;
            while at(k).is_alphanumeric() || at(k) == '_' {
                k += 1;
            }
            out.push(Token::Word(text[start..k].iter().collect()));
        } else if c.is_ascii_digit() {
            while at(k).is_alphanumeric() || at(k) == '_' {
                k += 1;
            }
            out.push(Token::Literal);
        } else if c == ':' && at(k + 1) == ':' {
            out.push(Token::PathSep);
            k += 2;
        } else {
            out.push(Token::Mark(c));
            k += 1;
        }
    }
    out
}

fn after_block_comment(text: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut k = start;
    while k < text.len() {
        match (text[k], text.get(k + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                k += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                k += 2;
                if depth == 0 {
                    break;
                }
            }
            _ => k += 1,
        }
    }
    k
}

fn after_raw_string(text: &[char], start: usize) -> Option<usize> {
    let mut k = start + usize::from(text[start] == 'b');
    if text.get(k) != Some(&'r') {
        return None;
    }
    k += 1;
    let hashes = text[k..].iter().take_while(|&&c| c == '#').count();
    k += hashes;
    if text.get(k) != Some(&'"') {
        return None;
    }
    k += 1;
    while k < text.len() {
        let closes = text[k] == '"'
            && text.len() > k + hashes
            && text[k + 1..=k + hashes].iter().all(|&c| c == '#');
        if closes {
            return Some(k + 1 + hashes);
        }
        k += 1;
    }
    Some(k)
}

fn after_quoted(text: &[char], start: usize, quote: char) -> usize {
    let mut k = start + 1;
    while k < text.len() && text[k] != quote {
        k += if text[k] == '\\' { 2 } else { 1 };
    }
    k + 1
}

/// Position after the bracket that closes the one at `open`.
pub fn after_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    let mut k = open;
    while k < tokens.len() {
        match tokens[k] {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return k + 1;
                }
            }
            _ => {}
        }
        k += 1;
    }
    k
}

/// Leaves out every item under `#[cfg(test)]`.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut out = Vec::new();
    let mut k = 0;
    while k < tokens.len() {
        if is_cfg_test(&tokens[k..]) {
            k = after_group(tokens, k + 1);
            // The item: up to its `;` or the end of its `{ }`.
            while k < tokens.len() {
                match tokens[k] {
                    Token::Mark(';') => {
                        k += 1;
                        break;
                    }
                    Token::Mark('{') => {
                        k = after_group(tokens, k);
                        break;
                    }
                    Token::Mark('(' | '[') => k = after_group(tokens, k),
                    _ => k += 1,
                }
            }
        } else {
            out.push(tokens[k].clone());
            k += 1;
        }
    }
    out
}

/// Whether `#[cfg(test)]` stands here; it has seven tokens.
pub fn is_cfg_test(tokens: &[Token]) -> bool {
    tokens.len() > 6
        && tokens[0].is_mark('#')
        && tokens[1].is_mark('[')
        && tokens[2].is_word("cfg")
        && tokens[3].is_mark('(')
        && tokens[4].is_word("test")
        && tokens[5].is_mark(')')
        && tokens[6].is_mark(']')
}

/// Every path that starts with one of `roots`, groups opened: for
/// `crate::{a::B, c}` with the root `crate`: `[a, B]` and `[c]`.
///
/// Chains of `super` come back with their number, as `(root, rest, n_super)`.
pub fn paths_from(tokens: &[Token], roots: &[&str]) -> Vec<(String, Vec<String>, usize)> {
    let mut out = Vec::new();
    for k in 0..tokens.len() {
        let Token::Word(root) = &tokens[k] else {
            continue;
        };
        let is_root = roots.contains(&root.as_str())
            && tokens.get(k + 1) == Some(&Token::PathSep)
            && (k == 0 || tokens[k - 1] != Token::PathSep);
        if !is_root {
            continue;
        }
        let mut n_super = usize::from(root == "super");
        let mut at = k + 2;
        while tokens.get(at).is_some_and(|t| t.is_word("super")) {
            n_super += 1;
            at += 2;
        }
        let mut tails = Vec::new();
        tree(tokens, at, &mut Vec::new(), &mut tails);
        out.extend(tails.into_iter().map(|t| (root.clone(), t, n_super)));
    }
    out
}

/// Reads one use tree at `k`, pushing each of its paths; returns the position after it.
fn tree(
    tokens: &[Token],
    mut k: usize,
    prefix: &mut Vec<String>,
    out: &mut Vec<Vec<String>>,
) -> usize {
    let depth = prefix.len();
    loop {
        match tokens.get(k) {
            Some(Token::Word(word)) => {
                if word != "self" {
                    prefix.push(word.clone());
                }
                k += 1;
            }
            Some(Token::Mark('{')) => {
                k += 1;
                while k < tokens.len() && !tokens[k].is_mark('}') {
                    k = tree(tokens, k, prefix, out);
                    if tokens.get(k).is_some_and(|t| t.is_word("as")) {
                        k += 2;
                    }
                    if tokens.get(k).is_some_and(|t| t.is_mark(',')) {
                        k += 1;
                    }
                }
                prefix.truncate(depth);
                return k + 1;
            }
            Some(Token::Mark('*')) => {
                prefix.push("*".to_owned());
                k += 1;
            }
            // Turbofish and the like end the path as far as modules go.
            _ => k += 1,
        }
        if tokens.get(k) == Some(&Token::PathSep) {
            k += 1;
        } else {
            out.push(prefix.clone());
            prefix.truncate(depth);
            return k;
        }
    }
}
