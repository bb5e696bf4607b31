//! Text of one cut to [`Cut`], with errors that point at the character.
//!
//! ```text
//! cut        := ["any"] (comparand op number | number op comparand [op number])
//! comparand  := observable | "|" observable "|"
//! observable := name ["(" group {"," group} ")"]
//! group      := name ["[" rank "]"]
//! op         := "<" | "<=" | ">" | ">="
//! ```

use crate::observable::{Arity, Observable};
use crate::suggest::{did_you_mean, nearest};

use super::cut::{Argument, Cut, Groups, Interval, Limit};
use super::error::CutError;

/// Parses one cut.
pub(super) fn parse(text: &str, groups: &Groups) -> Result<Cut, CutError> {
    let text = text.trim();
    let mut s = Scanner {
        text,
        chars: text.chars().collect(),
        at: 0,
        groups,
    };
    let any = s.keyword("any");
    let mut interval = Interval::default();
    let first = s.number_ahead();
    if first {
        let value = s.number()?;
        s.operator()?.limit(value, true, &mut interval);
    }
    let (abs, observable, arguments) = s.comparand()?;
    if !first || !s.at_end() {
        let at = s.at;
        let op = s.operator()?;
        if first && (op.less != interval.lo.is_some()) {
            s.at = at;
            let wanted = if op.less {
                "'>' or '>='"
            } else {
                "'<' or '<='"
            };
            let expected = format!("{wanted}, as in the first comparison");
            return Err(s.syntax(&expected));
        }
        let value = s.number()?;
        op.limit(value, false, &mut interval);
    }
    if !s.at_end() {
        return Err(s.syntax("the end of the cut"));
    }
    let cut = Cut {
        text: text.to_string(),
        any,
        abs,
        observable,
        arguments,
        interval,
    };
    check_range(&cut)?;
    Ok(cut)
}

/// Refuses thresholds that no value, or only a misunderstanding, can meet.
fn check_range(cut: &Cut) -> Result<(), CutError> {
    let (mut min, mut max) = cut.observable.range();
    if cut.abs {
        max = max.max(-min);
        min = 0.0;
    }
    let limits = [cut.interval.lo, cut.interval.hi];
    for limit in limits.into_iter().flatten() {
        if min == 0.0 && limit.value < 0.0 {
            return Err(CutError::NegativeThreshold {
                cut: cut.text.clone(),
                observable: cut.compared(),
                value: limit.value,
            });
        }
    }
    let never = |reason: String| {
        Err(CutError::NeverTrue {
            cut: cut.text.clone(),
            reason,
        })
    };
    if cut.interval.is_empty() {
        return never("the lower limit is above the upper one".into());
    }
    let closed = |value: f64| {
        Some(Limit {
            value,
            strict: false,
        })
    };
    let possible = Interval {
        lo: closed(min),
        hi: closed(max),
    };
    if possible.and(&cut.interval).is_empty() {
        let name = cut.compared();
        return never(format!("{name} lies between {min} and {max}"));
    }
    Ok(())
}

/// What an unknown name may mean: the particles of that name with a charge and the
/// groups that hold them all, or else the nearest name.
fn group_hint(name: &str, groups: &Groups) -> String {
    let charged: Vec<(&str, &Vec<i32>)> = ["+", "-", "~"]
        .iter()
        .filter_map(|sign| groups.get_key_value(&format!("{name}{sign}")))
        .map(|(key, pdgs)| (key.as_str(), pdgs))
        .collect();
    if charged.is_empty() {
        return did_you_mean(name, groups.keys().map(String::as_str));
    }
    let quoted = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|n| format!("'{n}'")).collect();
        names.join(" or ")
    };
    let holds_all = |pdgs: &Vec<i32>| {
        let mut members = charged.iter().flat_map(|c| c.1);
        members.all(|pdg| pdgs.contains(pdg))
    };
    let names: Vec<&str> = charged.iter().map(|c| c.0).collect();
    let wider = groups.iter().filter(|(_, pdgs)| holds_all(pdgs));
    let wider: Vec<&str> = wider
        .map(|(key, _)| key.as_str())
        .filter(|key| !names.contains(key))
        .collect();
    let mut hint = format!("; did you mean {}", quoted(&names));
    if !wider.is_empty() {
        hint += &format!(", or {}, which holds both", quoted(&wider));
        if names.len() == 1 {
            hint = hint.replace("both", "it");
        }
    }
    hint + "?"
}

/// A comparison sign.
struct Operator {
    less: bool,
    strict: bool,
}

impl Operator {
    /// Sets the limit that `value op observable` (number first) or
    /// `observable op value` describes.
    fn limit(&self, value: f64, number_first: bool, interval: &mut Interval) {
        let limit = Some(Limit {
            value,
            strict: self.strict,
        });
        if self.less == number_first {
            interval.lo = limit;
        } else {
            interval.hi = limit;
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    chars: Vec<char>,
    at: usize,
    groups: &'a Groups,
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn in_group(c: char) -> bool {
    in_word(c) || matches!(c, '+' | '-' | '~' | '.')
}

impl Scanner<'_> {
    fn skip(&mut self) {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.skip();
        self.chars.get(self.at).copied()
    }

    fn at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    /// The characters from here that satisfy `keep`.
    fn run(&mut self, keep: fn(char) -> bool) -> String {
        self.skip();
        let word: String = self.chars[self.at..]
            .iter()
            .take_while(|c| keep(**c))
            .collect();
        self.at += word.chars().count();
        word
    }

    fn keyword(&mut self, word: &str) -> bool {
        let start = self.at;
        let found = self.run(in_word) == word;
        if !found {
            self.at = start;
        }
        found
    }

    fn column(&mut self) -> usize {
        self.skip();
        self.at + 1
    }

    fn syntax(&mut self, expected: &str) -> CutError {
        let column = self.column();
        let found = match self.peek() {
            None => "the end of the cut".to_string(),
            Some(c) if in_word(c) => format!("'{}'", self.run(in_word)),
            Some(c) => format!("'{c}'"),
        };
        CutError::Syntax {
            cut: self.text.to_string(),
            column,
            found,
            expected: expected.to_string(),
        }
    }

    fn number_ahead(&mut self) -> bool {
        self.peek()
            .is_some_and(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
    }

    fn number(&mut self) -> Result<f64, CutError> {
        self.skip();
        let start = self.at;
        let mut word = String::new();
        while let Some(&c) = self.chars.get(self.at) {
            let sign = matches!(c, '+' | '-') && (word.is_empty() || word.ends_with(['e', 'E']));
            if !(in_word(c) || c == '.' || sign) {
                break;
            }
            word.push(c);
            self.at += 1;
        }
        match word.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => {
                self.at = start;
                let column = self.column();
                let found = if word.is_empty() {
                    return Err(self.syntax("a number"));
                } else {
                    format!("'{word}'")
                };
                Err(CutError::Syntax {
                    cut: self.text.to_string(),
                    column,
                    found,
                    expected: "a number".into(),
                })
            }
        }
    }

    fn operator(&mut self) -> Result<Operator, CutError> {
        let less = match self.peek() {
            Some('<') => true,
            Some('>') => false,
            _ => return Err(self.syntax("'<', '<=', '>' or '>='")),
        };
        self.at += 1;
        // No space between the two signs.
        let strict = self.chars.get(self.at) != Some(&'=');
        self.at += usize::from(!strict);
        Ok(Operator { less, strict })
    }

    fn comparand(&mut self) -> Result<(bool, Observable, Vec<Argument>), CutError> {
        let abs = self.eat('|');
        let column = self.column();
        let name = self.run(in_word);
        if name.is_empty() {
            return Err(self.syntax("an observable"));
        }
        let known = || Observable::ALL.into_iter().map(Observable::name);
        let observable = Observable::from_name(&name).ok_or_else(|| {
            let hint = match nearest(&name, known()) {
                Some(_) => did_you_mean(&name, known()),
                None => format!("; known: {}", known().collect::<Vec<_>>().join(", ")),
            };
            CutError::UnknownObservable {
                cut: self.text.to_string(),
                column,
                name,
                hint,
            }
        })?;
        let mut arguments = Vec::new();
        if self.eat('(') {
            loop {
                arguments.push(self.argument(observable)?);
                if self.eat(')') {
                    break;
                }
                if !self.eat(',') {
                    return Err(self.syntax("',' or ')'"));
                }
            }
        }
        let n = arguments.len();
        let (right, takes) = match observable.arity() {
            Arity::None => (n == 0, "no groups"),
            Arity::Any => (true, "any number of groups"),
            Arity::OneOrMore => (n > 0, "one or more groups, as in (j)"),
            Arity::Two => (n == 2, "two groups, as in (j, j)"),
        };
        if !right {
            return Err(CutError::WrongNumberOfGroups {
                cut: self.text.to_string(),
                column,
                observable: observable.name(),
                takes,
                found: n,
            });
        }
        if abs && !self.eat('|') {
            return Err(self.syntax("'|'"));
        }
        Ok((abs, observable, arguments))
    }

    fn argument(&mut self, observable: Observable) -> Result<Argument, CutError> {
        let column = self.column();
        let name = self.run(in_group);
        if name.is_empty() {
            return Err(self.syntax("a particle or a multiparticle label"));
        }
        let Some(pdgs) = self.groups.get(&name) else {
            let hint = group_hint(&name, self.groups);
            return Err(CutError::UnknownGroup {
                cut: self.text.to_string(),
                column,
                name,
                hint,
            });
        };
        let mut rank = None;
        if self.peek() == Some('[') {
            if observable.arity() == Arity::Any {
                return Err(self.syntax("',' or ')'"));
            }
            self.at += 1;
            let at = self.at;
            let digits = self.run(|c| c.is_ascii_digit());
            match digits.parse::<usize>() {
                Ok(r) if r > 0 => rank = Some(r),
                _ => {
                    self.at = at;
                    return Err(self.syntax("a rank, 1 for the leading particle"));
                }
            }
            if !self.eat(']') {
                return Err(self.syntax("']'"));
            }
        }
        Ok(Argument {
            name,
            pdgs: pdgs.clone(),
            rank,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cuts::CutSet;

    pub fn groups() -> Groups {
        [
            ("e-", vec![11]),
            ("e+", vec![-11]),
            ("mu-", vec![13]),
            ("mu+", vec![-13]),
            ("l-", vec![11, 13]),
            ("l+", vec![-11, -13]),
            ("l", vec![11, 13, -11, -13]),
            ("ve", vec![12]),
            ("j", vec![21, 1, 2, 3, 4, -1, -2, -3, -4]),
            ("g", vec![21]),
            ("t", vec![6]),
            ("t~", vec![-6]),
        ]
        .into_iter()
        .map(|(name, pdgs)| (name.to_string(), pdgs))
        .collect()
    }

    fn message(text: &str) -> String {
        parse(text, &groups()).unwrap_err().to_string()
    }

    #[test]
    fn documented_cuts_are_read() {
        let texts = [
            "pt(j) > 20",
            "|eta(l+)| < 2.5",
            "dR(j, j) > 0.4",
            "m(l+, l-) > 50",
            "60 < m(e+, e-) < 120",
            "pt(j[1]) > 50",
            "any pt(l) > 25",
            "ht > 100",
            "ht(l+, j) >= 1e2",
            "pt(e+,e-)>50",
            "120 >= m(e+, e-) > 60",
            "0.5 < |y(t~)| <= 2.5",
            "-1 < eta(j[2]) < +2.5e0",
            "|dphi(j, l+)| < 3",
            "met > 30",
            "sqrt_s > 500",
            "20 < et(j)",
            "E(j) > 5",
            "mt(l+, ve) < 80",
        ];
        let set = CutSet::parse(&texts, &groups()).unwrap();
        let read: Vec<_> = set.cuts().iter().map(Cut::text).collect();
        assert_eq!(read, texts);
        assert!(set.uses_group("t~") && !set.uses_group("g"));
    }

    #[test]
    fn chains_read_alike_in_both_directions() {
        let up = parse("60 <= m(e+, e-) < 120", &groups()).unwrap();
        let down = parse("120 > m(e+, e-) >= 60", &groups()).unwrap();
        assert_eq!(up.interval, down.interval);
        assert_eq!(up.interval.lower(), Some(60.0));
        assert_eq!(up.interval.hi.map(|l| l.strict), Some(true));
        let first = parse("20 < pt(j)", &groups()).unwrap();
        let last = parse("pt(j) > 20", &groups()).unwrap();
        assert_eq!(first.interval, last.interval);
    }

    #[test]
    fn syntax_errors_point_at_the_character() {
        for (text, error) in [
            (
                "",
                "column 1: found the end of the cut, expected an observable",
            ),
            (
                "pt(j)",
                "column 6: found the end of the cut, expected '<', '<=', '>' or '>='",
            ),
            ("pt(j) >> 20", "column 8: found '>', expected a number"),
            (
                "pt(j) > 20 GeV",
                "column 12: found 'GeV', expected the end of the cut",
            ),
            (
                "pt(j) == 20",
                "column 7: found '=', expected '<', '<=', '>' or '>='",
            ),
            ("pt(j > 20", "column 6: found '>', expected ',' or ')'"),
            (
                "pt() > 20",
                "column 4: found ')', expected a particle or a multiparticle label",
            ),
            ("|eta(j) < 2", "column 9: found '<', expected '|'"),
            (
                "pt(j[0]) > 2",
                "column 6: found '0', expected a rank, 1 for the leading particle",
            ),
            ("pt(j[1) > 2", "column 7: found ')', expected ']'"),
            ("ht(j[1]) > 2", "column 5: found '[', expected ',' or ')'"),
            ("pt(j) > 2x", "column 9: found '2x', expected a number"),
            ("pt(j) > nan", "column 9: found 'nan', expected a number"),
            (
                "60 < m(e+, e-) > 120",
                "column 16: found '>', expected '<' or '<=', as in the first comparison",
            ),
            (
                "20 pt(j)",
                "column 4: found 'pt', expected '<', '<=', '>' or '>='",
            ),
        ] {
            let separator = format!("cut '{text}', ");
            assert_eq!(message(text), separator + error);
        }
    }

    #[test]
    fn unknown_names_come_with_the_nearest_valid_one() {
        assert_eq!(
            message("pT(j) > 20"),
            "cut 'pT(j) > 20', column 1: unknown observable 'pT'; did you mean 'pt'?"
        );
        assert_eq!(
            message("sphericity(j) > 20"),
            "cut 'sphericity(j) > 20', column 1: unknown observable 'sphericity'; known: pt, eta, y, phi, E, m, mt, et, dR, deta, dy, dphi, ht, met, sqrt_s"
        );
        assert_eq!(
            message("m(mu+, muu-) > 20"),
            "cut 'm(mu+, muu-) > 20', column 8: unknown particle or group 'muu-'; did you mean 'mu-'?"
        );
    }

    #[test]
    fn the_number_of_groups_is_checked() {
        assert_eq!(
            message("dR(j) > 0.4"),
            "cut 'dR(j) > 0.4', column 1: dR takes two groups, as in (j, j), found 1"
        );
        assert_eq!(
            message("pt > 20"),
            "cut 'pt > 20', column 1: pt takes one or more groups, as in (j), found 0"
        );
        assert_eq!(
            message("sqrt_s(j) > 20"),
            "cut 'sqrt_s(j) > 20', column 1: sqrt_s takes no groups, found 1"
        );
    }

    #[test]
    fn impossible_thresholds_are_refused() {
        assert_eq!(
            message("pt(j) > -20"),
            "cut 'pt(j) > -20': pt is never negative, but is compared with -20"
        );
        assert_eq!(
            message("|eta(j)| < -2"),
            "cut '|eta(j)| < -2': |eta| is never negative, but is compared with -2"
        );
        assert_eq!(
            message("120 < m(e+, e-) < 60"),
            "cut '120 < m(e+, e-) < 60' can never be fulfilled: the lower limit is above the upper one"
        );
        assert_eq!(
            message("dphi(j, j) > 4"),
            "cut 'dphi(j, j) > 4' can never be fulfilled: dphi lies between 0 and 3.141592653589793"
        );
        assert!(parse("m(e+, e-) < 0", &groups()).is_err());
        assert!(parse("-2 < eta(j)", &groups()).is_ok());
    }
}
