//! The tables of a subprocess, and points that run through them.
//!
//! Knows what is compiled and in which order it is used; knows no distance.

use std::collections::BTreeMap;

use super::distance::{Distance, Measure};
use super::emissions::Emissions;
use super::error::ClusteringError;
use super::follow::Followed;
use super::join::{Joined, Shared, State};
use super::outcome::Clustered;
use super::trees::{LineKind, QuarkRules, Tree, enumerate, outgoing};
use crate::diagram::{Decay, Diagrams, LegSet, Subprocess};
use crate::kinematics::{FourVector, MomentumBatch, dot};
use crate::model::ParticleId;

/// Most legs of a subprocess.
pub(super) const MOST_LEGS: usize = 12;
/// No diagram has a propagator with these legs.
pub(super) const NOWHERE: u16 = u16::MAX;
/// A resonance is narrow enough for a window if its width over its mass is below this.
const NARROW: f64 = 0.1;

/// A time-like particle that can be on its mass shell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Resonance {
    /// Outgoing legs.
    pub(super) set: LegSet,
    /// And its antiparticle.
    pub(super) particles: [ParticleId; 2],
    /// GeV.
    pub(super) mass: f64,
    /// Width in GeV, not below the least one.
    pub(super) width: f64,
    /// Declared in the process: always on shell.
    pub(super) is_declared: bool,
    /// Diagrams that have it, as bits.
    pub(super) containing: Vec<u64>,
}

impl Resonance {
    fn is(&self, set: LegSet, particle: ParticleId) -> bool {
        self.set == set && self.particles.contains(&particle)
    }

    /// Whether both are one particle, before and after it radiates; unless the process
    /// declares both.
    fn radiates_with(&self, other: &Self) -> bool {
        let common = other.set & self.set;
        let is_inside = common == other.set || common == self.set;
        let declared = self.is_declared && other.is_declared;
        !declared && self.particles == other.particles && is_inside
    }
}

/// Where a resonance is on its mass shell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResonanceWindow {
    /// Within so many widths of the pole.
    pub widths: f64,
    /// Least ratio of width to mass that counts.
    pub least_width: f64,
}

impl Default for ResonanceWindow {
    /// 15 widths, which are not below a millionth of the mass.
    fn default() -> Self {
        Self {
            widths: 15.0,
            least_width: 1e-6,
        }
    }
}

/// Which resonances are on their mass shells.
#[derive(Clone, Copy, Debug)]
pub enum OnShell<'a> {
    /// Those with an invariant mass near the pole, and declared ones.
    Window,
    /// These, by their outgoing legs; what no diagram has is left out.
    Given(&'a [(LegSet, ParticleId)]),
}

/// The clustering of one subprocess, compiled.
///
/// Two subprocesses whose tables are equal have the same clustering at every point.
#[derive(Clone, Debug, PartialEq)]
pub struct Clustering {
    pub(super) n_legs: usize,
    pub(super) kinds: Vec<LineKind>,
    /// Squared masses of the legs, GeV^2.
    pub(super) m2: Vec<f64>,
    pub(super) distance: Distance,
    window: ResonanceWindow,
    /// Row of `containing` of each set of legs without the last one, or [`NOWHERE`].
    pub(super) place: Vec<u16>,
    /// Words of a set of diagrams.
    pub(super) n_words: usize,
    /// Diagrams that have a propagator, `[n_propagator, n_words]`.
    containing: Vec<u64>,
    /// Propagators of the diagrams, `[n_diagram, n_legs - 3]`.
    lines: Vec<(LegSet, LineKind)>,
    pub(super) resonances: Vec<Resonance>,
}

/// What was found at one point.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    joined: &'a Joined,
    followed: &'a Followed,
    n_legs: usize,
}

impl Point<'_> {
    /// Renormalisation scale in GeV.
    pub fn mu_r(&self) -> f64 {
        self.followed.mu_r
    }

    /// Factorisation scales of leg 0 and leg 1 in GeV.
    pub fn mu_f(&self) -> [f64; 2] {
        self.followed.mu_f
    }

    /// What a merged sample takes from the vertices.
    pub fn emissions(&self) -> Emissions {
        self.followed.emissions(self.joined, self.n_legs)
    }
}

/// Memory that is used again from point to point.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    pub(super) possible: Possible,
    pub(super) state: State,
    pub(super) shared: Shared,
    pub(super) joined: Joined,
    /// Of each clustering, with the number of what it joined.
    followed: Vec<(usize, Followed)>,
}

/// What a point can still be.
#[derive(Clone, Debug, Default)]
pub(super) struct Possible {
    /// Diagrams that have all that was joined so far.
    pub(super) alive: Vec<u64>,
    /// Outgoing legs of resonances on their mass shells.
    pub(super) on_shell: Vec<LegSet>,
    /// Numbers of resonances in the window with their distances from the pole, in widths.
    near: Vec<(f64, usize)>,
}

impl Clustering {
    /// Compiles a subprocess; declared resonances are always on shell, others in a window.
    ///
    /// # Errors
    /// [`ClusteringError`].
    pub fn new(
        diagrams: &Diagrams,
        sub: &Subprocess,
        measure: Measure,
        window: ResonanceWindow,
        quarks: QuarkRules,
    ) -> Result<Self, ClusteringError> {
        let model = diagrams.model;
        let n_legs = sub.legs.len();
        let process = || sub.name(model);
        if sub.n_in != 2 {
            return Err(ClusteringError::OneIncoming { process: process() });
        }
        if n_legs > MOST_LEGS {
            return Err(ClusteringError::Legs {
                process: process(),
                found: n_legs,
                limit: MOST_LEGS,
            });
        }
        let trees = enumerate(diagrams, sub, quarks)?;
        let n_words = trees.len().div_ceil(64);
        let light = (model.ids()).filter(|&id| model.particle(id).pdg > 0);
        let n_light = light
            .map(|id| LineKind::of(model, id, quarks))
            .filter(|kind| kind.is_parton() && kind.is_quark());
        let mass = |&id: &ParticleId| model.particle(id).mass;
        let mut this = Self {
            n_legs,
            kinds: (sub.legs.iter())
                .map(|&id| LineKind::of(model, id, quarks))
                .collect(),
            m2: sub.legs.iter().map(|id| mass(id) * mass(id)).collect(),
            distance: Distance::new(measure, n_light.count()),
            window,
            place: vec![NOWHERE; 1 << (n_legs - 1)],
            n_words,
            containing: vec![],
            lines: vec![],
            resonances: vec![],
        };
        this.add_trees(&trees);
        this.add_resonances(diagrams, sub, &trees);
        Ok(this)
    }

    fn add_trees(&mut self, trees: &[Tree]) {
        for (at, tree) in trees.iter().enumerate() {
            for line in tree.iter() {
                let place = &mut self.place[line.set as usize];
                if *place == NOWHERE {
                    *place = (self.containing.len() / self.n_words) as u16;
                    let n = self.containing.len() + self.n_words;
                    self.containing.resize(n, 0);
                }
                let row = usize::from(*place) * self.n_words;
                self.containing[row + at / 64] |= 1 << (at % 64);
                self.lines.push((line.set, line.kind));
            }
        }
    }

    fn add_resonances(&mut self, diagrams: &Diagrams, sub: &Subprocess, trees: &[Tree]) {
        let model = diagrams.model;
        let mut found: BTreeMap<(LegSet, u16), Vec<u64>> = BTreeMap::new();
        for (at, tree) in trees.iter().enumerate() {
            for line in tree.iter().filter(|line| line.resonance > 0) {
                let set = outgoing(line.set, self.n_legs);
                let row = found.entry((set, line.resonance)).or_default();
                row.resize(self.n_words, 0);
                row[at / 64] |= 1 << (at % 64);
            }
        }
        for ((set, number), containing) in found {
            let id = ParticleId(number - 1);
            let particles = [id, model.anti(id)];
            let p = model.particle(id);
            let width = p.width.max(self.window.least_width * p.mass);
            let declares = |d: &Decay| d.legs == set && particles.contains(&d.particle);
            let is_declared = sub.decays.iter().any(declares);
            if is_declared || width < NARROW * p.mass {
                self.resonances.push(Resonance {
                    set,
                    particles,
                    mass: p.mass,
                    width,
                    is_declared,
                    containing,
                });
            }
        }
    }

    /// A set of legs without the last one.
    #[inline(always)]
    pub(super) fn normal(&self, set: LegSet) -> usize {
        let last = 1 << (self.n_legs - 1);
        let flipped = if set & last == 0 { 0 } else { 2 * last - 1 };
        (set ^ flipped) as usize
    }

    /// Diagrams that have a propagator with these legs.
    #[inline(always)]
    pub(super) fn containing(&self, set: LegSet) -> Option<&[u64]> {
        match self.place[self.normal(set)] {
            NOWHERE => None,
            row => Some(&self.containing[usize::from(row) * self.n_words..][..self.n_words]),
        }
    }

    /// Whether one of these diagrams has a propagator with these legs.
    #[inline(always)]
    pub(super) fn has_propagator(&self, set: LegSet, diagrams: &[u64]) -> bool {
        match (self.place[self.normal(set)], diagrams) {
            (NOWHERE, _) => false,
            (row, [word]) => self.containing[usize::from(row)] & word != 0,
            (row, _) => {
                let row = &self.containing[usize::from(row) * self.n_words..];
                row.iter().zip(diagrams).any(|(a, b)| a & b != 0)
            }
        }
    }

    /// What a propagator of a diagram is.
    #[inline(always)]
    pub(super) fn kind(&self, diagram: usize, set: LegSet) -> LineKind {
        let n = self.n_legs - 3;
        let own = &self.lines[diagram * n..(diagram + 1) * n];
        let set = self.normal(set) as LegSet;
        let found = own.iter().find(|line| line.0 == set);
        found.map_or(LineKind::COLOURLESS, |line| line.1)
    }

    /// Fills `on_shell`, and leaves the diagrams that have those alive.
    pub(super) fn choose_resonances(
        &self,
        momentum: &[FourVector; MOST_LEGS],
        on_shell: OnShell,
        possible: &mut Possible,
    ) {
        possible.alive.clear();
        possible.alive.resize(self.n_words, u64::MAX);
        let n_diagrams = match self.n_legs {
            3 => 1,
            n => self.lines.len() / (n - 3),
        };
        if n_diagrams % 64 > 0 {
            possible.alive[self.n_words - 1] = (1 << (n_diagrams % 64)) - 1;
        }
        possible.on_shell.clear();
        if self.resonances.is_empty() {
            return;
        }
        possible.near.clear();
        for (k, resonance) in self.resonances.iter().enumerate() {
            let pull = match on_shell {
                OnShell::Given(list) => {
                    let is_given = list.iter().any(|&(set, id)| resonance.is(set, id));
                    is_given.then_some(-1.0)
                }
                OnShell::Window if resonance.is_declared => Some(-1.0),
                OnShell::Window => {
                    let m = invariant_mass(resonance.set, momentum);
                    let pull = (m - resonance.mass).abs() / resonance.width;
                    (pull < self.window.widths).then_some(pull)
                }
            };
            possible.near.extend(pull.map(|pull| (pull, k)));
        }
        // The nearest to its pole first; what no diagram has together is left out.
        possible
            .near
            .sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for at in 0..possible.near.len() {
            let resonance = &self.resonances[possible.near[at].1];
            let both = possible.alive.iter().zip(&resonance.containing);
            let is_radiating = possible.near[..at].iter().any(|earlier| {
                let other = &self.resonances[earlier.1];
                possible.on_shell.contains(&other.set) && resonance.radiates_with(other)
            });
            if both.clone().any(|(a, b)| a & b != 0) && !is_radiating {
                for (a, b) in possible.alive.iter_mut().zip(&resonance.containing) {
                    *a &= b;
                }
                possible.on_shell.push(resonance.set);
            }
        }
    }

    /// The resonance of this kind with these outgoing legs, if a diagram has it.
    pub fn has_resonance(&self, set: LegSet, particle: ParticleId) -> bool {
        self.resonances.iter().any(|r| r.is(set, particle))
    }

    /// Clusters one event. `legs` are in process order, in the rest frame of both
    /// incoming ones, these along z.
    ///
    /// # Panics
    /// If the number of legs is another one.
    pub fn cluster(
        &self,
        legs: &[FourVector],
        on_shell: OnShell,
        work: &mut Workspace,
    ) -> Clustered {
        assert_eq!(legs.len(), self.n_legs, "one momentum for each leg");
        let mut momentum = [[0.0; 4]; MOST_LEGS];
        momentum[..self.n_legs].copy_from_slice(legs);
        self.join(&momentum, on_shell, work);
        let mut followed = Followed::default();
        self.name_lines(&work.joined, &mut followed);
        self.follow(&work.joined, &momentum, &mut followed);
        followed.outcome(&work.joined, self.n_legs)
    }

    /// Calls `each` with the number of a clustering, the number of a point and what was
    /// found there, for every point of a batch. Momenta as in
    /// [`Self::cluster`]. What subprocesses with the same masses share of a point is
    /// computed once.
    ///
    /// # Panics
    /// If they have another number of legs than the momenta.
    pub fn for_each_point(
        all: &[&Self],
        momenta: &MomentumBatch,
        work: &mut Workspace,
        mut each: impl FnMut(usize, usize, &Point),
    ) {
        let n_legs = momenta.n_ext;
        assert!(
            all.iter().all(|c| c.n_legs == n_legs),
            "one momentum for each leg"
        );
        let is_same =
            |pair: &[&Self]| pair[0].m2 == pair[1].m2 && pair[0].distance == pair[1].distance;
        let is_shared = all.len() > 1 && all.windows(2).all(is_same);
        let n_known = work.followed.len().max(all.len());
        work.followed.resize_with(n_known, Default::default);
        let mut momentum = [[0.0; 4]; MOST_LEGS];
        for k in 0..momenta.n_batch {
            for (leg, p) in momentum[..n_legs].iter_mut().enumerate() {
                *p = momenta.get(leg, k);
            }
            work.shared.clear();
            for (number, clustering) in all.iter().enumerate() {
                let path = match is_shared {
                    true => clustering.join_shared(&momentum, work),
                    false => {
                        clustering.join(&momentum, OnShell::Window, work);
                        // No other one joins the same.
                        number
                    }
                };
                let (before, own) = work.followed.split_at_mut(number);
                let (own_path, own) = &mut own[0];
                *own_path = path;
                clustering.name_lines(&work.joined, own);
                let mut before = before.iter();
                let same = before.find(|(p, other)| *p == path && other.has_kinds_of(own));
                let followed = match same {
                    Some((_, other)) => other,
                    None => {
                        clustering.follow(&work.joined, &momentum, own);
                        own
                    }
                };
                let point = Point {
                    joined: &work.joined,
                    followed,
                    n_legs,
                };
                each(number, k, &point);
            }
        }
    }
}

fn invariant_mass(set: LegSet, momentum: &[FourVector; MOST_LEGS]) -> f64 {
    let mut sum = [0.0; 4];
    let mut rest = set;
    while rest != 0 {
        let p = &momentum[rest.trailing_zeros() as usize];
        sum.iter_mut().zip(p).for_each(|(s, x)| *s += x);
        rest &= rest - 1;
    }
    dot(sum, sum).max(0.0).sqrt()
}
