//! Points of one channel on their way to a differential cross section, as stages on one
//! structure of arrays: map, select, scales, densities, elements, combine.
//!
//! What is multiplied in the end is kept apart until then: momenta, scales, `alpha_s`,
//! parton densities leg by leg, `|M|^2` with the coupling of the model, flux, and
//! Jacobian. Integrals, events, pilots and checks read it. Knows a group of subprocesses;
//! knows no sampler and no event.

use std::ops::Range;

use super::build::CrossSection;
use super::densities::LegDensities;
use super::group::SubprocessGroup;
use super::merging::{LineRows, MergedPoints};
use crate::amplitude::{MatrixElementWorkspace, strong_factor};
use crate::clustering::{self, Clustering};
use crate::diagram::LegSet;
use crate::kinematics::{MomentumBatch, boost_to_rest, boost_z, dot};
use crate::phasespace::Points;
use crate::units::GEV2_TO_PB;

/// Whether `|M|^2` is divided by squared coupling order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SquaredOrders {
    /// Added up: one evaluation of each matrix element. Where parts have different powers
    /// of the strong coupling, these are multiplied in.
    #[default]
    Summed,
    /// One row each, with the coupling of the model: several evaluations where orders
    /// interfere.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for weights at other couplings")
    )]
    Apart,
}

/// A row of [`PointBatch::me2`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Me2Row {
    /// Number of the matrix element in its group.
    pub(super) slot: usize,
    /// Number of its scales.
    set: usize,
    /// Power of the strong coupling that is to be multiplied in: the row has the
    /// coupling of the model. `None` if it has that of each point already.
    pub(super) strong: Option<u32>,
}

/// Points of a batch and all that is known of them. Memory is reused from batch to batch.
///
/// `n_drawn` is the number of points of the batch, `n` that of those inside the cuts.
#[derive(Default)]
pub(super) struct PointBatch {
    /// Map: all points in the partonic frame, with momentum fractions of beam 1 and 2.
    pub(super) drawn: Points,
    /// All points in the laboratory.
    pub(super) lab_drawn: MomentumBatch,
    /// Whether leg 0 comes from beam 2, `[n_drawn]`.
    swapped: Vec<bool>,

    /// Select: places of the points inside the cuts of any flavour, those with leg 0
    /// from beam 1 first, `[n]`.
    pub(super) index: Vec<usize>,
    /// Number with leg 0 from beam 1.
    pub(super) n_direct: usize,
    /// Points that the cuts or the map removed.
    pub(super) n_cut: u64,
    /// Points inside the cuts of each selection, `[n_selection, n_drawn]`.
    passes: Vec<bool>,
    mask: Vec<bool>,
    /// Partonic frame, leg 0 along +z, `[n]`.
    pub(super) points: Points,
    /// Momenta in the laboratory, `[n_ext, 4, n]`.
    pub(super) lab: MomentumBatch,
    /// The coordinate that chooses helicities, `[n]`; empty where they are summed.
    pub(super) helicity: Vec<f64>,

    /// Scales: renormalisation, GeV, `[n_set, n]`.
    mu_r: Vec<f64>,
    /// Factorisation, one for each beam, GeV, `[n_set, n]`.
    mu_f: [Vec<f64>; 2],
    /// The strong coupling at `mu_r`, `[n_set, n]`.
    alpha_s: Vec<f64>,
    clustering: clustering::Workspace,
    /// Emissions of merged samples.
    pub(super) merged: MergedPoints,

    /// Densities: `x f` of the partons of leg 0 and leg 1.
    pub(super) densities: [LegDensities; 2],

    /// Momenta in the frame that helicities refer to; empty where that is the partonic one.
    framed: MomentumBatch,

    /// Elements: `|M|^2`, averaged and summed, without parton densities, `[n_row, n]`.
    pub(super) me2: Vec<f64>,
    /// What each row is.
    pub(super) me2_rows: Vec<Me2Row>,
    /// Flux factor, `4 sqrt((p1.p2)^2 - m1^2 m2^2)` or twice the mass of what decays, `[n]`.
    pub(super) flux: Vec<f64>,
    /// Phase space over hypercube, with a factor of 2 where a coordinate chooses the beam
    /// of leg 0, `[n]`.
    pub(super) jacobian: Vec<f64>,

    /// Combine: contribution of each flavour, matrix element by matrix element, in pb,
    /// or in GeV for a decay, `[n_contribution, n]`.
    pub(super) contributions: Vec<f64>,
    /// What events are made in proportion to besides; empty without a bias, `[n]`.
    pub(super) bias: Vec<f64>,
    /// Factors from the strong coupling by its power and the number of the scales, `[n]`
    /// each.
    couplings: Vec<((u32, usize), Vec<f64>)>,
    factor: Vec<f64>,
    total: Vec<f64>,

    pub(super) work: MatrixElementWorkspace,
}

impl PointBatch {
    /// Number of points inside the cuts.
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// Momenta at which matrix elements are evaluated.
    pub(super) fn element_momenta(&self) -> &MomentumBatch {
        match self.framed.n_batch {
            0 => &self.points.momenta,
            _ => &self.framed,
        }
    }

    /// Takes the momenta to the rest frame of some legs.
    fn take_to_rest_frame(&mut self, legs: LegSet) {
        let from = &self.points.momenta;
        self.framed = MomentumBatch::zeros(from.n_ext, from.n_batch);
        for k in 0..from.n_batch {
            let mut frame = [0.0; 4];
            for leg in (0..from.n_ext).filter(|leg| legs >> leg & 1 == 1) {
                let p = from.get(leg, k);
                frame.iter_mut().zip(p).for_each(|(sum, x)| *sum += x);
            }
            let mass = dot(frame, frame).max(0.0).sqrt();
            for leg in 0..from.n_ext {
                let p = boost_to_rest(from.get(leg, k), frame, mass);
                self.framed.set(leg, k, p);
            }
        }
    }

    /// Rows of `values`, which is `[.., n]`; none where there are no points.
    pub(super) fn rows<'a>(&self, values: &'a [f64]) -> std::slice::Chunks<'a, f64> {
        values.chunks(self.len().max(1))
    }

    /// Momentum fractions of beam 1 and beam 2 of a point.
    pub(super) fn x(&self, k: usize) -> [f64; 2] {
        [self.points.x1[k], self.points.x2[k]]
    }

    /// Factorisation scales of beam 1 and beam 2 of a point, GeV.
    pub(super) fn mu_f(&self, set: usize, k: usize) -> [f64; 2] {
        let at = set * self.len() + k;
        [self.mu_f[0][at], self.mu_f[1][at]]
    }

    /// Factorisation scales of a beam, `[n_set, n]`.
    pub(super) fn mu_f_of(&self, beam: usize) -> &[f64] {
        &self.mu_f[beam]
    }

    /// Renormalisation scale of a point, GeV.
    pub(super) fn mu_r(&self, set: usize, k: usize) -> f64 {
        self.mu_r[set * self.len() + k]
    }

    /// The strong coupling of all points, `[n]`.
    pub(super) fn alpha_s(&self, set: usize) -> &[f64] {
        &self.alpha_s[set * self.len()..(set + 1) * self.len()]
    }

    /// Number of points that the cut on emissions removes, whatever the flavours.
    pub(super) fn n_soft(&self) -> usize {
        let n = self.len();
        let n_set = self.mu_r.len() / n.max(1);
        let is_soft = |k: &usize| (0..n_set).all(|set| self.merged.is_soft(set * n + k));
        (0..n).filter(is_soft).count()
    }

    /// The sum of all contributions at each point, `[n]`.
    pub(super) fn sum(&self, out: &mut Vec<f64>) {
        out.clear();
        out.resize(self.len(), 0.0);
        for row in self.rows(&self.contributions) {
            out.iter_mut().zip(row).for_each(|(s, x)| *s += x);
        }
    }

    /// Makes `total` the sum of some rows of `me2` at the coupling of each point.
    fn add_rows(&mut self, rows: Range<usize>) {
        let n = self.len();
        self.total.clear();
        self.total.resize(n, 0.0);
        for at in rows {
            let values = &self.me2[at * n..(at + 1) * n];
            let row = self.me2_rows[at];
            let key = row.strong.map(|power| (power, row.set));
            let total = self.total.iter_mut().zip(values);
            match self.couplings.iter().find(|c| Some(c.0) == key) {
                None => total.for_each(|(sum, x)| *sum += x),
                Some((_, coupling)) => total
                    .zip(coupling)
                    .for_each(|((sum, x), coupling)| *sum += x * coupling),
            }
        }
    }

    /// Whether a point is inside the cuts of a selection.
    fn passes(&self, selection: usize, k: usize) -> bool {
        self.passes[selection * self.drawn.n_batch() + self.index[k]]
    }
}

/// Makes `out` the numbers of `row` at some places.
fn pick(row: &[f64], index: &[usize], out: &mut Vec<f64>) {
    out.clear();
    out.extend(index.iter().map(|&k| row[k]));
}

impl SubprocessGroup {
    /// All stages; `u` is `[n_dim, n]`.
    pub(super) fn evaluate_points(
        &self,
        shared: &CrossSection,
        channel: usize,
        u: &[f64],
        orders: SquaredOrders,
        batch: &mut PointBatch,
    ) {
        self.map(channel, u, batch);
        self.select(u, batch);
        self.scales(shared, batch);
        match shared.merging.is_some_and(|rules| rules.densities) {
            true => self.line_densities(shared, batch),
            false => self.densities(shared, batch),
        }
        self.elements(orders, batch);
        self.combine(shared, batch);
    }

    /// Coordinates to momenta in the partonic frame and in the laboratory.
    pub(super) fn map(&self, channel: usize, u: &[f64], batch: &mut PointBatch) {
        let n_space = self.space.n_dim();
        let n = u.len() / self.n_dim();
        let drawn = &mut batch.drawn;
        self.space.forward(channel, &u[..n_space * n], n, drawn);
        batch.lab_drawn.n_ext = drawn.momenta.n_ext;
        batch.lab_drawn.n_batch = n;
        batch.lab_drawn.data.clone_from(&drawn.momenta.data);
        batch.swapped.clear();
        batch.swapped.resize(n, false);
        if self.beam_swap {
            // Leg 0 of beam 2: the whole event turned by pi about the x axis, so
            // that the same coordinates stand for the same transverse momenta and,
            // up to the sign, rapidities in the laboratory.
            let chosen = &u[n_space * n..(n_space + 1) * n];
            for (k, swapped) in batch.swapped.iter_mut().enumerate() {
                *swapped = chosen[k] >= 0.5;
                if *swapped {
                    std::mem::swap(&mut drawn.x1[k], &mut drawn.x2[k]);
                }
            }
            for leg in 0..batch.lab_drawn.n_ext {
                for mu in [2, 3] {
                    let row = batch.lab_drawn.component_mut(leg, mu).iter_mut();
                    for (p, swapped) in row.zip(&batch.swapped) {
                        if *swapped {
                            *p = -*p;
                        }
                    }
                }
            }
        }
        if self.n_in == 2 {
            boost_z(&mut batch.lab_drawn, &self.space.frame_rapidity(drawn));
        }
    }

    /// Keeps the points that some flavour can use, ordered by the beam of leg 0.
    pub(super) fn select(&self, u: &[f64], batch: &mut PointBatch) {
        let n = batch.drawn.n_batch();
        batch.passes.clear();
        batch.mask.resize(n, false);
        for selection in &self.selections {
            selection.mask(&batch.lab_drawn, &mut batch.mask);
            let exists = batch.drawn.det.iter().map(|det| *det > 0.0);
            let passes = batch.mask.iter().zip(exists).map(|(p, e)| *p && e);
            batch.passes.extend(passes);
        }
        batch.mask.fill(false);
        for passes in batch.passes.chunks(n.max(1)) {
            batch
                .mask
                .iter_mut()
                .zip(passes)
                .for_each(|(any, p)| *any |= p);
        }
        let used = |swapped: bool| {
            let (mask, of_beam_2) = (&batch.mask, &batch.swapped);
            (0..n).filter(move |&k| mask[k] && of_beam_2[k] == swapped)
        };
        batch.index.clear();
        batch.index.extend(used(false));
        batch.n_direct = batch.index.len();
        batch.index.extend(used(true));
        let (index, drawn, points) = (&batch.index, &batch.drawn, &mut batch.points);
        batch.n_cut = (n - index.len()) as u64;
        drawn.momenta.select_into(index, &mut points.momenta);
        batch.lab_drawn.select_into(index, &mut batch.lab);
        pick(&drawn.x1, index, &mut points.x1);
        pick(&drawn.x2, index, &mut points.x2);
        pick(&drawn.s_hat, index, &mut points.s_hat);
        pick(&drawn.det, index, &mut points.det);
        batch.helicity.clear();
        if self.helicities.sampled {
            pick(&u[(self.n_dim() - 1) * n..], index, &mut batch.helicity);
        }
    }

    /// Scales, and the strong coupling at one of them.
    pub(super) fn scales(&self, shared: &CrossSection, batch: &mut PointBatch) {
        let n = batch.len();
        let size = self.scale_sets.len() * n;
        batch.mu_r.resize(size, 0.0);
        batch.alpha_s.resize(size, 0.0);
        batch.mu_f.iter_mut().for_each(|row| row.resize(size, 0.0));
        let choices = [shared.mu_r, shared.mu_f[0], shared.mu_f[1]];
        let [first, second] = &mut batch.mu_f;
        let mut all = [&mut batch.mu_r, first, second];
        for (choice, rows) in choices.iter().zip(&mut all) {
            for row in rows
                .chunks_mut(n.max(1))
                .filter(|_| !choice.is_clustering())
            {
                choice.evaluate(&batch.lab, self.n_in, row);
            }
        }
        let clusterings = self.scale_sets.iter().map(|set| set.clustering.as_ref());
        if let Some(clusterings) = clusterings.collect::<Option<Vec<_>>>() {
            let (momenta, n_direct) = (&batch.points.momenta, batch.n_direct);
            let (work, merged) = (&mut batch.clustering, &mut batch.merged);
            merged.reset(shared.merging.map_or(0, |_| size));
            Clustering::for_each_point(&clusterings, momenta, work, |set, k, point| {
                let (mu_r, [a, b]) = (point.mu_r(), point.mu_f());
                // Leg 0 may come from beam 2.
                let found = match k < n_direct {
                    true => [mu_r, a, b],
                    false => [mu_r, b, a],
                };
                for ((choice, rows), mu) in choices.iter().zip(&mut all).zip(found) {
                    if choice.is_clustering() {
                        rows[set * n + k] = choice.factor * mu;
                    }
                }
                if let Some(rules) = &shared.merging {
                    let place = set * n + k;
                    let [a, b] = [all[1][place], all[2][place]];
                    let mu_f = if k < n_direct { [a, b] } else { [b, a] };
                    merged.add(place, rules, &point.emissions(), mu_f);
                }
            });
        }
        if n > 0 {
            shared
                .alpha_s
                .at_batch(&batch.mu_r[..n], &mut batch.alpha_s[..n]);
        }
        for at in n..size {
            let mu = batch.mu_r[at];
            let same = (1..=at / n).map(|back| at - back * n);
            let same = same.into_iter().find(|&other| batch.mu_r[other] == mu);
            batch.alpha_s[at] = match same {
                Some(other) => batch.alpha_s[other],
                None => shared.alpha_s.at(mu),
            };
        }
        if let Some(rules) = &shared.merging {
            batch
                .merged
                .couple(rules, &shared.alpha_s, &batch.alpha_s[..size]);
        }
    }

    /// Matrix elements, flux and Jacobian.
    pub(super) fn elements(&self, orders: SquaredOrders, batch: &mut PointBatch) {
        let n = batch.len();
        batch.me2_rows.clear();
        for (slot, element) in self.slots.iter().enumerate() {
            let set = element.scale_set;
            let mut add = |strong| batch.me2_rows.push(Me2Row { slot, set, strong });
            match orders {
                SquaredOrders::Summed => add(element.strong_power()),
                SquaredOrders::Apart => {
                    let orders = element.squared_orders.iter();
                    orders.for_each(|o| add(Some(o.strong)));
                }
            }
        }
        batch.framed = MomentumBatch::default();
        if let Some(legs) = self.helicity_frame {
            batch.take_to_rest_frame(legs);
        }
        let (mut me2, mut work) = (
            std::mem::take(&mut batch.me2),
            std::mem::take(&mut batch.work),
        );
        me2.resize(batch.me2_rows.len() * n, 0.0);
        let (momenta, helicity) = (batch.element_momenta(), &batch.helicity);
        let coupling = |set: usize| &batch.alpha_s[set * n..(set + 1) * n];
        let mut rest = me2.as_mut_slice();
        for (slot, element) in self.slots.iter().enumerate() {
            let own = batch.me2_rows.iter().filter(|row| row.slot == slot);
            let out;
            (out, rest) = rest.split_at_mut(own.count() * n);
            let work = &mut work;
            match orders {
                SquaredOrders::Summed => {
                    let alpha_s = element.strong_power().is_none();
                    let alpha_s = alpha_s.then(|| coupling(element.scale_set));
                    element.me2(momenta, helicity, alpha_s, work, out);
                }
                SquaredOrders::Apart => element.me2_by_order(momenta, helicity, work, out),
            }
            if let Some(veto) = &element.veto {
                veto.apply(&element.me, momenta, work, out);
            }
        }
        (batch.me2, batch.work) = (me2, work);
        self.measure(batch);
    }

    /// Flux and Jacobian.
    fn measure(&self, batch: &mut PointBatch) {
        let flux = |&s: &f64| match self.masses[..self.n_in] {
            [a, b] => {
                let [a, b] = [a * a, b * b];
                // 2 sqrt(lambda(s, m1^2, m2^2)) = 4 sqrt((p1.p2)^2 - m1^2 m2^2)
                2.0 * ((s - a - b) * (s - a - b) - 4.0 * a * b).sqrt()
            }
            // At rest: 2 E.
            _ => 2.0 * s.sqrt(),
        };
        let both = if self.beam_swap { 2.0 } else { 1.0 };
        batch.flux.clear();
        batch.flux.extend(batch.points.s_hat.iter().map(flux));
        batch.jacobian.clear();
        let jacobian = batch.points.det.iter().map(|det| both * det);
        batch.jacobian.extend(jacobian);
    }

    /// Multiplies everything, contribution by contribution.
    pub(super) fn combine(&self, shared: &CrossSection, batch: &mut PointBatch) {
        let n = batch.len();
        self.couplings(batch);
        let unit = if self.n_in == 2 { GEV2_TO_PB } else { 1.0 };
        batch.factor.clear();
        let points = &batch.points;
        batch.factor.extend(
            (0..n)
                .map(|k| batch.jacobian[k] * unit / (batch.flux[k] * points.x1[k] * points.x2[k])),
        );
        let mut contributions = std::mem::take(&mut batch.contributions);
        contributions.clear();
        contributions.resize(self.n_contributions() * n, 0.0);
        let mut rows = contributions.chunks_mut(n.max(1));
        let has_lines = shared.merging.is_some_and(|rules| rules.densities);
        let mut next_row = 0;
        for (slot, element) in self.slots.iter().enumerate() {
            let own = batch.me2_rows[next_row..].iter();
            let own = own.take_while(|row| row.slot == slot).count();
            batch.add_rows(next_row..next_row + own);
            next_row += own;
            for flavour in &element.flavours {
                let Some(out) = rows.next() else {
                    break;
                };
                let set = element.scale_set;
                let side = |leg: usize| batch.densities[leg].row(flavour.rows[leg]);
                let sides = (self.n_in == 2 && !has_lines).then(|| [side(0), side(1)]);
                let columns = |leg: usize| batch.densities[leg].columns(set, n);
                let columns = [columns(0), columns(1)];
                let column = |leg: usize, k: usize| columns[leg].map_or(k, |c| c[k] as usize);
                let lines = |leg: usize| LineRows::new(&self.partons[leg], leg, flavour);
                let lines = has_lines.then(|| [lines(0), lines(1)]);
                for (k, out) in out.iter_mut().enumerate() {
                    if !batch.passes(flavour.selection, k) {
                        continue;
                    }
                    let weight = flavour.orientation[usize::from(k >= batch.n_direct)];
                    let weight = weight * flavour.factor;
                    let mut densities =
                        sides.map_or(weight, |[a, b]| weight * a[column(0, k)] * b[column(1, k)]);
                    if shared.merging.is_some() {
                        let (merged, place) = (&batch.merged, set * n + k);
                        let emissions = merged.factor(place);
                        if emissions == 0.0 {
                            continue;
                        }
                        densities *= emissions;
                        for (leg, rows) in lines.iter().flatten().enumerate() {
                            densities *= merged.density(leg, place, rows);
                        }
                    }
                    *out = densities * batch.total[k] * batch.factor[k];
                }
            }
        }
        batch.contributions = contributions;
    }

    /// Factors from the strong coupling for all powers that rows ask for.
    fn couplings(&self, batch: &mut PointBatch) {
        let model = self.slots.first().map_or(1.0, |slot| slot.me.alpha_s());
        let mut kept = std::mem::take(&mut batch.couplings);
        let mut n_used = 0;
        for row in &batch.me2_rows {
            let Some(power) = row.strong.filter(|power| *power > 0) else {
                continue;
            };
            let key = (power, row.set);
            if kept[..n_used].iter().any(|(other, _)| *other == key) {
                continue;
            }
            if n_used == kept.len() {
                kept.push((key, vec![]));
            }
            let alpha_s = batch.alpha_s(row.set);
            let (own, row) = &mut kept[n_used];
            *own = key;
            row.clear();
            let ratios = alpha_s.iter().map(|a| a / model);
            row.extend(ratios.map(|r| strong_factor(r, power)));
            n_used += 1;
        }
        kept.truncate(n_used);
        batch.couplings = kept;
    }
}

#[cfg(test)]
mod tests;
