//! Parton densities of the points of a batch, each point and scale once.
//!
//! Matrix elements with scales of their own often agree in them: what is at the same
//! point and scale shares a column. Knows beams and scales; knows no matrix element.

use std::ops::Range;

use super::build::CrossSection;
use super::group::SubprocessGroup;
use super::point_batch::PointBatch;
use crate::beam::Luminosity;

/// Where the partons of one leg have densities, and which: those in one beam first, then
/// those in the other.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) x: Vec<f64>,
    /// Squared scales, GeV^2.
    pub(super) q2: Vec<f64>,
    part: Vec<f64>,
    /// `x f`, `[n_parton, n_column]`.
    values: Vec<f64>,
}

impl Columns {
    pub(super) fn clear(&mut self) {
        self.x.clear();
        self.q2.clear();
    }

    /// Densities of a parton, by column.
    pub(super) fn row(&self, parton: usize) -> &[f64] {
        let n = self.x.len();
        &self.values[parton * n..(parton + 1) * n]
    }

    /// Evaluates all columns; `beams` are the beams with the columns at which theirs end.
    pub(super) fn evaluate(
        &mut self,
        luminosity: Option<&Luminosity>,
        partons: &[i32],
        beams: [(usize, usize); 2],
    ) {
        let n_columns = self.x.len();
        self.values.resize(partons.len() * n_columns, 0.0);
        let mut first = 0;
        for (beam, end) in beams {
            let Some(luminosity) = luminosity else {
                continue;
            };
            let m = end - first;
            self.part.resize(partons.len() * m, 0.0);
            let (x, q2) = (&self.x[first..end], &self.q2[first..end]);
            luminosity.xf(beam, x, q2, partons, &mut self.part[..partons.len() * m]);
            for p in 0..partons.len() {
                let at = p * n_columns;
                let row = &self.part[p * m..(p + 1) * m];
                self.values[at + first..at + end].copy_from_slice(row);
            }
            first = end;
        }
    }
}

/// Densities of the partons of one leg.
#[derive(Debug, Default)]
pub(super) struct LegDensities {
    densities: Columns,
    /// Column of each point for each set of scales, `[n_set, n]`; empty for one set,
    /// whose columns are the points.
    columns: Vec<u32>,
}

impl LegDensities {
    /// Densities of a parton, by column.
    pub(super) fn row(&self, parton: usize) -> &[f64] {
        self.densities.row(parton)
    }

    /// The column of each point for a set of scales; `None` if they are the points.
    pub(super) fn columns(&self, set: usize, n: usize) -> Option<&[u32]> {
        self.columns
            .get(set * n..(set + 1) * n)
            .filter(|c| !c.is_empty())
    }

    /// The points of one beam as further columns, `mu_f` being `[n_set, n]`.
    fn add_columns(&mut self, range: Range<usize>, x: &[f64], mu_f: &[f64], n: usize) {
        let n_sets = mu_f.len() / n.max(1);
        let own = &mut self.densities;
        if n_sets == 1 {
            own.x.extend_from_slice(&x[range.clone()]);
            own.q2.extend(mu_f[range].iter().map(|mu| mu * mu));
            return;
        }
        for k in range {
            for set in 0..n_sets {
                let mu = mu_f[set * n + k];
                let same = (0..set).find(|other| mu_f[other * n + k] == mu);
                self.columns[set * n + k] = match same {
                    Some(other) => self.columns[other * n + k],
                    None => {
                        own.x.push(x[k]);
                        own.q2.push(mu * mu);
                        own.x.len() as u32 - 1
                    }
                };
            }
        }
    }
}

impl PointBatch {
    /// Beams of the points of a leg, with their places and momentum fractions.
    pub(super) fn beams_of_leg(&self, leg: usize) -> [(usize, Range<usize>, &[f64]); 2] {
        let ranges = [0..self.n_direct, self.n_direct..self.len()];
        let x = [&self.points.x1, &self.points.x2];
        let [first, second] = ranges;
        [(leg, first, x[leg]), (1 - leg, second, x[1 - leg])]
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
            own.densities.clear();
            let ends = batch.beams_of_leg(leg).map(|(beam, range, x)| {
                own.add_columns(range, x, batch.mu_f_of(beam), n);
                (beam, own.densities.x.len())
            });
            let luminosity = shared.luminosity.as_ref();
            own.densities.evaluate(luminosity, partons, ends);
            batch.densities[leg] = own;
        }
    }
}
