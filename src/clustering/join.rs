//! Joining legs, the nearest pair first, until two beams and one line are left.
//!
//! Knows distances and sets of diagrams; knows no colour.

use super::distance::{Momentum, joined_m2};
use super::frame::Frame;
use super::table::{Clustering, MOST_LEGS, OnShell, Workspace};
use crate::diagram::LegSet;
use crate::kinematics::FourVector;

/// Most vertices: those of pairs, and the core.
pub(super) const MOST_VERTICES: usize = MOST_LEGS - 2;

/// Squared energy in GeV^2 of both beams below which their frame is left as it is.
const LEAST_ENERGY2: f64 = 100.0;

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
}

/// What was joined.
#[derive(Clone, Copy, Debug)]
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

/// The lines that are left.
struct Left {
    n: usize,
    number: [usize; MOST_LEGS],
    set: [LegSet; MOST_LEGS],
    momentum: [Momentum; MOST_LEGS],
}

impl Left {
    /// Puts a line in the place of `first`, and closes the gap at `second`, which is later.
    fn replace(&mut self, [first, second]: [usize; 2], number: usize, momentum: Momentum) {
        self.number[first] = number;
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
    /// Joins the legs of a point.
    pub(super) fn join(
        &self,
        momentum: &[FourVector; MOST_LEGS],
        on_shell: OnShell,
        work: &mut Workspace,
    ) -> Joined {
        self.choose_resonances(momentum, on_shell, work);
        let mut left = Left {
            n: self.n_legs,
            number: std::array::from_fn(|k| k),
            set: std::array::from_fn(|k| 1 << k),
            momentum: [Momentum::default(); MOST_LEGS],
        };
        for k in 0..self.n_legs {
            left.momentum[k] = Momentum {
                p: momentum[k],
                m2: self.m2[k],
            };
        }
        let mut joined = Joined {
            n: self.n_legs - 2,
            pairs: [Pair::default(); MOST_VERTICES],
            sets: [0; MOST_LEGS + MOST_VERTICES],
            diagram: 0,
            last_pair2: 0.0,
        };
        joined.sets[..self.n_legs].copy_from_slice(&left.set[..self.n_legs]);
        let mut frame = None;
        let mut is_outgoing = false;
        for at in 0..joined.n - 1 {
            let (pair, scale2) = self.nearest(&left, work);
            let into = self.n_legs + at;
            joined.sets[into] = left.set[pair[0]] | left.set[pair[1]];
            let rows = self.containing(joined.sets[into]).unwrap_or_default();
            work.alive.iter_mut().zip(rows).for_each(|(a, b)| *a &= b);
            is_outgoing = pair[0] > 1;
            joined.pairs[at] = Pair {
                lines: pair.map(|k| left.number[k]),
                into,
                scale2,
                emitted2: match is_outgoing {
                    true => 0.0,
                    false => self.transverse_mass2(&left, pair[1]),
                },
            };
            if is_outgoing {
                let is_resonance = work.on_shell.contains(&joined.sets[into]);
                if left.n == 4 {
                    let [a, b] = pair.map(|k| self.transverse_mass2(&left, k));
                    joined.last_pair2 = (a * b).sqrt();
                }
                join_outgoing(&mut left, pair, into, is_resonance.then_some(scale2));
            } else if let Some(new) = join_beam(&mut left, pair, into) {
                frame = Some(new);
            }
        }
        let mut last = left.momentum[2].p;
        if let Some(frame) = frame.filter(|_| is_outgoing) {
            last = frame.leave(last);
        }
        joined.pairs[joined.n - 1] = Pair {
            lines: [left.number[0], left.number[1]],
            into: left.number[2],
            scale2: self.distance.transverse_mass2(last),
            emitted2: 0.0,
        };
        let word = work.alive.iter().position(|word| *word != 0).unwrap_or(0);
        let bit = work.alive[word].trailing_zeros() as usize;
        joined.diagram = 64 * word + bit % 64;
        joined
    }

    fn transverse_mass2(&self, left: &Left, k: usize) -> f64 {
        self.distance.transverse_mass2(left.momentum[k].p)
    }

    /// The nearest pair that a diagram joins, the incoming line first, and its scale.
    #[inline(always)]
    fn nearest(&self, left: &Left, work: &Workspace) -> ([usize; 2], f64) {
        let mut best = ([0, 2], f64::NAN);
        let mut is_found = false;
        for second in 2..left.n {
            for first in 0..second {
                let set = left.set[first] | left.set[second];
                let Some(row) = self.containing(set) else {
                    continue;
                };
                if !row.iter().zip(&work.alive).any(|(a, b)| a & b != 0) {
                    continue;
                }
                let [a, b] = [&left.momentum[first], &left.momentum[second]];
                let d = if first < 2 {
                    self.distance.from_beam(b, a)
                } else if work.on_shell.contains(&set) {
                    Frame::mass2(sum(a.p, b.p))
                } else {
                    self.distance.between(a, b)
                };
                if !is_found || d < best.1 {
                    (best, is_found) = (([first, second], d), true);
                }
            }
        }
        best
    }
}

/// Joins two outgoing lines; a resonance has its own squared mass.
fn join_outgoing(left: &mut Left, pair: [usize; 2], into: usize, own_m2: Option<f64>) {
    let [a, b] = pair.map(|k| left.momentum[k]);
    let momentum = Momentum {
        p: sum(a.p, b.p),
        m2: own_m2.unwrap_or_else(|| joined_m2(&a, &b)),
    };
    left.replace(pair, into, momentum);
}

/// Takes an outgoing line off an incoming one; goes to the frame of what is left, if
/// more than the core is.
fn join_beam(left: &mut Left, pair: [usize; 2], into: usize) -> Option<Frame> {
    let [beam, line] = pair.map(|k| left.momentum[k]);
    let p = std::array::from_fn(|mu| beam.p[mu] - line.p[mu]);
    let m2 = joined_m2(&beam, &line);
    left.replace(pair, into, Momentum { p, m2 });
    let centre = sum(p, left.momentum[1 - pair[0]].p);
    let energy2 = Frame::mass2(centre);
    if energy2 <= LEAST_ENERGY2 || left.n <= 3 || energy2.is_nan() {
        return None;
    }
    let frame = Frame::new(centre, energy2, p);
    for momentum in &mut left.momentum[..left.n] {
        momentum.p = frame.enter(momentum.p);
    }
    Some(frame)
}

fn sum(a: FourVector, b: FourVector) -> FourVector {
    std::array::from_fn(|mu| a[mu] + b[mu])
}
