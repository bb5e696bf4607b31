//! Any vertex from its tensor, compiled to straight-line multiply-adds.
//!
//! The components of the open leg are polynomials in components of the other legs and of
//! momenta. Each is written in nested form, always taking out the factor that most
//! terms have, and equal sums are built once. Knows tensors; knows no particle and no
//! lanes. A hand-written operation is a pattern that is recognised before this.

use super::choose::tidy;
use super::graph::{LOWER, UPPER};
use super::lorentz::{MAX_SLOTS, Tensor};
use super::operations::{MULTIPLY_ADD, SCALE_ADD};
use num_complex::Complex64;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A factor of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Factor {
    /// Nothing: the number one.
    One,
    /// Child, and its component in memory.
    Child(u8, u8),
    /// Entry of [`super::program::TensorCall::momenta`], and the component.
    Momentum(u8, u8),
    /// A sum that comes before.
    Sum(u16),
}

/// A term of a sum: `x`, or `i x`, times two factors. The first is a child or a
/// momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub(crate) struct TensorTerm {
    pub(crate) x: f64,
    pub(crate) imaginary: bool,
    pub(crate) first: Factor,
    pub(crate) second: Factor,
}

/// The straight-line code of a tensor with one open leg.
#[derive(Clone, Debug, Default)]
pub(crate) struct TensorCode {
    /// Terms of all sums, one sum behind the other.
    pub(crate) terms: Vec<TensorTerm>,
    /// Where the terms of each sum end.
    pub(crate) ends: Vec<u32>,
    /// Sums that are components of the open leg: component, sum.
    pub(crate) results: Vec<(u8, u16)>,
    /// Components in memory of every child.
    pub(crate) n_components: Vec<u8>,
}

/// A leg that is not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Child {
    pub(crate) slot: u8,
    /// Which halves are stored: both for anything but half a spinor.
    pub(crate) halves: u8,
}

type Polynomial = BTreeMap<Vec<Factor>, Complex64>;
/// The same with coefficients that compare exactly.
type PolynomialKey = Vec<(Vec<Factor>, [u64; 2])>;

impl TensorCode {
    /// Compiles a tensor. The momentum of the open leg is minus the sum of the others:
    /// it is entry `children.len()` of the momenta of a call, those of the children come
    /// before. Of an open leg with sixteen components those four are computed whose first
    /// vector index is `slice`.
    pub fn new(tensor: &Tensor, out_slot: u8, children: &[Child], slice: u32) -> Self {
        let out_is_wide = tensor.spins[usize::from(out_slot)] > 3;
        let mut components: BTreeMap<u8, Polynomial> = BTreeMap::new();
        for ((values, monomial), &value) in &tensor.terms {
            let mut component = values[usize::from(out_slot)];
            if out_is_wide {
                if u32::from(component / 4) != slice {
                    continue;
                }
                component %= 4;
            }
            let mut factors = vec![];
            let mut value = value;
            for (k, child) in children.iter().enumerate() {
                let slot = usize::from(child.slot);
                let Some(c) = stored(values[slot], child.halves) else {
                    value = 0.0.into();
                    break;
                };
                value *= metric_sign(tensor.spins[slot], c);
                factors.push(Factor::Child(k as u8, c));
            }
            for &(slot, mu) in monomial {
                match children.iter().position(|c| c.slot == slot) {
                    Some(k) => factors.push(Factor::Momentum(k as u8, mu)),
                    None => {
                        value = -value;
                        factors.push(Factor::Momentum(children.len() as u8, mu));
                    }
                }
            }
            if value.norm() > 0.0 {
                factors.sort_unstable();
                let polynomial = components.entry(component).or_default();
                *polynomial.entry(factors).or_default() += value;
            }
        }
        let mut builder = Builder::default();
        let mut results = vec![];
        for (component, mut polynomial) in components {
            polynomial.retain(|_, c| c.norm() > 0.0);
            if let Some(sum) = builder.whole(&polynomial) {
                results.push((component, sum));
            }
        }
        let n_components = |c: &Child| match (tensor.spins[usize::from(c.slot)], c.halves) {
            (1, _) => 1,
            (4 | 5, _) => 16,
            (_, UPPER | LOWER) => 2,
            _ => 4,
        };
        Self {
            terms: builder.terms,
            ends: builder.ends,
            results,
            n_components: children.iter().map(n_components).collect(),
        }
    }

    /// Additions and multiplications per point.
    pub(crate) fn flops(&self) -> u64 {
        let term = |t: &TensorTerm| match (t.first, t.second) {
            (Factor::Momentum(..), Factor::One) => 2,
            (Factor::Momentum(..), _) => 1 + SCALE_ADD,
            (_, Factor::One) => SCALE_ADD,
            _ => 2 + MULTIPLY_ADD,
        };
        self.terms.iter().map(term).sum()
    }

    /// What [`super::program::AmplitudeProgram`] promises of it.
    pub(crate) fn is_sound(&self) -> bool {
        let n_children = self.n_components.len();
        let mut from = 0;
        let sums = self.ends.iter().enumerate().all(|(number, &end)| {
            let range = from as usize..end as usize;
            from = end;
            let known = |f: Factor| match f {
                Factor::One => true,
                Factor::Child(k, c) => self
                    .n_components
                    .get(usize::from(k))
                    .is_some_and(|n| c < *n),
                Factor::Momentum(k, mu) => usize::from(k) <= n_children && mu < 4,
                Factor::Sum(s) => usize::from(s) < number,
            };
            let leads = |f: Factor| matches!(f, Factor::Child(..) | Factor::Momentum(..));
            self.terms.get(range).is_some_and(|terms| {
                terms
                    .iter()
                    .all(|t| leads(t.first) && known(t.first) && known(t.second))
            })
        });
        let results = self
            .results
            .iter()
            .all(|&(c, s)| c < 4 && usize::from(s) < self.ends.len());
        sums && results && n_children < MAX_SLOTS && from as usize == self.terms.len()
    }
}

/// The metric that joins a component, contravariant in every vector index, with another.
fn metric_sign(spin: u8, component: u8) -> f64 {
    let sign = |index: u8| if index == 0 { 1.0 } else { -1.0 };
    match spin {
        3 => sign(component),
        4 => sign(component / 4),
        5 => sign(component / 4) * sign(component % 4),
        _ => 1.0,
    }
}

/// The component in memory, if the half it is in is stored.
fn stored(component: u8, halves: u8) -> Option<u8> {
    match halves {
        UPPER => (component < 2).then_some(component),
        LOWER => component.checked_sub(2),
        _ => Some(component),
    }
}

#[derive(Default)]
struct Builder {
    terms: Vec<TensorTerm>,
    ends: Vec<u32>,
    /// Sums by their polynomial, whose first coefficient is one.
    known: FxHashMap<PolynomialKey, u16>,
}

impl Builder {
    /// The sum that is a polynomial with its coefficients as they are.
    fn whole(&mut self, polynomial: &Polynomial) -> Option<u16> {
        let lead = *polynomial.values().next()?;
        if lead == Complex64::from(1.0)
            && let Some((Factor::Sum(sum), _)) = self.scaled(polynomial)
        {
            return Some(sum);
        }
        let terms = self.nested(polynomial);
        Some(self.push(&terms))
    }

    /// A factor that is the polynomial up to a number.
    fn scaled(&mut self, polynomial: &Polynomial) -> Option<(Factor, Complex64)> {
        let (factors, &lead) = polynomial.iter().next()?;
        if polynomial.len() == 1 && factors.len() <= 1 {
            return Some((factors.first().copied().unwrap_or(Factor::One), lead));
        }
        let normal: Polynomial = polynomial
            .iter()
            .map(|(f, &c)| (f.clone(), tidy(c / lead)))
            .collect();
        let key: PolynomialKey = normal
            .iter()
            .map(|(f, c)| (f.clone(), [c.re.to_bits(), c.im.to_bits()]))
            .collect();
        if let Some(&sum) = self.known.get(&key) {
            return Some((Factor::Sum(sum), lead));
        }
        let terms = self.nested(&normal);
        let sum = self.push(&terms);
        self.known.insert(key, sum);
        Some((Factor::Sum(sum), lead))
    }

    /// Terms of a sum: the factor that most terms have is taken out first.
    fn nested(&mut self, polynomial: &Polynomial) -> Vec<(Complex64, Factor, Factor)> {
        let mut rest = polynomial.clone();
        let mut terms = vec![];
        while !rest.is_empty() {
            let mut uses: BTreeMap<Factor, usize> = BTreeMap::new();
            for factors in rest.keys() {
                let mut distinct = factors.clone();
                distinct.dedup();
                for f in distinct {
                    *uses.entry(f).or_default() += 1;
                }
            }
            let most = uses
                .iter()
                .max_by_key(|(f, n)| (**n, std::cmp::Reverse(**f)));
            let factor = *most.expect("every term has a child").0;
            let mut inner = Polynomial::new();
            rest.retain(|factors, c| {
                let Some(at) = factors.iter().position(|f| *f == factor) else {
                    return true;
                };
                let mut others = factors.clone();
                others.remove(at);
                inner.insert(others, *c);
                false
            });
            // A number stands apart from what else the factor has.
            if inner.len() > 1
                && let Some(c) = inner.remove(&vec![])
            {
                terms.push((c, factor, Factor::One));
            }
            if let Some((second, c)) = self.scaled(&inner) {
                terms.push((c, factor, second));
            }
        }
        terms
    }

    fn push(&mut self, terms: &[(Complex64, Factor, Factor)]) -> u16 {
        for &(c, first, second) in terms {
            for (x, imaginary) in [(c.re, false), (c.im, true)] {
                if x != 0.0 {
                    self.terms.push(TensorTerm {
                        x,
                        imaginary,
                        first,
                        second,
                    });
                }
            }
        }
        self.ends.push(self.terms.len() as u32);
        u16::try_from(self.ends.len() - 1).expect("a vertex of eight legs has fewer sums")
    }
}

#[cfg(test)]
mod tests {
    use super::super::lorentz::expand_plain;
    use super::*;

    /// Numbers without pattern.
    fn number(k: usize) -> f64 {
        (k as f64 * 0.754_877_666 + 0.1).fract() - 0.5
    }

    fn component(leg: usize, c: usize) -> Complex64 {
        Complex64::new(number(17 * leg + 5 * c), number(29 * leg + 3 * c + 7))
    }

    /// The open leg's components term by term from the tensor.
    fn by_terms(tensor: &Tensor, out: u8, children: &[Child]) -> [Complex64; 4] {
        let mut sum = [Complex64::default(); 4];
        for ((values, monomial), value) in &tensor.terms {
            let mut product = *value;
            for (k, child) in children.iter().enumerate() {
                let c = values[usize::from(child.slot)];
                let metric = tensor.spins[usize::from(child.slot)] == 3 && c > 0;
                product *= match stored(c, child.halves) {
                    Some(_) if metric => -component(k, c.into()),
                    Some(_) => component(k, c.into()),
                    None => 0.0.into(),
                };
            }
            for &(slot, mu) in monomial {
                product *= match children.iter().position(|c| c.slot == slot) {
                    Some(k) => number(100 + 4 * k + usize::from(mu)),
                    None => -(0..children.len())
                        .map(|k| number(100 + 4 * k + usize::from(mu)))
                        .sum::<f64>(),
                };
            }
            sum[usize::from(values[usize::from(out)])] += product;
        }
        sum
    }

    /// The same from the code.
    fn by_code(code: &TensorCode, children: &[Child]) -> [Complex64; 4] {
        let mut sums: Vec<Complex64> = vec![];
        let mut from = 0;
        for &end in &code.ends {
            let value = |f: Factor| match f {
                Factor::One => 1.0.into(),
                Factor::Child(k, c) => {
                    let skip = if children[usize::from(k)].halves == LOWER {
                        2
                    } else {
                        0
                    };
                    component(k.into(), usize::from(c) + skip)
                }
                Factor::Momentum(k, mu) if usize::from(k) == children.len() => (0..children.len())
                    .map(|k| number(100 + 4 * k + usize::from(mu)))
                    .sum::<f64>()
                    .into(),
                Factor::Momentum(k, mu) => {
                    number(100 + 4 * usize::from(k) + usize::from(mu)).into()
                }
                Factor::Sum(s) => sums[usize::from(s)],
            };
            let terms = &code.terms[from as usize..end as usize];
            let sum = terms
                .iter()
                .map(|t| {
                    let unit = if t.imaginary {
                        Complex64::i()
                    } else {
                        1.0.into()
                    };
                    unit * t.x * value(t.first) * value(t.second)
                })
                .sum();
            sums.push(sum);
            from = end;
        }
        let mut out = [Complex64::default(); 4];
        for &(c, s) in &code.results {
            out[usize::from(c)] = sums[usize::from(s)];
        }
        out
    }

    #[test]
    fn code_and_terms_give_the_same_components() {
        let cases: [(&str, &[u8]); 8] = [
            (
                "Gamma(3,2,-1)*ProjM(-1,1) + 0.3*Gamma(3,2,-1)*ProjP(-1,1)",
                &[2, 2, 3],
            ),
            (
                "Metric(1,2)*(P(3,1)-P(3,2)) + Metric(2,3)*(P(1,2)-P(1,3)) + Metric(3,1)*(P(2,3)-P(2,1))",
                &[3, 3, 3],
            ),
            (
                "2*Metric(1,4)*Metric(2,3) - Metric(1,3)*Metric(2,4) - Metric(1,2)*Metric(3,4)",
                &[3, 3, 3, 3],
            ),
            ("Epsilon(1,2,-1,-2)*P(-1,1)*P(-2,2)", &[3, 3, 1]),
            ("P(-1,1)*P(-1,1)*P(-2,2)*P(-2,3)", &[1, 1, 1]),
            ("P(1,2)*P(2,1) - P(-1,1)*P(-1,2)*Metric(1,2)", &[3, 3, 1]),
            ("Epsilon(1,2,3,-1)*P(-1,4)*Metric(4,5)", &[3, 3, 3, 3, 3]),
            ("1", &[1, 1, 1, 1, 1]),
        ];
        for (structure, spins) in cases {
            let tensor = expand_plain(structure, spins);
            for out in 0..spins.len() as u8 {
                let halves = if spins[0] == 2 {
                    vec![UPPER, LOWER, 3]
                } else {
                    vec![3]
                };
                for half in halves {
                    let children: Vec<Child> = (0..spins.len() as u8)
                        .filter(|s| *s != out)
                        .map(|slot| Child {
                            slot,
                            halves: if spins[usize::from(slot)] == 2 {
                                half
                            } else {
                                3
                            },
                        })
                        .collect();
                    let code = TensorCode::new(&tensor, out, &children, 0);
                    assert!(code.is_sound(), "{structure}");
                    let (a, b) = (by_terms(&tensor, out, &children), by_code(&code, &children));
                    let scale = a.iter().map(|z| z.norm()).fold(0.0, f64::max);
                    for k in 0..4 {
                        assert!(
                            (a[k] - b[k]).norm() <= 1e-14 * scale,
                            "{structure} {out} {k}: {} {}",
                            a[k],
                            b[k]
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn common_factors_are_taken_out() {
        let text = "Metric(1,2)*(P(3,1)-P(3,2)) + Metric(2,3)*(P(1,2)-P(1,3)) + Metric(3,1)*(P(2,3)-P(2,1))";
        let tensor = expand_plain(text, &[3, 3, 3]);
        let children = [0, 1].map(|slot| Child { slot, halves: 3 });
        let code = TensorCode::new(&tensor, 2, &children, 0);
        // Term by term: 72 products of two vectors and a momentum.
        let by_terms = tensor.terms.len() as u64 * (2 * MULTIPLY_ADD + 4);
        assert!(2 * code.flops() < by_terms, "{} {by_terms}", code.flops());
    }

    #[test]
    fn code_that_reads_what_is_not_there_is_refused() {
        let tensor = expand_plain("Gamma(3,2,1)", &[2, 2, 3]);
        let children = [0, 1].map(|slot| Child { slot, halves: 3 });
        let code = TensorCode::new(&tensor, 2, &children, 0);
        let broken = |change: &dyn Fn(&mut TensorCode)| {
            let mut code = code.clone();
            change(&mut code);
            !code.is_sound()
        };
        assert!(code.is_sound());
        assert!(broken(&|c| c.terms[0].first = Factor::Child(0, 4)));
        assert!(broken(&|c| c.terms[0].first = Factor::Child(2, 0)));
        assert!(broken(&|c| c.terms[0].second = Factor::Sum(0)));
        assert!(broken(&|c| c.terms[0].first = Factor::One));
        assert!(broken(&|c| c.results[0].0 = 4));
        assert!(broken(&|c| c.results[0].1 = c.ends.len() as u16));
        assert!(broken(&|c| *c.ends.last_mut().unwrap() += 1));
    }
}
