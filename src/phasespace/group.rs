//! All channels of a group of subprocesses with the same masses.
//!
//! Knows topologies, beams and limits; knows no matrix element and no sampler.

use rustc_hash::FxHashSet;

use super::bounds::{Bounds, Limits, MAX_OUT};
use super::channel::Channel;
use super::channel_weight::{ChannelWeights, Pair, Peak};
use super::choice::BEND;
use super::describe::{describe, legs_text, note_stable};
use super::error::PhaseSpaceError;
use super::fingerprint::fingerprint;
use super::initial::{BeamSetup, Initial, Kind};
use super::points::Points;
use super::tree::{Line, LineKey, Tree, lines_of};
use crate::diagram::{Propagator, Topology};
use crate::elementary::Elementary;
use crate::kinematics::{MomentumBatch, boost_z};

/// A massless line shares the map of a resonance if its invariant is above this
/// part of the squared mass.
const FAR: f64 = 0.05;

/// At most this many channels of one topology (choices of on-shell resonances).
const MAX_VARIANTS: usize = 4;

/// A channel with what is told about it.
#[derive(Clone, Debug)]
struct Entry {
    map: Channel,
    /// Hash of the map and of the propagators that it follows.
    fingerprint: u128,
    description: String,
    /// Its emission, if it is one.
    emission: Option<usize>,
    resonances: Vec<Propagator>,
}

/// Multichannel phase space of one process group.
///
/// For every channel `i`, the mean of `f det` over its hypercube is
/// `∫ dx1 dx2 dPhi_n f`, with `dPhi_n = (2 pi)^(4 - 3 n) prod d^3p / (2 E)
/// delta^4`; momentum fractions are integrated for hadronic beams only.
#[derive(Clone, Debug)]
pub struct PhaseSpace {
    entries: Vec<Entry>,
    emissions: Vec<Emitted>,
    weights: ChannelWeights,
    initial: Initial,
    beams: Option<BeamSetup>,
    notes: Vec<String>,
}

/// Systems that hadrons emit: what topologies that share channels agree in.
#[derive(Clone, Debug)]
struct Emitted {
    /// Systems, and the lines inside them with whether they are on shell.
    key: (Vec<u32>, Vec<(LineKey, bool)>),
    /// Place among the weights.
    place: usize,
    /// First of the channels.
    first: usize,
}

/// What the topologies of a group know of each other.
struct Family<'t> {
    limits: &'t Limits,
    n_in: usize,
    /// Some topology has exchanges.
    exchanges: bool,
    /// Heavy bosons fuse in every topology that has.
    fusion: bool,
    /// Resonances that can be on shell, or that cuts keep above their poles; two
    /// with the same legs are none.
    resonances: Vec<(u32, Option<Line>)>,
}

impl<'t> Family<'t> {
    fn of(candidates: &[Candidate<'_>], limits: &'t Limits, n_in: usize) -> Self {
        let mut resonances: Vec<(u32, Option<Line>)> = Vec::new();
        for c in candidates {
            let nodes = &c.tree.nodes;
            let on_shell = c.variants.iter().flatten().filter_map(|&at| nodes[at].line);
            let tails = c.tree.lines.iter().copied().filter(|l| l.is_tail(limits));
            for line in on_shell.chain(tails) {
                match resonances.iter_mut().find(|r| r.0 == line.set) {
                    Some((_, old)) => {
                        *old = old.filter(|old| old.key() == line.key());
                    }
                    None => resonances.push((line.set, Some(line))),
                }
            }
        }
        let mut with_exchanges = candidates
            .iter()
            .filter(|c| c.tree.lines.iter().any(|l| l.t_channel))
            .peekable();
        Self {
            limits,
            n_in,
            exchanges: with_exchanges.peek().is_some(),
            fusion: with_exchanges.all(|c| fuses(&c.tree, limits)),
            resonances,
        }
    }

    /// The resonance with these legs whose map can serve a massless line, too:
    /// cuts keep far from that line's pole.
    fn resonance(&self, set: u32) -> Option<Line> {
        let line = self.resonances.iter().find(|r| r.0 == set)?.1?;
        let far = self.limits.s_min[set as usize] > FAR * line.mass * line.mass;
        far.then_some(line)
    }
}

/// Whether both incoming legs become massless legs that exchange something heavy
/// with the rest: what they emit goes forward and backward, and momentum
/// transfers are the variables of that.
fn fuses(tree: &Tree, limits: &Limits) -> bool {
    let emits = |set_of: &dyn Fn(&Line) -> u32| {
        let mut heavy = tree.lines.iter().filter(|l| l.t_channel && l.mass > 0.0);
        heavy.any(|line| {
            let set = set_of(line);
            set.count_ones() == 1 && limits.masses[set.trailing_zeros() as usize] == 0.0
        })
    };
    emits(&|line| line.set) && emits(&|line| limits.full() ^ line.set)
}

/// A topology on its way to becoming channels.
struct Candidate<'t> {
    topology: &'t Topology,
    tree: Tree,
    variants: Vec<Vec<usize>>,
    /// Logarithm of the largest product of enhancements.
    rank: f64,
}

impl PhaseSpace {
    /// Builds the channels of a process group.
    ///
    /// `masses_in` has one entry (a decay at rest; `beams` and transverse
    /// momenta are ignored) or two, `masses_out` one per outgoing leg, GeV.
    /// Topologies that agree in sets, masses and widths count once. A flat
    /// channel (RAMBO on diet) is always there, except for a single outgoing
    /// leg. If there are more than `max_channels` channels, the topologies that
    /// promise the largest integrals stay: a propagator counts with the
    /// integral over its squared denominator in units of `s_hat_min`, one power
    /// of `s_hat_min / (m width)` for a resonance or `s_hat_min / -t` for an
    /// exchange, a logarithm for a splitting. Earlier topologies win a tie. At
    /// least one topology and the flat channel stay.
    ///
    /// # Errors
    /// [`PhaseSpaceError`] if masses, beams, cuts or topologies leave no phase space.
    pub fn new(
        masses_in: &[f64],
        masses_out: &[f64],
        topologies: &[Topology],
        beams: Option<&BeamSetup>,
        bounds: &Bounds,
        max_channels: usize,
    ) -> Result<Self, PhaseSpaceError> {
        let (n_in, n_out) = (masses_in.len(), masses_out.len());
        if !(1..=2).contains(&n_in) || !(1..=MAX_OUT).contains(&n_out) {
            return Err(PhaseSpaceError::Legs { n_in, n_out });
        }
        for (leg, &mass) in masses_in.iter().chain(masses_out).enumerate() {
            if !(mass.is_finite() && mass >= 0.0) {
                return Err(PhaseSpaceError::Mass { leg, mass });
            }
        }
        let mut bounds = bounds.clone();
        if n_in == 1 {
            bounds.pt_min.clear();
        }
        let limits = Limits::new(masses_out, n_in, &bounds);
        let initial = initial_state(masses_in, beams, &limits, n_in)?;

        let goes_on = goes_on(&limits, &initial, n_in);
        let mut notes = Vec::new();
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        let mut seen = FxHashSet::default();
        for topology in if n_out > 1 { topologies } else { &[] } {
            let lines = lines_of(topology, n_in, n_out)?;
            let mut key: Vec<_> = lines.iter().map(Line::key).collect();
            key.sort_unstable();
            if !seen.insert(key) {
                continue;
            }
            let tree = Tree::new(lines, n_in, n_out, goes_on)?;
            let fixed = initial.kind == Kind::Fixed;
            let mut variants = tree.on_shell_sets(&limits, initial.hi.sqrt(), fixed);
            variants.truncate(MAX_VARIANTS);
            if variants.is_empty() {
                variants.push(Vec::new());
            }
            note_stable(&tree, &variants, n_in, &mut notes);
            let rank = rank(&tree, &variants[0], &limits, &initial);
            candidates.push(Candidate {
                topology,
                tree,
                variants,
                rank,
            });
        }
        let n_all: usize = candidates.iter().map(|c| c.variants.len()).sum();
        let room = max_channels.saturating_sub(1).max(1);
        if n_all > room {
            candidates.sort_by(|a, b| b.rank.total_cmp(&a.rank));
            let mut left = room;
            candidates.retain_mut(|c| {
                c.variants.truncate(left);
                left -= c.variants.len();
                !c.variants.is_empty()
            });
            notes.push(format!("{room} of {n_all} channels kept"));
        }

        let mut space = Self {
            entries: Vec::new(),
            emissions: Vec::new(),
            weights: ChannelWeights::default(),
            initial,
            beams: beams.copied().filter(|_| n_in == 2),
            notes,
        };
        let family = Family::of(&candidates, &limits, n_in);
        for candidate in &candidates {
            space.add(candidate, &family);
        }
        let flat = Channel::new(&Tree::chain(n_out), &[], true, &limits, initial, n_in);
        space.entries.push(Entry {
            fingerprint: fingerprint(&flat),
            map: flat,
            description: "flat".into(),
            emission: None,
            resonances: Vec::new(),
        });
        space.weights.add_flat();
        Ok(space)
    }

    /// Adds a topology: to the channels with the same systems, or as new ones.
    fn add(&mut self, candidate: &Candidate<'_>, family: &Family<'_>) {
        let n_in = family.n_in;
        let tree = &candidate.tree;
        let peaks: Vec<Peak> = tree
            .lines
            .iter()
            .map(|line| Peak {
                legs: if line.t_channel {
                    (1, line.set << n_in)
                } else {
                    (line.set << n_in, 0)
                },
                pair: pair_of(line, family.limits, &self.initial, n_in),
                mass: line.mass,
                width: if line.t_channel || line.mass == 0.0 {
                    0.0
                } else {
                    line.map_width()
                },
            })
            .collect();
        let on_shell = |v: &Vec<usize>| v.iter().filter_map(|&at| tree.line_at(at)).collect();
        let variants: Vec<Vec<usize>> = candidate.variants.iter().map(on_shell).collect();
        let mut places = Vec::with_capacity(variants.len());
        for (nodes, on_shell) in candidate.variants.iter().zip(variants) {
            places.push((self.place(candidate, nodes, family), on_shell));
        }
        self.weights.add(&peaks, &places);
    }

    /// The channels of a topology whose lines at `nodes` are on shell: those
    /// with the same systems, or new ones.
    fn place(&mut self, candidate: &Candidate<'_>, nodes: &[usize], family: &Family<'_>) -> usize {
        let (limits, n_in) = (family.limits, family.n_in);
        let mut tree = candidate.tree.clone();
        let mut nodes = nodes.to_vec();
        let hadrons = self.initial.kind == Kind::Two && self.initial.m2 == [0.0; 2];
        let systems = if hadrons && !(family.exchanges && family.fusion) {
            let resonance = |set| family.resonance(set).is_some();
            tree.systems(limits, &nodes, family.exchanges, resonance)
        } else {
            Vec::new()
        };
        let told = |set: u32| systems.is_empty() || tree.is_inside(set, &systems);
        let resonances: Vec<Propagator> = tree
            .lines
            .iter()
            .filter(|l| told(l.set) && !l.t_channel && l.mass > 0.0 && l.width > 0.0)
            .map(|l| candidate.topology.propagators[l.source].clone())
            .collect();
        // A photon's map is that of the Z boson with the same legs.
        for &at in &systems {
            let Some(line) = tree.nodes[at].line.filter(|l| l.mass == 0.0) else {
                continue;
            };
            if let Some(resonance) = family.resonance(line.set) {
                tree.replace(at, &resonance);
                if !resonance.is_tail(limits) {
                    nodes.push(at);
                }
            }
        }
        let on_shell: Vec<usize> = nodes.iter().filter_map(|&at| tree.line_at(at)).collect();
        let inside = |l: &Line| !l.t_channel && tree.is_inside(l.set, &systems);
        let mut lines: Vec<_> = (0..tree.lines.len())
            .filter(|&k| inside(&tree.lines[k]))
            .map(|k| (tree.lines[k].key(), on_shell.contains(&k)))
            .collect();
        lines.sort_unstable();
        let mut sets: Vec<u32> = systems.iter().map(|&at| tree.nodes[at].set).collect();
        sets.sort_unstable();
        let key = (sets, lines);
        if let Some(old) = self.emissions.iter().position(|e| e.key == key)
            && !systems.is_empty()
        {
            let Emitted { place, first, .. } = self.emissions[old];
            for entry in &mut self.entries[first..] {
                if entry.emission == Some(old) && entry.resonances.len() < resonances.len() {
                    entry.resonances.clone_from(&resonances);
                }
            }
            return place;
        }
        let first = self.entries.len();
        let told: Vec<_> = (tree.lines.iter().enumerate())
            .filter(|(_, line)| systems.is_empty() || inside(line))
            .map(|(k, line)| (line.told(), on_shell.contains(&k)))
            .collect();
        if systems.is_empty() {
            let map = Channel::new(&tree, &nodes, false, limits, self.initial, n_in);
            self.entries.push(Entry {
                fingerprint: fingerprint(&(&map, &told)),
                map,
                description: describe(&tree, |_| true, &on_shell, n_in),
                emission: None,
                resonances,
            });
            return self.weights.add_place(&[0]);
        }
        let lines = describe(&tree, inside, &on_shell, n_in);
        let channels = Channel::emitted(&tree, &nodes, &systems, limits, self.initial);
        let mut recoils = Vec::with_capacity(channels.len());
        let several = channels.len() > 1;
        for (recoil, map) in channels {
            let recoil = tree.nodes[recoil].set;
            let name = |&set: &u32| {
                let star = if several && set == recoil { "r" } else { "" };
                star.to_owned() + &legs_text(set, "", n_in)
            };
            let names: Vec<String> = key.0.iter().map(name).collect();
            self.entries.push(Entry {
                fingerprint: fingerprint(&(&map, &told)),
                map,
                description: format!("{} {lines}", names.join("+")).replace(" isotropic", ""),
                emission: Some(self.emissions.len()),
                resonances: resonances.clone(),
            });
            recoils.push(recoil << n_in);
        }
        let place = self.weights.add_place(&recoils);
        self.emissions.push(Emitted { key, place, first });
        place
    }

    /// Drops the channels that are not kept, `[n_channels]`; the flat channel
    /// always stays. The others take over what was dropped.
    ///
    /// # Panics
    /// If `keep` has another length.
    pub fn retain(&mut self, keep: &[bool]) {
        assert_eq!(keep.len(), self.n_channels(), "one entry per channel");
        let mut keep = keep.to_vec();
        if let Some(flat) = keep.last_mut() {
            *flat = true;
        }
        let kept: Vec<usize> = (0..keep.len()).filter(|&c| keep[c]).collect();
        self.select(&kept);
    }

    /// Keeps these channels, in this order; the others are taken over by them.
    ///
    /// # Panics
    /// Unless they are different ones, the flat channel the last of them.
    pub fn select(&mut self, channels: &[usize]) {
        let flat = self.n_channels() - 1;
        assert_eq!(channels.last(), Some(&flat), "the flat channel is the last");
        let mut entries: Vec<_> = self.entries.drain(..).map(Some).collect();
        let taken = |c: &usize| entries[*c].take().expect("every channel once");
        self.entries = channels.iter().map(taken).collect();
        let mut numbers = vec![None; flat + 1];
        for (number, &channel) in channels.iter().enumerate() {
            numbers[channel] = Some(number);
        }
        self.weights.renumber(&numbers);
    }

    /// Number of channels; the last one is the flat channel.
    pub fn n_channels(&self) -> usize {
        self.entries.len()
    }

    /// Dimensions of the hypercube, the same for all channels: `3 n_out - 4`
    /// plus the number of hadronic beams.
    pub fn n_dim(&self) -> usize {
        self.entries[0].map.n_dim()
    }

    /// The propagators of a channel, such as `s34[91.19,2.44] t{0,2}`, or the systems
    /// that two hadrons emit with the propagators inside them, such as
    /// `r23+4+5 s23[91.19,2.44]`: `r` marks the one that takes the recoil where
    /// several may.
    ///
    /// Legs count from 0; `[mass,width]` in GeV for massive ones; a star marks
    /// a resonance that this channel expects off its mass shell.
    ///
    /// # Panics
    /// If there is no such channel; the same holds for all functions that take one.
    pub fn description(&self, channel: usize) -> &str {
        &self.entries[channel].description
    }

    /// Hash of what makes the map of a channel: masses, widths, limits, beams and
    /// the structure of its tables. The same on any machine and in any list.
    pub(crate) fn fingerprint(&self, channel: usize) -> u128 {
        self.entries[channel].fingerprint
    }

    /// Time-like propagators of a channel with mass and width: candidates for
    /// intermediate resonances in event records.
    pub fn resonances(&self, channel: usize) -> &[Propagator] {
        &self.entries[channel].resonances
    }

    /// What the user should know: regulated widths, dropped channels.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Range of `s_hat` in GeV^2; both ends are the same where it is fixed.
    pub fn s_hat_range(&self) -> (f64, f64) {
        (self.initial.lo, self.initial.hi)
    }

    /// Maps points of the hypercube to phase-space points.
    ///
    /// `u` is `[n_dim, n_batch]`, the batch axis contiguous. `out` takes the
    /// shape of the batch.
    ///
    /// # Panics
    /// If `u` has another length than `n_dim n_batch`.
    pub fn forward(&self, channel: usize, u: &[f64], n_batch: usize, out: &mut Points) {
        assert_eq!(
            u.len(),
            self.n_dim() * n_batch,
            "u must be [n_dim, n_batch]"
        );
        self.entries[channel].map.forward(u, n_batch, out);
    }

    /// Finds the coordinates that make given points in a channel.
    ///
    /// `u` becomes `[n_dim, n_batch]`, `det_inv` `[n_batch]` with the inverse
    /// of the measure; it is 0 where the channel cannot make the point.
    pub fn inverse(
        &self,
        channel: usize,
        points: &Points,
        u: &mut Vec<f64>,
        det_inv: &mut Vec<f64>,
    ) {
        self.entries[channel].map.inverse(points, u, det_inv);
    }

    /// Prior weights of all channels, `[n_channels, n_batch]`; they sum to 1 at
    /// every point.
    pub fn alpha(&self, points: &Points, out: &mut Vec<f64>) {
        self.weights.all(points, out);
    }

    /// Prior weight of one channel, `[n_batch]`.
    pub fn alpha_of(&self, channel: usize, points: &Points, out: &mut Vec<f64>) {
        self.weights.one(channel, points, out);
    }

    /// Rapidity of the partonic frame in the laboratory, `[n_batch]`; 0 for a decay.
    pub(crate) fn frame_rapidity(&self, points: &Points) -> Vec<f64> {
        let Some(beams) = self.beams else {
            return vec![0.0; points.n_batch()];
        };
        let cone = |energy: f64, side: usize, x: f64| {
            if beams.hadronic[side] {
                (2.0 * x * energy, 0.0)
            } else {
                let m2 = self.initial.m2[side];
                let plus = energy + (energy * energy - m2).max(0.0).sqrt();
                (plus, m2 / plus)
            }
        };
        let rapidity = |(&x1, &x2): (&f64, &f64)| {
            let (plus, small_minus) = cone(beams.e1, 0, x1);
            let (minus, small_plus) = cone(beams.e2, 1, x2);
            0.5 * ((plus + small_plus) / (minus + small_minus)).ln_same()
        };
        points.x1.iter().zip(&points.x2).map(rapidity).collect()
    }

    /// Momenta in the laboratory frame, beam 1 along +z; `[n_ext, 4, n_batch]`.
    ///
    /// Points with `det = 0` keep zero momenta.
    pub fn to_lab(&self, points: &Points) -> MomentumBatch {
        let mut momenta = points.momenta.clone();
        if self.beams.is_some() {
            boost_z(&mut momenta, &self.frame_rapidity(points));
        }
        momenta
    }
}

/// An incoming and an outgoing leg that exchange something massless with the
/// others, where one of the two has mass.
fn pair_of(line: &Line, limits: &Limits, initial: &Initial, n_in: usize) -> Option<Pair> {
    let ends = [line.set, limits.full() ^ line.set];
    let (side, leg) = (0..2)
        .zip(ends)
        .find(|(_, set)| set.is_power_of_two())
        .map(|(side, set)| (side, set.trailing_zeros() as usize))?;
    let masses = [initial.m2[side].sqrt(), limits.masses[leg]];
    let exchange = line.t_channel && line.mass == 0.0 && masses != [0.0; 2];
    exchange.then_some(Pair {
        legs: [side, leg + n_in],
        masses,
    })
}

/// Legs that the two beams may become by emitting a photon: those of the same mass. With
/// another one a massless exchange is that of a fermion, whose peak is flatter. None where a
/// beam is a hadron.
fn goes_on(limits: &Limits, initial: &Initial, n_in: usize) -> [u32; 2] {
    if initial.kind != Kind::Fixed || n_in != 2 {
        return [0; 2];
    }
    initial.m2.map(|m2| {
        let able = (0..limits.masses.len()).filter(|&k| limits.s_min[1 << k] == m2);
        able.fold(0, |set, k| set | 1 << k)
    })
}

/// Range of `s_hat` from beams and limits.
fn initial_state(
    masses_in: &[f64],
    beams: Option<&BeamSetup>,
    limits: &Limits,
    n_in: usize,
) -> Result<Initial, PhaseSpaceError> {
    let full = limits.full();
    let set = full as usize;
    let n_out = limits.masses.len();
    for s in 1..=set {
        if s.count_ones() > 1 && limits.s_min[s] > limits.s_max[s] {
            return Err(PhaseSpaceError::EmptyRange {
                legs: (s as u32) << n_in,
                s_min: limits.s_min[s],
                s_max: limits.s_max[s],
            });
        }
    }
    let mut initial = if let [mass] = *masses_in {
        if n_out == 1 {
            return Err(PhaseSpaceError::NoFreedom);
        }
        Initial::decay(mass)
    } else {
        let beams = beams.ok_or(PhaseSpaceError::NoBeams)?;
        Initial::collision(beams, [masses_in[0], masses_in[1]])?
    };
    let incoming: f64 = masses_in.iter().sum();
    let s_min = limits.s_min[set].max(if n_in == 2 { incoming * incoming } else { 0.0 });
    let below = initial.s < s_min || (initial.s <= s_min && n_out > 1);
    if below {
        return Err(PhaseSpaceError::BelowThreshold {
            sqrt_s: initial.s.sqrt(),
            threshold: s_min.sqrt(),
        });
    }
    let s_max = limits.s_max[set].min(initial.s);
    let empty = PhaseSpaceError::EmptyRange {
        legs: full << n_in,
        s_min: s_min.max(if initial.kind == Kind::Fixed {
            initial.s
        } else {
            0.0
        }),
        s_max,
    };
    if n_out == 1 {
        let m2 = limits.masses[0] * limits.masses[0];
        if initial.kind == Kind::Fixed || m2 == 0.0 {
            return Err(PhaseSpaceError::NoFreedom);
        }
        if m2 < s_min || m2 > s_max {
            return Err(empty);
        }
        (initial.lo, initial.hi, initial.pole) = (m2, m2, true);
    } else if initial.kind == Kind::Fixed {
        if s_max < initial.s {
            return Err(empty);
        }
        (initial.lo, initial.hi) = (initial.s, initial.s);
    } else {
        (initial.lo, initial.hi) = (s_min, s_max);
        if initial.lo >= initial.hi {
            return Err(empty);
        }
    }
    Ok(initial)
}

/// Logarithm of the product of the integrals over the squared denominators.
fn rank(tree: &Tree, on_shell: &[usize], limits: &Limits, initial: &Initial) -> f64 {
    let scale = initial.lo.max(BEND * initial.s);
    let soft = limits.pt2.max(1e-5 * scale);
    tree.lines
        .iter()
        .map(|line| {
            let m2 = line.mass * line.mass;
            if line.t_channel {
                (scale / (m2 + soft)).ln_same()
            } else if on_shell.iter().any(|&at| tree.nodes[at].set == line.set) {
                (std::f64::consts::PI * scale / (line.mass * line.map_width())).ln_same()
            } else {
                let lo = limits.s_min[line.set as usize];
                let low = (lo - m2).abs().max(0.1 * soft);
                (1.0 + (scale / low).max(1.0).ln_same()).ln_same()
            }
        })
        .sum()
}
