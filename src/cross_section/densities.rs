//! Parton densities of the points of a batch, each point and scale once.
//!
//! Matrix elements with scales of their own often agree in them: what is at the same
//! point and scale shares a column. Knows beams and scales; knows no matrix element.

use super::build::CrossSection;
use super::group::SubprocessGroup;
use super::point_batch::PointBatch;

/// Densities of the partons of one leg.
#[derive(Debug, Default)]
pub(super) struct LegDensities {
    /// `x f`, `[n_parton, n_column]`.
    values: Vec<f64>,
    n_columns: usize,
    /// Column of each point for each set of scales, `[n_set, n]`; empty for one set,
    /// whose columns are the points.
    columns: Vec<u32>,
    x: Vec<f64>,
    q2: Vec<f64>,
    part: Vec<f64>,
}

impl LegDensities {
    /// Densities of a parton, by column.
    pub(super) fn row(&self, parton: usize) -> &[f64] {
        &self.values[parton * self.n_columns..(parton + 1) * self.n_columns]
    }

    /// The column of each point for a set of scales; `None` if they are the points.
    pub(super) fn columns(&self, set: usize, n: usize) -> Option<&[u32]> {
        self.columns
            .get(set * n..(set + 1) * n)
            .filter(|c| !c.is_empty())
    }

    /// The points of one beam as further columns, `mu_f` being `[n_set, n]`.
    fn add_columns(&mut self, range: std::ops::Range<usize>, x: &[f64], mu_f: &[f64], n: usize) {
        let n_sets = mu_f.len() / n.max(1);
        if n_sets == 1 {
            self.x.extend_from_slice(&x[range.clone()]);
            self.q2.extend(mu_f[range].iter().map(|mu| mu * mu));
            return;
        }
        for k in range {
            for set in 0..n_sets {
                let mu = mu_f[set * n + k];
                let same = (0..set).find(|other| mu_f[other * n + k] == mu);
                self.columns[set * n + k] = match same {
                    Some(other) => self.columns[other * n + k],
                    None => {
                        self.x.push(x[k]);
                        self.q2.push(mu * mu);
                        self.x.len() as u32 - 1
                    }
                };
            }
        }
    }
}

impl SubprocessGroup {
    /// Parton densities of both legs, beam by beam.
    pub(super) fn densities(&self, shared: &CrossSection, batch: &mut PointBatch) {
        let (n, n_sets) = (batch.len(), self.scale_sets.len());
        for (leg, partons) in self.partons.iter().enumerate() {
            let mut own = std::mem::take(&mut batch.densities[leg]);
            let n_columns = if n_sets == 1 { 0 } else { n_sets * n };
            own.columns.clear();
            own.columns.resize(n_columns, 0);
            own.x.clear();
            own.q2.clear();
            let mut beams = [(leg, 0), (1 - leg, 0)];
            let ranges = [0..batch.n_direct, batch.n_direct..n];
            for (range, (beam, end)) in ranges.into_iter().zip(&mut beams) {
                let points = &batch.points;
                let x = if *beam == 0 { &points.x1 } else { &points.x2 };
                own.add_columns(range, x, batch.mu_f_of(*beam), n);
                *end = own.x.len();
            }
            own.n_columns = own.x.len();
            own.values.resize(partons.len() * own.n_columns, 0.0);
            let mut first = 0;
            for (beam, end) in beams {
                let Some(luminosity) = &shared.luminosity else {
                    continue;
                };
                let m = end - first;
                own.part.resize(partons.len() * m, 0.0);
                let (x, q2) = (&own.x[first..end], &own.q2[first..end]);
                luminosity.xf(beam, x, q2, partons, &mut own.part[..partons.len() * m]);
                for p in 0..partons.len() {
                    let at = p * own.n_columns;
                    let row = &own.part[p * m..(p + 1) * m];
                    own.values[at + first..at + end].copy_from_slice(row);
                }
                first = end;
            }
            batch.densities[leg] = own;
        }
    }
}
