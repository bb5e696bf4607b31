//! All members of a PDF set at once: one search of the grid for each point, the values
//! of the members side by side.
//!
//! The members of a set have the same knots, so that their values at a point are sums
//! over the same 16 knots with the same weights. Values are what [`PdfSet::xf`] gives,
//! bit for bit. Knows files and flavours; knows no beam and no process.

use std::ops::Range;

use rayon::prelude::*;

use super::extrapolate::block_outside;
use super::pdf_grid::{BLOCK, Grid, Place};
use super::{AlphaS, BeamError, PdfSet};
use crate::compute::simd::{Kernel, Level, SimdLevel};

/// Members that are read together: more would be in memory twice.
const READ_TOGETHER: usize = 8;

/// Members of a PDF set that share a grid.
#[derive(Clone, Debug)]
pub struct PdfMembers {
    /// Knots and flavours, without values.
    grid: Grid,
    /// For each subgrid `[n_flavour, n_q2, n_x, n_member]`.
    xf: Vec<Vec<f64>>,
    /// Least values of the members.
    floors: Vec<f64>,
    facts: Vec<MemberFacts>,
}

/// What is known of a member besides its densities.
#[derive(Clone, Debug)]
pub struct MemberFacts {
    /// Number in its set.
    pub number: usize,
    /// LHAPDF id; 0 if it has none.
    pub lhapdf_id: i32,
    /// Its own strong coupling.
    pub alpha_s: AlphaS,
}

impl PdfMembers {
    /// Loads members of a set, as [`PdfSet::load`] does: all that have the grid of the
    /// first one, up to the first that has another.
    ///
    /// # Errors
    /// As [`PdfSet::load`]; [`BeamError::NoAlphaS`] for a set without strong coupling.
    ///
    /// # Panics
    /// If no member is asked for.
    pub fn load(set: &str, numbers: Range<usize>) -> Result<Self, BeamError> {
        let n_members = numbers.len();
        let mut members: Option<Self> = None;
        let numbers: Vec<usize> = numbers.collect();
        'all: for some in numbers.chunks(READ_TOGETHER) {
            let loaded: Result<Vec<PdfSet>, BeamError> = (some.par_iter())
                .map(|&number| PdfSet::load(set, number))
                .collect();
            for pdf in loaded? {
                let of_first = members.get_or_insert_with(|| Self::none(pdf.grid()));
                if !of_first.grid.shares_knots(pdf.grid()) {
                    break 'all;
                }
                of_first.add(pdf, n_members)?;
            }
        }
        let mut members = members.expect("at least one member is asked for");
        members.close(n_members);
        Ok(members)
    }

    /// No member, on a grid.
    fn none(grid: &Grid) -> Self {
        Self {
            grid: grid.without_values(),
            xf: Vec::new(),
            floors: Vec::new(),
            facts: Vec::new(),
        }
    }

    fn add(&mut self, pdf: PdfSet, n_members: usize) -> Result<(), BeamError> {
        let at = self.facts.len();
        self.facts.push(MemberFacts {
            number: pdf.member(),
            lhapdf_id: pdf.lhapdf_id(),
            alpha_s: pdf.alpha_s()?,
        });
        self.floors.push(pdf.floor());
        let values = pdf.into_grid().take_values();
        if at == 0 {
            let zeros = values.iter().map(|v| vec![0.0; v.len() * n_members]);
            self.xf = zeros.collect();
        }
        for (of_all, own) in self.xf.iter_mut().zip(values) {
            let places = of_all.iter_mut().skip(at).step_by(n_members);
            places.zip(own).for_each(|(place, value)| *place = value);
        }
        Ok(())
    }

    /// Gives back the room of members that have another grid.
    fn close(&mut self, n_members: usize) {
        let n = self.facts.len();
        if n < n_members {
            for values in &mut self.xf {
                let kept = values.chunks(n_members).flat_map(|of_node| &of_node[..n]);
                *values = kept.copied().collect();
            }
        }
    }

    /// Number of members.
    pub fn n_members(&self) -> usize {
        self.facts.len()
    }

    /// What is known of each member.
    pub fn facts(&self) -> &[MemberFacts] {
        &self.facts
    }

    /// `xf` of one flavour at one point by all members, `out` being `[n_member]`; else as
    /// [`PdfSet::xf`].
    ///
    /// # Panics
    /// If the length does not fit.
    pub fn xf(&self, x: f64, q2: f64, flavour: i32, out: &mut [f64]) {
        assert_eq!(out.len(), self.n_members(), "one number for each member");
        let Some(column) = self.grid.column(flavour) else {
            out.fill(0.0);
            return;
        };
        let (q2_min, q2_max) = (self.grid.q2_min(), self.grid.q2_high().0);
        let x_max = self.grid.x_max();
        let valid = x > 0.0 && q2 > 0.0;
        if !valid {
            out.fill(f64::NAN);
            return;
        }
        if x > x_max {
            out.fill(0.0);
            return;
        }
        if x >= self.grid.x_low(q2).0 && q2 >= q2_min && q2 <= q2_max {
            let place = self.grid.place(x, q2);
            let sums = Sums {
                values: self.of_column(&place, column),
                nodes: place.nodes(),
                out: &mut *out,
            };
            SimdLevel::for_exact_code().dispatch(sums);
        } else {
            for first in (0..out.len()).step_by(BLOCK) {
                let at = |place: &Place| {
                    let mut values = [0.0; BLOCK];
                    let n = BLOCK.min(self.n_members() - first);
                    let (of_column, nodes) = (self.of_column(place, column), place.nodes());
                    let n_members = self.n_members();
                    add_nodes(&of_column[first..], n_members, &nodes, &mut values[..n]);
                    values
                };
                let values = block_outside(&self.grid, x, q2, &at);
                out[first..]
                    .iter_mut()
                    .zip(values)
                    .for_each(|(o, v)| *o = v);
            }
        }
        let floors = out.iter_mut().zip(&self.floors);
        floors.for_each(|(out, floor)| *out = out.max(*floor));
    }

    /// `[n_q2, n_x, n_member]` of the subgrid of a place.
    fn of_column(&self, place: &Place, column: usize) -> &[f64] {
        let size = place.n_nodes() * self.n_members();
        &self.xf[place.at][column * size..(column + 1) * size]
    }
}

/// Members that are added up together: registers hold their sums.
const TOGETHER: usize = 32;

/// Sums over the knots for all members.
struct Sums<'a> {
    values: &'a [f64],
    nodes: [(usize, f64); 16],
    out: &'a mut [f64],
}

impl Kernel for Sums<'_> {
    type Output = ();

    /// The same operations at every level: nothing is fused.
    #[inline(always)]
    fn run<L: Level>(self) {
        let n = self.out.len();
        let (whole, rest) = self.out.as_chunks_mut::<TOGETHER>();
        for (chunk, out) in whole.iter_mut().enumerate() {
            let mut sum = [0.0; TOGETHER];
            for &(node, weight) in &self.nodes {
                let at = node * n + chunk * TOGETHER;
                let values = &self.values[at..at + TOGETHER];
                for (s, v) in sum.iter_mut().zip(values) {
                    *s += weight * v;
                }
            }
            *out = sum;
        }
        rest.fill(0.0);
        add_nodes(&self.values[n - rest.len()..], n, &self.nodes, rest);
    }
}

/// Adds the values of the knots, `n_members` apart, to those of the first members.
#[inline(always)]
fn add_nodes(values: &[f64], n_members: usize, nodes: &[(usize, f64); 16], out: &mut [f64]) {
    for &(node, weight) in nodes {
        for (s, v) in out.iter_mut().zip(&values[node * n_members..]) {
            *s += weight * v;
        }
    }
}
