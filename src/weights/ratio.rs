//! The ratio of each alternative weight to the weight of an event.
//!
//! `W = sum_n c_n alpha_s(mu_R)^n x1 f1(x1, mu_F1) x2 f2(x2, mu_F2)`, with the strong
//! coupling and the densities of the same member; the denominator is `W` with the
//! densities of the run, their own coupling and the scales of the event.

use std::sync::atomic::Ordering;

use super::plan::{Member, Variation, WeightPlan};
use crate::kinematics::FourVector;

/// What the weight of one event depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct HardPoint {
    /// Momentum fractions by beam.
    pub x: [f64; 2],
    /// PDG ids of the incoming partons by beam.
    pub partons: [i32; 2],
    /// Renormalisation scale, GeV.
    pub mu_r: f64,
    /// Factorisation scales by beam, GeV.
    pub mu_f: [f64; 2],
    /// Values of the other choices of the scale, GeV.
    pub scales: Vec<f64>,
    /// Powers of the strong coupling and the coefficients `c_n` of `|M|^2`, up to a
    /// common factor.
    pub powers: Vec<(f64, f64)>,
}

impl HardPoint {
    /// What two incoming particles say, with momenta in GeV and the energies of the beams;
    /// beam 1 goes along the positive axis.
    pub fn incoming(particles: [(i32, FourVector); 2], energies: [f64; 2]) -> Self {
        let [mut a, mut b] = particles;
        if a.1[3] < b.1[3] {
            std::mem::swap(&mut a, &mut b);
        }
        Self {
            x: [
                0.5 * (a.1[0] + a.1[3]) / energies[0],
                0.5 * (b.1[0] - b.1[3]) / energies[1],
            ],
            partons: [a.0, b.0],
            mu_r: 0.0,
            mu_f: [0.0; 2],
            scales: Vec::new(),
            powers: Vec::new(),
        }
    }

    /// [`HardPoint::powers`] from parts of `|M|^2` at one value of the strong coupling,
    /// each with its power of `g_s`.
    pub fn powers_of(parts: impl IntoIterator<Item = (u32, f64)>, alpha_s: f64) -> Vec<(f64, f64)> {
        let coefficient = |(strong, part): (u32, f64)| {
            let power = 0.5 * f64::from(strong);
            (power, part / alpha_s.powf(power))
        };
        parts.into_iter().map(coefficient).collect()
    }
}

impl WeightPlan {
    /// Ratios to the weights of events: for each point one number per weight. One that is
    /// not finite, where a scale or the densities of the run vanish, counts as 0 and is
    /// counted: see [`WeightPlan::warning`].
    pub fn ratios(&self, points: &[HardPoint]) -> Vec<Vec<f64>> {
        let mut tables: Vec<Table> = Vec::new();
        let mut out = vec![Vec::with_capacity(self.variations.len()); points.len()];
        let first = &self.members[0];
        let central = self.table(first, points, 1.0, None);
        let strength: Vec<f64> = (points.iter())
            .map(|p| polynomial(&p.powers, first.alpha_s.at(p.mu_r)))
            .collect();
        for v in &self.variations {
            let coupling = self.coupling(&self.members[v.member], points, v);
            // Densities that other variations have used.
            let key = (v.member, v.mu_f.to_bits(), v.scale);
            if !tables.iter().any(|t| t.key == Some(key)) {
                if tables.len() == MOST_TABLES {
                    tables.remove(0);
                }
                let mut table = self.table(&self.members[v.member], points, v.mu_f, v.scale);
                table.key = Some(key);
                tables.push(table);
            }
            let Some(table) = tables.iter().find(|t| t.key == Some(key)) else {
                continue;
            };
            for (k, row) in out.iter_mut().enumerate() {
                let (value, norm) = (table.density[k], central.density[k]);
                let ratio = coupling[k] / strength[k] * (value / norm);
                let is_number = ratio.is_finite();
                let missed = u64::from(!is_number);
                self.n_non_finite.fetch_add(missed, Ordering::Relaxed);
                row.push(if is_number { ratio } else { 0.0 });
            }
        }
        out
    }

    /// `sum_n c_n alpha_s^n` of all points.
    fn coupling(&self, member: &Member, points: &[HardPoint], v: &Variation) -> Vec<f64> {
        let mu = |p: &HardPoint| v.mu_r * v.scale.map_or(p.mu_r, |s| p.scales[s]);
        let value = |p: &HardPoint| polynomial(&p.powers, member.alpha_s.at(mu(p)));
        points.iter().map(value).collect()
    }

    /// Products of both densities of all points.
    fn table(
        &self,
        member: &Member,
        points: &[HardPoint],
        factor: f64,
        scale: Option<usize>,
    ) -> Table {
        let mut density = vec![1.0; points.len()];
        for beam in 0..2 {
            let mut partons: Vec<i32> = points.iter().map(|p| p.partons[beam]).collect();
            partons.sort_unstable();
            partons.dedup();
            let x: Vec<f64> = points.iter().map(|p| p.x[beam]).collect();
            let q2: Vec<f64> = (points.iter())
                .map(|p| (factor * scale.map_or(p.mu_f[beam], |s| p.scales[s])).powi(2))
                .collect();
            let mut values = vec![0.0; partons.len() * points.len()];
            (member.luminosity).xf(beam, &x, &q2, &partons, &mut values);
            for (k, p) in points.iter().enumerate() {
                let row = partons.binary_search(&p.partons[beam]);
                density[k] *= row.map_or(0.0, |row| values[row * points.len() + k]);
            }
        }
        Table { key: None, density }
    }
}

/// Tables that are kept: factors and choices of one member.
const MOST_TABLES: usize = 16;

/// Densities of all points for one member and scale.
struct Table {
    key: Option<(usize, u64, Option<usize>)>,
    density: Vec<f64>,
}

fn polynomial(powers: &[(f64, f64)], alpha_s: f64) -> f64 {
    powers.iter().map(|&(n, c)| c * alpha_s.powf(n)).sum()
}
