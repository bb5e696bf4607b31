//! Expressions of observables: their text, and their values on a batch.
//!
//! ```text
//! sum        := product {("+" | "-") product}
//! product    := power {("*" | "/") power}
//! power      := ["-"] primary ["^" power]
//! primary    := number | "(" sum ")" | "|" sum "|" | observable
//! observable := name ["(" argument {"," argument} ["," number] ")"] ["same_flavour"]
//! argument   := {"core" | "all"} name ["[" rank [".." rank] "]"]
//! ```

use crate::elementary::Elementary;
use crate::observable::{Arity, Observable, Radius};
use crate::suggest::{did_you_mean, nearest};

use super::cut::{Argument, Groups, Measured};
use super::error::CutError;
use super::scanner::{Scanner, in_word};

/// Most brackets inside each other.
const MAX_DEPTH: usize = 30;
/// Most observables of one expression.
const MAX_MEASURED: usize = 8;

/// What joins two expressions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    Plus,
    Minus,
    Times,
    Over,
    Power,
}

impl Operation {
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Plus => a + b,
            Self::Minus => a - b,
            Self::Times => a * b,
            Self::Over => a / b,
            Self::Power => a.powf_same(b),
        }
    }
}

/// A function of observables.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    /// The observable of this place in the list beside the expression.
    Observed(usize),
    Negative(Box<Self>),
    Absolute(Box<Self>),
    Joined(Operation, Box<[Self; 2]>),
}

impl Expression {
    /// Whether it is an observable alone, or in bars.
    pub fn is_plain(&self) -> bool {
        match self {
            Self::Observed(_) => true,
            Self::Absolute(of) => of.is_plain(),
            _ => false,
        }
    }

    /// Values for each point; `values` are those of the observables, `[n_observables]`
    /// of `[n_batch]`.
    pub fn evaluate(&self, values: &[Vec<f64>], out: &mut [f64]) {
        match self {
            Self::Number(x) => out.fill(*x),
            Self::Observed(k) => out.copy_from_slice(&values[*k]),
            Self::Negative(of) => {
                of.evaluate(values, out);
                out.iter_mut().for_each(|x| *x = -*x);
            }
            Self::Absolute(of) => {
                of.evaluate(values, out);
                out.iter_mut().for_each(|x| *x = x.abs());
            }
            Self::Joined(operation, both) => {
                let mut right = vec![0.0; out.len()];
                both[0].evaluate(values, out);
                both[1].evaluate(values, &mut right);
                for (x, y) in out.iter_mut().zip(&right) {
                    *x = operation.of(*x, *y);
                }
            }
        }
    }
}

/// An expression while it is read.
#[derive(Default)]
pub(super) struct Reader {
    pub measured: Vec<Measured>,
    depth: usize,
}

impl Reader {
    /// Reads a sum.
    pub fn sum(&mut self, s: &mut Scanner) -> Result<Expression, CutError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(s.syntax(&format!("at most {MAX_DEPTH} brackets inside each other")));
        }
        let mut left = self.product(s)?;
        loop {
            let operation = match s.peek() {
                Some('+') => Operation::Plus,
                Some('-') => Operation::Minus,
                _ => break,
            };
            s.at += 1;
            let right = self.product(s)?;
            left = Expression::Joined(operation, Box::new([left, right]));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn product(&mut self, s: &mut Scanner) -> Result<Expression, CutError> {
        let mut left = self.power(s)?;
        loop {
            let operation = match s.peek() {
                Some('*') => Operation::Times,
                Some('/') => Operation::Over,
                _ => return Ok(left),
            };
            s.at += 1;
            let right = self.power(s)?;
            left = Expression::Joined(operation, Box::new([left, right]));
        }
    }

    fn power(&mut self, s: &mut Scanner) -> Result<Expression, CutError> {
        let mut is_negative = false;
        while s.eat('-') {
            is_negative = !is_negative;
        }
        let base = self.primary(s)?;
        let mut found = base;
        if s.eat('^') {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(s.syntax(&format!("at most {MAX_DEPTH} powers of powers")));
            }
            let exponent = self.power(s)?;
            self.depth -= 1;
            found = Expression::Joined(Operation::Power, Box::new([found, exponent]));
        }
        Ok(match is_negative {
            true => Expression::Negative(Box::new(found)),
            false => found,
        })
    }

    fn primary(&mut self, s: &mut Scanner) -> Result<Expression, CutError> {
        if s.eat('(') {
            let inner = self.sum(s)?;
            return match s.eat(')') {
                true => Ok(inner),
                false => Err(s.syntax("')'")),
            };
        }
        if s.eat('|') {
            let inner = self.sum(s)?;
            return match s.eat('|') {
                true => Ok(Expression::Absolute(Box::new(inner))),
                false => Err(s.syntax("'|'")),
            };
        }
        if s.number_ahead() {
            return Ok(Expression::Number(s.number()?));
        }
        let found = observable(s)?;
        if self.measured.len() == MAX_MEASURED {
            return Err(s.syntax(&format!("at most {MAX_MEASURED} observables")));
        }
        self.measured.push(found);
        Ok(Expression::Observed(self.measured.len() - 1))
    }
}

fn observable(s: &mut Scanner) -> Result<Measured, CutError> {
    let column = s.column();
    let name = s.run(in_word);
    if name.is_empty() {
        return Err(s.syntax("an observable"));
    }
    let merging = Observable::MERGING;
    let known = || (Observable::ALL.into_iter().map(Observable::name)).chain(merging);
    let mut observable = Observable::from_name(&name).ok_or_else(|| {
        let lower = name.to_lowercase();
        let without_abs = lower.replace("abs", "").replace('_', "");
        let inner = known().find(|known| lower.contains("abs") && *known == without_abs);
        let hint = match nearest(&name, known().chain(["isolated"])) {
            _ if lower == "abs" => "; an absolute value is written |eta(j)|".to_owned(),
            _ if inner.is_some() => format!("; did you mean |{without_abs}(...)|?"),
            Some(_) => did_you_mean(&name, known().chain(["isolated"])),
            None => format!("; known: {}", known().collect::<Vec<_>>().join(", ")),
        };
        CutError::UnknownObservable {
            cut: s.text.to_string(),
            column,
            name,
            hint,
        }
    })?;
    let mut arguments = Vec::new();
    if s.eat('(') {
        loop {
            if let Observable::KtDurham(radius) = &mut observable
                && !arguments.is_empty()
                && s.number_ahead()
            {
                *radius = parameter_d(s)?;
                break;
            }
            arguments.push(argument(s, Some(observable))?);
            if matches!(observable, Observable::KtDurham(_)) && !s.eat(',') {
                return Err(s.syntax("',' and the parameter D, as in kt_durham(j, 0.4)"));
            } else if matches!(observable, Observable::KtDurham(_)) {
                continue;
            }
            if s.eat(')') {
                break;
            }
            let is_alone = observable == Observable::Ht
                && arguments.iter().any(|a: &Argument| a.ranks.is_some());
            if is_alone {
                return Err(s.syntax("')': ranks in ht stand alone, as in ht(j[1..2]) + ht(l)"));
            }
            if !s.eat(',') {
                return Err(s.syntax("',' or ')'"));
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
            cut: s.text.to_string(),
            column,
            observable: observable.name(),
            takes,
            found: n,
        });
    }
    let plain = |a: &Argument| !a.all && a.ranks.is_none();
    let may_agree = matches!(observable.arity(), Arity::OneOrMore | Arity::Two)
        && observable != Observable::Number
        && !observable.is_of_record()
        && n > 1
        && arguments.iter().all(plain);
    Ok(Measured {
        observable,
        arguments,
        same_flavour: may_agree && s.keyword("same_flavour"),
    })
}

/// `0.4)`: the last argument of `kt_durham`.
fn parameter_d(s: &mut Scanner) -> Result<Radius, CutError> {
    s.peek();
    let at = s.at;
    let value = s.number()?;
    if value <= 0.0 {
        s.at = at;
        return Err(s.syntax("a parameter D above 0"));
    }
    match s.eat(')') {
        true => Ok(Radius::new(value)),
        false => Err(s.syntax("')'")),
    }
}

/// A particle or label with what narrows it; without an observable no rank is allowed.
pub(super) fn argument(
    s: &mut Scanner,
    observable: Option<Observable>,
) -> Result<Argument, CutError> {
    // The observable is that of all legs of its groups anyway.
    let is_of_set = observable.is_some_and(|o| o == Observable::Number || o.is_of_record());
    let (mut core, mut all) = (false, false);
    let (column, name) = loop {
        let column = s.column();
        let name = s.run(in_group);
        if name.is_empty() {
            return Err(s.syntax("a particle or a multiparticle label"));
        }
        // 'core' and 'all' may be names, too.
        let another = s.peek().is_some_and(in_group);
        match name.as_str() {
            "core" if another && !core => core = true,
            "all" if another && !all => {
                let sums = matches!(observable.map(Observable::arity), Some(Arity::OneOrMore));
                if !sums || is_of_set {
                    s.at = column - 1;
                    return Err(s.syntax("a particle or a multiparticle label"));
                }
                all = true;
            }
            _ if another => {
                return Err(match ["core", "all"].contains(&name.as_str()) {
                    true => {
                        s.at = column - 1;
                        s.syntax(&format!(
                            "a particle or a label: '{name}' stands there already"
                        ))
                    }
                    false => {
                        let hint = did_you_mean(&name, ["core", "all"]);
                        unknown_group(s, column, name, hint)
                    }
                });
            }
            _ => break (column, name),
        }
    };
    let Some((name, pdgs)) = group_of(&name, s.groups) else {
        let hint = group_hint(&name, s.groups);
        return Err(unknown_group(s, column, name, hint));
    };
    let may_have_rank = !all && observable.is_some() && !is_of_set;
    let mut ranks = None;
    if s.peek() == Some('[') {
        if !may_have_rank {
            return Err(s.syntax("',' or ')'"));
        }
        s.at += 1;
        ranks = Some(self::ranks(s, observable == Some(Observable::Ht))?);
    }
    Ok(Argument {
        name,
        pdgs,
        core,
        all,
        ranks,
    })
}

/// `2]`, or for sums `1..3]`.
fn ranks(s: &mut Scanner, of_sum: bool) -> Result<(usize, usize), CutError> {
    let rank = |s: &mut Scanner, least: usize, expected: &str| {
        let at = s.at;
        let digits = s.run(|c| c.is_ascii_digit());
        match digits.parse::<usize>() {
            Ok(r) if r >= least => Ok(r),
            _ => {
                s.at = at;
                Err(s.syntax(expected))
            }
        }
    };
    let first = rank(s, 1, "a rank, 1 for the leading particle")?;
    let mut last = first;
    if of_sum {
        if !s.eat_dots() {
            return Err(s.syntax("'..' and the last rank of the sum, as in ht(j[1..3])"));
        }
        last = rank(s, first, "a last rank, not before the first one")?;
    }
    match s.eat(']') {
        true => Ok((first, last)),
        false => Err(s.syntax("']'")),
    }
}

fn unknown_group(s: &Scanner, column: usize, name: String, hint: String) -> CutError {
    CutError::UnknownGroup {
        cut: s.text.to_string(),
        column,
        name,
        hint,
    }
}

fn in_group(c: char) -> bool {
    in_word(c) || matches!(c, '+' | '-' | '~' | '.')
}

/// A group and its name as the model has it; as in process lines, upper and lower case are
/// the same where only one name fits.
fn group_of(name: &str, groups: &Groups) -> Option<(String, Vec<i32>)> {
    let exact = groups.get_key_value(name);
    let found = exact.or_else(|| {
        let folded = name.to_lowercase();
        let mut alike = groups
            .iter()
            .filter(|(key, _)| key.to_lowercase() == folded);
        alike.next().filter(|_| alike.next().is_none())
    });
    found.map(|(key, pdgs)| (key.clone(), pdgs.clone()))
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
