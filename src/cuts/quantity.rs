//! A quantity of an event: an expression of observables, as cuts have them, and its values
//! on momenta.
//!
//! Knows legs and momenta; knows no threshold, no bin and no weight.

use std::sync::Arc;

use super::bind::{Combination, Legs, combinations, constant_value};
use super::cut::{Comparison, FinalState, Groups, Interval};
use super::error::CutError;
use super::expression::{Expression, Reader};
use super::mask::Work;
use super::scanner::Scanner;
use crate::kinematics::MomentumBatch;
use crate::observable::{Incoming, Observable};

/// The next number above pi, which angles of back-to-back particles reach.
const ABOVE_PI: f64 = std::f64::consts::PI.next_up();

/// An expression of observables with any number of values in an event: one for each
/// choice of particles.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    text: String,
    measured: Arc<Comparison>,
}

/// The same on the legs of one flavour assignment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BoundQuantity {
    measured: Arc<Comparison>,
    combinations: Vec<Combination>,
    incoming: Incoming,
}

impl Quantity {
    /// Reads an expression such as `m(e+, e-)`, `pt(j[1])` or `|y(l+) - y(l-)|`.
    ///
    /// # Errors
    /// [`CutError::Quantity`] with what is wrong.
    pub fn parse(text: &str, groups: &Groups) -> Result<Self, CutError> {
        let refused = |error: CutError| {
            let message = error.to_string();
            let message = message.strip_prefix("cut ").unwrap_or(&message);
            CutError::Quantity(message.replace("the end of the cut", "the end"))
        };
        let text = text.trim();
        let mut s = Scanner::new(text, groups);
        let mut reader = Reader::default();
        let expression = reader.sum(&mut s).map_err(refused)?;
        if !s.at_end() {
            return Err(refused(s.syntax("an operation or the end of the cut")));
        }
        if reader.measured.is_empty() {
            let reason = "it has no observable such as 'pt(j[1])'";
            return Err(CutError::Quantity(format!("'{text}': {reason}")));
        }
        Ok(Self {
            text: text.to_owned(),
            measured: Arc::new(Comparison {
                any: false,
                abs: false,
                written: text.to_owned(),
                expression,
                measured: reader.measured,
                interval: Interval::default(),
                outside: false,
            }),
        })
    }

    /// As written, without spaces around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Unit of its values where it is a single observable, or one in bars: `GeV`, or
    /// nothing.
    pub fn unit(&self) -> &'static str {
        match self.measured.measured.as_slice() {
            [only] if self.measured.expression.is_plain() => only.observable.unit(),
            _ => "",
        }
    }

    /// Bins and a range that suit it whatever the energy, if there are some: those of
    /// angles, rapidities and numbers.
    pub(crate) fn usual_range(&self) -> Option<(u32, [f64; 2])> {
        let [only] = self.measured.measured.as_slice() else {
            return None;
        };
        let is_plain = self.measured.expression.is_plain();
        let is_signed = is_plain && !matches!(self.measured.expression, Expression::Absolute(_));
        let lowest = |most: f64| if is_signed { -most } else { 0.0 };
        let found = match only.observable {
            Observable::Eta | Observable::Rapidity => (50, [lowest(5.0), 5.0]),
            Observable::Phi => (32, [lowest(ABOVE_PI), ABOVE_PI]),
            Observable::DeltaPhi => (32, [0.0, ABOVE_PI]),
            Observable::DeltaR => (48, [0.0, 6.0]),
            Observable::DeltaEta | Observable::DeltaY => (50, [0.0, 10.0]),
            Observable::Number => (10, [-0.5, 9.5]),
            _ => return None,
        };
        is_plain.then_some(found)
    }

    /// Whether some final state has the particles that it names: PDG numbers of the
    /// outgoing particles, and resonances with legs from 0.
    pub(crate) fn is_formed(&self, final_states: &[FinalState]) -> bool {
        let mut all = final_states.iter();
        all.any(|(pdgs, resonances)| self.bind(pdgs, 0, resonances).n_values() > 0)
    }

    /// Finds the legs, as [`super::CutSet::bind_decays`] does.
    pub(crate) fn bind(
        &self,
        final_pdgs: &[i32],
        n_in: usize,
        resonances: &[(u32, i32)],
    ) -> BoundQuantity {
        let legs = Legs::with_resonances(final_pdgs, n_in, resonances);
        BoundQuantity {
            measured: Arc::clone(&self.measured),
            combinations: combinations(&self.measured, &legs),
            incoming: Incoming {
                n_in,
                hadronic: [n_in == 2; 2],
            },
        }
    }
}

impl BoundQuantity {
    /// Number of choices of legs, each with a value.
    pub(crate) fn n_values(&self) -> usize {
        self.combinations.len()
    }

    /// The same, in a collision of which these beams have partons.
    pub(crate) fn with_beams(mut self, hadronic: [bool; 2]) -> Self {
        self.incoming.hadronic = hadronic;
        self
    }

    /// The value, where it is the same in each point: numbers of legs, and sums of none.
    pub(crate) fn constant(&self) -> Option<f64> {
        constant_value(&self.measured, &self.combinations)
    }

    /// Gives `each` the values of every choice of legs, `[n_batch]`, and where the legs
    /// that must differ do; `p` holds all legs in the laboratory frame.
    pub(crate) fn evaluate(&self, p: &MomentumBatch, mut each: impl FnMut(&[f64], &[bool])) {
        let mut work = Work::new(p.n_batch, self.incoming);
        let all = vec![true; p.n_batch];
        for combination in &self.combinations {
            let ranked = combination.iter().flatten().any(|s| s.leg().is_none());
            if ranked {
                let formed = work.gathered(&self.measured, combination, p, false);
                each(work.key(), &formed);
            } else {
                work.values(&self.measured, |k| (p, combination[k].as_slice()));
                each(work.key(), &all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::tests::groups;
    use super::*;

    fn values(text: &str, pdgs: &[i32], resonances: &[(u32, i32)], legs: &[[f64; 4]]) -> Vec<f64> {
        let quantity = Quantity::parse(text, &groups()).unwrap();
        let beams = [[500.0, 0.0, 0.0, 500.0], [500.0, 0.0, 0.0, -500.0]];
        let p = MomentumBatch::from_points(&[[&beams[..], legs].concat()]);
        let mut found = Vec::new();
        quantity
            .bind(pdgs, 2, resonances)
            .evaluate(&p, |values, formed| {
                assert_eq!(formed, [true]);
                found.push(values[0]);
            });
        found
    }

    #[test]
    fn there_is_one_value_for_each_choice_of_particles() {
        let legs = [
            [50.0, 30.0, 0.0, 40.0],
            [50.0, 0.0, 40.0, 30.0],
            [5.0, 3.0, 0.0, 4.0],
        ];
        let of = |text: &str| values(text, &[21, 2, -11], &[], &legs);
        assert_eq!(of("pt(j)"), [30.0, 40.0]);
        assert_eq!(of("pt(j[1])"), [40.0]);
        assert_eq!(of("pt(j[1]) - pt(j[2])"), [10.0]);
        assert_eq!(of("n(j)"), [2.0]);
        assert_eq!(of("2 * ht"), [140.0]);
        assert!(of("pt(j[3])").is_empty() && of("m(e+, e-)").is_empty());
        // The top quark that decays into the last two.
        let top = values("E(t)", &[21, 2, -11], &[(0b11000, 6)], &legs);
        assert_eq!(top, [55.0]);
    }

    #[test]
    fn units_are_those_of_single_observables() {
        let unit = |text: &str| Quantity::parse(text, &groups()).unwrap().unit();
        assert_eq!(unit("pt(j[1])"), "GeV");
        assert_eq!(unit("|eta(j)|"), "");
        assert_eq!(unit("|m(e+, e-)|"), "GeV");
        assert_eq!(unit("pt(j[1])^2"), "");
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for (text, part) in [
            ("", "found the end, expected an observable"),
            ("pt(j) > 20", "column 7: found '>'"),
            ("ptt(j)", "did you mean 'pt'"),
            ("pt(jet)", "unknown particle or group 'jet'"),
            ("3", "no observable"),
        ] {
            let message = Quantity::parse(text, &groups()).unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
