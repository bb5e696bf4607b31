//! A process line as written: words with their columns, sorted by role.
//!
//! Knows the grammar `a b > c d / x $$ y QED<=2 @1`; knows no particle and no
//! model. The grammar is that of MadGraph 5 (arXiv:1106.0522, section 3) as
//! far as it is supported.

use super::ProcessError;

/// A word of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// As written.
    pub text: String,
    /// First character, counted from 1.
    pub column: usize,
}

/// How an order is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// `=` and `<=`.
    AtMost,
    /// `==`.
    Exactly,
}

/// `QED<=2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderSpec {
    /// Name of the order.
    pub name: Word,
    /// Limit or exact value.
    pub relation: Relation,
    /// The number.
    pub value: u32,
}

/// The roles of all words of one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawLine {
    /// The text without comment and surrounding blanks.
    pub text: String,
    pub initial: Vec<Word>,
    pub outgoing: Vec<Word>,
    /// Each entry lists the alternatives of one required propagator.
    pub required: Vec<Vec<Word>>,
    pub forbidden: Vec<Word>,
    pub forbidden_s_channel: Vec<Word>,
    pub orders: Vec<OrderSpec>,
    pub tag: Option<u32>,
    /// Options of other programs that were left out.
    pub ignored: Vec<String>,
}

/// Characters that end a word.
const MARKS: &[char] = &[
    '>', '/', '$', '|', '@', ',', '(', ')', '[', ']', '=', '<', '{', '}', ';',
];

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
    /// After an order or a tag no particle may follow.
    Closed,
}

/// Sorts the words of a line by role.
///
/// # Errors
/// [`ProcessError::Syntax`] and [`ProcessError::Unsupported`], with the column.
pub(crate) fn parse(line: &str) -> Result<RawLine, ProcessError> {
    let before_comment = line.split('#').next().unwrap_or("");
    let text = before_comment.trim().to_string();
    Parser {
        tokens: tokens(&text),
        text,
        at: 0,
    }
    .run()
}

struct Parser {
    text: String,
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn syntax<T>(&self, column: usize, reason: impl Into<String>) -> Result<T, ProcessError> {
        Err(ProcessError::Syntax {
            line: self.text.clone(),
            column,
            reason: reason.into(),
        })
    }

    fn unsupported<T>(&self, column: usize, what: &str, instead: &str) -> Result<T, ProcessError> {
        Err(ProcessError::Unsupported {
            line: self.text.clone(),
            column,
            what: what.into(),
            instead: instead.into(),
        })
    }

    fn end_column(&self) -> usize {
        self.text.chars().count() + 1
    }

    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn run(mut self) -> Result<RawLine, ProcessError> {
        if self.tokens.is_empty() {
            return self.syntax(1, "the line is empty; write for example 'p p > e+ e-'");
        }
        let mut raw = RawLine {
            text: self.text.clone(),
            ..RawLine::default()
        };
        // Particle lists between the arrows; a list is split by `|`.
        let mut sections: Vec<Vec<Vec<Word>>> = vec![vec![Vec::new()]];
        let mut arrows: Vec<usize> = Vec::new();
        let mut place = Place::Particles;
        while let Some(token) = self.peek(0).cloned() {
            self.check_arrow(&token)?;
            if token.is_word {
                if let Some(option) = self.skip_option() {
                    raw.ignored.push(option);
                    continue;
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
                if self.peek(1).is_some_and(|t| is_relation(&t.text)) {
                    raw.orders.push(self.order()?);
                    place = Place::Closed;
                    continue;
                }
                let word = Word {
                    text: token.text,
                    column: token.column,
                };
                match place {
                    Place::Particles => {
                        let lists = sections.last_mut().expect("starts with one section");
                        lists
                            .last_mut()
                            .expect("a section starts with one list")
                            .push(word);
                    }
                    Place::Forbidden => raw.forbidden.push(word),
                    Place::ForbiddenSChannel => raw.forbidden_s_channel.push(word),
                    Place::Closed => {
                        return self.syntax(
                            word.column,
                            format!(
                                "'{}' follows a coupling order or a tag; particles come first",
                                word.text
                            ),
                        );
                    }
                }
                self.at += 1;
                continue;
            }
            match token.text.as_str() {
                ">" if place == Place::Particles && arrows.len() < 2 => {
                    arrows.push(token.column);
                    sections.push(vec![Vec::new()]);
                }
                ">" => {
                    return self.syntax(
                        token.column,
                        "unexpected '>': a line is 'in > out' or 'in > resonances > out'",
                    );
                }
                "|" if place == Place::Particles && arrows.len() == 1 => {
                    let lists = sections.last_mut().expect("starts with one section");
                    lists.push(Vec::new());
                }
                "|" => {
                    return self.syntax(
                        token.column,
                        "'|' separates alternatives between two arrows only: 'p p > z | a > e+ e-'",
                    );
                }
                "/" => place = Place::Forbidden,
                "$$" => place = Place::ForbiddenSChannel,
                "@" => {
                    raw.tag = Some(self.tag(&token, raw.tag)?);
                    place = Place::Closed;
                }
                _ => return self.refused_mark(&token),
            }
            self.at += 1;
        }
        self.fill(raw, sections, &arrows)
    }

    /// Puts the lists between the arrows in their places.
    fn fill(
        &self,
        mut raw: RawLine,
        sections: Vec<Vec<Vec<Word>>>,
        arrows: &[usize],
    ) -> Result<RawLine, ProcessError> {
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
        raw.initial = flat(sections.next());
        if arrows.len() == 2 {
            raw.required = self.required(sections.next().unwrap_or_default(), arrows[0])?;
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
        raw.outgoing = flat(last);
        if raw.initial.is_empty() {
            return self.syntax(1, "no incoming particle before '>'");
        }
        if raw.initial.len() > 2 {
            return self.syntax(
                raw.initial[2].column,
                format!(
                    "{} incoming particles; one (a decay) or two are possible",
                    raw.initial.len()
                ),
            );
        }
        if raw.outgoing.is_empty() {
            return self.syntax(
                arrows[arrows.len() - 1] + 1,
                "no outgoing particle after '>'",
            );
        }
        if raw.initial.len() + raw.outgoing.len() < 3 {
            return self.syntax(
                raw.outgoing[0].column,
                "one particle to one particle is no process",
            );
        }
        Ok(raw)
    }

    /// `a b`: both; `a | b`: one of them.
    fn required(
        &self,
        alternatives: Vec<Vec<Word>>,
        arrow: usize,
    ) -> Result<Vec<Vec<Word>>, ProcessError> {
        if alternatives.iter().any(Vec::is_empty) {
            return self.syntax(arrow + 1, "no particle between the arrows");
        }
        if alternatives.len() == 1 {
            return Ok(alternatives
                .into_iter()
                .flatten()
                .map(|w| vec![w])
                .collect());
        }
        if let Some(list) = alternatives.iter().find(|list| list.len() > 1) {
            return self.unsupported(
                list[1].column,
                "alternatives of several resonances are",
                "give one resonance on each side of '|'",
            );
        }
        Ok(vec![alternatives.into_iter().flatten().collect()])
    }

    /// `NAME op NUMBER`.
    fn order(&mut self) -> Result<OrderSpec, ProcessError> {
        let name = self.tokens[self.at].clone();
        let operator = self.tokens[self.at + 1].clone();
        if name.text.contains('^') {
            return self.unsupported(
                name.column,
                "limits on squared orders are",
                "limit the order of the amplitude, for example 'QED<=2'",
            );
        }
        let relation = match operator.text.as_str() {
            "=" | "<=" => Relation::AtMost,
            "==" => Relation::Exactly,
            _ => {
                return self.unsupported(
                    operator.column,
                    &format!("the relation '{}' is", operator.text),
                    "use '<=' (or '=') for an upper limit, '==' for an exact order",
                );
            }
        };
        let Some(value) = self.peek(2).and_then(|t| t.text.parse::<u32>().ok()) else {
            let column = self.peek(2).map_or(self.end_column(), |t| t.column);
            return self.syntax(
                column,
                format!("'{}{}' needs a whole number", name.text, operator.text),
            );
        };
        self.at += 3;
        Ok(OrderSpec {
            name: Word {
                text: name.text,
                column: name.column,
            },
            relation,
            value,
        })
    }

    /// `@ NUMBER`, standing on the `@`; leaves the parser on the number.
    fn tag(&mut self, at: &Token, earlier: Option<u32>) -> Result<u32, ProcessError> {
        if earlier.is_some() {
            return self.syntax(at.column, "a line has one tag '@n'");
        }
        let Some(tag) = self.peek(1).and_then(|t| t.text.parse().ok()) else {
            return self.syntax(at.column, "'@' needs a whole number: '@1'");
        };
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

    fn refused_mark(&self, token: &Token) -> Result<RawLine, ProcessError> {
        match token.text.as_str() {
            "," | "(" | ")" => self.unsupported(
                token.column,
                "decay chains are",
                "write the decay products as final state and, to keep only the resonant \
                 diagrams, the resonances between arrows: \
                 'p p > t t~ > b w+ b~ w-'. Other than in a decay chain the invariant masses \
                 of the resonances reach as far as cuts such as '160 < m(b, w+) < 185' let them",
            ),
            "$" => self.unsupported(
                token.column,
                "the on-shell veto '$' is",
                "use '$$' to drop the s-channel diagrams, or cut on the invariant mass",
            ),
            "[" | "]" => self.unsupported(
                token.column,
                "loop corrections are",
                "omnis computes at tree level: leave out '[...]'",
            ),
            "{" | "}" => self.unsupported(
                token.column,
                "polarised legs are",
                "leave out '{...}': helicities are summed",
            ),
            other => self.syntax(token.column, format!("unexpected '{other}'")),
        }
    }
}

fn is_relation(mark: &str) -> bool {
    ["=", "<=", ">=", "==", "<"].contains(&mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[Word]) -> Vec<&str> {
        words.iter().map(|w| w.text.as_str()).collect()
    }

    fn message(line: &str) -> String {
        parse(line).unwrap_err().to_string()
    }

    #[test]
    fn every_part_finds_its_place() {
        let raw =
            parse("p p > z | a > e+ e- j / h t $$ w+ w- QED <=2 QCD==1 WEIGHTED=6 @3 # x").unwrap();
        assert_eq!(texts(&raw.initial), ["p", "p"]);
        assert_eq!(raw.required.len(), 1);
        assert_eq!(texts(&raw.required[0]), ["z", "a"]);
        assert_eq!(texts(&raw.outgoing), ["e+", "e-", "j"]);
        assert_eq!(texts(&raw.forbidden), ["h", "t"]);
        assert_eq!(texts(&raw.forbidden_s_channel), ["w+", "w-"]);
        let orders: Vec<_> = raw
            .orders
            .iter()
            .map(|o| (o.name.text.as_str(), o.relation, o.value))
            .collect();
        assert_eq!(
            orders,
            [
                ("QED", Relation::AtMost, 2),
                ("QCD", Relation::Exactly, 1),
                ("WEIGHTED", Relation::AtMost, 6)
            ]
        );
        assert_eq!(raw.tag, Some(3));
        assert_eq!(raw.outgoing[2].column, 21);
    }

    #[test]
    fn listed_resonances_are_all_required() {
        let raw = parse("g g > t t~ > w+ b w- b~").unwrap();
        assert_eq!(raw.required.len(), 2);
    }

    #[test]
    fn what_is_not_supported_says_what_to_do_instead() {
        assert_eq!(
            message("p p > t t~, t > b w+"),
            "process 'p p > t t~, t > b w+', column 11: decay chains are not supported; write the \
             decay products as final state and, to keep only the resonant diagrams, the \
             resonances between arrows: 'p p > t t~ > b w+ b~ w-'. Other than in a decay chain \
             the invariant masses of the resonances reach as far as cuts such as \
             '160 < m(b, w+) < 185' let them"
        );
        assert!(message("p p > e+ e- $ z").contains("column 13: the on-shell veto '$' is not"));
        assert!(message("p p > t t~ [QCD]").contains("omnis computes at tree level"));
        assert!(message("p p > e+ e- QED^2<=4").contains("squared orders"));
        assert!(message("p p > e+ e- QED>=4").contains("the relation '>=' is not supported"));
        assert!(message("p p > w+{0} w-").contains("polarised legs"));
        assert!(message("p p > w+ z | z a > e+ e-").contains("one resonance on each side"));
    }

    #[test]
    fn malformed_lines_point_to_the_column() {
        for (line, column) in [
            ("", 1),
            ("p p e+ e-", 10),
            ("> e+ e-", 1),
            ("p p >", 6),
            ("p p p > e+", 5),
            ("p p > e+ e- QED=x", 17),
            ("p p > e+ e- QED=1 j", 19),
            ("p p > e+ e- @", 13),
            ("p p > e+ e- @1 @2", 16),
            ("generate p p > e+ e-", 1),
            ("t > b", 5),
            ("p p > > e+ e-", 6),
            ("p > z > z > z", 11),
        ] {
            match parse(line) {
                Err(ProcessError::Syntax { column: found, .. }) => {
                    assert_eq!(found, column, "{line}");
                }
                other => panic!("{line}: {other:?}"),
            }
        }
    }
}
