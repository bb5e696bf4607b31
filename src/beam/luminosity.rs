//! Densities of partons in the two beams.
//!
//! Knows which beam holds which partons, and that an antiproton holds their
//! conjugates; knows no process and no flux. A lepton is its own only parton,
//! with all of its momentum.

use std::sync::Arc;

use super::{BeamError, BeamParticle, PdfSet};

/// Parton densities of both beams.
#[derive(Clone, Debug)]
pub struct Luminosity {
    beams: [Side; 2],
    /// Whether densities go on above the largest x of a set.
    continued: bool,
}

#[derive(Clone, Debug)]
enum Side {
    /// The PDF, and whether partons are to be conjugated.
    Hadron(Arc<PdfSet>, bool),
    /// PDG id.
    Point(i32),
}

impl Luminosity {
    /// Densities of two beams; both hadrons use the same set.
    ///
    /// # Errors
    /// [`BeamError::PdfNeeded`] for a hadron without a set,
    /// [`BeamError::OtherHadron`] for one with a set that is not of the proton.
    pub fn new(particles: [BeamParticle; 2], pdf: Option<&Arc<PdfSet>>) -> Result<Self, BeamError> {
        let side = |k: usize| match (particles[k].is_hadron(), pdf) {
            (true, Some(set)) => {
                set.check_serves(k + 1, particles[k])?;
                Ok(Side::Hadron(
                    Arc::clone(set),
                    particles[k] == BeamParticle::Antiproton,
                ))
            }
            (true, None) => Err(BeamError::PdfNeeded {
                beam: k + 1,
                particle: particles[k].name(),
            }),
            (false, _) => Ok(Side::Point(particles[k].pdg())),
        };
        Ok(Self {
            beams: [side(0)?, side(1)?],
            continued: false,
        })
    }

    /// The same densities, but between the largest x of a set and 1 a power of
    /// `1 - x` in place of 0: what a set that ends below 1 may leave out.
    #[must_use]
    pub fn continued(&self) -> Self {
        Self {
            continued: true,
            ..self.clone()
        }
    }

    /// Whether `beam` (0 or 1) has its momentum fraction distributed; if not, it
    /// is 1.
    pub fn is_distributed(&self, beam: usize) -> bool {
        matches!(self.beams[beam], Side::Hadron(..))
    }

    /// `xf` of partons in `beam` (0 or 1).
    ///
    /// Shapes: `x` and `q2` (GeV^2) are `[n]`, `partons` PDG ids `[n_parton]`,
    /// `out` is `[n_parton, n]`. In a lepton beam the density is a delta
    /// function at `x = 1`, already integrated: 1 for the lepton itself and 0
    /// for the rest, whatever `x` is.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn xf(&self, beam: usize, x: &[f64], q2: &[f64], partons: &[i32], out: &mut [f64]) {
        match &self.beams[beam] {
            Side::Hadron(set, false) => self.hadron(set, x, q2, partons, out),
            Side::Hadron(set, true) => {
                let conjugates: Vec<i32> = partons.iter().map(|p| conjugate(*p)).collect();
                self.hadron(set, x, q2, &conjugates, out);
            }
            Side::Point(pdg) => {
                assert_eq!(out.len(), x.len() * partons.len(), "out is [n_parton, n]");
                for (row, parton) in partons.iter().enumerate() {
                    let value = if parton == pdg { 1.0 } else { 0.0 };
                    out[row * x.len()..(row + 1) * x.len()].fill(value);
                }
            }
        }
    }

    fn hadron(&self, set: &PdfSet, x: &[f64], q2: &[f64], partons: &[i32], out: &mut [f64]) {
        set.xf(x, q2, partons, out);
        if self.continued {
            set.continue_above(x, q2, partons, out);
        }
    }

    /// `x1 f_a(x1) x2 f_b(x2)` of pairs of partons.
    ///
    /// Shapes: `pairs` are PDG ids (beam 1, beam 2) `[n_pair]`; `x1`, `x2`,
    /// `q2` (GeV^2, one factorisation scale for both beams) are `[n]`; `out` is
    /// `[n_pair, n]`.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn pairs(&self, pairs: &[(i32, i32)], x1: &[f64], x2: &[f64], q2: &[f64], out: &mut [f64]) {
        let n = q2.len();
        assert_eq!(out.len(), n * pairs.len(), "out is [n_pair, n]");
        let mut sides = [Vec::new(), Vec::new()];
        let mut partons = [Vec::new(), Vec::new()];
        for (beam, x) in [x1, x2].into_iter().enumerate() {
            let of_beam = |pair: &(i32, i32)| if beam == 0 { pair.0 } else { pair.1 };
            for pair in pairs {
                if !partons[beam].contains(&of_beam(pair)) {
                    partons[beam].push(of_beam(pair));
                }
            }
            sides[beam] = vec![0.0; n * partons[beam].len()];
            self.xf(beam, x, q2, &partons[beam], &mut sides[beam]);
        }
        let row_of = |beam: usize, parton: i32| {
            let row = partons[beam].iter().position(|p| *p == parton);
            let row = row.expect("collected above");
            &sides[beam][row * n..(row + 1) * n]
        };
        for (p, pair) in pairs.iter().enumerate() {
            let (a, b) = (row_of(0, pair.0), row_of(1, pair.1));
            for k in 0..n {
                out[p * n + k] = a[k] * b[k];
            }
        }
    }
}

/// The antiparticle of a parton; gluon and photon are their own.
fn conjugate(pdg: i32) -> i32 {
    match pdg {
        0 | 21 | 22 => pdg,
        _ => -pdg,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pdf() -> Arc<PdfSet> {
        Arc::new(PdfSet::embedded())
    }

    #[test]
    fn an_antiproton_is_a_conjugate_proton() {
        let beams = [BeamParticle::Proton, BeamParticle::Antiproton];
        let luminosity = Luminosity::new(beams, Some(&pdf())).unwrap();
        let (x, q2) = ([0.01, 0.3], [100.0, 1e4]);
        let (mut a, mut b) = ([0.0; 8], [0.0; 8]);
        luminosity.xf(0, &x, &q2, &[2, -1, 21, 22], &mut a);
        luminosity.xf(1, &x, &q2, &[-2, 1, 21, 22], &mut b);
        assert_eq!(a, b);
        assert!(a[0] > 0.0);
    }

    #[test]
    fn a_lepton_is_its_own_parton() {
        let beams = [BeamParticle::Electron, BeamParticle::Positron];
        let luminosity = Luminosity::new(beams, None).unwrap();
        assert!(!luminosity.is_distributed(0));
        let mut out = [0.5; 6];
        let one = [1.0; 2];
        luminosity.pairs(
            &[(11, -11), (-11, 11), (2, -2)],
            &one,
            &one,
            &[1e4; 2],
            &mut out,
        );
        assert_eq!(out, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn pairs_are_products_of_both_sides() {
        let set = pdf();
        let beams = [BeamParticle::Proton, BeamParticle::Proton];
        let luminosity = Luminosity::new(beams, Some(&set)).unwrap();
        let pairs = [(2, -2), (-2, 2), (21, 21)];
        let (x1, x2, q2) = ([0.01, 0.3], [0.2, 0.05], [100.0, 1e4]);
        let mut out = [0.0; 6];
        luminosity.pairs(&pairs, &x1, &x2, &q2, &mut out);
        for (p, (a, b)) in pairs.iter().enumerate() {
            for k in 0..2 {
                let product = set.xf_point(*a, x1[k], q2[k]) * set.xf_point(*b, x2[k], q2[k]);
                assert_eq!(out[2 * p + k], product);
            }
        }
    }

    #[test]
    fn a_hadron_needs_a_pdf() {
        let error = Luminosity::new([BeamParticle::Electron, BeamParticle::Proton], None);
        assert_eq!(
            error.unwrap_err().to_string(),
            "beam 2 is 'p' and needs a PDF set"
        );
    }
}
