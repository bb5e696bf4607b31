//! Python source to tokens, with indentation.
//!
//! Knows the tokens of Python 2 and 3 that data files use; knows no grammar.
//! Source: The Python Language Reference, chapter 2.

use std::rc::Rc;

use super::fault::Fault;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// An identifier or keyword.
    Name(Rc<str>),
    /// An integer that fits into 64 bits.
    Int(i64),
    /// A number with a point or exponent, or an integer that is larger.
    Float(f64),
    /// A number with `j`.
    Imaginary(f64),
    /// A string, its escapes resolved.
    Text(Rc<str>),
    /// An operator or delimiter.
    Symbol(&'static str),
    /// End of a logical line.
    Newline,
    /// A block begins.
    Indent,
    /// A block ends.
    Dedent,
    /// End of the file.
    End,
}

impl Token {
    /// The token in a message.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Name(name) => format!("'{name}'"),
            Self::Int(n) => format!("'{n}'"),
            Self::Float(x) => format!("'{x}'"),
            Self::Imaginary(x) => format!("'{x}j'"),
            Self::Text(text) => {
                let start: String = text.chars().take(20).collect();
                format!("the string '{start}'")
            }
            Self::Symbol(symbol) => format!("'{symbol}'"),
            Self::Newline => "the end of the line".to_owned(),
            Self::Indent => "an indented line".to_owned(),
            Self::Dedent => "the end of the block".to_owned(),
            Self::End => "the end of the file".to_owned(),
        }
    }
}

/// A token and the line that it begins in, from 1.
pub(crate) type Placed = (Token, u32);

/// Longer symbols first.
const SYMBOLS: [&str; 45] = [
    "**=", "//=", "<<=", ">>=", "...", "**", "//", "==", "!=", "<>", "<=", ">=", "<<", ">>", "+=",
    "-=", "*=", "/=", "%=", "->", "&=", "|=", "^=", "+", "-", "*", "/", "%", "(", ")", "[", "]",
    "{", "}", ",", ":", ".", ";", "=", "<", ">", "@", "&", "|", "~",
];

/// Deepest indentation, and deepest nesting of brackets.
const MAX_BLOCKS: usize = 40;
/// Most digits of a literal.
const MAX_DIGITS: usize = 400;
/// Most tokens of a file.
const MAX_TOKENS: usize = 8_000_000;

/// The tokens of a file.
///
/// # Errors
/// [`Fault`] with the line: what is no token of Python, brackets that do not close,
/// blocks that do not line up, numbers and nesting beyond any use.
pub(crate) fn tokens(text: &str, file: &Rc<str>) -> Result<Vec<Placed>, Fault> {
    let mut lexer = Lexer {
        text,
        at: 0,
        line: 1,
        file,
        brackets: Vec::new(),
        blocks: vec![0],
        found: Vec::new(),
    };
    lexer.run()?;
    Ok(lexer.found)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    file: &'a Rc<str>,
    /// Open brackets with their lines.
    brackets: Vec<(u8, u32)>,
    /// Columns of the open blocks.
    blocks: Vec<usize>,
    found: Vec<Placed>,
}

impl Lexer<'_> {
    fn fault(&self, problem: impl Into<String>) -> Fault {
        Fault::fatal(self.file, self.line, problem)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text
            .as_bytes()
            .get(self.at + ahead)
            .copied()
            .unwrap_or(0)
    }

    fn push(&mut self, token: Token, line: u32) -> Result<(), Fault> {
        if self.found.len() >= MAX_TOKENS {
            return Err(self.fault(format!("more than {MAX_TOKENS} tokens in a file")));
        }
        self.found.push((token, line));
        Ok(())
    }

    fn run(&mut self) -> Result<(), Fault> {
        if self.rest().starts_with('\u{feff}') {
            self.at += 3;
        }
        let mut at_start = true;
        while self.at < self.text.len() {
            if at_start && self.brackets.is_empty() && !self.indentation()? {
                continue;
            }
            at_start = false;
            match self.byte(0) {
                b' ' | b'\t' | b'\r' | 0x0c => self.at += 1,
                b'#' => self.skip_comment(),
                b'\n' => {
                    if self.brackets.is_empty() {
                        self.push(Token::Newline, self.line)?;
                        at_start = true;
                    }
                    self.at += 1;
                    self.line += 1;
                }
                b'\\' if matches!(self.byte(1), b'\n' | b'\r') => {
                    let is_pair = (self.byte(1), self.byte(2)) == (b'\r', b'\n');
                    self.at += if is_pair { 3 } else { 2 };
                    self.line += 1;
                }
                _ => self.token()?,
            }
        }
        if let Some(&(bracket, line)) = self.brackets.last() {
            let bracket = char::from(bracket);
            return Err(Fault::fatal(
                self.file,
                line,
                format!("'{bracket}' is never closed"),
            ));
        }
        self.push(Token::Newline, self.line)?;
        for _ in 1..self.blocks.len() {
            self.push(Token::Dedent, self.line)?;
        }
        self.push(Token::End, self.line)
    }

    fn skip_comment(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// Blocks that begin or end with this line; false for a line without content.
    fn indentation(&mut self) -> Result<bool, Fault> {
        let mut column = 0;
        loop {
            match self.byte(0) {
                b' ' => column += 1,
                b'\t' => column = (column / 8 + 1) * 8,
                0x0c => column = 0,
                _ => break,
            }
            self.at += 1;
        }
        match self.byte(0) {
            b'#' => self.skip_comment(),
            b'\r' | b'\n' => {}
            0 if self.at >= self.text.len() => return Ok(false),
            _ => {
                self.block(column)?;
                return Ok(true);
            }
        }
        if let Some(end) = self.rest().find('\n') {
            self.at += end + 1;
            self.line += 1;
        } else {
            self.at = self.text.len();
        }
        Ok(false)
    }

    fn block(&mut self, column: usize) -> Result<(), Fault> {
        let current = |s: &Self| s.blocks.last().copied().unwrap_or(0);
        if column > current(self) {
            if self.blocks.len() == MAX_BLOCKS {
                return Err(self.fault(format!("more than {MAX_BLOCKS} blocks in each other")));
            }
            self.blocks.push(column);
            return self.push(Token::Indent, self.line);
        }
        while column < current(self) {
            self.blocks.pop();
            self.push(Token::Dedent, self.line)?;
        }
        match column == current(self) {
            true => Ok(()),
            false => Err(self.fault("the indentation fits no block around it")),
        }
    }

    fn token(&mut self) -> Result<(), Fault> {
        let first = self.byte(0);
        let line = self.line;
        if first == b'"' || first == b'\'' {
            return self.string(false, line);
        }
        if first.is_ascii_digit() || (first == b'.' && self.byte(1).is_ascii_digit()) {
            return self.number();
        }
        if first.is_ascii_alphabetic() || first == b'_' || first >= 0x80 {
            return self.name(line);
        }
        let Some(symbol) = SYMBOLS.iter().find(|s| self.rest().starts_with(**s)) else {
            let found = self.rest().chars().next().unwrap_or(' ');
            return Err(self.fault(format!("found the character {found:?}, expected Python")));
        };
        self.at += symbol.len();
        match symbol.as_bytes()[0] {
            open @ (b'(' | b'[' | b'{') => {
                if self.brackets.len() == 2 * MAX_BLOCKS {
                    let problem = format!("more than {} brackets in each other", 2 * MAX_BLOCKS);
                    return Err(self.fault(problem));
                }
                self.brackets.push((open, self.line));
            }
            close @ (b')' | b']' | b'}') => {
                let fits =
                    |open: u8| matches!((open, close), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
                if !self.brackets.pop().is_some_and(|(open, _)| fits(open)) {
                    let close = char::from(close);
                    return Err(self.fault(format!("'{close}' closes nothing")));
                }
            }
            _ => {}
        }
        self.push(Token::Symbol(symbol), line)
    }

    fn name(&mut self, line: u32) -> Result<(), Fault> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let name = &rest[..end];
        if end == 0 {
            let found = rest.chars().next().unwrap_or(' ');
            return Err(self.fault(format!("found the character {found:?}, expected Python")));
        }
        let quote = rest.as_bytes().get(end).copied().unwrap_or(0);
        let is_prefix = name.len() <= 2 && name.bytes().all(|b| b"rRuUbBfF".contains(&b));
        if (quote == b'"' || quote == b'\'') && is_prefix {
            if name.contains(['f', 'F']) {
                return Err(
                    self.fault("strings with f in front are not read, expected '%' or format")
                );
            }
            let raw = name.contains(['r', 'R']);
            self.at += end;
            return self.string(raw, line);
        }
        let token = Token::Name(name.into());
        self.at += end;
        self.push(token, line)
    }

    fn number(&mut self) -> Result<(), Fault> {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| {
            let n = bytes[from..]
                .iter()
                .take_while(|b| b.is_ascii_digit() || **b == b'_')
                .count();
            from + n
        };
        let at = |k: usize| bytes.get(k).copied().unwrap_or(0);
        let mut end = digits(0);
        let mut is_int = true;
        if at(end) == b'.' {
            end = digits(end + 1);
            is_int = false;
        }
        if matches!(at(end), b'e' | b'E') {
            let sign = usize::from(matches!(at(end + 1), b'+' | b'-'));
            if at(end + 1 + sign).is_ascii_digit() {
                end = digits(end + 1 + sign);
                is_int = false;
            }
        }
        let text = self.rest()[..end].replace('_', "");
        if end > MAX_DIGITS {
            return Err(self.fault(format!(
                "a number of {end} characters, expected at most {MAX_DIGITS}"
            )));
        }
        let value: f64 = text
            .parse()
            .map_err(|_| self.fault(format!("'{text}' is not a number")))?;
        if !value.is_finite() {
            return Err(self.fault(format!("'{text}' is too large for a number")));
        }
        let suffix = at(end);
        let token = match (is_int, text.parse::<i64>(), suffix) {
            (_, _, b'j' | b'J') => Token::Imaginary(value),
            (true, Ok(n), _) => Token::Int(n),
            _ => Token::Float(value),
        };
        let used = matches!(suffix, b'j' | b'J') || (is_int && matches!(suffix, b'l' | b'L'));
        self.at += end + usize::from(used);
        if self.byte(0).is_ascii_alphanumeric() {
            let found = char::from(self.byte(0));
            return Err(self.fault(format!("found '{found}' behind the number '{text}'")));
        }
        self.push(token, self.line)
    }

    fn string(&mut self, raw: bool, line: u32) -> Result<(), Fault> {
        let quote = self.byte(0);
        let long = self.byte(1) == quote && self.byte(2) == quote;
        let width = if long { 3 } else { 1 };
        self.at += width;
        let mut value = String::new();
        loop {
            let Some(c) = self.rest().chars().next() else {
                return Err(Fault::fatal(self.file, line, "a string that never ends"));
            };
            let ends = c == char::from(quote)
                && (!long || (self.byte(1) == quote && self.byte(2) == quote));
            if ends {
                self.at += width;
                return self.push(Token::Text(value.into()), line);
            }
            match c {
                '\n' if !long => {
                    return Err(Fault::fatal(
                        self.file,
                        line,
                        "a string that does not end in its line",
                    ));
                }
                '\\' => self.escape(raw, &mut value),
                _ => {
                    value.push(c);
                    self.line += u32::from(c == '\n');
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self, raw: bool, value: &mut String) {
        self.at += 1;
        let Some(c) = self.rest().chars().next() else {
            return;
        };
        self.at += c.len_utf8();
        self.line += u32::from(c == '\n');
        if raw {
            value.push('\\');
            value.push(c);
            return;
        }
        let digits = match c {
            'x' => 2,
            'u' => 4,
            _ => 0,
        };
        let code = self.rest().get(..digits).filter(|_| digits > 0);
        if let Some(c) = code
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32)
        {
            self.at += digits;
            value.push(c);
            return;
        }
        match c {
            '\n' => {}
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            '\\' | '\'' | '"' => value.push(c),
            _ => {
                value.push('\\');
                value.push(c);
            }
        }
    }
}
