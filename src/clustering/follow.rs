//! The vertices along both beams: which legs are jets, and at which scales.
//!
//! From each beam inwards, `first` is its first vertex, `last` the last one at which the
//! line is a light parton, `central` the last one at which it has colour. Knows colours
//! and transverse momenta; knows no distance.

use super::join::{Joined, MOST_VERTICES};
use super::table::{Clustering, MOST_LEGS};
use super::trees::LineKind;
use crate::kinematics::FourVector;

const MOST_LINES: usize = MOST_LEGS + MOST_VERTICES;
/// No vertex, or no leg.
const NONE: usize = usize::MAX;
/// Product of transverse masses in GeV^2 above which they are the scale of an s-channel
/// core.
const LEAST_CORE2: f64 = 4.0;

/// The legs whose flavours a line carries on: one, or two that it will split into.
type Carriers = [usize; 2];

/// A vertex of three lines.
#[derive(Clone, Copy)]
struct Kinds {
    into: LineKind,
    lines: [LineKind; 2],
}

impl Kinds {
    fn are_coloured(&self) -> bool {
        self.into.is_coloured() && self.lines.iter().all(|k| k.is_coloured())
    }
}

/// What is known of the vertices of a point.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    /// Renormalisation scale in GeV.
    pub(super) mu_r: f64,
    /// Factorisation scales of leg 0 and leg 1 in GeV.
    pub(super) mu_f: [f64; 2],
    /// Squared scales of the vertices as they enter, GeV^2.
    pub(super) scale2: [f64; MOST_VERTICES],
    /// Outgoing legs that are radiated; other than 0 where so.
    pub(super) jets: [u32; MOST_LEGS],
    pub(super) kinds: [LineKind; MOST_LINES],
    /// Legs and lines that vertices make.
    pub(super) n_lines: usize,
    pub(super) carriers: [Carriers; MOST_LINES],
    /// Lines of light partons alone.
    pub(super) good: [bool; MOST_LINES],
    /// Smallest squared scale of a vertex at which a jet is radiated, GeV^2.
    pub(super) least_jet2: f64,
    /// The first vertex along each beam, and the last one at which it is a parton; beyond
    /// all vertices if there is none.
    pub(super) parton_vertices: [[usize; 2]; 2],
}

impl Default for Followed {
    fn default() -> Self {
        Self {
            mu_r: 0.0,
            mu_f: [0.0; 2],
            scale2: [0.0; MOST_VERTICES],
            jets: [0; MOST_LEGS],
            kinds: [LineKind::COLOURLESS; MOST_LINES],
            n_lines: 0,
            carriers: [[NONE; 2]; MOST_LINES],
            good: [false; MOST_LINES],
            least_jet2: f64::INFINITY,
            parton_vertices: [[NONE; 2]; 2],
        }
    }
}

/// A walk along both beams.
struct Walk {
    beam: [usize; 2],
    first: [usize; 2],
    last: [usize; 2],
    central: [usize; 2],
    has_colour: [bool; 2],
    is_parton: [bool; 2],
    /// Sections of the event, counted at vertices where lines stop to be partons.
    section: u32,
    is_outside: bool,
}

impl Clustering {
    /// Kinds of all lines: with what was joined they say all that is found further on.
    pub(super) fn name_lines(&self, joined: &Joined, found: &mut Followed) {
        found.n_lines = self.n_legs + joined.n - 1;
        found.kinds[..self.n_legs].copy_from_slice(&self.kinds);
        for pair in &joined.pairs[..joined.n - 1] {
            found.kinds[pair.into] = self.kind(joined.diagram, joined.sets[pair.into]);
        }
    }

    /// Follows both beams inwards, along lines of known kinds.
    pub(super) fn follow(
        &self,
        joined: &Joined,
        momentum: &[FourVector; MOST_LEGS],
        found: &mut Followed,
    ) {
        self.start(joined, momentum, found);
        let coloured = [0, 1].map(|beam| self.kinds[beam].is_coloured());
        let mut walk = Walk {
            beam: [0, 1],
            first: [NONE; 2],
            last: [NONE; 2],
            central: [NONE; 2],
            has_colour: coloured,
            is_parton: coloured,
            section: 1,
            is_outside: false,
        };
        for at in 0..joined.n {
            let is_core = at + 1 == joined.n;
            let pair = &joined.pairs[at];
            for i in 0..2 {
                for side in 0..2 {
                    if pair.lines[i] == walk.beam[side] {
                        let other = pair.lines[1 - i];
                        walk.beam[side] = pair.into;
                        let (emitted, next) = match is_core {
                            true => (pair.into, other),
                            false => (other, pair.into),
                        };
                        found.step(&mut walk, side, at, [pair.lines[i], emitted, next]);
                    }
                }
            }
            if !walk.beam.contains(&pair.into) {
                self.outgoing_vertex(joined, at, found);
            }
        }
        found.close_sections(&mut walk, self.n_legs);
        self.scales(joined, &walk, found);
    }

    /// The legs that all lines carry on.
    fn start(&self, joined: &Joined, momentum: &[FourVector; MOST_LEGS], found: &mut Followed) {
        found.jets = [0; MOST_LEGS];
        found.good = [false; MOST_LINES];
        found.least_jet2 = f64::INFINITY;
        for leg in 0..self.n_legs {
            let kind = found.kinds[leg];
            found.carriers[leg] = [leg, NONE];
            found.good[leg] = match leg {
                0 | 1 => kind.is_coloured(),
                _ => kind.is_parton(),
            };
        }
        let pt2 = |leg: usize| momentum[leg][1].powi(2) + momentum[leg][2].powi(2);
        for at in 0..joined.n - 1 {
            let pair = &joined.pairs[at];
            let [a, b] = pair.lines.map(|line| found.carriers[line]);
            let kinds = found.kinds_at(joined, at);
            let [is_a, is_b] = kinds.lines.map(LineKind::is_quark);
            found.carriers[pair.into] = if a[0] < 2 {
                [a[0], NONE]
            } else if b[0] < 2 {
                [b[0], NONE]
            } else {
                let (hard, soft) = if pt2(a[0]) > pt2(b[0]) {
                    (a, b)
                } else {
                    (b, a)
                };
                if kinds.into.is_gluon() && kinds.lines.iter().all(|k| k.is_gluon()) {
                    hard
                } else if kinds.into.is_gluon() && is_a && is_b {
                    [hard[0], soft[0]]
                } else if kinds.into.is_quark() && is_a != is_b {
                    [if is_a { a[0] } else { b[0] }, NONE]
                } else {
                    [a[0], b[0]]
                }
            };
        }
    }

    /// A vertex off both beams: jets are born there, or what it makes is none.
    fn outgoing_vertex(&self, joined: &Joined, at: usize, found: &mut Followed) {
        let pair = &joined.pairs[at];
        let kinds = found.kinds_at(joined, at);
        if found.makes_jets(joined, at) {
            for line in pair.lines {
                if line < self.n_legs && found.kinds[line].is_parton() {
                    found.jets[line] = 1;
                }
            }
            let good = pair.lines.iter().all(|&line| found.good[line]);
            found.good[pair.into] = kinds.into.is_parton() && good;
            return;
        }
        found.good[pair.into] = false;
        if kinds.are_coloured() {
            return;
        }
        let [first, second] = found.carriers[pair.into];
        let is_gluon = |leg: usize| self.kinds[leg].is_gluon();
        let has_colour = kinds.into.is_coloured() || kinds.lines.iter().any(|k| k.is_coloured());
        if first > 1 && first < NONE {
            let no_jet = if is_gluon(first) {
                kinds.into.is_gluon()
            } else {
                let both = |leg: usize| found.jets[first] > 0 && found.jets[leg] > 0;
                has_colour && (second == NONE || both(second))
            };
            if no_jet {
                found.jets[first] = 0;
            }
        }
        if second > 1 && second < NONE && !is_gluon(second) && !kinds.into.is_gluon() {
            found.jets[second] = 0;
        }
    }

    /// Scales from the vertices that were met.
    fn scales(&self, joined: &Joined, walk: &Walk, found: &mut Followed) {
        let (n, scale2) = (joined.n, &mut found.scale2);
        for (at, pair) in joined.pairs[..n].iter().enumerate() {
            scale2[at] = pair.scale2;
        }
        let core = n - 1;
        let is_pair = joined.last_pair2 > LEAST_CORE2 && walk.last == [core; 2];
        let is_coloured_pair = is_pair && n > 1 && {
            let pair = &joined.pairs[core - 1];
            let lines = [pair.lines[0], pair.lines[1], pair.into];
            lines.iter().all(|&line| found.kinds[line].is_coloured())
        };
        for at in walk.central.into_iter().filter(|&at| at != NONE) {
            let emitted2 = match is_coloured_pair && at + 1 >= core {
                true => joined.last_pair2,
                false => joined.pairs[at].emitted2,
            };
            if emitted2 > 0.0 {
                scale2[at] = emitted2;
            }
        }
        for (at, pair) in joined.pairs[..core].iter().enumerate() {
            let is_jet = |&line: &usize| (2..self.n_legs).contains(&line) && found.jets[line] > 0;
            if pair.lines.iter().any(is_jet) {
                found.least_jet2 = found.least_jet2.min(scale2[at]);
            }
        }
        for side in 0..2 {
            let (first, last) = (walk.first[side], walk.last[side]);
            if last != NONE {
                scale2[last] = scale2[last].max(scale2[first]);
            }
            found.parton_vertices[side] = [first, last];
        }
        // Fourth powers of the scales of both sides.
        let fourth = [0, 1].map(|side| {
            let (last, central) = (walk.last[side], walk.central[side]);
            (last != NONE).then(|| scale2[last] * scale2[central])
        });
        let core2 = scale2[core];
        found.mu_r = match fourth {
            [Some(a), Some(b)] => (a * b).sqrt().sqrt().sqrt(),
            [Some(one), None] | [None, Some(one)] => one.sqrt().sqrt(),
            [None, None] => core2.sqrt(),
        };
        // Nothing of a beam without colour depends on its scale but the record.
        found.mu_f = fourth.map(|f| f.map_or(core2, f64::sqrt).sqrt());
        if walk.central[0] != NONE && walk.central[0] == walk.central[1] {
            found.mu_f = [found.mu_f[0].max(found.mu_f[1]); 2];
        }
    }
}

impl Followed {
    /// Whether all lines are of the same kinds.
    pub(super) fn has_kinds_of(&self, other: &Self) -> bool {
        self.kinds[..self.n_lines] == other.kinds[..other.n_lines]
    }

    fn kinds_at(&self, joined: &Joined, at: usize) -> Kinds {
        let pair = &joined.pairs[at];
        Kinds {
            into: self.kinds[pair.into],
            lines: pair.lines.map(|line| self.kinds[line]),
        }
    }

    /// One vertex of a beam: from the line `before`, `emitted` is radiated, `next` goes on.
    fn step(
        &mut self,
        walk: &mut Walk,
        side: usize,
        at: usize,
        [before, emitted, next]: [usize; 3],
    ) {
        let is_good = self.good[emitted];
        if walk.first[side] == NONE {
            walk.first[side] = at;
        }
        if walk.is_parton[side] {
            walk.last[side] = at;
            walk.is_parton[side] = is_good && self.kinds[next].is_parton();
        } else {
            self.good[next] = false;
        }
        let stays = self.kinds[before].is_parton() && self.kinds[next].is_parton();
        if !is_good || !stays {
            walk.section += 1;
            walk.is_outside = true;
        } else if walk.is_outside {
            walk.section += 1;
            walk.is_outside = false;
        }
        if is_good {
            let is_free = walk.is_parton[side] || self.kinds[emitted].is_gluon();
            self.jets[self.carriers[emitted][0]] = if is_free { 1 } else { walk.section };
        }
        if walk.has_colour[side] {
            walk.central[side] = at;
            walk.has_colour[side] = self.kinds[next].is_coloured();
        }
    }

    /// Whether legs of a vertex become jets there.
    pub(super) fn makes_jets(&self, joined: &Joined, at: usize) -> bool {
        let kinds = self.kinds_at(joined, at);
        if at + 1 == joined.n || !kinds.are_coloured() {
            return false;
        }
        let [a, b] = kinds.lines;
        let from_beam = joined.pairs[at]
            .lines
            .map(|line| self.carriers[line][0] < 2);
        if from_beam.contains(&true) {
            return from_beam[1] && a.is_parton() || from_beam[0] && b.is_parton();
        }
        let leaves = |other: LineKind| kinds.into.is_parton() || kinds.into == other;
        a.is_parton() && leaves(b) || b.is_parton() && leaves(a)
    }

    /// Quarks that were counted in sections between two sides that are no partons any
    /// more are no jets.
    fn close_sections(&mut self, walk: &mut Walk, n_legs: usize) {
        if walk.is_parton == [true; 2] {
            return;
        }
        if walk.is_parton != [false; 2] {
            walk.section -= 1;
        }
        for jet in &mut self.jets[2..n_legs] {
            if *jet > 1 && *jet <= walk.section {
                *jet = 0;
            }
        }
    }
}
