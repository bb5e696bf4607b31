//! What cuts imply for invariants, transverse momenta and rapidities, so that
//! phase space is not sampled where a cut will reject.
//!
//! Every bound is one that no passing point violates; none is claimed to be
//! the best one. It is assumed that the final state as a whole has no
//! transverse momentum.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::elementary::Elementary;
use crate::observable::{Incoming, Observable};

use super::bind::{BoundCondition, BoundCuts, Combination, Slot};
use super::cut::Interval;

/// Final states with more legs get no derived bounds (the tables grow as 3^n).
const MAX_LEGS: usize = 14;

/// Bounds that hold for every point that passes the cuts.
///
/// A set of legs is a bit pattern, bit k for leg k counted from 0 with the
/// incoming legs first; only final-state legs occur.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Lower bounds on the invariant mass squared of sets of at least two
    /// legs, GeV^2; only where above the squared sum of masses, or where an upper bound
    /// is below it.
    pub s_min: Vec<(u32, f64)>,
    /// Upper bounds on the invariant mass squared of sets of at least two
    /// legs, GeV^2; only where there is one.
    pub s_max: Vec<(u32, f64)>,
    /// Lower bound on the transverse momentum of each leg, GeV; 0 for incoming
    /// ones; `[n_ext]`.
    pub pt_min: Vec<f64>,
    /// Upper bound on the absolute pseudo-rapidity of each leg, `[n_ext]`.
    pub eta_max: Vec<Option<f64>>,
    /// Upper bound on the absolute rapidity of each leg, `[n_ext]`.
    pub y_max: Vec<Option<f64>>,
    /// Lower bounds on `sqrt(dy^2 + dphi^2)` and on the difference of rapidities of
    /// pairs of legs; only where there is one.
    pub apart: Vec<(u32, [f64; 2])>,
    /// Lower bound on the partonic energy, GeV; at least the sum of masses.
    pub sqrt_s_min: f64,
    /// Upper bound on the partonic energy, GeV, if there is one.
    pub sqrt_s_max: Option<f64>,
    /// No point passes, such as with too few legs.
    pub is_empty: bool,
}

impl Bounds {
    /// Lower bound on the invariant mass squared of a set, if cuts imply one.
    pub fn s_min(&self, set: u32) -> Option<f64> {
        find(&self.s_min, set)
    }

    /// Upper bound on the invariant mass squared of a set, if cuts imply one.
    pub fn s_max(&self, set: u32) -> Option<f64> {
        find(&self.s_max, set)
    }

    /// Lower bounds on distance and difference of rapidities of a pair; 0 without.
    pub fn apart(&self, pair: u32) -> [f64; 2] {
        let found = self.apart.iter().find(|(legs, _)| *legs == pair);
        found.map_or([0.0; 2], |(_, apart)| *apart)
    }

    /// Whether some set has no room between its bounds: nothing can pass.
    pub(crate) fn exclude_all(&self) -> bool {
        self.is_empty
            || (self.s_max.iter()).any(|&(set, max)| self.s_min(set).is_some_and(|min| min > max))
            || self.sqrt_s_max.is_some_and(|max| self.sqrt_s_min > max)
    }
}

fn find(list: &[(u32, f64)], set: u32) -> Option<f64> {
    list.iter().find(|(s, _)| *s == set).map(|(_, x)| *x)
}

impl BoundCuts {
    /// What the cuts imply; `masses` are those of all legs in GeV, `[n_ext]`.
    pub fn bounds(&self, masses: &[f64]) -> Bounds {
        let mut c = Collected::new(&masses[self.n_in..]);
        let n_final = c.masses.len();
        if n_final > MAX_LEGS {
            c = Collected::new(&[]);
        } else {
            for b in &self.bound {
                // Of several conditions no one need hold.
                let [
                    BoundCondition::Compare {
                        condition,
                        any,
                        combinations,
                    },
                ] = b.conditions.as_slice()
                else {
                    continue;
                };
                let compared = self.comparison(b.cut, *condition);
                let Some(single) = compared.single() else {
                    continue;
                };
                let cut = Limits {
                    observable: single.observable,
                    abs: compared.abs,
                    interval: compared.inside(),
                };
                if *any {
                    self.one_of_all(&mut c, &cut, combinations);
                    continue;
                }
                for slots in combinations {
                    match self.definite(&slots[0]) {
                        Some(legs) if single.observable.is_of_record() => {
                            c.merging(&cut, &legs, self.incoming);
                        }
                        Some(legs) => c.definite(&cut, &legs),
                        None => self.leading(&mut c, &cut, &slots[0]),
                    }
                }
            }
            for window in &self.windows {
                let set = (window.legs >> self.n_in) as usize;
                c.mass_min[set] = c.mass_min[set].max(window.lo);
                c.mass_max[set] = c.mass_max[set].min(window.hi);
            }
            c.complete();
        }
        let is_empty = self.bound.iter().any(|b| b.conditions.is_empty());
        Bounds {
            is_empty,
            ..self.report(c, masses)
        }
    }

    /// The final-state legs of a combination, if they are the same in each
    /// point: ranks do not matter where all legs of the group are named.
    fn definite(&self, slots: &[Slot]) -> Option<Vec<usize>> {
        let mut legs: Vec<usize> = match slots.first() {
            Some(Slot::Ranked { legs, .. })
                if slots.len() == legs.len()
                    && (slots.iter())
                        .all(|s| matches!(s, Slot::Ranked { legs: l, .. } if l == legs)) =>
            {
                legs.clone()
            }
            _ => slots.iter().map(Slot::leg).collect::<Option<_>>()?,
        };
        for leg in &mut legs {
            *leg -= self.n_in;
        }
        Some(legs)
    }

    /// A cut on the one leg of a rank, or on the sum of several ranks.
    fn leading(&self, c: &mut Collected, cut: &Limits, slots: &[Slot]) {
        let Some(min) = cut.interval.lower() else {
            return;
        };
        let bits =
            |legs: &[usize]| -> usize { legs.iter().fold(0, |s, leg| s | 1 << (leg - self.n_in)) };
        match (cut.observable, slots) {
            (Observable::Pt, [Slot::Ranked { legs, rank }]) => {
                // The ranks above have at least as much.
                c.scalar_pt.push((bits(legs), min * (rank + 1) as f64));
                if rank + 1 == legs.len() {
                    for leg in legs {
                        c.raise_pt(1 << (leg - self.n_in), min);
                    }
                }
            }
            // All ranks of the sum are of one group.
            (Observable::Ht, [Slot::Ranked { legs, .. }, ..]) => {
                c.scalar_pt.push((bits(legs), min));
            }
            _ => {}
        }
    }

    /// At least one of the combinations passes.
    fn one_of_all(&self, c: &mut Collected, cut: &Limits, combinations: &[Combination]) {
        if let (Observable::Pt, Some(min)) = (cut.observable, cut.interval.lower()) {
            let mut set = 0;
            for slot in combinations.iter().flatten().flatten() {
                match slot {
                    Slot::Leg(leg) | Slot::Summed(leg) => set |= 1usize << (leg - self.n_in),
                    Slot::Ranked { legs, .. } => {
                        set |= legs.iter().fold(0, |s, leg| s | 1 << (leg - self.n_in));
                    }
                }
            }
            c.scalar_pt.push((set, min));
        }
    }

    fn report(&self, c: Collected, masses: &[f64]) -> Bounds {
        let n_in = self.n_in;
        let incoming = |fill: Option<f64>| vec![fill; n_in];
        let n_final = c.masses.len();
        let all = (1usize << n_final) - 1;
        let mut bounds = Bounds {
            pt_min: vec![0.0; self.n_ext],
            eta_max: vec![None; self.n_ext],
            y_max: vec![None; self.n_ext],
            sqrt_s_min: masses[n_in..].iter().sum(),
            ..Bounds::default()
        };
        if n_final == 0 {
            return bounds;
        }
        for i in 0..n_final {
            bounds.pt_min[n_in + i] = c.vector_pt[1 << i];
        }
        bounds.eta_max = [incoming(None), c.eta_max.clone()].concat();
        bounds.y_max = [incoming(None), c.y_max.clone()].concat();
        for set in 1..=all {
            let legs = (set as u32) << n_in;
            let threshold = c.sum_of_masses(set);
            let is_closed = c.mass_max[set] < threshold;
            let is_raised = c.mass_min[set] > threshold * (1.0 + 1e-12);
            if set.count_ones() >= 2 && (is_raised || is_closed) {
                bounds.s_min.push((legs, c.mass_min[set].powi(2)));
            }
            if set.count_ones() >= 2 && c.mass_max[set].is_finite() {
                bounds.s_max.push((legs, c.mass_max[set].powi(2)));
            }
        }
        for i in 0..n_final {
            for j in i + 1..n_final {
                let [dr, dy, _] = c.pairs[i * n_final + j];
                if dr > 0.0 || dy > 0.0 {
                    bounds.apart.push(((1 << i | 1 << j) << n_in, [dr, dy]));
                }
            }
        }
        bounds.sqrt_s_min = c.mass_min[all];
        bounds.sqrt_s_max = Some(c.mass_max[all]).filter(|m| m.is_finite());
        bounds
    }
}

/// What one observable of definite legs is limited to.
struct Limits {
    observable: Observable,
    abs: bool,
    interval: Interval,
}

/// Bounds while they are collected; sets are bits of final-state legs.
struct Collected {
    masses: Vec<f64>,
    /// Lower bound on the invariant mass of each set.
    mass_min: Vec<f64>,
    /// Upper bound on the invariant mass of each set.
    mass_max: Vec<f64>,
    /// Lower bound on the transverse momentum of each set.
    vector_pt: Vec<f64>,
    /// Lower bounds on the scalar sum of transverse momenta of sets.
    scalar_pt: Vec<(usize, f64)>,
    eta_max: Vec<Option<f64>>,
    y_max: Vec<Option<f64>>,
    /// Lower bounds on dR, dy, dphi of pairs `i * n + j`, `i < j`.
    pairs: Vec<[f64; 3]>,
}

impl Collected {
    fn new(masses: &[f64]) -> Self {
        let n = masses.len();
        let sets = 1usize << n;
        let mut c = Self {
            masses: masses.to_vec(),
            mass_min: Vec::new(),
            mass_max: vec![f64::INFINITY; sets],
            vector_pt: vec![0.0; sets],
            scalar_pt: Vec::new(),
            eta_max: vec![None; n],
            y_max: vec![None; n],
            pairs: vec![[0.0; 3]; n * n],
        };
        c.mass_min = (0..sets).map(|set| c.sum_of_masses(set)).collect();
        c
    }

    fn sum_of_masses(&self, set: usize) -> f64 {
        members(set).map(|i| self.masses[i]).sum()
    }

    fn raise_pt(&mut self, set: usize, pt: f64) {
        self.vector_pt[set] = self.vector_pt[set].max(pt);
    }

    /// A condition that these legs fulfil in each passing point.
    fn definite(&mut self, cut: &Limits, legs: &[usize]) {
        use Observable as O;
        let set = legs.iter().fold(0, |s, i| s | 1usize << i);
        if set == 0 {
            return;
        }
        let (lo, hi) = (cut.interval.lower(), cut.interval.upper());
        let one = match legs {
            [only] => Some(*only),
            _ => None,
        };
        match cut.observable {
            O::Mass | O::SqrtS => {
                let (lo, hi) = (lo.unwrap_or(0.0), hi.unwrap_or(f64::INFINITY));
                self.mass_min[set] = self.mass_min[set].max(lo);
                self.mass_max[set] = self.mass_max[set].min(hi);
            }
            O::Pt | O::Met => self.raise_pt(set, lo.unwrap_or(0.0)),
            O::Ht => self.scalar_pt.push((set, lo.unwrap_or(0.0))),
            O::TransverseMass => match (one, lo) {
                (Some(i), Some(mt)) if mt > self.masses[i] => {
                    self.raise_pt(set, (mt * mt - self.masses[i].powi(2)).sqrt());
                }
                // The invariant mass of a set is above its transverse mass.
                (None, Some(mt)) => self.mass_min[set] = self.mass_min[set].max(mt),
                _ => {}
            },
            O::TransverseEnergy => {
                if let (Some(i), Some(et)) = (one, lo)
                    && self.masses[i] == 0.0
                {
                    self.raise_pt(set, et);
                }
            }
            O::Eta | O::Rapidity => {
                let max = match (cut.abs, lo, hi) {
                    (true, _, Some(hi)) => hi,
                    (false, Some(lo), Some(hi)) => lo.abs().max(hi.abs()),
                    _ => return,
                };
                if let Some(i) = one {
                    let lower = |old: &mut Option<f64>| {
                        *old = Some(old.map_or(max, |o| o.min(max)));
                    };
                    if cut.observable == O::Eta || self.masses[i] == 0.0 {
                        lower(&mut self.eta_max[i]);
                    }
                    // |y| <= |eta| for any mass.
                    lower(&mut self.y_max[i]);
                }
            }
            O::DeltaR | O::DeltaY | O::DeltaPhi | O::DeltaEta => {
                let [i, j] = [legs[0].min(legs[1]), legs[0].max(legs[1])];
                let massless = self.masses[i] == 0.0 && self.masses[j] == 0.0;
                let which = match cut.observable {
                    O::DeltaR => 0,
                    O::DeltaPhi => 2,
                    O::DeltaEta if !massless => return,
                    _ => 1,
                };
                let at = i * self.masses.len() + j;
                self.pairs[at][which] = self.pairs[at][which].max(lo.unwrap_or(0.0));
            }
            // What recoils has at least the same momentum.
            O::CentreOfMassEnergy if set != self.mass_min.len() - 1 => {
                let all = self.mass_min.len() - 1;
                let least = lo.unwrap_or(0.0);
                let momentum = match one {
                    Some(i) => (least * least - self.masses[i].powi(2)).max(0.0).sqrt(),
                    None => 0.0,
                };
                self.mass_min[all] = self.mass_min[all].max(least + momentum);
            }
            O::Phi | O::Energy | O::CentreOfMassEnergy | O::Number => {}
            O::KtDurham(_) | O::PtLund => unreachable!("bounds of their own"),
        }
    }

    /// A merging scale that no emission among these legs is below.
    ///
    /// With `r = min(D, pi)` and `p` the smaller transverse momentum of a pair, which is
    /// at least the scale Q, `p dR > D Q` leaves
    /// `m^2 >= 2 p^2 (cosh dy - cos dphi) >= 2 (D Q / r)^2 (1 - cos r)`.
    ///
    /// The evolution pT of a massless emission is at most `sqrt(2) pt`, and `m / 2` of the
    /// pair that it makes: always beside a third massless leg; beside an incoming recoiler
    /// unless `m^2` is above a quarter of the energy squared, which is at least `2 Q^2`.
    fn merging(&mut self, cut: &Limits, legs: &[usize], incoming: Incoming) {
        let scale = cut.interval.lower().unwrap_or(0.0);
        let hadrons = incoming.any_hadron();
        let both = incoming.hadronic == [true; 2];
        let n_massless = legs.iter().filter(|&&i| self.masses[i] == 0.0).count();
        let (pt, mass, any_mass) = match cut.observable {
            Observable::KtDurham(d) if hadrons => {
                let d = d.value();
                let r = d.min(PI);
                let mass = scale * d / r * (2.0 * smallest_distance(r)).sqrt();
                (scale, mass, true)
            }
            Observable::KtDurham(_) => (0.0, scale, false),
            _ => {
                let pt = if both { scale * FRAC_1_SQRT_2 } else { 0.0 };
                let mass = if n_massless > 2 { 2.0 * scale } else { pt };
                (pt, mass, false)
            }
        };
        let is_bound = |i: usize, masses: &[f64]| any_mass || masses[i] == 0.0;
        for (at, &i) in legs.iter().enumerate() {
            if !is_bound(i, &self.masses) {
                continue;
            }
            self.raise_pt(1 << i, pt);
            for &j in &legs[at + 1..] {
                if is_bound(j, &self.masses) {
                    let pair = 1usize << i | 1 << j;
                    self.mass_min[pair] = self.mass_min[pair].max(mass);
                }
            }
        }
    }

    /// Draws the conclusions.
    fn complete(&mut self) {
        let all = self.mass_min.len() - 1;
        // What recoils has the same transverse momentum.
        for set in 1..all {
            let pt = self.vector_pt[set].max(self.vector_pt[all ^ set]);
            self.vector_pt[set] = pt;
        }
        for set in 1..=all {
            if set.count_ones() >= 2 {
                let below = self.lower_mass(set);
                self.mass_min[set] = self.mass_min[set].max(below);
            }
        }
        self.mass_min[all] = self.mass_min[all].max(self.lower_energy(all));
        // m(A) <= m(B) - m(B without A) for A inside B.
        for big in (1..=all).rev() {
            let max = self.mass_max[big];
            if max.is_finite() {
                for set in proper_subsets(big) {
                    let rest = self.mass_min[big ^ set];
                    let limit = (max - rest).max(0.0);
                    self.mass_max[set] = self.mass_max[set].min(limit);
                }
            }
        }
    }

    /// Lower bound on the mass of a set from pairs and parts, which must be done.
    fn lower_mass(&self, set: usize) -> f64 {
        let members: Vec<usize> = members(set).collect();
        let n = members.len();
        if n == 2 {
            return self.lower_pair_mass(members[0], members[1]);
        }
        // m^2 = sum over pairs of m_ij^2 - (n - 2) sum of m_i^2.
        let mut m2 = -((n - 2) as f64)
            * (members.iter())
                .map(|&i| self.masses[i].powi(2))
                .sum::<f64>();
        for (a, &i) in members.iter().enumerate() {
            for &j in &members[a + 1..] {
                m2 += self.mass_min[1 << i | 1 << j].powi(2);
            }
        }
        let parts = proper_subsets(set)
            .map(|part| self.mass_min[part] + self.mass_min[set ^ part])
            .fold(0.0, f64::max);
        parts.max(m2.max(0.0).sqrt())
    }

    /// Lower bound on the mass of a pair from distances.
    ///
    /// m^2 = m_i^2 + m_j^2 + 2 (m_T,i m_T,j cosh dy - pt_i pt_j cos dphi) and
    /// m_T,i m_T,j >= m_i m_j + pt_i pt_j give
    /// m^2 >= (m_i + m_j)^2 + 2 pt_i pt_j (cosh dy - cos dphi).
    fn lower_pair_mass(&self, i: usize, j: usize) -> f64 {
        let [dr, dy, dphi] = self.pairs[i * self.masses.len() + j];
        let pt2 = self.vector_pt[1 << i] * self.vector_pt[1 << j];
        let distance = smallest_distance(dr).max(dy.cosh_same() - dphi.min(PI).cos_same());
        let m = self.masses[i] + self.masses[j];
        (m * m + 2.0 * pt2 * distance).sqrt()
    }

    /// Lower bound on the mass of the final state.
    ///
    /// Without total transverse momentum it is at least the sum of the
    /// transverse masses of the parts of any partition.
    fn lower_energy(&self, all: usize) -> f64 {
        let part = |set: usize| {
            let mut scalar: f64 = members(set).map(|i| self.vector_pt[1 << i]).sum();
            for &(inside, pt) in &self.scalar_pt {
                if inside & !set == 0 {
                    scalar = scalar.max(pt);
                }
            }
            scalar = scalar.max(self.vector_pt[set]);
            let legs: f64 = members(set)
                .map(|i| self.masses[i].hypot_same(self.vector_pt[1 << i]))
                .sum();
            legs.max(self.sum_of_masses(set).hypot_same(scalar))
                .max(self.mass_min[set].hypot_same(self.vector_pt[set]))
        };
        proper_subsets(all)
            .map(|set| part(set) + part(all ^ set))
            .fold(part(all), f64::max)
    }
}

/// The smallest `cosh(dy) - cos(dphi)` at `dy^2 + dphi^2 >= r^2`.
///
/// Along the circle it grows with |dy|, as sinh(x)/x >= 1 >= sin(x)/x, so the
/// minimum is at the smallest |dy| that |dphi| <= pi allows.
fn smallest_distance(r: f64) -> f64 {
    let dy = (r * r - PI * PI).max(0.0).sqrt();
    dy.cosh_same() - r.min(PI).cos_same()
}

fn members(set: usize) -> impl Iterator<Item = usize> {
    (0..usize::BITS as usize).filter(move |i| set >> i & 1 == 1)
}

/// Subsets other than the empty and the whole set.
fn proper_subsets(set: usize) -> impl Iterator<Item = usize> {
    let next = move |sub: &usize| Some((sub.wrapping_sub(1)) & set).filter(|s| *s != 0);
    std::iter::successors(next(&set), next)
}

#[cfg(test)]
mod tests;
