//! Lorentz structures of model files as sums of products: the grammar.
//!
//! Numbers, elementary tensors with their indices, `+ - * / **`, brackets, and functions of
//! invariants of the momenta. Knows names and the number of their indices; knows no
//! components of tensors.
//! Structure syntax: UFO, arXiv:1108.2040, section 2.4; form factors: 2304.09883.

use super::lorentz::invariant;
use super::momentum_function::{Function, MomentumFunction};
use num_complex::Complex64;

/// Summed indices of brackets that are complete in themselves get numbers below this.
const FIRST_OWN_INDEX: i32 = -1_000_000;
/// Most terms of a structure when it is multiplied out.
const MOST_TERMS: usize = 200_000;
/// Most terms of a structure, in all steps, while its indices are summed.
const MOST_SUMMED: usize = 1 << 19;
/// What is wrong with a structure that has no value.
const NOT_FINITE: &str = "a coefficient that is not finite";
/// Deepest brackets.
const DEEPEST: usize = 200;

/// An elementary tensor with its indices.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) indices: Vec<i32>,
}

/// A number times elementary tensors and functions of the momenta.
#[derive(Clone, Debug)]
pub(super) struct Product {
    pub(super) factor: Complex64,
    pub(super) objects: Vec<Object>,
    pub(super) functions: Vec<MomentumFunction>,
}

impl Product {
    fn number(factor: Complex64) -> Self {
        Self {
            factor,
            objects: vec![],
            functions: vec![],
        }
    }

    fn times(&self, other: &Self) -> Self {
        Self {
            factor: self.factor * other.factor,
            objects: [self.objects.as_slice(), &other.objects].concat(),
            functions: [self.functions.as_slice(), &other.functions].concat(),
        }
    }
}

/// Counts the terms that a structure has while its indices are summed: a chain of matrices
/// has more with every one of them.
pub(super) struct Work {
    left: usize,
}

impl Work {
    pub(super) fn new() -> Self {
        Self { left: MOST_SUMMED }
    }

    /// Counts `n` terms.
    ///
    /// # Errors
    /// That there are too many.
    pub(super) fn take(&mut self, n: usize) -> Result<(), String> {
        self.left = match self.left.checked_sub(n) {
            Some(left) => left,
            None => {
                return Err(format!(
                    "more than {MOST_SUMMED} terms while its indices are summed"
                ));
            }
        };
        Ok(())
    }
}

/// A coefficient, which must be finite.
///
/// # Errors
/// That it is not.
pub(super) fn finite(z: Complex64) -> Result<Complex64, String> {
    match z.is_finite() {
        true => Ok(z),
        false => Err(NOT_FINITE.to_owned()),
    }
}

/// Reads a structure whose legs have the given `2 S + 1`.
///
/// # Errors
/// What was not understood.
pub(super) fn parse(
    structure: &str,
    spins: &[u8],
    work: &mut Work,
) -> Result<Vec<Product>, String> {
    let mut parser = Parser {
        work,
        text: structure.as_bytes(),
        at: 0,
        spins,
        next_index: FIRST_OWN_INDEX,
        depth: 0,
    };
    let sum = parser.sum()?;
    match parser.peek() {
        Some(_) => Err(structure[parser.at..].to_owned()),
        None => Ok(sum),
    }
}

/// Recursive descent over `sum := product (+|- product)*`.
struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    spins: &'a [u8],
    next_index: i32,
    depth: usize,
    work: &'a mut Work,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Whether the text goes on with `**`.
    fn at_power(&mut self) -> bool {
        self.peek() == Some(b'*') && self.text.get(self.at + 1) == Some(&b'*')
    }

    fn sum(&mut self) -> Result<Vec<Product>, String> {
        let mut total = self.product()?;
        while let Some(op @ (b'+' | b'-')) = self.peek() {
            self.at += 1;
            let sign = if op == b'-' { -1.0 } else { 1.0 };
            let mut next = self.product()?;
            next.iter_mut().for_each(|t| t.factor *= sign);
            total.extend(next);
        }
        Ok(total)
    }

    fn product(&mut self) -> Result<Vec<Product>, String> {
        let mut total = self.factor()?;
        while let Some(op @ (b'*' | b'/')) = self.peek() {
            self.at += 1;
            let mut right = self.factor()?;
            if op == b'/' {
                right = match constant(&right) {
                    Some(value) => vec![Product::number(finite(1.0 / value)?)],
                    None => {
                        let below = self.function(&right, "division by a tensor")?;
                        if matches!(&below, MomentumFunction::Polynomial(t) if t.is_empty()) {
                            return Err(NOT_FINITE.to_owned());
                        }
                        vec![of_function(below.power(-1.0))]
                    }
                };
            }
            total = product(&total, &right)?;
        }
        Ok(total)
    }

    /// A sign, then `atom` or `atom ** factor`.
    fn factor(&mut self) -> Result<Vec<Product>, String> {
        if let Some(sign @ (b'-' | b'+')) = self.peek() {
            self.at += 1;
            self.deeper()?;
            let mut inner = self.factor()?;
            self.depth -= 1;
            if sign == b'-' {
                inner.iter_mut().for_each(|t| t.factor = -t.factor);
            }
            return Ok(inner);
        }
        let base = self.atom()?;
        if !self.at_power() {
            return Ok(base);
        }
        self.at += 2;
        self.deeper()?;
        let exponent = self.factor()?;
        self.depth -= 1;
        self.power(&base, &exponent)
    }

    fn power(&mut self, base: &[Product], exponent: &[Product]) -> Result<Vec<Product>, String> {
        let value = constant(exponent);
        if let (Some(x), Some(n)) = (constant(base), value) {
            let power = finite(super::momentum_function::power(x, n))?;
            return Ok(vec![Product::number(power)]);
        }
        let what = "a power of a tensor";
        // P(-1,1)**2 is P(-1,1)*P(-1,1), summed; so is (P(-1,1)+P(-1,2))**2.
        let even = value.filter(|n| n.im == 0.0 && n.re >= 2.0 && n.re % 2.0 == 0.0);
        let own = self.function(base, what);
        let (function, value) = match (own, even) {
            (Ok(_), Some(n)) if base.len() == 1 && n.re == 2.0 => {
                let mut copy = base.to_vec();
                self.close(&mut copy);
                return product(base, &copy);
            }
            (Err(_), Some(n)) => {
                let square = product(base, base)?;
                if n.re == 2.0 {
                    return Ok(square);
                }
                (self.function(&square, what)?, Some(0.5 * n))
            }
            (own, _) => (own?, value),
        };
        let function = match value {
            Some(n) if n.im == 0.0 => function.power(n.re),
            _ => {
                let exponent = self.function(exponent, what)?;
                MomentumFunction::Power(Box::new(function), Box::new(exponent))
            }
        };
        Ok(vec![of_function(function)])
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("more than {DEEPEST} brackets within each other"));
        }
        Ok(())
    }

    fn atom(&mut self) -> Result<Vec<Product>, String> {
        match self.peek() {
            Some(b'(') => {
                self.at += 1;
                self.deeper()?;
                let mut inner = self.sum()?;
                self.depth -= 1;
                self.expect(b')')?;
                self.close(&mut inner);
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == b'.' => Ok(vec![Product::number(self.number()?)]),
            Some(c) if c.is_ascii_alphabetic() || c == b'_' => self.named(),
            Some(c) => Err(format!("'{}'", c as char)),
            None => Err("the end of the text".to_owned()),
        }
    }

    /// Gives summed indices that are complete within a term numbers of their own, so that
    /// they do not meet those of the same number outside of the brackets.
    fn close(&mut self, sum: &mut [Product]) {
        for term in sum {
            let mut seen: Vec<(i32, usize)> = vec![];
            for &i in term.objects.iter().flat_map(|o| o.summed()) {
                match seen.iter_mut().find(|s| s.0 == i) {
                    Some(s) => s.1 += 1,
                    None => seen.push((i, 1)),
                }
            }
            for (index, _) in seen.into_iter().filter(|s| s.1 == 2) {
                self.next_index -= 1;
                for o in &mut term.objects {
                    let n = o.n_component_indices();
                    let own = o.indices[..n].iter_mut().filter(|i| **i == index);
                    own.for_each(|i| *i = self.next_index);
                }
            }
        }
    }

    /// Digits, a point, an exponent; `j` makes it imaginary.
    fn number(&mut self) -> Result<Complex64, String> {
        let from = self.at;
        self.at += length_of_number(&self.text[from..]);
        let word = String::from_utf8_lossy(&self.text[from..self.at]).into_owned();
        let value: f64 = word.parse().map_err(|_| word)?;
        if let Some(b'j' | b'J') = self.text.get(self.at) {
            self.at += 1;
            return Ok(Complex64::new(0.0, value));
        }
        Ok(value.into())
    }

    /// An elementary tensor, a function of numbers or invariants, or a constant.
    fn named(&mut self) -> Result<Vec<Product>, String> {
        let from = self.at;
        let part = |c: &u8| c.is_ascii_alphanumeric() || *c == b'_' || *c == b'.';
        while self.text.get(self.at).is_some_and(part) {
            self.at += 1;
        }
        let name = String::from_utf8_lossy(&self.text[from..self.at]).into_owned();
        if self.peek() != Some(b'(') {
            return match name.rsplit('.').next() {
                Some("pi") => Ok(vec![Product::number(std::f64::consts::PI.into())]),
                _ => Err(format!("'{name}', which has no value")),
            };
        }
        self.at += 1;
        match n_indices(&name) {
            Some(n) => self.object(name, n),
            None => self.call(&name),
        }
    }

    fn object(&mut self, name: String, n: usize) -> Result<Vec<Product>, String> {
        let from = self.at;
        while self.text.get(self.at).is_some_and(|&c| c != b')') {
            self.at += 1;
        }
        let inside = String::from_utf8_lossy(&self.text[from..self.at]).into_owned();
        self.expect(b')')?;
        let numbers: Result<Vec<i32>, _> = inside.split(',').map(|a| a.trim().parse()).collect();
        let indices = numbers.map_err(|_| format!("{name}({inside})"))?;
        if indices.len() != n {
            return Err(format!("{name} with {} indices", indices.len()));
        }
        if indices.iter().any(|i| *i <= FIRST_OWN_INDEX) {
            return Err(format!("{name}({inside})"));
        }
        let objects = match (name.as_str(), indices.as_slice()) {
            ("PSlash", &[row, column, leg]) => {
                self.next_index -= 1;
                let object = |name: &str, indices: Vec<i32>| Object {
                    name: name.to_owned(),
                    indices,
                };
                let gamma = object("Gamma", vec![self.next_index, row, column]);
                vec![gamma, object("P", vec![self.next_index, leg])]
            }
            _ => vec![Object { name, indices }],
        };
        Ok(vec![Product {
            objects,
            ..Product::number(1.0.into())
        }])
    }

    /// A function with its arguments.
    fn call(&mut self, name: &str) -> Result<Vec<Product>, String> {
        let short = name.rsplit('.').next().unwrap_or(name);
        let function = Function::by_name(short);
        if function.is_none() && !matches!(short, "complex" | "pow") {
            return Err(format!("{name}(...)"));
        }
        self.deeper()?;
        let mut arguments = vec![self.sum()?];
        while self.peek() == Some(b',') {
            self.at += 1;
            arguments.push(self.sum()?);
        }
        self.depth -= 1;
        self.expect(b')')?;
        match (function, arguments.as_slice()) {
            (Some(f), [x]) => match constant(x) {
                Some(x) => Ok(vec![Product::number(finite(f.of(x))?)]),
                None => {
                    let x = self.function(x, "a function of a tensor")?;
                    let call = MomentumFunction::Call(f, Box::new(x));
                    Ok(vec![of_function(call)])
                }
            },
            (None, [x, y]) if short == "pow" => self.power(x, y),
            (None, [x, y]) => match (constant(x), constant(y)) {
                (Some(x), Some(y)) => Ok(vec![Product::number(x + Complex64::i() * y)]),
                _ => Err(format!("{name} of what is no number")),
            },
            (_, list) => Err(format!("{name} with {} arguments", list.len())),
        }
    }

    /// A sum whose indices are all summed, as a function of the momenta.
    fn function(&mut self, sum: &[Product], what: &str) -> Result<MomentumFunction, String> {
        let mut sum = sum.to_vec();
        self.close(&mut sum);
        let mut terms = vec![];
        for term in &sum {
            let own = invariant(term.factor, &term.objects, self.spins, self.work)?;
            let polynomial = MomentumFunction::Polynomial(own.ok_or_else(|| what.to_owned())?);
            terms.push(MomentumFunction::product(
                std::iter::once(polynomial)
                    .chain(term.functions.iter().cloned())
                    .collect(),
            ));
        }
        Ok(MomentumFunction::sum(terms))
    }

    fn expect(&mut self, c: u8) -> Result<(), String> {
        if self.peek() == Some(c) {
            self.at += 1;
            return Ok(());
        }
        let found = self
            .peek()
            .map_or("the end".to_owned(), |f| format!("'{}'", f as char));
        Err(format!("{found} where '{}' was expected", c as char))
    }
}

fn of_function(function: MomentumFunction) -> Product {
    Product {
        functions: vec![function],
        ..Product::number(1.0.into())
    }
}

fn product(a: &[Product], b: &[Product]) -> Result<Vec<Product>, String> {
    if a.len().saturating_mul(b.len()) > MOST_TERMS {
        return Err(format!("more than {MOST_TERMS} terms, multiplied out"));
    }
    let times = |x: &Product| b.iter().map(|y| x.times(y)).collect::<Vec<_>>();
    Ok(a.iter().flat_map(times).collect())
}

/// The number that a sum is, if it is one.
fn constant(sum: &[Product]) -> Option<Complex64> {
    let plain = |t: &Product| t.objects.is_empty() && t.functions.is_empty();
    sum.iter()
        .all(plain)
        .then(|| sum.iter().map(|t| t.factor).sum())
}

/// Length of the number that a text begins with: digits, points, an exponent.
pub(super) fn length_of_number(text: &[u8]) -> usize {
    let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    while digit(end) || text.get(end) == Some(&b'.') {
        end += 1;
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let signed = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        if digit(end + 1 + signed) {
            end += 1 + signed;
            while digit(end) {
                end += 1;
            }
        }
    }
    end
}

/// Number of indices of an elementary tensor; `None` for what is none.
pub(super) fn n_indices(name: &str) -> Option<usize> {
    match name {
        "Gamma" | "PSlash" => Some(3),
        "Epsilon" | "Sigma" => Some(4),
        "ProjM" | "ProjP" | "Identity" | "IdentityL" | "Gamma5" | "C" | "Metric" | "P" => Some(2),
        _ => None,
    }
}

impl Object {
    /// How many of the indices, which stand first, have components: the last argument of
    /// a momentum is its leg.
    pub(super) fn n_component_indices(&self) -> usize {
        match self.name.as_str() {
            "P" => self.indices.len() - 1,
            _ => self.indices.len(),
        }
    }

    /// Indices that are summed.
    fn summed(&self) -> impl Iterator<Item = &i32> {
        let own = &self.indices[..self.n_component_indices()];
        own.iter().filter(|i| **i < 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::lorentz::expand;

    fn message(structure: &str, spins: &[u8]) -> String {
        expand(structure, spins).unwrap_err().to_string()
    }

    #[test]
    fn coefficients_that_are_not_finite_are_refused() {
        for text in [
            "Gamma(3,2,1)/0",
            "Gamma(3,2,1)*(1/0)",
            "Gamma(3,2,1)*0**-1",
            "Gamma(3,2,1)/(0.118-0.118)",
            "Gamma(3,2,1)*log(0)",
            "Gamma(3,2,1)*1e400",
            "Gamma(3,2,1)*1e300*1e300",
            "Gamma(3,2,1)*1e308 + Gamma(3,2,1)*1e308",
            "Gamma(3,2,1)*(P(-1,3)*P(-1,3)*1e300*1e300)**0.5",
            "Gamma(3,2,1)/(0*P(-1,3)*P(-1,3))",
        ] {
            let message = message(text, &[2, 2, 3]);
            let want = format!("'{text}' is not understood: a coefficient that is not finite");
            assert!(message.contains(&want), "{text}: {message}");
        }
        // Nothing is wrong with zero itself.
        assert!(expand("0*Gamma(3,2,1)", &[2, 2, 3]).unwrap().is_empty());
    }

    #[test]
    fn long_chains_of_matrices_have_a_bound() {
        let mut chain = "Gamma(3,2,-1)".to_owned();
        for k in 1..24 {
            // Every other pair has one vector index.
            let mu = -100 - (k + 1) / 2;
            chain += &format!("*Gamma({mu},-{k},-{})", k + 1);
        }
        chain += "*Gamma(-112,-24,1)";
        let message = message(&chain, &[2, 2, 3]);
        assert!(
            message.contains("more than 524288 terms while its indices are summed"),
            "{message}"
        );
        assert!(message.contains("Gamma(-112,-24,1)"), "{message}");
    }
}
