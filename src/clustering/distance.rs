//! Distances of lines, and what a joined line weighs.
//!
//! Knows momenta and squared masses; knows no diagram.
//! Source: Catani et al., Nucl. Phys. B406 (1993) 187 with R = 1, pseudorapidities; heavy
//! lines as in MadGraph5_aMC@NLO 3.5.7.

use crate::kinematics::FourVector;

/// A distance is larger by this factor where it is the less natural one of two equal ones.
const DISFAVOURED: f64 = 1.0 + 1e-6;

/// Squared mass in GeV^2 below which a line counts as light next to a heavy one.
const LIGHT_M2: f64 = 1.0;

/// How far apart lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Transverse momenta, for beams of which one at least is a hadron.
    Hadron,
    /// Energies and angles, for beams of leptons.
    Lepton,
}

/// A line of an event that is being clustered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Momentum {
    /// GeV.
    pub(super) p: FourVector,
    /// Squared mass in GeV^2 as the distances use it: not that of `p`.
    pub(super) m2: f64,
    /// Transverse momentum, and size of the momentum, GeV; of outgoing lines alone.
    pt: f64,
    size: f64,
}

impl Momentum {
    #[inline(always)]
    pub(super) fn new(p: FourVector, m2: f64) -> Self {
        let pt2 = p[1] * p[1] + p[2] * p[2];
        Self {
            p,
            m2,
            pt: pt2.sqrt(),
            size: (pt2 + p[3] * p[3]).sqrt(),
        }
    }

    /// An incoming line, whose distances need no more.
    #[inline(always)]
    pub(super) fn incoming(p: FourVector, m2: f64) -> Self {
        let (pt, size) = (0.0, 0.0);
        Self { p, m2, pt, size }
    }
}

/// The measure with what counts as heavy, in GeV^2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Distance {
    pub(super) measure: Measure,
    /// Squared mass from which the light one of two lines alone counts.
    pub(super) heavy_m2: f64,
}

impl Distance {
    /// For a number of light quarks.
    pub(super) fn new(measure: Measure, n_light: usize) -> Self {
        let heavy_m2 = match n_light {
            0..=3 => f64::INFINITY,
            4 => 1.0,
            _ => 3.0,
        };
        Self { measure, heavy_m2 }
    }

    /// Squared transverse mass, GeV^2; the energy squared for leptons.
    #[inline(always)]
    pub(super) fn transverse_mass2(&self, p: FourVector) -> f64 {
        match self.measure {
            Measure::Hadron => (p[0] - p[3]) * (p[0] + p[3]),
            Measure::Lepton => p[0] * p[0],
        }
    }

    /// Of an outgoing line from an incoming one, GeV^2.
    #[inline(always)]
    pub(super) fn with_beam(&self, line: &Momentum, beam: &Momentum) -> f64 {
        let d = self.transverse_mass2(line.p);
        let is_ahead = (line.p[3] >= 0.0) == (beam.p[3] >= 0.0);
        if is_ahead { d } else { d * DISFAVOURED }
    }

    /// Of two outgoing lines, GeV^2.
    #[inline(always)]
    pub(super) fn between(&self, a: &Momentum, b: &Momentum) -> f64 {
        let (p, q) = (&a.p, &b.p);
        let along = p[1] * q[1] + p[2] * q[2] + p[3] * q[3];
        let size2 = a.size * b.size;
        if self.measure == Measure::Lepton {
            let least = p[0].min(q[0]);
            return 2.0 * least * least * (1.0 - along / size2);
        }
        if a.m2 < LIGHT_M2 && b.m2 >= self.heavy_m2 {
            return self.transverse_mass2(*p) * DISFAVOURED;
        }
        if b.m2 < LIGHT_M2 && a.m2 >= self.heavy_m2 {
            return self.transverse_mass2(*q) * DISFAVOURED;
        }
        // cosh(d eta) - cos(d phi) = (|p| |q| - p.q) / (pT_p pT_q)
        let ratio = a.pt.min(b.pt) / a.pt.max(b.pt);
        let angle = if ratio.is_nan() {
            0.0
        } else {
            2.0 * ratio * (size2 - along)
        };
        a.m2.max(b.m2) + angle
    }
}

/// Squared mass of two lines joined: that of the heavy one if it is the only one.
#[inline(always)]
pub(super) fn joined_m2(a: &Momentum, b: &Momentum) -> f64 {
    if (a.m2 > 0.0) == (b.m2 > 0.0) {
        0.0
    } else {
        a.m2.max(b.m2)
    }
}
