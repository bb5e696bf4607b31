//! The ratio of each alternative weight to the weight of an event.
//!
//! `W = sum_n c_n alpha_s(mu_R)^n x1 f1(x1, mu_F1) x2 f2(x2, mu_F2)`, with the strong
//! coupling and the densities of the same member; the denominator is `W` with the
//! densities of the run, their own coupling and the scales of the event.

use super::plan::{Member, Variation, WeightPlan};

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

impl WeightPlan {
    /// Ratios to the weights of events: for each point one number per weight. A weight
    /// that is no number, because the densities of the run vanish, counts as 0.
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
                row.push(if ratio.is_finite() { ratio } else { 0.0 });
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
