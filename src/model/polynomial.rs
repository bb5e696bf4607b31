//! Polynomials in some inputs of a model, and expressions of UFO models as such.
//!
//! Sums, products, whole powers, complex conjugates and quotients by numbers are taken
//! exactly; anything else of what depends on these inputs is no polynomial. Knows
//! expressions; knows no parameter by name.

use std::collections::BTreeMap;

use num_complex::Complex64;

use super::expression::{Expression, Function, Operator, UserFunction, holds};

/// Highest degree that is kept.
const MAX_DEGREE: u32 = 15;

/// A polynomial with complex coefficients in real variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Polynomial {
    /// Coefficients by powers of the variables; none is zero.
    terms: BTreeMap<Vec<u8>, Complex64>,
}

impl Polynomial {
    /// A number, as a polynomial in `n` variables.
    pub fn number(n: usize, z: Complex64) -> Self {
        let mut terms = BTreeMap::new();
        if z != Complex64::ZERO {
            terms.insert(vec![0; n], z);
        }
        Self { terms }
    }

    /// Variable `k` of `n`.
    pub fn variable(n: usize, k: usize) -> Self {
        let mut powers = vec![0; n];
        powers[k] = 1;
        Self {
            terms: BTreeMap::from([(powers, Complex64::ONE)]),
        }
    }

    /// Powers of the variables and coefficients, in ascending order.
    pub fn terms(&self) -> impl Iterator<Item = (&[u8], Complex64)> {
        self.terms.iter().map(|(powers, z)| (powers.as_slice(), *z))
    }

    /// The value, if it depends on no variable.
    pub fn constant(&self) -> Option<Complex64> {
        match self.terms.first_key_value() {
            None => Some(Complex64::ZERO),
            Some((powers, z)) if self.terms.len() == 1 && powers.iter().all(|p| *p == 0) => {
                Some(*z)
            }
            Some(_) => None,
        }
    }

    /// The value at a point, and the sum of the sizes of its terms.
    pub fn at(&self, point: &[f64]) -> (Complex64, f64) {
        let mut sum = (Complex64::ZERO, 0.0);
        for (powers, z) in &self.terms {
            let term = z * monomial(powers, point);
            sum = (sum.0 + term, sum.1 + term.norm());
        }
        sum
    }

    /// Every coefficient by a function that keeps zeros.
    fn map(mut self, f: impl Fn(Complex64) -> Complex64) -> Self {
        self.terms.values_mut().for_each(|z| *z = f(*z));
        self.terms.retain(|_, z| *z != Complex64::ZERO);
        self
    }

    fn plus(mut self, other: Self, operator: Operator) -> Self {
        for (powers, z) in other.terms {
            let sum = self.terms.entry(powers).or_insert(Complex64::ZERO);
            *sum = operator.apply(*sum, z);
        }
        self.map(|z| z)
    }

    fn times(&self, other: &Self) -> Result<Self, String> {
        let mut product = Self::default();
        for (a, x) in &self.terms {
            for (b, y) in &other.terms {
                let powers: Vec<u8> = a.iter().zip(b).map(|(p, q)| p + q).collect();
                if powers.iter().map(|p| u32::from(*p)).sum::<u32>() > MAX_DEGREE {
                    return Err(format!("has a degree above {MAX_DEGREE} in it"));
                }
                let sum = product.terms.entry(powers).or_insert(Complex64::ZERO);
                *sum = Operator::Add.apply(*sum, Operator::Multiply.apply(*x, *y));
            }
        }
        Ok(product.map(|z| z))
    }

    /// A whole power of what is no number.
    fn power(&self, exponent: &Self) -> Result<Self, String> {
        let whole = exponent.constant().filter(|z| {
            z.im == 0.0 && z.re.fract() == 0.0 && (1.0..=f64::from(MAX_DEGREE)).contains(&z.re)
        });
        let Some(n) = whole else {
            return Err("has a power of it that is no whole number from 1 to 15".to_owned());
        };
        (1..n.re as u32).try_fold(self.clone(), |product, _| product.times(self))
    }
}

/// A product of powers at a point.
pub(crate) fn monomial(powers: &[u8], point: &[f64]) -> f64 {
    let factors = powers.iter().zip(point);
    factors.map(|(p, x)| x.powi(i32::from(*p))).product()
}

/// What the names of an expression stand for; a name may be no polynomial, for a reason.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Option<Result<Polynomial, String>> + 'a;

impl Expression {
    /// The expression as a polynomial in `n` variables.
    ///
    /// # Errors
    /// Why it is none, as a clause about the variables.
    pub(crate) fn polynomial(&self, n: usize, lookup: &Lookup) -> Result<Polynomial, String> {
        match self {
            Self::Number(z) => Ok(Polynomial::number(n, *z)),
            Self::Name(name) => lookup(name).unwrap_or_else(|| Err(format!("names '{name}'"))),
            Self::Negate(x) => {
                let negative = |z: Complex64| Complex64::new(0.0 - z.re, 0.0 - z.im);
                Ok(x.polynomial(n, lookup)?.map(negative))
            }
            Self::Not(x) => {
                let z = decides(x.polynomial(n, lookup)?)?;
                Ok(truth(n, !holds(z)))
            }
            Self::Chain(first, rest) => {
                let mut value = first.polynomial(n, lookup)?;
                for (operator, operand) in rest {
                    value = apply(n, *operator, value, operand.polynomial(n, lookup)?)?;
                }
                Ok(value)
            }
            Self::Call(function, arguments) => {
                let values = arguments.iter().map(|x| x.polynomial(n, lookup));
                call(n, *function, values.collect::<Result<_, _>>()?)
            }
            Self::Apply(function, arguments) => {
                let values = arguments.iter().map(|x| x.polynomial(n, lookup));
                user(n, function, &values.collect::<Result<Vec<_>, _>>()?)
            }
            Self::Conditional(parts) => {
                let [condition, if_true, if_false] = parts.as_ref();
                match holds(decides(condition.polynomial(n, lookup)?)?) {
                    true => if_true.polynomial(n, lookup),
                    false => if_false.polynomial(n, lookup),
                }
            }
        }
    }
}

fn truth(n: usize, b: bool) -> Polynomial {
    Polynomial::number(n, Complex64::from(f64::from(u8::from(b))))
}

/// The number that a condition depends on.
fn decides(condition: Polynomial) -> Result<Complex64, String> {
    let text = "has a condition on it";
    condition.constant().ok_or_else(|| text.to_owned())
}

fn apply(n: usize, operator: Operator, a: Polynomial, b: Polynomial) -> Result<Polynomial, String> {
    if let (Some(x), Some(y)) = (a.constant(), b.constant()) {
        return Ok(Polynomial::number(n, operator.apply(x, y)));
    }
    match operator {
        Operator::Add | Operator::Subtract => Ok(a.plus(b, operator)),
        Operator::Multiply => a.times(&b),
        Operator::Divide => match b.constant() {
            Some(z) => Ok(a.map(|x| operator.apply(x, z))),
            None => Err("divides by it".to_owned()),
        },
        Operator::Power => match a.constant() {
            None => a.power(&b),
            Some(_) => Err("has it in an exponent".to_owned()),
        },
        _ => Err("compares it".to_owned()),
    }
}

fn call(n: usize, function: Function, mut of: Vec<Polynomial>) -> Result<Polynomial, String> {
    let numbers: Option<Vec<Complex64>> = of.iter().map(Polynomial::constant).collect();
    if let Some(numbers) = numbers {
        let mut values = [Complex64::ZERO; 3];
        values.iter_mut().zip(numbers).for_each(|(v, z)| *v = z);
        return Ok(Polynomial::number(n, function.apply(values)));
    }
    let mut take = |k: usize| std::mem::take(&mut of[k]);
    let one = |z: Complex64| function.apply([z, Complex64::ZERO, Complex64::ZERO]);
    match function {
        // The variables are real.
        Function::Re | Function::Im | Function::Conjugate => Ok(take(0).map(one)),
        Function::Complex => {
            let imaginary = take(1).map(|z| Complex64::I * z);
            Ok(take(0).plus(imaginary, Operator::Add))
        }
        Function::Cond => {
            let second = holds(decides(take(0))?);
            Ok(take(if second { 2 } else { 1 }))
        }
        Function::ReCms => match holds(decides(take(0))?) {
            true => Ok(take(1)),
            false => Ok(take(1).map(|z| Complex64::from(z.re))),
        },
        _ => Err(format!("has the function '{}' of it", function.name())),
    }
}

fn user(n: usize, function: &UserFunction, values: &[Polynomial]) -> Result<Polynomial, String> {
    function.body.polynomial(n, &|name| {
        let k = function.parameters.iter().position(|p| p == name)?;
        values.get(k).cloned().map(Ok)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Polynomial, String> {
        let lookup = |name: &str| match name {
            "x" => Some(Ok(Polynomial::variable(2, 0))),
            "y" => Some(Ok(Polynomial::variable(2, 1))),
            "z" => Some(Ok(Polynomial::number(2, Complex64::new(1.0, 2.0)))),
            "bad" => Some(Err("is bad".to_owned())),
            _ => None,
        };
        Expression::parse(text)?.polynomial(2, &lookup)
    }

    #[test]
    fn polynomials_have_the_values_of_their_expressions() {
        for text in [
            "1 + 2*x - y/4.",
            "(x - 3*y + z)**3",
            "x*complexconjugate(x*z) - re(z*y) + im(x*z*y)",
            "complex(x, y**2) + cmath.sqrt(z)*x",
            "x*(2 if z else 1/0) + cond(0, y, bad2)",
            "-(x - x) + recms(0, z*y) + (not 0)*x*0",
            "x**2/z**2/(2 - 1j)",
        ] {
            let text = text.replace("bad2", "x");
            let p = read(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            for point in [[0.3, -1.7], [0.0, 2.0], [-5.0, 0.25]] {
                let lookup = |name: &str| match name {
                    "x" => Some(Complex64::from(point[0])),
                    "y" => Some(Complex64::from(point[1])),
                    _ => Some(Complex64::new(1.0, 2.0)),
                };
                let want = Expression::parse(&text).unwrap().evaluate(&lookup).unwrap();
                let (found, size) = p.at(&point);
                assert!(
                    (found - want).norm() <= 1e-13 * size,
                    "{text}: {found} {want}"
                );
            }
        }
        let p = read("(x + 2*y)**2 - x*x").unwrap();
        let terms: Vec<(&[u8], f64)> = p.terms().map(|(p, z)| (p, z.re)).collect();
        assert_eq!(terms, [(&[0, 2][..], 4.0), (&[1, 1][..], 4.0)]);
        assert_eq!(read("x - x").unwrap().constant(), Some(Complex64::ZERO));
    }

    #[test]
    fn what_is_no_polynomial_is_refused_with_the_reason() {
        for (text, part) in [
            ("1/(1 + x)", "divides by it"),
            ("x**0.5", "no whole number"),
            ("x**-1", "no whole number"),
            ("x**16", "no whole number"),
            ("(x*y)**9", "degree above 15"),
            ("2**x", "in an exponent"),
            ("cmath.sqrt(y)", "the function 'sqrt' of it"),
            ("1 if x else y", "a condition on it"),
            ("z*(x > 2)", "compares it"),
            ("x + bad", "is bad"),
        ] {
            let found = read(text).unwrap_err();
            assert!(found.contains(part), "{text}: {found}");
        }
    }
}
