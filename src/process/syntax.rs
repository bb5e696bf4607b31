//! A process line as written: words with their columns, sorted by role.
//!
//! Knows the grammar `a b > c d + 0,1 e / x $$ y QED<=2, c > e f @1`; knows no particle and
//! no model. The grammar is that of MadGraph 5 (arXiv:1106.0522, section 3;
//! arXiv:1405.0301, section 2) as far as it is supported.

mod several;

use std::ops::Range;

use self::several::Multiplicities;
pub(crate) use self::several::lines;
use super::ProcessError;

/// A word of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// As written, without polarisation.
    pub text: String,
    /// First character, counted from 1.
    pub column: usize,
    /// What stands in the braces of `w+{0}`.
    pub polarisation: Option<String>,
}

/// How an order is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// `=` and `<=`.
    AtMost,
    /// `==`.
    Exactly,
    /// `>`, for squared orders.
    MoreThan,
}

/// `QED<=2`, `QCD^2==4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderSpec {
    /// Name of the order.
    pub name: Word,
    /// Whether it is that of a product of two amplitudes.
    pub squared: bool,
    /// Limit or exact value.
    pub relation: Relation,
    /// The number.
    pub value: u32,
}

/// A process within a line: the core, or a decay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawSegment {
    /// As written.
    pub text: String,
    /// First character, counted from 1.
    pub column: usize,
    pub initial: Vec<Word>,
    pub outgoing: Vec<Word>,
    /// Alternatives, each a list of required propagators with the particles that may be
    /// each of them.
    pub required: Vec<Vec<Vec<Word>>>,
    pub forbidden: Vec<Word>,
    pub forbidden_s_channel: Vec<Word>,
    /// `$ x`.
    pub vetoed: Vec<Word>,
    pub orders: Vec<OrderSpec>,
    /// Decays of its outgoing particles.
    pub decays: Vec<RawSegment>,
}

/// The roles of all words of one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawLine {
    /// The text without comment and surrounding blanks.
    pub text: String,
    pub core: RawSegment,
    pub tag: Option<u32>,
    /// Orders behind the tag of a decay chain: of core and decays together.
    pub overall: Vec<OrderSpec>,
    /// Options of other programs that were left out.
    pub ignored: Vec<String>,
    /// `+ 0,1,2 j`, of a line that stands for several.
    several: Option<Multiplicities>,
    /// The characters of the number of the tag, counted from 0.
    tag_at: Range<usize>,
}

/// Characters that end a word.
const MARKS: &[char] = &[
    '>', '/', '$', '|', '@', ',', '(', ')', '[', ']', '=', '<', '{', '}', ';',
];
/// Most levels of decays within decays.
const MAX_DEPTH: usize = 12;

/// A token: a word or a mark such as `>`, `$$`, `<=`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    text: String,
    column: usize,
    is_word: bool,
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut k = 0;
    while k < chars.len() {
        let start = k;
        if chars[k].is_whitespace() {
            k += 1;
            continue;
        }
        let is_word = !MARKS.contains(&chars[k]);
        if is_word {
            while k < chars.len() && !chars[k].is_whitespace() && !MARKS.contains(&chars[k]) {
                k += 1;
            }
        } else {
            let pair: String = chars[k..].iter().take(2).collect();
            let double = ["$$", "<=", ">=", "=="].contains(&pair.as_str());
            k += if double { 2 } else { 1 };
        }
        out.push(Token {
            text: chars[start..k].iter().collect(),
            column: start + 1,
            is_word,
        });
    }
    out
}

/// The list that the next plain word joins.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Particles,
    Forbidden,
    ForbiddenSChannel,
    Vetoed,
    /// After an order or a tag no particle may follow.
    Closed,
}

/// Sorts the words of a line by role.
///
/// # Errors
/// [`ProcessError::Syntax`] and [`ProcessError::Unsupported`], with the column.
fn parse(line: &str) -> Result<RawLine, ProcessError> {
    let before_comment = line.split('#').next().unwrap_or("");
    let text = before_comment.trim().to_string();
    let mut parser = Parser {
        tokens: tokens(&text),
        at: 0,
        line: RawLine {
            text,
            ..RawLine::default()
        },
    };
    if parser.tokens.is_empty() {
        return parser.syntax(1, "the line is empty; write for example 'p p > e+ e-'");
    }
    let core = parser.chain(0)?;
    parser.behind_brackets()?;
    let mut raw = parser.line;
    raw.core = core;
    if raw.core.decays.is_empty() {
        raw.core.orders.append(&mut raw.overall);
    }
    Ok(raw)
}

/// What a segment is made of while it is read.
struct Parts {
    segment: RawSegment,
    /// Particle lists between the arrows; a list is split by `|`.
    sections: Vec<Vec<Vec<Word>>>,
    arrows: Vec<usize>,
    place: Place,
}

impl Parts {
    /// Nothing read yet, from a column on.
    fn new(column: usize) -> Self {
        Self {
            segment: RawSegment {
                column,
                ..RawSegment::default()
            },
            sections: vec![vec![Vec::new()]],
            arrows: Vec::new(),
            place: Place::Particles,
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// The line, without its processes.
    line: RawLine,
}

impl Parser {
    fn syntax<T>(&self, column: usize, reason: impl Into<String>) -> Result<T, ProcessError> {
        Err(ProcessError::Syntax {
            line: self.line.text.clone(),
            column,
            reason: reason.into(),
        })
    }

    fn unsupported<T>(&self, column: usize, what: &str, instead: &str) -> Result<T, ProcessError> {
        Err(ProcessError::Unsupported {
            line: self.line.text.clone(),
            column,
            what: what.into(),
            instead: instead.into(),
        })
    }

    /// Column behind the last token before the next one.
    fn end_column(&self) -> usize {
        match self.peek(0) {
            Some(token) => token.column,
            None => self.line.text.chars().count() + 1,
        }
    }

    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn is_next(&self, mark: &str) -> bool {
        self.peek(0).is_some_and(|t| t.text == mark)
    }

    /// The tag, orders and options behind the last bracket of a line.
    fn behind_brackets(&mut self) -> Result<(), ProcessError> {
        let mut rest = Parts::new(self.end_column());
        rest.place = Place::Closed;
        while let Some(token) = self.peek(0).cloned() {
            if token.text == ")" {
                return self.syntax(token.column, "found a ')' that closes nothing");
            }
            if token.is_word && self.line.tag.is_none() && token.text != "--no_warning" {
                return self.syntax(
                    token.column,
                    format!(
                        "'{}' follows a bracket: orders of a decay stand inside, those of all \
                         behind '@n'",
                        token.text
                    ),
                );
            }
            match (token.is_word, token.text.as_str()) {
                (true, _) => self.word(token, &mut rest)?,
                (false, "@") => self.mark(&token, &mut rest)?,
                (false, other) => {
                    return self.syntax(token.column, format!("unexpected '{other}'"));
                }
            }
        }
        Ok(())
    }

    /// `process, decay, (decay, decay)`: up to the bracket that closes it, which stays.
    fn chain(&mut self, depth: usize) -> Result<RawSegment, ProcessError> {
        let mut core = self.item(depth)?;
        while self.is_next(",") {
            let comma = self.end_column();
            self.at += 1;
            if self.peek(0).is_none() {
                return self.syntax(comma, "no decay after ','");
            }
            let outer = self.line.several.take();
            let decay = self.item(depth)?;
            if let Some(inner) = &self.line.several {
                let column = inner.at.start + 1;
                return self.syntax(column, "'+' belongs to the process, not to a decay");
            }
            self.line.several = outer;
            if decay.initial.len() != 1 {
                let second = decay.initial[1].column;
                return self.syntax(
                    second,
                    "a decay has one incoming particle, as in 't > w+ b'",
                );
            }
            core.decays.push(decay);
        }
        if self.is_next("(") {
            let column = self.end_column();
            return self.syntax(column, "found '(', expected ','");
        }
        Ok(core)
    }

    fn item(&mut self, depth: usize) -> Result<RawSegment, ProcessError> {
        if !self.is_next("(") {
            return self.segment();
        }
        let open = self.end_column();
        if depth == MAX_DEPTH {
            return self.syntax(
                open,
                format!("decays within decays on more than {MAX_DEPTH} levels"),
            );
        }
        self.at += 1;
        let inner = self.chain(depth + 1)?;
        if !self.is_next(")") {
            return self.syntax(open, "found '(' without its ')'");
        }
        self.at += 1;
        Ok(inner)
    }

    /// One process, up to the comma or bracket behind it.
    fn segment(&mut self) -> Result<RawSegment, ProcessError> {
        let mut parts = Parts::new(self.end_column());
        while let Some(token) = self.peek(0).cloned() {
            self.check_arrow(&token)?;
            if [",", "(", ")"].contains(&token.text.as_str()) {
                break;
            }
            if token.is_word {
                self.word(token, &mut parts)?;
            } else {
                self.mark(&token, &mut parts)?;
            }
        }
        let column = parts.segment.column;
        let n = self.end_column() - column;
        let text: String = (self.line.text.chars().skip(column - 1)).take(n).collect();
        parts.segment.text = text.trim().to_owned();
        self.fill(parts)
    }

    /// An option, an order, or a particle.
    fn word(&mut self, token: Token, parts: &mut Parts) -> Result<(), ProcessError> {
        if let Some(option) = self.skip_option() {
            self.line.ignored.push(option);
            return Ok(());
        }
        if self.at == 0 && ["generate", "add"].contains(&token.text.as_str()) {
            return self.syntax(
                token.column,
                format!(
                    "leave out '{}': a line starts with the incoming particles",
                    token.text
                ),
            );
        }
        let squared = token.text.ends_with("^2");
        let relates = |t: &Token| is_relation(&t.text) || (squared && t.text == ">");
        if self.peek(1).is_some_and(relates) {
            let order = self.order()?;
            let orders = match self.line.tag {
                Some(_) => &mut self.line.overall,
                None => &mut parts.segment.orders,
            };
            orders.push(order);
            parts.place = Place::Closed;
            return Ok(());
        }
        if token.text == "+" {
            return self.several(&token, parts);
        }
        self.at += 1;
        let word = Word {
            text: token.text,
            column: token.column,
            polarisation: self.polarisation()?,
        };
        match parts.place {
            Place::Particles => (parts.sections.last_mut())
                .and_then(|lists| lists.last_mut())
                .expect("starts with a section and a list")
                .push(word),
            Place::Forbidden => parts.segment.forbidden.push(word),
            Place::ForbiddenSChannel => parts.segment.forbidden_s_channel.push(word),
            Place::Vetoed => parts.segment.vetoed.push(word),
            Place::Closed => {
                return self.syntax(
                    word.column,
                    format!(
                        "'{}' follows a coupling order, a tag or '+'; particles come first",
                        word.text
                    ),
                );
            }
        }
        Ok(())
    }

    /// What stands between braces, if they follow.
    fn polarisation(&mut self) -> Result<Option<String>, ProcessError> {
        if !self.is_next("{") {
            return Ok(None);
        }
        let open = self.end_column();
        self.at += 1;
        let mut text = String::new();
        while let Some(token) = self.peek(0) {
            if token.text == "}" && !text.is_empty() {
                self.at += 1;
                return Ok(Some(text));
            }
            if !token.is_word {
                break;
            }
            text += &token.text;
            self.at += 1;
        }
        self.syntax(
            open,
            "a polarisation is '{0}', '{T}', '{L}', '{R}', '{+}' or '{-}'",
        )
    }

    fn mark(&mut self, token: &Token, parts: &mut Parts) -> Result<(), ProcessError> {
        match token.text.as_str() {
            ">" if parts.place == Place::Particles && parts.arrows.len() < 2 => {
                parts.arrows.push(token.column);
                parts.sections.push(vec![Vec::new()]);
            }
            ">" => {
                return self.syntax(
                    token.column,
                    "unexpected '>': a line is 'in > out' or 'in > resonances > out'",
                );
            }
            "|" if parts.place == Place::Particles && parts.arrows.len() == 1 => {
                let lists = (parts.sections.last_mut()).expect("starts with one section");
                lists.push(Vec::new());
            }
            "|" => {
                return self.syntax(
                    token.column,
                    "'|' separates alternatives between two arrows only: 'p p > z | a > e+ e-'",
                );
            }
            "/" => parts.place = Place::Forbidden,
            "$$" => parts.place = Place::ForbiddenSChannel,
            "$" => parts.place = Place::Vetoed,
            "@" => {
                self.line.tag = Some(self.tag(token)?);
                parts.place = Place::Closed;
            }
            "[" | "]" => {
                return self.unsupported(
                    token.column,
                    "loop corrections are",
                    "omnis computes at tree level: leave out '[...]'",
                );
            }
            other => return self.syntax(token.column, format!("unexpected '{other}'")),
        }
        self.at += 1;
        Ok(())
    }

    /// Puts the lists between the arrows in their places.
    fn fill(&self, parts: Parts) -> Result<RawSegment, ProcessError> {
        let Parts {
            mut segment,
            sections,
            arrows,
            ..
        } = parts;
        if arrows.is_empty() {
            return self.syntax(
                self.end_column(),
                "no '>' between incoming and outgoing particles",
            );
        }
        let mut sections = sections.into_iter();
        let flat = |lists: Option<Vec<Vec<Word>>>| -> Vec<Word> {
            lists.into_iter().flatten().flatten().collect()
        };
        segment.initial = flat(sections.next());
        if arrows.len() == 2 {
            segment.required = self.required(sections.next().unwrap_or_default(), arrows[0])?;
        }
        let last = sections.next();
        if last.as_ref().is_some_and(|lists| lists.len() > 1) {
            let column = last
                .iter()
                .flatten()
                .nth(1)
                .and_then(|list| list.first())
                .map_or(self.end_column(), |w| w.column);
            return self.syntax(
                column,
                "alternatives with '|' need a second arrow: 'p p > z | a > e+ e-'",
            );
        }
        segment.outgoing = flat(last);
        if segment.initial.is_empty() {
            return self.syntax(segment.column, "no incoming particle before '>'");
        }
        if segment.initial.len() > 2 {
            return self.syntax(
                segment.initial[2].column,
                format!(
                    "{} incoming particles; one (a decay) or two are possible",
                    segment.initial.len()
                ),
            );
        }
        if segment.outgoing.is_empty() {
            return self.syntax(
                arrows[arrows.len() - 1] + 1,
                "no outgoing particle after '>'",
            );
        }
        if segment.initial.len() + segment.outgoing.len() < 3 {
            return self.syntax(
                segment.outgoing[0].column,
                "one particle to one particle is no process",
            );
        }
        Ok(segment)
    }

    /// `a b`: both; `a | b`: one of them; `a b | c`: both or the third.
    fn required(
        &self,
        alternatives: Vec<Vec<Word>>,
        arrow: usize,
    ) -> Result<Vec<Vec<Vec<Word>>>, ProcessError> {
        if alternatives.iter().any(Vec::is_empty) {
            return self.syntax(arrow + 1, "no particle between the arrows");
        }
        // One propagator that may be any of them.
        if alternatives.iter().all(|list| list.len() == 1) {
            return Ok(vec![vec![alternatives.into_iter().flatten().collect()]]);
        }
        let each = |list: Vec<Word>| list.into_iter().map(|word| vec![word]).collect();
        Ok(alternatives.into_iter().map(each).collect())
    }

    /// `NAME op NUMBER`.
    fn order(&mut self) -> Result<OrderSpec, ProcessError> {
        let name = self.tokens[self.at].clone();
        let operator = self.tokens[self.at + 1].clone();
        let plain = name.text.strip_suffix("^2");
        let relation = match operator.text.as_str() {
            "=" | "<=" => Relation::AtMost,
            "==" => Relation::Exactly,
            ">" => Relation::MoreThan,
            _ => {
                return self.unsupported(
                    operator.column,
                    &format!("the relation '{}' is", operator.text),
                    "use '<=' (or '=') for an upper limit, '==' for an exact order",
                );
            }
        };
        let Some(value) = self.peek(2).and_then(|t| t.text.parse::<u32>().ok()) else {
            let column = self.peek(2).map(|t| t.column);
            return self.syntax(
                column.unwrap_or(self.line.text.chars().count() + 1),
                format!("'{}{}' needs a whole number", name.text, operator.text),
            );
        };
        self.at += 3;
        Ok(OrderSpec {
            squared: plain.is_some(),
            name: Word {
                text: plain.unwrap_or(&name.text).to_owned(),
                column: name.column,
                polarisation: None,
            },
            relation,
            value,
        })
    }

    /// `@ NUMBER`, standing on the `@`; leaves the parser on the number.
    fn tag(&mut self, at: &Token) -> Result<u32, ProcessError> {
        if self.line.tag.is_some() {
            return self.syntax(at.column, "a line has one tag '@n'");
        }
        let number = self.peek(1);
        let Some(tag) = number.and_then(|t| t.text.parse().ok()) else {
            return self.syntax(at.column, "'@' needs a whole number: '@1'");
        };
        let (from, n) = number.map_or((1, 0), |t| (t.column, t.text.chars().count()));
        self.line.tag_at = from - 1..from - 1 + n;
        self.at += 1;
        Ok(tag)
    }

    /// Refuses `->`, `=>` and the like.
    fn check_arrow(&self, token: &Token) -> Result<(), ProcessError> {
        // `p => e+`: an order could begin with `p =`.
        if let Some(next) = self.peek(1).filter(|next| next.text == "=") {
            self.check_arrow_at(next, self.peek(2))?;
        }
        self.check_arrow_at(token, self.peek(1))
    }

    fn check_arrow_at(&self, token: &Token, next: Option<&Token>) -> Result<(), ProcessError> {
        let touches = |next: &Token| next.column == token.column + token.text.chars().count();
        let before_arrow = next.is_some_and(|next| next.text == ">" && touches(next));
        let arrow = ["-", "--", "="].contains(&token.text.as_str()) && before_arrow;
        if arrow || ["→", "⟶", "⇒"].contains(&token.text.as_str()) {
            return self.syntax(
                token.column,
                "between incoming and outgoing particles stands '>' alone, as in 'p p > e+ e-'",
            );
        }
        Ok(())
    }

    /// Leaves out an option of MadGraph, `--no_warning=duplicate`, if one stands here:
    /// omnis has no such warning.
    fn skip_option(&mut self) -> Option<String> {
        let is_option = self.peek(0)?.text == "--no_warning";
        let has_value = self.peek(1).is_some_and(|t| t.text == "=");
        let n = match (is_option, has_value) {
            (false, _) => return None,
            (true, false) => 1,
            (true, true) => 3,
        };
        let words = self.tokens[self.at..].iter().take(n);
        let option = words.map(|t| t.text.as_str()).collect();
        self.at = (self.at + n).min(self.tokens.len());
        Some(option)
    }
}

fn is_relation(mark: &str) -> bool {
    ["=", "<=", ">=", "==", "<"].contains(&mark)
}

#[cfg(test)]
mod tests;
