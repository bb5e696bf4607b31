//! One channel: a chain of maps from the hypercube to momenta, and back.
//!
//! Invariants are drawn from the outside in, then the systems split, t-channel
//! exchanges from the side of leg 0. Points are processed in blocks that stay
//! in cache. Knows a tree of systems with masses and limits; knows no matrix
//! element, PDF or flow.
//! Sources: Byckling and Kajantie, Nucl. Phys. B9 (1969) 568; hep-ph/0208156.

use std::f64::consts::PI;

use serde::Serialize;

use super::emission::Emission;
use super::initial::Initial;
use super::invariant::InvariantMap;
use super::mapping::Mapping;
use super::orientation::{Azimuths, Orientation};
use super::peripheral::Peripheral;
use super::points::Points;
use super::seen;
use super::step::{Angles, InvariantStep, STRIP, Scratch, SplitStep, Strip};
use super::t_channel::{Exchange, Range};
use super::two_body::{AXES, TwoBody, turn};
use crate::elementary::Elementary;
use crate::kinematics::{FourVector, boost_to_rest, dot, transverse_axes};

/// What comes before systems split.
#[derive(Clone, Debug, Serialize)]
pub(super) enum Outset {
    /// The whole final state is one system.
    Whole,
    /// Hadrons emit systems.
    Emission(Emission),
    /// The beams go on, and what they emit makes a system.
    Peripheral(Peripheral),
}

/// A compiled channel.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Channel {
    pub(super) n_in: usize,
    pub(super) n_out: usize,
    pub(super) initial: Initial,
    pub(super) initial_map: InvariantMap,
    pub(super) outset: Outset,
    pub(super) invariants: Vec<InvariantStep>,
    pub(super) splits: Vec<SplitStep>,
    pub(super) n_nodes: usize,
    /// Node and squared mass of every final leg.
    pub(super) leaves: Vec<(usize, f64)>,
}

impl Channel {
    /// Coordinates of the hypercube.
    pub fn n_dim(&self) -> usize {
        let first = match &self.outset {
            Outset::Whole => self.initial.n_dim(),
            Outset::Emission(emission) => emission.n_dim(),
            Outset::Peripheral(_) => Peripheral::N_DIM,
        };
        first + self.invariants.len() + 2 * self.splits.len()
    }

    /// The coordinates that say how an event lies; `None` with a single leg.
    fn azimuths(&self) -> Option<Azimuths> {
        let of_splits = self.n_dim() - 2 * self.splits.len();
        let first = self.invariants.len();
        let of_outset = match &self.outset {
            Outset::Whole => 0..0,
            Outset::Emission(emission) => first..of_splits - emission.n_parts(),
            Outset::Peripheral(_) => first..of_splits - 1,
        };
        let all = of_outset.chain(of_splits..self.n_dim());
        let mut azimuths = all.skip(1).step_by(2);
        let (node, zero) = match (&self.outset, self.splits.first()) {
            (Outset::Emission(emission), _) => (emission.nodes().next()?, 0.0),
            (Outset::Peripheral(map), _) => (map.nodes()[0], 0.0),
            (Outset::Whole, Some(split)) => split.first_azimuth(),
            (Outset::Whole, None) => return None,
        };
        Some(Azimuths {
            node,
            zero,
            first: azimuths.next()?,
            second: azimuths.next(),
        })
    }

    /// Energies and momentum of the incoming legs in the partonic frame.
    #[inline(always)]
    fn incoming(&self, s_hat: f64) -> TwoBody {
        TwoBody::new(s_hat, self.initial.m2[0], self.initial.m2[1])
    }

    /// Maps points `u` (`[n_dim, n_batch]`) to momenta.
    pub fn forward(&self, u: &[f64], n_batch: usize, out: &mut Points) {
        out.resize(self.n_in + self.n_out, n_batch);
        let mut scratch = Scratch {
            // The last one is all that the beams have.
            s: vec![[1.0; STRIP]; self.n_nodes + 1],
            t: vec![[0.0; STRIP]; self.n_nodes],
            p: vec![[[0.0; STRIP]; 4]; self.n_nodes],
        };
        for &(at, m2) in &self.leaves {
            scratch.s[at] = [m2; STRIP];
        }
        scratch.s[self.n_nodes] = [self.initial.hi; STRIP];
        let azimuths = self.azimuths();
        let zero = [azimuths.map_or(0.0, |a| a.zero); STRIP];
        let mut half = [0.0; STRIP];
        let mut start = 0;
        while start < n_batch {
            let n = STRIP.min(n_batch - start);
            let given = |dim: usize| &u[dim * n_batch + start..dim * n_batch + start + n];
            if let Some(second) = azimuths.and_then(|a| a.second) {
                let scaled = given(second).iter().map(|r| 0.5 * r);
                half.iter_mut().zip(scaled).for_each(|(h, r)| *h = r);
            }
            let coordinate = |dim: usize| match azimuths {
                Some(a) if a.first == dim => &zero[..n],
                Some(a) if a.second == Some(dim) => &half[..n],
                _ => given(dim),
            };
            let det = self.block(coordinate, &mut scratch, start, n, out);
            if let Some(a) = azimuths {
                self.orient(given(a.first), a.second.is_some(), &mut scratch);
            }
            self.finish(&det, &scratch, start, n, out);
            start += n;
        }
    }

    fn block<'u>(
        &self,
        coordinate: impl Fn(usize) -> &'u [f64],
        scratch: &mut Scratch,
        start: usize,
        n: usize,
        out: &mut Points,
    ) -> Strip {
        let mut det = [1.0; STRIP];
        let mut dim = 0;
        if matches!(self.outset, Outset::Whole) {
            self.start(&coordinate, &mut det, scratch, start, n, out);
            dim = self.initial.n_dim();
        }
        for step in &self.invariants {
            step.forward(coordinate(dim), &mut scratch.s, &mut det);
            dim += 1;
        }
        if let Outset::Peripheral(map) = &self.outset {
            out.s_hat[start..start + n].fill(self.initial.s);
            out.x1[start..start + n].fill(1.0);
            out.x2[start..start + n].fill(1.0);
            let r = std::array::from_fn(|j| coordinate(dim + j));
            map.draw(r, scratch, &mut det);
            dim += Peripheral::N_DIM;
        }
        if let Outset::Emission(emission) = &self.outset {
            let first = dim;
            for k in 0..n {
                let r = |j: usize| coordinate(first + j)[k];
                let Some(emitted) = emission.forward(r, |at| scratch.s[at][k]) else {
                    det[k] = 0.0;
                    scratch.s[0][k] = self.initial.hi;
                    out.s_hat[start + k] = self.initial.hi;
                    (out.x1[start + k], out.x2[start + k]) = (1.0, 1.0);
                    continue;
                };
                for (at, p) in emission.nodes().zip(&emitted.p) {
                    for mu in 0..4 {
                        scratch.p[at][mu][k] = p[mu];
                    }
                }
                scratch.s[0][k] = emitted.s_hat;
                out.s_hat[start + k] = emitted.s_hat;
                [out.x1[start + k], out.x2[start + k]] = emitted.x;
                det[k] *= emitted.det;
            }
            dim += emission.n_dim();
        }
        for step in &self.splits {
            let (r, phi) = (coordinate(dim), coordinate(dim + 1));
            match &step.angles {
                Angles::Flat => step.decay(r, phi, scratch, &mut det),
                Angles::Exchange(map) => self.exchange(step, map, r, phi, scratch, &mut det),
                Angles::Seen(map) => {
                    let x = [&out.x1[start..start + n], &out.x2[start..start + n]];
                    step.seen(map, r, phi, x, scratch, &mut det);
                }
            }
            dim += 2;
        }
        det
    }

    /// Turns and reflects the events of a block.
    fn orient(&self, r: &[f64], two: bool, scratch: &mut Scratch) {
        for (k, &r) in r.iter().enumerate() {
            let orientation = Orientation::from_coordinate(r, two);
            for &(at, _) in &self.leaves {
                let [_, x, y, _] = &mut scratch.p[at];
                [x[k], y[k]] = orientation.apply([x[k], y[k]]);
            }
        }
    }

    /// Draws `s_hat` and the momentum fractions.
    fn start<'u>(
        &self,
        coordinate: impl Fn(usize) -> &'u [f64],
        det: &mut Strip,
        scratch: &mut Scratch,
        start: usize,
        n: usize,
        out: &mut Points,
    ) {
        let n_initial = self.initial.n_dim();
        for k in 0..n {
            let mut r = [0.0; 2];
            for (j, r) in r.iter_mut().enumerate().take(n_initial) {
                *r = coordinate(j)[k];
            }
            let (s_hat, x1, x2, d) = self.initial.forward(&self.initial_map, r);
            scratch.s[0][k] = s_hat;
            scratch.p[0][0][k] = s_hat.sqrt();
            out.s_hat[start + k] = s_hat;
            out.x1[start + k] = x1;
            out.x2[start + k] = x2;
            det[k] = d;
        }
    }

    /// Writes the momenta of a block, zero for points that do not exist.
    fn finish(&self, det: &Strip, scratch: &Scratch, start: usize, n: usize, out: &mut Points) {
        for k in 0..n {
            let alive = det[k].is_finite() && det[k] > 0.0;
            out.det[start + k] = if alive { det[k] } else { 0.0 };
            let beam = self.incoming(scratch.s[0][k]);
            let legs: [FourVector; 2] = if self.n_in == 1 {
                [[beam.mass, 0.0, 0.0, 0.0], [0.0; 4]]
            } else {
                [[beam.e_a, 0.0, 0.0, beam.p], [beam.e_b, 0.0, 0.0, -beam.p]]
            };
            for (leg, p) in legs.into_iter().enumerate().take(self.n_in) {
                out.momenta
                    .set(leg, start + k, if alive { p } else { [0.0; 4] });
            }
        }
        for (leg, &(at, _)) in self.leaves.iter().enumerate() {
            for mu in 0..4 {
                let row = &mut out.momenta.component_mut(self.n_in + leg, mu)[start..start + n];
                for k in 0..n {
                    let dead = out.det[start + k] == 0.0;
                    row[k] = if dead { 0.0 } else { scratch.p[at][mu][k] };
                }
            }
        }
    }

    fn exchange(
        &self,
        step: &SplitStep,
        map: &Exchange,
        r: &[f64],
        phi: &[f64],
        scratch: &mut Scratch,
        det: &mut Strip,
    ) {
        let m2 = self.initial.m2;
        for k in 0..r.len() {
            let s = scratch.s[step.node][k];
            let s_a = scratch.s[step.a][k];
            let s_b = scratch.s[step.b][k];
            let out = TwoBody::new(s, s_a, s_b);
            let come = [
                step.previous.map_or(m2[0], |at| scratch.t[at][k]),
                step.beyond.map_or(m2[1], |b| scratch.t[b.t][k]),
            ];
            let go = [s_a, s_b];
            let drop_min = step.drop_min(&out, go);
            let Some(range) = Range::new(s, come, go, &out, drop_min) else {
                det[k] = 0.0;
                continue;
            };
            let (t, drop, d) = map.forward(r[k], s, &range);
            det[k] *= d;
            scratch.t[step.node][k] = t;
            let turn = 2.0 * PI * phi[k];
            if step.node == 0 {
                let p = out.momentum(drop, turn, AXES);
                step.store(p, out.e_b, None, out.mass, k, scratch);
            } else {
                let frame = scratch.vector(step.node, k);
                let leg = step.beyond.map(|b| scratch.vector(b.leg, k));
                let axes = self.axes(scratch.s[0][k], leg, frame, out.mass);
                let p = out.momentum(drop, turn, axes);
                step.store(p, out.e_b, Some(frame), out.mass, k, scratch);
            }
        }
    }

    /// Axes in the rest frame of a system that leg 1, or what it emits on becoming
    /// `leg`, scatters with: z is opposite to that.
    #[inline(always)]
    fn axes(
        &self,
        s_hat: f64,
        leg: Option<FourVector>,
        frame: FourVector,
        mass: f64,
    ) -> [[f64; 3]; 3] {
        let beam = self.incoming(s_hat);
        let mut k = [beam.e_b, 0.0, 0.0, -beam.p];
        if let Some(leg) = leg {
            k = std::array::from_fn(|mu| k[mu] - leg[mu]);
        }
        let k = boost_to_rest(k, frame, mass);
        let norm = -1.0 / (k[1] * k[1] + k[2] * k[2] + k[3] * k[3]).sqrt();
        let z = [k[1] * norm, k[2] * norm, k[3] * norm];
        let (x, y) = transverse_axes(z);
        [x, y, z]
    }

    /// Coordinates (`[n_dim, n_batch]`) and `1/det` (`[n_batch]`) of points.
    ///
    /// `det_inv` is 0 where this channel cannot make the point.
    pub fn inverse(&self, points: &Points, u: &mut Vec<f64>, det_inv: &mut Vec<f64>) {
        let n_batch = points.n_batch();
        u.clear();
        u.resize(self.n_dim() * n_batch, 0.0);
        det_inv.clear();
        det_inv.resize(n_batch, 0.0);
        let mut p = vec![[0.0; 4]; self.n_nodes];
        let mut s = vec![0.0; self.n_nodes + 1];
        s[self.n_nodes] = self.initial.hi;
        let mut t = vec![0.0; self.n_nodes];
        let mut r = vec![0.0; self.n_dim()];
        let azimuths = self.azimuths();
        for k in 0..n_batch {
            for (leg, &(at, m2)) in self.leaves.iter().enumerate() {
                p[at] = points.momenta.get(self.n_in + leg, k);
                s[at] = m2;
            }
            for step in self.splits.iter().rev() {
                let sum: FourVector = std::array::from_fn(|mu| p[step.a][mu] + p[step.b][mu]);
                p[step.node] = sum;
                s[step.node] = dot(sum, sum);
            }
            s[0] = points.s_hat[k];
            let x = [points.x1[k], points.x2[k]];
            if let Some(d) = self.invert_turned(azimuths, &mut p, &s, &mut t, x, &mut r) {
                det_inv[k] = d;
                for (j, r) in r.iter().enumerate() {
                    u[j * n_batch + k] = r.clamp(0.0, 1.0);
                }
            }
        }
    }

    /// Turns an event until its first azimuth is 0, reflects it if the second one
    /// is more than half a turn, and inverts it.
    fn invert_turned(
        &self,
        azimuths: Option<Azimuths>,
        p: &mut [FourVector],
        s: &[f64],
        t: &mut [f64],
        x: [f64; 2],
        r: &mut [f64],
    ) -> Option<f64> {
        let Some(azimuths) = azimuths else {
            return self.invert(p, s, t, x, r);
        };
        let mut orientation = Orientation::of(p[azimuths.node]);
        for p in p.iter_mut() {
            [p[1], p[2]] = orientation.undo([p[1], p[2]]);
        }
        let mut det = self.invert(p, s, t, x, r)?;
        if let Some(second) = azimuths.second {
            if r[second] > 0.5 {
                orientation = orientation.reflected();
                p.iter_mut().for_each(|p| p[2] = -p[2]);
                det = self.invert(p, s, t, x, r)?;
            }
            r[second] *= 2.0;
        }
        r[azimuths.first] = orientation.coordinate(azimuths.second.is_some());
        Some(det)
    }

    fn invert(
        &self,
        p: &[FourVector],
        s: &[f64],
        t: &mut [f64],
        x: [f64; 2],
        r: &mut [f64],
    ) -> Option<f64> {
        let (mut det, mut dim) = (1.0, 0);
        if matches!(self.outset, Outset::Whole) {
            let (first, d) = self.initial.inverse(&self.initial_map, s[0], x);
            dim = self.initial.n_dim();
            r[..dim].copy_from_slice(&first[..dim]);
            det = d;
        }
        for step in &self.invariants {
            let other = if step.sibling_known {
                s[step.sibling].sqrt()
            } else {
                step.sibling_floor
            };
            let hi = step.top(s[step.parent], other);
            let value = clamp_near(s[step.node], step.lo, hi)?;
            let (u, d) = step.map.inverse(value, step.lo, hi);
            r[dim] = u;
            det *= d * 2.0 * PI;
            dim += 1;
        }
        if let Outset::Peripheral(map) = &self.outset {
            let [left, right, middle] = map.nodes();
            det *= map.inverse(p, s[middle], &mut r[dim..dim + Peripheral::N_DIM])?;
            dim += Peripheral::N_DIM;
            [t[left], t[right]] = map.transfers(p);
        }
        if let Outset::Emission(emission) = &self.outset {
            let n = emission.n_dim();
            det *= emission.inverse(p, s, s[0], x, &mut r[dim..dim + n])?;
            dim += n;
        }
        for step in &self.splits {
            let out = TwoBody::new(s[step.node], s[step.a], s[step.b]);
            if let Angles::Seen(map) = &step.angles {
                let [leg, other] = step.legs(map);
                let boost = 0.5 * (x[0] / x[1]).ln_same();
                let q = if step.node == 0 {
                    [out.mass, 0.0, 0.0, 0.0]
                } else {
                    p[step.node]
                };
                let system = seen::System::new(q, s[step.node], s[other], boost);
                let (u, d) = map.inverse(&system, p[leg])?;
                r[dim..dim + 2].copy_from_slice(&u);
                det *= d / out.measure();
                dim += 2;
                continue;
            }
            let root = step.node == 0;
            let rest = if root {
                p[step.a]
            } else {
                boost_to_rest(p[step.a], p[step.node], out.mass)
            };
            let (u, d, axes) = if let Angles::Exchange(map) = &step.angles {
                let m2 = self.initial.m2;
                let come = [
                    step.previous.map_or(m2[0], |at| t[at]),
                    step.beyond.map_or(m2[1], |b| t[b.t]),
                ];
                let go = [s[step.a], s[step.b]];
                let drop_min = step.drop_min(&out, go);
                let range = Range::new(s[step.node], come, go, &out, drop_min)?;
                let axes = if root {
                    AXES
                } else {
                    let leg = step.beyond.map(|b| p[b.leg]);
                    self.axes(s[0], leg, p[step.node], out.mass)
                };
                let z = axes[2];
                let along = rest[1] * z[0] + rest[2] * z[1] + rest[3] * z[2];
                let (x, y) = (axes[0], axes[1]);
                let px = rest[1] * x[0] + rest[2] * x[1] + rest[3] * x[2];
                let py = rest[1] * y[0] + rest[2] * y[1] + rest[3] * y[2];
                t[step.node] = range.transfer(along, px * px + py * py)?;
                let (u, d) = map.inverse(t[step.node], s[step.node], &range);
                (u, d, axes)
            } else {
                let cos_max = step.cos_max(&out);
                let cos = rest[3] / out.p;
                if cos_max <= 0.0 || cos.abs() > cos_max * (1.0 + 1e-9) {
                    return None;
                }
                let d = 1.0 / (out.measure() * cos_max);
                (0.5 * (cos / cos_max + 1.0), d, AXES)
            };
            r[dim] = u;
            r[dim + 1] = turn(rest, axes[0], axes[1]);
            det *= d;
            dim += 2;
        }
        (det.is_finite() && det > 0.0).then_some(det)
    }
}

/// The value, moved into the range if it is outside by rounding only.
fn clamp_near(value: f64, lo: f64, hi: f64) -> Option<f64> {
    let slack = 1e-9 * hi.abs().max(lo.abs());
    (lo < hi && value > lo - slack && value < hi + slack).then(|| value.clamp(lo, hi))
}
