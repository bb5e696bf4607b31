//! A topology as a binary tree of invariants: which system splits into which.
//!
//! Knows sets of legs, masses and widths; knows no map and no momentum.
//! Sources: Byckling and Kajantie, Nucl. Phys. B9 (1969) 568; hep-ph/0208156.

use super::bounds::Limits;
use super::error::PhaseSpaceError;
use crate::diagram::{LegSet, Topology};

/// A propagator in the numbering of final legs (bit k = k-th final leg).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    /// Final legs on the side of leg 0 (t-channel) or of the decay (s-channel).
    pub set: u32,
    /// Whether the momentum is space-like.
    pub t_channel: bool,
    pub mass: f64,
    /// 0 for space-like lines.
    pub width: f64,
    /// Position in the topology's list.
    pub source: usize,
}

/// Exchange or not, set, bits of mass and width of a line.
pub(super) type LineKey = (bool, u32, u64, u64);

impl Line {
    /// What two lines must share to be the same for the phase space.
    pub fn key(&self) -> LineKey {
        (
            self.t_channel,
            self.set,
            self.mass.to_bits(),
            self.width.to_bits(),
        )
    }

    /// What tells its place and its peak: for the key of a channel.
    pub fn told(&self) -> (bool, u32, f64, f64) {
        (self.t_channel, self.set, self.mass, self.width)
    }

    /// Whether its pole is at the edge of what the masses of its legs allow, or
    /// below: radiation off a stable particle.
    pub(crate) fn radiates(&self, limits: &Limits) -> bool {
        self.mass * self.mass <= limits.threshold(self.set) * (1.0 + 1e-9)
    }

    /// Whether cuts keep it above a pole that its legs could reach.
    pub(crate) fn is_tail(&self, limits: &Limits) -> bool {
        let lo = limits.s_min[self.set as usize];
        !self.t_channel && !self.radiates(limits) && self.mass * self.mass <= lo * (1.0 + 1e-9)
    }

    /// Width that maps and weights use: a massive line without width is
    /// regulated with a thousandth of its mass.
    pub(crate) fn map_width(&self) -> f64 {
        if self.width > 0.0 {
            self.width
        } else {
            1e-3 * self.mass
        }
    }
}

/// How a system splits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Split {
    /// Isotropic in its rest frame.
    Decay(usize, usize),
    /// By the exchange of a line: the first node is on the side of leg 0.
    Exchange(usize, usize, Line),
}

/// A system of final legs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    pub set: u32,
    /// The s-channel line of this system, if any.
    pub line: Option<Line>,
    /// `None` for a single leg.
    pub split: Option<Split>,
}

/// Systems of a topology; the first is the whole final state, parents come
/// before their parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub lines: Vec<Line>,
    /// All splittings are given by the topology, none was made up.
    pub complete: bool,
    /// Where both beams go on and only emit something massless: the nodes of what
    /// beam 1 and beam 2 become, and of the system that the emitted make.
    pub peripheral: Option<[usize; 3]>,
}

/// Brings the sets of a topology to final-leg numbering.
pub(super) fn lines_of(
    topology: &Topology,
    n_in: usize,
    n_out: usize,
) -> Result<Vec<Line>, PhaseSpaceError> {
    let all: u32 = (1 << (n_in + n_out)) - 1;
    let full: u32 = (1 << n_out) - 1;
    let mut lines = Vec::with_capacity(topology.propagators.len());
    for (source, p) in topology.propagators.iter().enumerate() {
        let bad = PhaseSpaceError::NotATree { legs: p.set };
        if p.set & !all != 0 {
            return Err(bad);
        }
        let incoming = p.set & ((1 << n_in) - 1);
        let opposite = if n_in == 2 { incoming == 2 } else { false };
        let flip = opposite || incoming == (1 << n_in) - 1;
        let set = if flip { all ^ p.set } else { p.set };
        let t_channel = n_in == 2 && set & 3 == 1;
        let set = set >> n_in;
        let trivial = if t_channel {
            set == 0 || set == full
        } else {
            set.count_ones() < 2 || (n_in == 1 && set == full)
        };
        if trivial {
            return Err(bad);
        }
        lines.push(Line {
            set,
            t_channel,
            mass: p.mass,
            width: if t_channel { 0.0 } else { p.width },
            source,
        });
    }
    Ok(lines)
}

impl Tree {
    /// Builds the tree; systems with more than two parts are split one part
    /// after the other.
    ///
    /// `goes_on` are the legs that beam 1 and beam 2 may become by emitting a photon: such a leg is split off first, since its momentum transfer has
    /// the steepest peak, and digits only where it is drawn.
    pub fn new(
        lines: Vec<Line>,
        n_in: usize,
        n_out: usize,
        goes_on: [u32; 2],
    ) -> Result<Self, PhaseSpaceError> {
        let full: u32 = (1 << n_out) - 1;
        let refuse = |line: &Line| PhaseSpaceError::NotATree {
            legs: (line.set << n_in) | LegSet::from(line.t_channel),
        };
        for (k, a) in lines.iter().enumerate() {
            for b in &lines[..k] {
                let common = a.set & b.set;
                let nested = common == a.set || common == b.set;
                let fits = match (a.t_channel, b.t_channel) {
                    (true, true) => nested && a.set != b.set,
                    (false, false) => (nested && a.set != b.set) || common == 0,
                    // A system lies on one side of every exchange.
                    (true, false) => common == b.set || common == 0,
                    (false, true) => common == a.set || common == 0,
                };
                if !fits {
                    return Err(refuse(a));
                }
            }
        }
        let mut chain: Vec<Line> = lines.iter().filter(|l| l.t_channel).copied().collect();
        chain.sort_by_key(|l| l.set.count_ones());
        let mut tree = Self {
            nodes: Vec::with_capacity(2 * n_out),
            lines,
            complete: true,
            peripheral: None,
        };
        let emits = |line: &Line, leg: u32, goes_on: u32| {
            line.mass == 0.0 && leg.is_power_of_two() && leg & goes_on != 0
        };
        match chain.as_slice() {
            [first, between @ .., last]
                if full.count_ones() > 3
                    && emits(first, first.set, goes_on[0])
                    && emits(last, full ^ last.set, goes_on[1]) =>
            {
                tree.add_peripheral(full, [first.set, full ^ last.set], between);
            }
            [before @ .., last]
                if before.first().is_some_and(|l| !emits(l, l.set, goes_on[0]))
                    && emits(last, full ^ last.set, goes_on[1]) =>
            {
                let at = tree.push(full);
                let a = tree.add(last.set, before);
                let b = tree.add(full ^ last.set, &[]);
                tree.nodes[at].split = Some(Split::Exchange(a, b, *last));
            }
            all => {
                tree.add(full, all);
            }
        }
        Ok(tree)
    }

    /// A chain that takes off one leg after the other.
    pub fn chain(n_out: usize) -> Self {
        let mut tree = Self {
            nodes: Vec::with_capacity(2 * n_out),
            lines: Vec::new(),
            complete: false,
            peripheral: None,
        };
        tree.add((1 << n_out) - 1, &[]);
        tree
    }

    /// The whole final state, of which beam 1 becomes the leg `one`, beam 2 the leg `two`.
    /// What is left together on the way has no meaning of its own.
    fn add_peripheral(&mut self, full: u32, [one, two]: [u32; 2], between: &[Line]) {
        let at = self.push(full);
        let left = self.add(one, &[]);
        let rest = self.push(full ^ one);
        let right = self.add(two, &[]);
        let middle = self.add(full ^ one ^ two, between);
        self.nodes[at].split = Some(Split::Decay(left, rest));
        self.nodes[rest].split = Some(Split::Decay(right, middle));
        self.peripheral = Some([left, right, middle]);
    }

    fn push(&mut self, set: u32) -> usize {
        let line = self.lines.iter().find(|l| !l.t_channel && l.set == set);
        self.nodes.push(Node {
            set,
            line: line.copied(),
            split: None,
        });
        self.nodes.len() - 1
    }

    fn add(&mut self, set: u32, chain: &[Line]) -> usize {
        let at = self.push(set);
        if let Some((first, rest)) = chain.split_first() {
            let near = first.set & set;
            let a = self.add(near, &[]);
            let b = self.add(set ^ near, rest);
            self.nodes[at].split = Some(Split::Exchange(a, b, *first));
        } else if set.count_ones() > 1 {
            let parts = self.parts(set);
            self.complete &= parts.len() == 2;
            let a = self.add(parts[0], &[]);
            let b = self.add(set ^ parts[0], &[]);
            self.nodes[at].split = Some(Split::Decay(a, b));
        }
        at
    }

    /// The largest systems inside a set, and the legs in none of them.
    fn parts(&self, set: u32) -> Vec<u32> {
        let inside: Vec<u32> = self
            .lines
            .iter()
            .filter(|l| !l.t_channel && l.set & set == l.set && l.set != set)
            .map(|l| l.set)
            .collect();
        let mut parts: Vec<u32> = inside
            .iter()
            .filter(|s| !inside.iter().any(|o| o != *s && *o & **s == **s))
            .copied()
            .collect();
        let taken = parts.iter().fold(0, |sum, s| sum | s);
        parts.extend(
            (0..32)
                .map(|k| 1 << k)
                .filter(|leg| set & !taken & leg != 0),
        );
        parts.sort_unstable();
        parts
    }

    /// Position in the list of the line of a node.
    pub fn line_at(&self, at: usize) -> Option<usize> {
        let source = self.nodes[at].line?.source;
        self.lines.iter().position(|l| l.source == source)
    }

    /// Gives the line of a node the mass and width of another.
    pub fn replace(&mut self, at: usize, other: &Line) {
        let k = self.line_at(at).expect("a node with a line");
        let line = &mut self.lines[k];
        (line.mass, line.width) = (other.mass, other.width);
        self.nodes[at].line = Some(*line);
    }

    /// Whether some legs are all within one of some systems.
    pub(crate) fn is_inside(&self, set: u32, systems: &[usize]) -> bool {
        systems.iter().any(|&s| set & !self.nodes[s].set == 0)
    }

    /// The systems that two hadrons emit, whatever exchanges they come from:
    /// what the chain of exchanges takes off, and what is left. A splitting
    /// without a pole is no system, its parts are; nor is one that masses keep
    /// from its pole, the radiation off a stable particle, or a massless
    /// line all of whose legs have a least transverse momentum, so that a pole is
    /// kept away from, unless a `resonance` has the same legs. Empty if the whole
    /// final state stays together.
    ///
    /// `on_shell` are the resonances at their poles. A line of the whole final
    /// state keeps it together, unless it is off its pole and to be `split`, or
    /// massless.
    pub fn systems(
        &self,
        limits: &Limits,
        on_shell: &[usize],
        split: bool,
        resonance: impl Fn(u32) -> bool,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            let node = &self.nodes[at];
            let stays = node.line.is_some_and(|l| {
                let kept_away = if l.mass > 0.0 {
                    l.radiates(limits) && at > 0
                } else {
                    limits.all_have_pt(node.set) && !resonance(node.set)
                };
                on_shell.contains(&at) || !(kept_away || at == 0 && split)
            });
            match node.split {
                Some(Split::Decay(a, b) | Split::Exchange(a, b, _)) if !stays => {
                    open.extend([a, b]);
                }
                _ => found.push(at),
            }
        }
        found.sort_unstable();
        if found == [0] { Vec::new() } else { found }
    }

    /// Smallest mass of every node if the lines in `on_shell` have their pole mass.
    pub(crate) fn nominal(&self, limits: &Limits, on_shell: &[usize]) -> Vec<f64> {
        let mut mass = vec![0.0; self.nodes.len()];
        for at in (0..self.nodes.len()).rev() {
            let node = &self.nodes[at];
            let floor = limits.s_min[node.set as usize].sqrt();
            mass[at] = match (node.split, node.line) {
                (_, Some(line)) if on_shell.contains(&at) => line.mass,
                (Some(Split::Decay(a, b) | Split::Exchange(a, b, _)), _) => {
                    floor.max(mass[a] + mass[b])
                }
                _ => floor,
            };
        }
        mass
    }

    /// The largest sets of resonances that can be on shell together.
    ///
    /// `sqrt_s` is the largest energy; with `fixed` the whole system has
    /// exactly that energy, so that its own line is no resonance.
    pub(crate) fn on_shell_sets(
        &self,
        limits: &Limits,
        sqrt_s: f64,
        fixed: bool,
    ) -> Vec<Vec<usize>> {
        let total = limits.full();
        let candidates: Vec<usize> = (0..self.nodes.len())
            .filter(|&at| {
                let node = &self.nodes[at];
                let set = node.set as usize;
                let spectators = limits.s_min[(total ^ node.set) as usize].sqrt();
                let top = limits.s_max[set].sqrt().min(sqrt_s - spectators);
                node.line.is_some_and(|l| {
                    l.mass * l.mass > limits.s_min[set] * (1.0 + 1e-9) && l.mass < top
                }) && !(fixed && at == 0)
            })
            .take(10)
            .collect();
        let possible = |pick: &[usize]| {
            let mass = self.nominal(limits, pick);
            mass[0] <= sqrt_s
                && pick.iter().all(|&at| {
                    let inside = match self.nodes[at].split {
                        Some(Split::Decay(a, b) | Split::Exchange(a, b, _)) => mass[a] + mass[b],
                        None => 0.0,
                    };
                    let slack = self.nodes[at].line.map_or(0.0, |l| 5.0 * l.width);
                    inside <= mass[at] + slack
                })
        };
        let mut found: Vec<u32> = (0..1_u32 << candidates.len())
            .filter(|mask| {
                let pick: Vec<usize> = (0..candidates.len())
                    .filter(|k| mask >> k & 1 == 1)
                    .map(|k| candidates[k])
                    .collect();
                possible(&pick)
            })
            .collect();
        let all = found.clone();
        found.retain(|m| !all.iter().any(|o| o != m && o & m == *m));
        found.sort_by_key(|m| (std::cmp::Reverse(m.count_ones()), *m));
        found
            .into_iter()
            .map(|mask| {
                (0..candidates.len())
                    .filter(|k| mask >> k & 1 == 1)
                    .map(|k| candidates[k])
                    .collect()
            })
            .collect()
    }
}
