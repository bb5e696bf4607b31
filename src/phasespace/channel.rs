//! One channel: a chain of maps from the hypercube to momenta, and back.
//!
//! Invariants are drawn from the outside in, then the systems split, t-channel
//! exchanges from the side of leg 0. Points are processed in blocks that stay
//! in cache. Knows a tree of systems with masses and limits; knows no matrix
//! element, PDF or flow.
//! Sources: Byckling and Kajantie, Nucl. Phys. B9 (1969) 568; hep-ph/0208156.

use std::f64::consts::PI;

use super::bounds::Limits;
use super::choice::{exchange_map, system_map, total_map};
use super::emission::{Emission, System, recoils};
use super::initial::Initial;
use super::invariant::InvariantMap;
use super::mapping::Mapping;
use super::points::Points;
use super::rambo::Diet;
use super::seen::{self, Seen};
use super::t_channel::{Exchange, Range};
use super::tree::{Split, Tree};
use super::two_body::{AXES, TwoBody, turn};
use crate::kinematics::{FourVector, boost_from_rest, boost_to_rest, dot, transverse_axes};

/// Points per block.
const LANES: usize = 64;
type Lanes = [f64; LANES];

/// Draws the invariant of one system.
#[derive(Clone, Debug)]
struct InvariantStep {
    node: usize,
    parent: usize,
    sibling: usize,
    /// The sibling's invariant is known already.
    sibling_known: bool,
    /// Smallest mass of the sibling.
    sibling_floor: f64,
    lo: f64,
    hi: f64,
    map: InvariantMap,
}

/// What the directions of the parts of a system follow.
#[derive(Clone, Debug)]
enum Angles {
    /// Nothing: isotropic in the rest frame.
    Flat,
    /// The momentum transfer of an exchange.
    Exchange(Exchange),
    /// Cuts on a leg.
    Seen(Seen),
}

/// Splits one system.
#[derive(Clone, Debug)]
struct SplitStep {
    node: usize,
    a: usize,
    b: usize,
    angles: Angles,
    /// The system whose exchange made this one, if any: its `t` comes in here.
    previous: Option<usize>,
    /// Smallest transverse momentum squared of the parts; only for the whole
    /// final state, whose axes are those of the beams.
    pt2: f64,
}

/// A compiled channel.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    n_in: usize,
    n_out: usize,
    initial: Initial,
    initial_map: InvariantMap,
    /// How hadrons emit the systems of the final state; `None` if the whole
    /// final state is one system that splits.
    emission: Option<Emission>,
    invariants: Vec<InvariantStep>,
    splits: Vec<SplitStep>,
    n_nodes: usize,
    /// Node and squared mass of every final leg.
    leaves: Vec<(usize, f64)>,
}

struct Scratch {
    s: Vec<Lanes>,
    t: Vec<Lanes>,
    p: Vec<[Lanes; 4]>,
}

impl Channel {
    /// Compiles a tree in which the lines of the nodes in `on_shell` are
    /// expected on their mass shell. With `flat`, invariants follow RAMBO.
    pub fn new(
        tree: &Tree,
        on_shell: &[usize],
        flat: bool,
        limits: &Limits,
        initial: Initial,
        n_in: usize,
    ) -> Self {
        Self::compile(tree, on_shell, &[], flat, limits, initial, n_in)
    }

    /// Compiles the systems at some nodes of a tree, emitted by two hadrons:
    /// how they come from exchanges does not matter. One channel for each
    /// system that may take the recoil, with the node of that system.
    pub fn emitted(
        tree: &Tree,
        on_shell: &[usize],
        systems: &[usize],
        limits: &Limits,
        initial: Initial,
    ) -> Vec<(usize, Self)> {
        let nominal = tree.nominal(limits, on_shell);
        let told: Vec<System> = systems
            .iter()
            .map(|&node| System {
                node,
                set: tree.nodes[node].set,
                nominal: nominal[node],
            })
            .collect();
        let parts = Self::compile(tree, on_shell, systems, false, limits, initial, 2);
        recoils(&told, limits)
            .into_iter()
            .map(|recoil| {
                let emission = Emission::new(&told, recoil, limits, &initial);
                let channel = Self {
                    emission: Some(emission),
                    ..parts.clone()
                };
                (systems[recoil], channel)
            })
            .collect()
    }

    /// Compiles a tree, or what is inside some of its nodes.
    fn compile(
        tree: &Tree,
        on_shell: &[usize],
        systems: &[usize],
        flat: bool,
        limits: &Limits,
        initial: Initial,
        n_in: usize,
    ) -> Self {
        let n_out = limits.masses.len();
        let nominal = tree.nominal(limits, on_shell);
        let map = |at: usize| {
            if flat && at > 0 {
                InvariantMap::Diet(Diet {
                    k: tree.nodes[at].set.count_ones() - 1,
                })
            } else if flat {
                total_map(None, &nominal, false, &initial)
            } else if at == 0 {
                let node = &tree.nodes[0];
                total_map(Some(node), &nominal, on_shell.contains(&0), &initial)
            } else {
                let node = &tree.nodes[at];
                system_map(node, nominal[at], on_shell.contains(&at), limits, &initial)
            }
        };
        let mut channel = Self {
            n_in,
            n_out,
            initial,
            initial_map: map(0),
            emission: None,
            invariants: Vec::new(),
            splits: Vec::new(),
            n_nodes: tree.nodes.len(),
            leaves: vec![(0, 0.0); n_out],
        };
        let floor = |at: usize| limits.s_min[tree.nodes[at].set as usize].sqrt();
        let all: f64 = systems.iter().map(|&at| floor(at)).sum();
        let mut previous = vec![None; tree.nodes.len()];
        for (at, node) in tree.nodes.iter().enumerate() {
            if !(systems.is_empty() || tree.is_inside(node.set, systems)) {
                continue;
            }
            if systems.contains(&at) && node.split.is_some() {
                channel.invariants.push(InvariantStep {
                    node: at,
                    parent: tree.nodes.len(),
                    sibling: tree.nodes.len(),
                    sibling_known: false,
                    sibling_floor: all - floor(at),
                    lo: limits.s_min[node.set as usize],
                    hi: limits.s_max[node.set as usize],
                    map: map(at),
                });
            }
            let (a, b, line) = match node.split {
                None => {
                    let leg = node.set.trailing_zeros() as usize;
                    channel.leaves[leg] = (at, limits.masses[leg] * limits.masses[leg]);
                    continue;
                }
                Some(Split::Decay(a, b)) => (a, b, None),
                Some(Split::Exchange(a, b, line)) => {
                    previous[b] = Some(at);
                    (a, b, Some(line))
                }
            };
            let rank = |at: usize| {
                let node = &tree.nodes[at];
                let width = node.line.map_or(f64::INFINITY, |l| l.width);
                match (on_shell.contains(&at), node.line.is_some()) {
                    (true, _) => (0, width),
                    (false, true) => (1, width),
                    (false, false) => (2, width),
                }
            };
            let (first, second) = if rank(b) < rank(a) { (b, a) } else { (a, b) };
            let is_leaf = |at: usize| tree.nodes[at].split.is_none();
            for (at_child, sibling, known) in
                [(first, second, is_leaf(second)), (second, first, true)]
            {
                if is_leaf(at_child) {
                    continue;
                }
                let set = tree.nodes[at_child].set as usize;
                channel.invariants.push(InvariantStep {
                    node: at_child,
                    parent: at,
                    sibling,
                    sibling_known: known,
                    sibling_floor: limits.s_min[tree.nodes[sibling].set as usize].sqrt(),
                    lo: limits.s_min[set],
                    hi: limits.s_max[set],
                    map: map(at_child),
                });
            }
            let pt2 = if at == 0 {
                let of = |at: usize| limits.pt2_of(tree.nodes[at].set);
                of(a).max(of(b))
            } else {
                0.0
            };
            let angles = if let Some(line) = line {
                Angles::Exchange(exchange_map(line.mass, limits))
            } else {
                let seen = Seen::of(tree, [a, b], limits, initial.boost);
                seen.filter(|_| initial.boost_is_known() && !flat)
                    .map_or(Angles::Flat, Angles::Seen)
            };
            channel.splits.push(SplitStep {
                node: at,
                a,
                b,
                angles,
                previous: previous[at],
                pt2,
            });
        }
        channel
    }

    /// Coordinates of the hypercube.
    pub fn n_dim(&self) -> usize {
        let first = match &self.emission {
            Some(emission) => emission.n_dim(),
            None => self.initial.n_dim(),
        };
        first + self.invariants.len() + 2 * self.splits.len()
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
            s: vec![[1.0; LANES]; self.n_nodes + 1],
            t: vec![[0.0; LANES]; self.n_nodes],
            p: vec![[[0.0; LANES]; 4]; self.n_nodes],
        };
        for &(at, m2) in &self.leaves {
            scratch.s[at] = [m2; LANES];
        }
        scratch.s[self.n_nodes] = [self.initial.hi; LANES];
        let mut start = 0;
        while start < n_batch {
            let n = LANES.min(n_batch - start);
            let coordinate = |dim: usize| &u[dim * n_batch + start..dim * n_batch + start + n];
            self.block(coordinate, &mut scratch, start, n, out);
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
    ) {
        let mut det = [1.0; LANES];
        let mut dim = 0;
        if self.emission.is_none() {
            self.start(&coordinate, &mut det, scratch, start, n, out);
            dim = self.initial.n_dim();
        }
        for step in &self.invariants {
            step.forward(coordinate(dim), &mut scratch.s, &mut det);
            dim += 1;
        }
        if let Some(emission) = &self.emission {
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
        self.finish(&det, scratch, start, n, out);
    }

    /// Draws `s_hat` and the momentum fractions.
    fn start<'u>(
        &self,
        coordinate: impl Fn(usize) -> &'u [f64],
        det: &mut Lanes,
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
    fn finish(&self, det: &Lanes, scratch: &Scratch, start: usize, n: usize, out: &mut Points) {
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
        det: &mut Lanes,
    ) {
        let m2 = self.initial.m2;
        for k in 0..r.len() {
            let s = scratch.s[step.node][k];
            let s_a = scratch.s[step.a][k];
            let out = TwoBody::new(s, s_a, scratch.s[step.b][k]);
            let t_q = step.previous.map_or(m2[0], |at| scratch.t[at][k]);
            let Some(range) = Range::new(s, t_q, m2[1], s_a, &out, step.pt2) else {
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
                let axes = self.axes(scratch.s[0][k], frame, out.mass);
                let p = out.momentum(drop, turn, axes);
                step.store(p, out.e_b, Some(frame), out.mass, k, scratch);
            }
        }
    }

    /// Axes in the rest frame of a system that leg 1 scatters with: z is
    /// opposite to leg 1.
    #[inline(always)]
    fn axes(&self, s_hat: f64, frame: FourVector, mass: f64) -> [[f64; 3]; 3] {
        let beam = self.incoming(s_hat);
        let k = boost_to_rest([beam.e_b, 0.0, 0.0, -beam.p], frame, mass);
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
            if let Some(d) = self.invert(&p, &s, &mut t, x, &mut r) {
                det_inv[k] = d;
                for (j, r) in r.iter().enumerate() {
                    u[j * n_batch + k] = r.clamp(0.0, 1.0);
                }
            }
        }
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
        if self.emission.is_none() {
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
        if let Some(emission) = &self.emission {
            let n = emission.n_dim();
            det *= emission.inverse(p, s, s[0], x, &mut r[dim..dim + n])?;
            dim += n;
        }
        for step in &self.splits {
            let out = TwoBody::new(s[step.node], s[step.a], s[step.b]);
            if let Angles::Seen(map) = &step.angles {
                let [leg, other] = step.legs(map);
                let boost = 0.5 * (x[0] / x[1]).ln();
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
                let t_q = step.previous.map_or(m2[0], |at| t[at]);
                let range = Range::new(s[step.node], t_q, m2[1], s[step.a], &out, step.pt2)?;
                let axes = if root {
                    AXES
                } else {
                    self.axes(s[0], p[step.node], out.mass)
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

impl InvariantStep {
    /// Upper limit from the parent's invariant and the sibling's mass.
    #[inline(always)]
    fn top(&self, s_parent: f64, sibling_mass: f64) -> f64 {
        let room = (s_parent.sqrt() - sibling_mass).max(0.0);
        self.hi.min(room * room)
    }

    #[inline(always)]
    fn forward(&self, r: &[f64], s: &mut [Lanes], det: &mut Lanes) {
        match &self.map {
            InvariantMap::Resonance(map) => self.draw(map, r, s, det),
            InvariantMap::Power(map) => self.draw(map, r, s, det),
            InvariantMap::Threshold(map) => self.draw(map, r, s, det),
            InvariantMap::Diet(map) => self.draw(map, r, s, det),
        }
    }

    #[inline(always)]
    fn draw(&self, map: &impl Mapping, r: &[f64], s: &mut [Lanes], det: &mut Lanes) {
        for k in 0..r.len() {
            let other = if self.sibling_known {
                s[self.sibling][k].sqrt()
            } else {
                self.sibling_floor
            };
            let hi = self.top(s[self.parent][k], other);
            if self.lo < hi {
                let (value, d) = map.forward(r[k], self.lo, hi);
                s[self.node][k] = value;
                det[k] *= d / (2.0 * PI);
            } else {
                s[self.node][k] = self.lo;
                det[k] = 0.0;
            }
        }
    }
}

impl SplitStep {
    #[inline(always)]
    fn cos_max(&self, out: &TwoBody) -> f64 {
        if self.pt2 > 0.0 {
            out.cos_max(self.pt2)
        } else {
            1.0
        }
    }

    #[inline(always)]
    fn decay(&self, r: &[f64], phi: &[f64], scratch: &mut Scratch, det: &mut Lanes) {
        for k in 0..r.len() {
            let out = TwoBody::new(
                scratch.s[self.node][k],
                scratch.s[self.a][k],
                scratch.s[self.b][k],
            );
            let cos_max = self.cos_max(&out);
            det[k] *= out.measure() * cos_max.max(0.0);
            let drop = 1.0 - cos_max * (2.0 * r[k] - 1.0);
            let p = out.momentum(drop, 2.0 * PI * phi[k], AXES);
            let frame = (self.node != 0).then(|| scratch.vector(self.node, k));
            self.store(p, out.e_b, frame, out.mass, k, scratch);
        }
    }

    /// `x` are the momentum fractions of the incoming legs.
    #[inline(always)]
    fn seen(
        &self,
        map: &Seen,
        r: &[f64],
        phi: &[f64],
        x: [&[f64]; 2],
        scratch: &mut Scratch,
        det: &mut Lanes,
    ) {
        let [leg, other] = self.legs(map);
        for k in 0..r.len() {
            if det[k] == 0.0 {
                continue;
            }
            let q = scratch.vector(self.node, k);
            let (m2, m2_other) = (scratch.s[self.node][k], scratch.s[other][k]);
            let boost = 0.5 * (x[0][k] / x[1][k]).ln();
            let system = seen::System::new(q, m2, m2_other, boost);
            let Some((p, volume)) = map.forward(&system, [r[k], phi[k]]) else {
                det[k] = 0.0;
                continue;
            };
            det[k] *= volume * TwoBody::new(m2, 0.0, m2_other).measure();
            for mu in 0..4 {
                scratch.p[leg][mu][k] = p[mu];
                scratch.p[other][mu][k] = q[mu] - p[mu];
            }
        }
    }

    /// The nodes of a leg that must be seen and of its partner.
    fn legs(&self, map: &Seen) -> [usize; 2] {
        if map.swapped {
            [self.b, self.a]
        } else {
            [self.a, self.b]
        }
    }

    /// Boosts the two parts to the common frame and keeps them.
    #[inline(always)]
    fn store(
        &self,
        p: FourVector,
        e_b: f64,
        frame: Option<FourVector>,
        mass: f64,
        k: usize,
        scratch: &mut Scratch,
    ) {
        let other = [e_b, -p[1], -p[2], -p[3]];
        let (a, b) = match frame {
            None => (p, other),
            Some(frame) => (
                boost_from_rest(p, frame, mass),
                boost_from_rest(other, frame, mass),
            ),
        };
        for mu in 0..4 {
            scratch.p[self.a][mu][k] = a[mu];
            scratch.p[self.b][mu][k] = b[mu];
        }
    }
}

impl Scratch {
    #[inline(always)]
    fn vector(&self, at: usize, k: usize) -> FourVector {
        let p = &self.p[at];
        [p[0][k], p[1][k], p[2][k], p[3][k]]
    }
}
