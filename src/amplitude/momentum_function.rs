//! Functions of the momenta at a vertex that are no polynomials: form factors.
//!
//! Knows components of momenta that flow in, by slot; knows no particle and no tensor.

use super::lorentz::Monomial;
use crate::elementary::ElementaryComplex;
use num_complex::Complex64;

/// A number that depends on the momenta at a vertex.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MomentumFunction {
    /// A sum of coefficients times components of momenta.
    Polynomial(Vec<(Monomial, Complex64)>),
    /// A sum.
    Sum(Vec<MomentumFunction>),
    /// A product.
    Product(Vec<MomentumFunction>),
    /// Base and exponent.
    Power(Box<MomentumFunction>, Box<MomentumFunction>),
    /// An elementary function.
    Call(Function, Box<MomentumFunction>),
}

/// An elementary function of a complex number, principal branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Sqrt,
    Exp,
    Log,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Sec,
    Csc,
    Abs,
    Re,
    Im,
    Conjugate,
}

impl Function {
    /// The function of a name in UFO files, without its module.
    pub(super) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "sqrt" => Self::Sqrt,
            "exp" => Self::Exp,
            "log" => Self::Log,
            "sin" => Self::Sin,
            "cos" => Self::Cos,
            "tan" => Self::Tan,
            "asin" => Self::Asin,
            "acos" => Self::Acos,
            "atan" => Self::Atan,
            "sinh" => Self::Sinh,
            "cosh" => Self::Cosh,
            "tanh" => Self::Tanh,
            "asinh" => Self::Asinh,
            "acosh" => Self::Acosh,
            "atanh" => Self::Atanh,
            "sec" => Self::Sec,
            "csc" => Self::Csc,
            "abs" => Self::Abs,
            "re" => Self::Re,
            "im" => Self::Im,
            "complexconjugate" => Self::Conjugate,
            _ => return None,
        })
    }

    /// Its value.
    pub(super) fn of(self, x: Complex64) -> Complex64 {
        match self {
            Self::Sqrt => x.sqrt_same(),
            Self::Exp => x.exp_same(),
            Self::Log => x.ln_same(),
            Self::Sin => x.sin_same(),
            Self::Cos => x.cos_same(),
            Self::Tan => x.tan_same(),
            Self::Asin => x.asin_same(),
            Self::Acos => x.acos_same(),
            Self::Atan => x.atan_same(),
            Self::Sinh => x.sinh_same(),
            Self::Cosh => x.cosh_same(),
            Self::Tanh => x.tanh_same(),
            Self::Asinh => x.asinh_same(),
            Self::Acosh => x.acosh_same(),
            Self::Atanh => x.atanh_same(),
            Self::Sec => x.cos_same().inv(),
            Self::Csc => x.sin_same().inv(),
            Self::Abs => x.norm_same().into(),
            Self::Re => x.re.into(),
            Self::Im => x.im.into(),
            Self::Conjugate => x.conj(),
        }
    }
}

/// `x` to the power of `n`; of an integer power without rounding of a logarithm.
pub(super) fn power(x: Complex64, n: Complex64) -> Complex64 {
    let small = n.im == 0.0 && n.re.fract() == 0.0 && n.re.abs() < 1024.0;
    if small {
        x.powi(n.re as i32)
    } else {
        x.powc_same(n)
    }
}

impl MomentumFunction {
    fn number(x: Complex64) -> Self {
        Self::Polynomial(vec![(vec![], x)])
    }

    /// A product, of one factor that factor.
    pub(super) fn product(mut factors: Vec<Self>) -> Self {
        match factors.len() {
            1 => factors.remove(0),
            _ => Self::Product(factors),
        }
    }

    /// A sum, with one polynomial of all that are.
    pub(super) fn sum(terms: Vec<Self>) -> Self {
        let mut polynomial: Vec<(Monomial, Complex64)> = vec![];
        let mut rest = vec![];
        for term in terms {
            let Self::Polynomial(list) = term else {
                rest.push(term);
                continue;
            };
            for (monomial, c) in list {
                match polynomial.iter_mut().find(|m| m.0 == monomial) {
                    Some(m) => m.1 += c,
                    None => polynomial.push((monomial, c)),
                }
            }
        }
        polynomial.retain(|m| m.1.norm() > 0.0);
        if !polynomial.is_empty() || rest.is_empty() {
            rest.insert(0, Self::Polynomial(polynomial));
        }
        match rest.len() {
            1 => rest.remove(0),
            _ => Self::Sum(rest),
        }
    }

    /// A real power.
    pub(super) fn power(self, n: f64) -> Self {
        Self::Power(Box::new(self), Box::new(Self::number(n.into())))
    }

    /// The value at momenta that flow in, of `p(slot, component)`.
    pub(crate) fn value(&self, p: &impl Fn(u8, u8) -> f64) -> Complex64 {
        match self {
            Self::Polynomial(terms) => (terms.iter())
                .map(|(monomial, c)| {
                    let product: f64 = monomial.iter().map(|&(slot, mu)| p(slot, mu)).product();
                    c * product
                })
                .sum(),
            Self::Sum(terms) => terms.iter().map(|t| t.value(p)).sum(),
            Self::Product(factors) => factors.iter().map(|f| f.value(p)).product(),
            Self::Power(base, exponent) => power(base.value(p), exponent.value(p)),
            Self::Call(f, x) => f.of(x.value(p)),
        }
    }

    /// Additions and multiplications, a call counted as many.
    pub(crate) fn flops(&self) -> u64 {
        const CALL: u64 = 30;
        match self {
            Self::Polynomial(terms) => terms.iter().map(|(m, _)| 3 + m.len() as u64).sum(),
            Self::Sum(list) => list.iter().map(|t| 2 + t.flops()).sum(),
            Self::Product(list) => list.iter().map(|t| 6 + t.flops()).sum(),
            Self::Power(base, exponent) => CALL + base.flops() + exponent.flops(),
            Self::Call(_, x) => CALL + x.flops(),
        }
    }

    /// Whether it has components of the momenta of the first `n_slots` slots only.
    pub(crate) fn is_sound(&self, n_slots: usize) -> bool {
        let all = |list: &[Self]| list.iter().all(|f| f.is_sound(n_slots));
        match self {
            Self::Polynomial(terms) => (terms.iter().flat_map(|t| &t.0))
                .all(|&(slot, mu)| usize::from(slot) < n_slots && mu < 4),
            Self::Sum(list) | Self::Product(list) => all(list),
            Self::Power(base, exponent) => base.is_sound(n_slots) && exponent.is_sound(n_slots),
            Self::Call(_, x) => x.is_sound(n_slots),
        }
    }
}
