//! Joining legs, the nearest pair first, until two beams and one line are left.
//!
//! Knows distances and sets of diagrams; knows no colour.

use super::distance::{Momentum, joined_m2};
use super::frame::Frame;
use super::table::{Clustering, MOST_LEGS, OnShell, Possible, Workspace};
use crate::diagram::LegSet;
use crate::kinematics::FourVector;

/// Most vertices: those of pairs, and the core.
pub(super) const MOST_VERTICES: usize = MOST_LEGS - 2;

/// Squared energy in GeV^2 of both beams below which their frame is left as it is.
const LEAST_ENERGY2: f64 = 100.0;

/// Distances that differ relatively by less are the same.
const EQUAL: f64 = 1e-9;

/// Two lines that are joined. Lines have numbers: the legs, then what the vertices make.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pair {
    /// The lines; an incoming one first. In the core, both incoming ones.
    pub(super) lines: [usize; 2],
    /// The line that they make. In the core, the outgoing one.
    pub(super) into: usize,
    /// Squared scale in GeV^2.
    pub(super) scale2: f64,
    /// Squared transverse mass of what leaves an incoming line, GeV^2; otherwise 0.
    pub(super) emitted2: f64,
    /// Squared energy of both incoming lines behind the vertex over that before it: what
    /// is left of the momentum fraction of a beam. 1 if both lines are outgoing.
    pub(super) kept: f64,
}

/// What was joined.
#[derive(Clone, Debug, Default)]
pub(super) struct Joined {
    /// Number of vertices; the last one is the core.
    pub(super) n: usize,
    pub(super) pairs: [Pair; MOST_VERTICES],
    /// Legs of each line.
    pub(super) sets: [LegSet; MOST_LEGS + MOST_VERTICES],
    /// The first diagram that has all propagators.
    pub(super) diagram: usize,
    /// If the last pair was outgoing: the product of both transverse masses, GeV^2.
    pub(super) last_pair2: f64,
}

/// The lines that are left; places beyond `n` mean nothing.
#[derive(Clone, Debug, Default)]
struct Left {
    n: usize,
    number: [u8; MOST_LEGS],
    set: [LegSet; MOST_LEGS],
    momentum: [Momentum; MOST_LEGS],
}

/// An event on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    left: Left,
    /// The last frame that was entered.
    frame: Option<Frame>,
    /// Whether the last pair was outgoing.
    is_outgoing: bool,
    /// See [`Joined`].
    last_pair2: f64,
    /// Squared energy of both incoming lines, GeV^2.
    energy2: f64,
}

impl State {
    /// Becomes `other`; what means nothing is not copied.
    fn copy_from(&mut self, other: &Self) {
        let (own, left) = (&mut self.left, &other.left);
        let n = left.n;
        own.n = n;
        own.number = left.number;
        own.set[..n].copy_from_slice(&left.set[..n]);
        own.momentum[..n].copy_from_slice(&left.momentum[..n]);
        self.frame = other.frame;
        self.is_outgoing = other.is_outgoing;
        self.last_pair2 = other.last_pair2;
        self.energy2 = other.energy2;
    }
}

/// Most distances of one state.
const MOST_PAIRS: usize = MOST_LEGS * (MOST_LEGS - 1) / 2;
/// Most pairs of one state whose outcome is kept.
const MOST_KEPT: usize = 6;

/// A state with its distances, those that are known.
#[derive(Clone, Debug)]
struct Node {
    state: State,
    /// What led here.
    pair: Pair,
    distances: [f64; MOST_PAIRS],
    /// Pairs with whether they are a resonance, and where they lead.
    kept: [([u8; 2], bool, u16); MOST_KEPT],
    n_kept: usize,
}

impl Node {
    /// Nothing is known of what follows.
    fn forget(&mut self) {
        let n = self.state.left.n;
        self.distances[..n * (n - 1) / 2].fill(f64::NAN);
        self.n_kept = 0;
    }
}

/// The states of one point: what several subprocesses share of it is computed once.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    nodes: Vec<Node>,
    /// Nodes of this point.
    n: usize,
}

impl Shared {
    /// Before another point.
    pub(super) fn clear(&mut self) {
        self.n = 0;
    }

    /// A further node: its place; `fill` gets the nodes before it and the new one.
    fn add(&mut self, fill: impl FnOnce(&[Node], &mut Node)) -> usize {
        let place = self.n;
        if place == self.nodes.len() {
            self.nodes.push(Node {
                state: State::default(),
                pair: Pair::default(),
                distances: [f64::NAN; MOST_PAIRS],
                kept: [([0; 2], false, 0); MOST_KEPT],
                n_kept: 0,
            });
        }
        let (before, rest) = self.nodes.split_at_mut(place);
        fill(before, &mut rest[0]);
        rest[0].forget();
        self.n += 1;
        place
    }
}

impl Left {
    /// Puts a line in the place of `first`, and closes the gap at `second`, which is later.
    fn replace(&mut self, [first, second]: [usize; 2], number: usize, momentum: Momentum) {
        self.number[first] = number as u8;
        self.set[first] |= self.set[second];
        self.momentum[first] = momentum;
        self.n -= 1;
        for k in second..self.n {
            self.number[k] = self.number[k + 1];
            self.set[k] = self.set[k + 1];
            self.momentum[k] = self.momentum[k + 1];
        }
    }
}

impl Clustering {
    /// Joins the legs of a point: fills `work.joined`.
    pub(super) fn join(
        &self,
        momentum: &[FourVector; MOST_LEGS],
        on_shell: OnShell,
        work: &mut Workspace,
    ) {
        let Workspace {
            possible,
            state,
            joined,
            ..
        } = work;
        self.choose_resonances(momentum, on_shell, possible);
        self.begin(momentum, state);
        self.nothing_joined(joined);
        for at in 0..joined.n - 1 {
            let left = &state.left;
            let distance = |first, second| self.pair_distance(left, first, second);
            let (pair, scale2) = self.nearest(left, momentum, possible, distance);
            let is_resonance = self.keep_diagrams(left, pair, possible);
            let made = &mut joined.pairs[at];
            self.advance(state, pair, scale2, is_resonance, made);
            joined.sets[made.into] = state.left.set[pair[0]];
        }
        self.end(joined, state, possible);
    }

    /// The same; `work.shared` has what other subprocesses with the same masses did at the
    /// same point. A number that is that of another one where the same was joined.
    pub(super) fn join_shared(
        &self,
        momentum: &[FourVector; MOST_LEGS],
        work: &mut Workspace,
    ) -> usize {
        let Workspace {
            possible,
            shared,
            joined,
            ..
        } = work;
        self.choose_resonances(momentum, OnShell::Window, possible);
        self.nothing_joined(joined);
        if shared.n == 0 {
            shared.add(|_, node| self.begin(momentum, &mut node.state));
        }
        let mut at_node = 0;
        for at in 0..joined.n - 1 {
            let node = &mut shared.nodes[at_node];
            let (left, distances) = (&node.state.left, &mut node.distances);
            let distance = |first: usize, second: usize| {
                let known = &mut distances[second * (second - 1) / 2 + first];
                if known.is_nan() {
                    *known = self.pair_distance(left, first, second);
                }
                *known
            };
            let (pair, scale2) = self.nearest(left, momentum, possible, distance);
            let is_resonance = self.keep_diagrams(left, pair, possible);
            let key = (pair.map(|k| k as u8), is_resonance);
            let mut kept = node.kept[..node.n_kept].iter();
            let known = kept.find(|(pair, resonance, _)| (*pair, *resonance) == key);
            at_node = match known {
                Some(&(_, _, place)) => usize::from(place),
                None => {
                    let place = shared.add(|before, new| {
                        new.state.copy_from(&before[at_node].state);
                        self.advance(&mut new.state, pair, scale2, is_resonance, &mut new.pair);
                    });
                    let node = &mut shared.nodes[at_node];
                    if let Some(free) = node.kept.get_mut(node.n_kept) {
                        *free = (key.0, key.1, place as u16);
                        node.n_kept += 1;
                    }
                    place
                }
            };
            let node = &shared.nodes[at_node];
            joined.pairs[at] = node.pair;
            joined.sets[node.pair.into] = node.state.left.set[pair[0]];
        }
        self.end(joined, &shared.nodes[at_node].state, possible);
        at_node
    }

    fn begin(&self, momentum: &[FourVector; MOST_LEGS], state: &mut State) {
        let left = &mut state.left;
        left.n = self.n_legs;
        for k in 0..self.n_legs {
            left.number[k] = k as u8;
            left.set[k] = 1 << k;
            left.momentum[k] = match k {
                0 | 1 => Momentum::incoming(momentum[k], self.m2[k]),
                _ => Momentum::new(momentum[k], self.m2[k]),
            };
        }
        state.frame = None;
        state.is_outgoing = false;
        state.last_pair2 = 0.0;
        state.energy2 = Frame::mass2(sum(momentum[0], momentum[1]));
    }

    fn nothing_joined(&self, joined: &mut Joined) {
        joined.n = self.n_legs - 2;
        for leg in 0..self.n_legs {
            joined.sets[leg] = 1 << leg;
        }
    }

    /// Leaves the diagrams alive that have a pair; whether it is a resonance.
    #[inline(always)]
    fn keep_diagrams(&self, left: &Left, pair: [usize; 2], possible: &mut Possible) -> bool {
        let set = left.set[pair[0]] | left.set[pair[1]];
        let rows = self.containing(set).unwrap_or_default();
        let alive = possible.alive.iter_mut();
        alive.zip(rows).for_each(|(a, b)| *a &= b);
        possible.on_shell.contains(&set)
    }

    /// Joins a pair.
    fn advance(
        &self,
        state: &mut State,
        pair: [usize; 2],
        scale2: f64,
        is_resonance: bool,
        made: &mut Pair,
    ) {
        let left = &mut state.left;
        let into = 2 * self.n_legs - left.n;
        state.is_outgoing = pair[0] > 1;
        *made = Pair {
            lines: pair.map(|k| usize::from(left.number[k])),
            into,
            scale2,
            kept: 1.0,
            emitted2: match state.is_outgoing {
                true => 0.0,
                false => self.transverse_mass2(left, pair[1]),
            },
        };
        if state.is_outgoing {
            if left.n == 4 {
                let [a, b] = pair.map(|k| self.transverse_mass2(left, k));
                state.last_pair2 = (a * b).sqrt();
            }
            join_outgoing(left, pair, into, is_resonance.then_some(scale2));
        } else {
            let (energy2, frame) = join_beam(left, pair, into);
            made.kept = energy2 / state.energy2;
            state.energy2 = energy2;
            if frame.is_some() {
                state.frame = frame;
            }
        }
    }

    /// The core, and the diagram.
    fn end(&self, joined: &mut Joined, state: &State, possible: &Possible) {
        let left = &state.left;
        let mut last = left.momentum[2].p;
        if let Some(frame) = state.frame.as_ref().filter(|_| state.is_outgoing) {
            last = frame.leave(last);
        }
        joined.last_pair2 = state.last_pair2;
        joined.pairs[joined.n - 1] = Pair {
            lines: [0, 1].map(|k| usize::from(left.number[k])),
            into: usize::from(left.number[2]),
            scale2: self.distance.transverse_mass2(last),
            emitted2: 0.0,
            kept: 1.0,
        };
        let alive = &possible.alive;
        let word = alive.iter().position(|word| *word != 0).unwrap_or(0);
        let bit = alive[word].trailing_zeros() as usize;
        joined.diagram = 64 * word + bit % 64;
    }

    fn transverse_mass2(&self, left: &Left, k: usize) -> f64 {
        self.distance.transverse_mass2(left.momentum[k].p)
    }

    /// The distance of two lines that are no resonance.
    #[inline(always)]
    fn pair_distance(&self, left: &Left, first: usize, second: usize) -> f64 {
        let [a, b] = [&left.momentum[first], &left.momentum[second]];
        match first {
            0 | 1 => self.distance.with_beam(b, a),
            _ => self.distance.between(a, b),
        }
    }

    /// The nearest pair that a diagram joins, the incoming line first, and its scale. Of
    /// pairs at the same distance, such as both legs of two to two, that with the higher
    /// transverse momentum in the event is taken, or the first one: not what rounding says.
    #[inline(always)]
    fn nearest(
        &self,
        left: &Left,
        momentum: &[FourVector; MOST_LEGS],
        possible: &Possible,
        mut distance: impl FnMut(usize, usize) -> f64,
    ) -> ([usize; 2], f64) {
        let mut best = ([0, 2], f64::NAN);
        let mut is_found = false;
        for second in 2..left.n {
            for first in 0..second {
                let set = left.set[first] | left.set[second];
                if !self.has_propagator(set, &possible.alive) {
                    continue;
                }
                let d = if first > 1 && possible.on_shell.contains(&set) {
                    let [a, b] = [first, second].map(|k| left.momentum[k].p);
                    Frame::mass2(sum(a, b))
                } else {
                    distance(first, second)
                };
                let is_nearer = !is_found
                    || d < best.1 * (1.0 - EQUAL)
                    || d <= best.1 * (1.0 + EQUAL) && {
                        let pt2 = |k: usize| transverse2(left.set[k], momentum);
                        pt2(second) > pt2(best.0[1]) * (1.0 + EQUAL)
                    };
                if is_nearer {
                    (best, is_found) = (([first, second], d), true);
                }
            }
        }
        best
    }
}

/// Squared transverse momentum of some legs of the event, GeV^2.
fn transverse2(set: LegSet, momentum: &[FourVector; MOST_LEGS]) -> f64 {
    let inside = |leg: &usize| set >> leg & 1 == 1;
    let along = |mu: usize| {
        (0..MOST_LEGS)
            .filter(inside)
            .map(|leg| momentum[leg][mu])
            .sum::<f64>()
    };
    along(1).powi(2) + along(2).powi(2)
}

/// Joins two outgoing lines; a resonance has its own squared mass.
fn join_outgoing(left: &mut Left, pair: [usize; 2], into: usize, own_m2: Option<f64>) {
    let [a, b] = pair.map(|k| left.momentum[k]);
    let m2 = own_m2.unwrap_or_else(|| joined_m2(&a, &b));
    left.replace(pair, into, Momentum::new(sum(a.p, b.p), m2));
}

/// Takes an outgoing line off an incoming one; goes to the frame of what is left, if
/// more than the core is. The squared energy of what is left, and the frame.
fn join_beam(left: &mut Left, pair: [usize; 2], into: usize) -> (f64, Option<Frame>) {
    let [beam, line] = pair.map(|k| left.momentum[k]);
    let p = std::array::from_fn(|mu| beam.p[mu] - line.p[mu]);
    let m2 = joined_m2(&beam, &line);
    left.replace(pair, into, Momentum::incoming(p, m2));
    let centre = sum(p, left.momentum[1 - pair[0]].p);
    let energy2 = Frame::mass2(centre);
    if energy2 <= LEAST_ENERGY2 || left.n <= 3 || energy2.is_nan() {
        return (energy2, None);
    }
    let frame = Frame::new(centre, energy2, p);
    let (beams, outgoing) = left.momentum[..left.n].split_at_mut(2);
    for momentum in beams {
        momentum.p = frame.enter(momentum.p);
    }
    for momentum in outgoing {
        *momentum = Momentum::new(frame.enter(momentum.p), momentum.m2);
    }
    (energy2, Some(frame))
}

fn sum(a: FourVector, b: FourVector) -> FourVector {
    std::array::from_fn(|mu| a[mu] + b[mu])
}
