//! Densities of partons in the two beams.
//!
//! Knows which beam holds which partons, and that an antiproton holds their
//! conjugates; knows no process and no flux. What is no hadron is its own only
//! parton, with all of its momentum.

use std::sync::Arc;

use super::{BeamError, BeamParticle, PdfMembers, PdfSet};

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
                particle: particles[k],
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
    pub(crate) fn continued(&self) -> Self {
        Self {
            continued: true,
            ..self.clone()
        }
    }

    /// Whether `beam` (0 or 1) has its momentum fraction distributed; if not, it
    /// is 1.
    pub(crate) fn is_distributed(&self, beam: usize) -> bool {
        matches!(self.beams[beam], Side::Hadron(..))
    }

    /// `xf` of partons in `beam` (0 or 1).
    ///
    /// Shapes: `x` and `q2` (GeV^2) are `[n]`, `partons` PDG ids `[n_parton]`,
    /// `out` is `[n_parton, n]`. In a beam that is no hadron the density is a delta
    /// function at `x = 1`, already integrated: 1 for the particle itself and 0
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

    /// `xf` of one parton in `beam` (0 or 1) at one point, as [`Luminosity::xf`].
    pub(crate) fn xf_point(&self, beam: usize, parton: i32, x: f64, q2: f64) -> f64 {
        match &self.beams[beam] {
            Side::Hadron(set, false) => set.xf_point(parton, x, q2),
            Side::Hadron(set, true) => set.xf_point(conjugate(parton), x, q2),
            Side::Point(pdg) if *pdg == parton => 1.0,
            Side::Point(_) => 0.0,
        }
    }

    /// `xf` of one parton in `beam` (0 or 1) at one point by each of `members`, which take
    /// the place of the set; `out` is `[n_member]`.
    ///
    /// # Panics
    /// If the length does not fit.
    pub(crate) fn xf_members(
        &self,
        members: &PdfMembers,
        (beam, parton): (usize, i32),
        x: f64,
        q2: f64,
        out: &mut [f64],
    ) {
        match &self.beams[beam] {
            Side::Hadron(_, false) => members.xf(x, q2, parton, out),
            Side::Hadron(_, true) => members.xf(x, q2, conjugate(parton), out),
            Side::Point(_) => out.fill(self.xf_point(beam, parton, x, q2)),
        }
    }

    fn hadron(&self, set: &PdfSet, x: &[f64], q2: &[f64], partons: &[i32], out: &mut [f64]) {
        set.xf(x, q2, partons, out);
        if self.continued {
            set.continue_above(x, q2, partons, out);
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
        let beams = [11, -11].map(BeamParticle::Elementary);
        let luminosity = Luminosity::new(beams, None).unwrap();
        assert!(!luminosity.is_distributed(0));
        let mut out = [0.5; 6];
        luminosity.xf(0, &[1.0; 2], &[1e4; 2], &[11, -11, 2], &mut out);
        assert_eq!(out, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        luminosity.xf(1, &[1.0; 2], &[1e4; 2], &[11, -11, 2], &mut out);
        assert_eq!(out, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_hadron_needs_a_pdf() {
        let error = Luminosity::new([BeamParticle::Elementary(11), BeamParticle::Proton], None);
        assert_eq!(
            error.unwrap_err().to_string(),
            "beam 2 is 'p' and needs a PDF set"
        );
    }
}
