//! Event records for accepted points: flavours, helicities, colour flow, resonances.
//!
//! The discrete choices of event `k` come from a stream of its own, so that an
//! event does not depend on its neighbours. Knows records and matrix elements;
//! knows no file format and no sampler.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::build::CrossSection;
use super::group::{FlavourAssignment, MatrixElementSlot, SubprocessGroup};
use super::point_batch::{PointBatch, SquaredOrders};
use super::resonance::BROAD;
use super::resonance_colours::{assign, is_possible};
use crate::amplitude::{Details, MatrixElement, TChannelWidth};
use crate::clustering::{Clustered, OnShell, Workspace};
use crate::diagram::LegSet;
use crate::elementary::Elementary;
use crate::event::{Event, EventScales, Particle, status};
use crate::kinematics::{FourVector, dot};
use crate::model::{Model, ParticleId};
use crate::rng::{Purpose, Stream};
use crate::units::HBAR_C_GEV_MM;
use crate::weights::{Emitted, HardPoint, WeightPlan};

/// Points that are rebuilt together.
const CHUNK: usize = 256;

/// What the builder needs of an accepted point.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'a> {
    /// Position in the sample: the address of the event's random numbers.
    pub index: u64,
    /// Channel it was drawn in.
    pub channel: usize,
    /// Coordinates, `[n_dim]`.
    pub u: &'a [f64],
    /// Weight of the event as it is written.
    pub weight: f64,
}

/// What was chosen for one event.
struct HardProcess<'a> {
    group: &'a SubprocessGroup,
    slot: &'a MatrixElementSlot,
    flavour: &'a FlavourAssignment,
    /// Channel within the group.
    channel: usize,
    /// Leg by leg, as [`MatrixElement::helicities`].
    helicities: &'a [i8],
    /// Colour and anticolour, leg by leg.
    tags: &'a [[i32; 2]],
}

/// Turns accepted points into events.
pub struct EventBuilder<'a> {
    cross_section: &'a CrossSection,
    seed: u64,
    alpha_em: f64,
    /// Unstable particles have a lifetime where it is above this one, in mm, with the
    /// widths of this model.
    lifetimes: Option<(f64, &'a Model)>,
    weights: Option<&'a WeightPlan>,
}

impl<'a> EventBuilder<'a> {
    /// A builder for events of one run.
    pub fn new(cross_section: &'a CrossSection, seed: u64) -> Self {
        let alpha_em = cross_section.model.alpha_em();
        Self {
            cross_section,
            seed,
            alpha_em,
            lifetimes: None,
            weights: None,
        }
    }

    /// Gives unstable particles a lifetime `c tau` where it is above this one, in mm;
    /// narrow resonances have the widths of `model`, whatever their matrix elements have.
    pub fn with_lifetimes(self, above_mm: Option<f64>, model: &'a Model) -> Self {
        Self {
            lifetimes: above_mm.map(|above| (above, model)),
            ..self
        }
    }

    /// Gives events alternative weights.
    pub fn with_weights(self, plan: &'a WeightPlan) -> Self {
        Self {
            weights: Some(plan).filter(|plan| plan.n_weights() > 0),
            ..self
        }
    }

    /// Events for points, in their order.
    ///
    /// # Panics
    /// If a point lies outside the cuts: it cannot have been accepted.
    pub fn build(&self, draws: &[Draw]) -> Vec<Event> {
        let mut by_channel: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (k, draw) in draws.iter().enumerate() {
            by_channel.entry(draw.channel).or_default().push(k);
        }
        let chunks: Vec<(usize, &[usize])> = by_channel
            .iter()
            .flat_map(|(c, list)| list.chunks(CHUNK).map(|l| (*c, l)))
            .collect();
        let built: Vec<Vec<(usize, Event)>> = chunks
            .par_iter()
            .map_init(PointBatch::default, |batch, &(channel, list)| {
                self.chunk(channel, list, draws, batch)
            })
            .collect();
        let mut events = vec![Event::default(); draws.len()];
        for (k, event) in built.into_iter().flatten() {
            events[k] = event;
        }
        events
    }

    /// Events of one channel.
    fn chunk(
        &self,
        channel: usize,
        list: &[usize],
        draws: &[Draw],
        batch: &mut PointBatch,
    ) -> Vec<(usize, Event)> {
        let (g, c) = self.cross_section.channels[channel];
        let group = &self.cross_section.groups[g];
        let (n, n_dim) = (list.len(), group.n_dim());
        let mut u = vec![0.0; n * n_dim];
        for (k, &at) in list.iter().enumerate() {
            for (j, x) in draws[at].u.iter().enumerate() {
                u[j * n + k] = *x;
            }
        }
        group.evaluate_points(self.cross_section, c, &u, SquaredOrders::Summed, batch);
        assert_eq!(batch.len(), n, "an accepted point passes the cuts");

        // Flavours first: they say which matrix elements are needed where.
        let flavours: Vec<(usize, &FlavourAssignment)> = (group.slots.iter().enumerate())
            .flat_map(|(s, slot)| slot.flavours.iter().map(move |f| (s, f)))
            .collect();
        let mut streams: Vec<Stream> = (batch.index.iter())
            .map(|&at| Stream::new(self.seed, Purpose::Event, 0, draws[list[at]].index))
            .collect();
        let chosen: Vec<usize> = (0..n)
            .map(|k| {
                let of_point = |f: usize| batch.contributions[f * n + k];
                // All of one point have the sign of their matrix element.
                let weights = (0..flavours.len()).map(of_point);
                let weights: Vec<f64> = weights.map(f64::abs).collect();
                pick(&weights, streams[k].uniform())
            })
            .collect();
        // Where helicities are sampled, the configuration is known already.
        let me_of = |k: usize| {
            let slot = flavours[chosen[k]].0;
            let sampled = group.slots[slot].sampled.as_ref();
            (slot, sampled.map(|s| s.choose(batch.helicity[k])))
        };
        let mut by_me: BTreeMap<(usize, Option<usize>), Vec<usize>> = BTreeMap::new();
        for k in 0..n {
            by_me.entry(me_of(k)).or_default().push(k);
        }
        let mut out = Vec::with_capacity(n);
        let mut hard_points = Vec::new();
        let scales =
            (self.weights).map_or_else(Vec::new, |plan| plan.scales(&batch.lab, group.n_in));
        for ((slot, choice), mine) in by_me {
            let slot = &group.slots[slot];
            let me = match (&slot.sampled, choice) {
                (Some(sampled), Some(choice)) => sampled.element(choice),
                _ => &slot.me,
            };
            let momenta = batch.element_momenta().select(&mine);
            let details = me.details(&momenta, None, TChannelWidth::Off, &mut batch.work);
            let merged: Vec<Option<Clustered>> = (mine.iter())
                .map(|&k| self.merged(group, slot, batch, k))
                .collect();
            for (row, &k) in mine.iter().enumerate() {
                let (helicity, flow) = discrete(me, &details, row, mine.len(), &mut streams[k]);
                let at = list[batch.index[k]];
                let hard = HardProcess {
                    group,
                    slot,
                    flavour: flavours[chosen[k]].1,
                    channel: c,
                    helicities: me.helicities()[helicity],
                    tags: &me.flows()[flow].tags,
                };
                let merged = merged[row].as_ref();
                let mut event = self.event(&hard, merged, (batch, k), draws[at].weight);
                self.add_lifetimes(&mut event, draws[at].index);
                out.push((at, event));
            }
            if self.weights.is_some() {
                let powers = strong_powers(slot, &mine, batch);
                for ((&k, powers), merged) in mine.iter().zip(powers).zip(&merged) {
                    let flavour = flavours[chosen[k]].1;
                    let mut point = hard_point(slot, flavour, batch, k, &scales, powers);
                    if let (Some(rules), Some(merged)) = (&self.cross_section.merging, merged) {
                        let legs = if k < batch.n_direct { [0, 1] } else { [1, 0] };
                        let emissions = &merged.emissions;
                        point.emissions = rules.emitted(emissions, legs, point.x, &flavour.pdg);
                    }
                    hard_points.push(point);
                }
            }
        }
        if let Some(plan) = self.weights {
            for ((_, event), ratios) in out.iter_mut().zip(plan.ratios(&hard_points)) {
                let weight = |r: &f64| WeightPlan::weight(event.weight, *r);
                event.weights = ratios.iter().map(weight).collect();
            }
        }
        out
    }

    /// The record of point `k` of a batch.
    fn event(
        &self,
        hard: &HardProcess,
        merged: Option<&Clustered>,
        (batch, k): (&PointBatch, usize),
        weight: f64,
    ) -> Event {
        let HardProcess { group, flavour, .. } = hard;
        let n_in = group.n_in;
        let info = &self.cross_section.subprocesses[flavour.contribution];
        let mut legs: Vec<FourVector> = (0..flavour.pdg.len())
            .map(|leg| batch.lab.get(leg, k))
            .collect();
        polish(&mut legs, &group.masses, n_in);
        let resonances = self.resonances(hard, &legs);
        let model = &self.cross_section.model;
        let of_resonance = |&(set, id): &(LegSet, ParticleId)| (model.particle(id).colour, set);
        let lines: Vec<(i8, LegSet)> = resonances.iter().map(of_resonance).collect();
        let (colours, tags) = assign(&lines, hard.tags, n_in);
        let from_all = [1, n_in as i32];
        let particle = |leg: usize| Particle {
            pdg: flavour.pdg[leg],
            status: if leg < n_in {
                status::INCOMING
            } else {
                status::FINAL
            },
            mothers: if leg < n_in { [0, 0] } else { from_all },
            colours: tags[leg],
            p: legs[leg],
            mass: group.masses[leg],
            lifetime_mm: 0.0,
            spin: f64::from(hard.helicities[leg]),
        };
        // Beam 1 comes first, whichever leg it holds.
        let mut order: Vec<usize> = (0..n_in).collect();
        if k >= batch.n_direct {
            order.reverse();
        }
        let mut particles: Vec<Particle> = order.into_iter().map(particle).collect();
        let mut place = vec![0; legs.len()];
        for (&(set, id), colours) in resonances.iter().zip(colours) {
            // Inside a larger resonance, or from the hard process itself.
            let mother = (particles.iter().enumerate().rev())
                .find(|(at, _)| *at >= n_in && place_of(&place, set, *at))
                .map_or(from_all, |(at, _)| [at as i32 + 1; 2]);
            let p = sum_of(set, &legs);
            for (leg, at) in place.iter_mut().enumerate() {
                if set >> leg & 1 == 1 {
                    *at = particles.len();
                }
            }
            particles.push(Particle {
                pdg: model.particle(id).pdg,
                status: status::RESONANCE,
                mothers: mother,
                colours,
                p,
                mass: dot(p, p).max(0.0).sqrt(),
                ..Particle::default()
            });
        }
        for leg in n_in..legs.len() {
            let mut last = particle(leg);
            if place[leg] > 0 {
                last.mothers = [place[leg] as i32 + 1; 2];
            }
            particles.push(last);
        }
        let set = hard.slot.scale_set;
        let mu_f = batch.mu_f(set, k);
        // A shower starts at the larger factorisation scale.
        let scales = EventScales {
            start: mu_f[0].max(mu_f[1]),
            mu_f,
            mu_r: batch.mu_r(set, k),
        };
        // Legs that are no jets have the energy of the collision.
        let rest = merged.map_or_else(String::new, |merged| {
            let of_legs = merged.pt_clust.iter();
            let of_legs = of_legs.map(|s| s.unwrap_or(self.cross_section.energy));
            let first = particles.len() + 1 - merged.pt_clust.len();
            scales.line_with(&(first..).zip(of_legs).collect::<Vec<_>>())
        });
        Event {
            process_id: info.process_id,
            weight,
            scales,
            rest,
            alpha_em: self.alpha_em,
            alpha_s: batch.alpha_s(set)[k],
            particles,
            ..Event::default()
        }
    }

    /// The clustering of a point of a merged sample.
    fn merged(
        &self,
        group: &SubprocessGroup,
        slot: &MatrixElementSlot,
        batch: &PointBatch,
        k: usize,
    ) -> Option<Clustered> {
        self.cross_section.merging?;
        let clustering = group.scale_sets[slot.scale_set].clustering.as_ref()?;
        let momenta = &batch.points.momenta;
        let legs: Vec<FourVector> = (0..momenta.n_ext).map(|leg| momenta.get(leg, k)).collect();
        Some(clustering.cluster(&legs, OnShell::Window, &mut Workspace::default()))
    }

    /// Lifetimes of what is not stable; number `k` of the stream of the event belongs to
    /// its particle `k`.
    fn add_lifetimes(&self, event: &mut Event, index: u64) {
        let Some((least, model)) = self.lifetimes else {
            return;
        };
        let stream = Stream::new(self.seed, Purpose::Lifetime, 0, index);
        for (k, p) in event.particles.iter_mut().enumerate() {
            let width = model
                .by_pdg(p.pdg)
                .map_or(0.0, |id| model.particle(id).width);
            if p.status == status::INCOMING || width <= 0.0 {
                continue;
            }
            let lifetime = lifetime_mm(width, stream.at(k as u64));
            if lifetime > least {
                p.lifetime_mm = lifetime;
            }
        }
    }

    /// Declared resonances, and those of the sampled channel that are on shell and
    /// that the diagrams of these flavours contain, outer ones first.
    fn resonances(&self, hard: &HardProcess, legs: &[FourVector]) -> Vec<(LegSet, ParticleId)> {
        let model = &self.cross_section.model;
        let (group, flavour, tags) = (hard.group, hard.flavour, hard.tags);
        let charge = |set: LegSet| -> i32 {
            (group.n_in..legs.len())
                .filter(|leg| set >> leg & 1 == 1)
                .map(|leg| {
                    model
                        .by_pdg(flavour.pdg[leg])
                        .map_or(0, |p| model.particle(p).charge_thirds)
                })
                .sum()
        };
        let mut list = flavour.decays.clone();
        for sampled in group.space.resonances(hard.channel) {
            let fits = |&&(set, id): &&(LegSet, ParticleId)| {
                let p = model.particle(id);
                let p4 = sum_of(set, legs);
                let m = dot(p4, p4).max(0.0).sqrt();
                set == sampled.set
                    && p.mass == sampled.mass
                    && (m - p.mass).abs() < self.cross_section.bw_cutoff * p.width
                    && p.width < BROAD * p.mass
                    && p.charge_thirds == charge(set)
                    && is_possible(p.colour, set, tags, group.n_in)
            };
            if let Some(found) = hard.slot.resonances.iter().find(fits)
                && !list.iter().any(|(set, _)| *set == found.0)
            {
                list.push(*found);
            }
        }
        list.sort_by_key(|(set, _)| (std::cmp::Reverse(set.count_ones()), *set));
        list
    }
}

/// Powers of the strong coupling in `|M|^2` and their coefficients, point by point.
fn strong_powers(
    slot: &MatrixElementSlot,
    points: &[usize],
    batch: &mut PointBatch,
) -> Vec<Vec<(f64, f64)>> {
    if let Some(power) = slot.strong_power() {
        return vec![vec![(0.5 * f64::from(power), 1.0)]; points.len()];
    }
    let n = points.len();
    let momenta = batch.points.momenta.select(points);
    let helicity: Vec<f64> = (points.iter())
        .filter_map(|&k| batch.helicity.get(k).copied())
        .collect();
    let mut by_order = vec![0.0; slot.squared_orders.len() * n];
    slot.me2_by_order(&momenta, &helicity, &mut batch.work, &mut by_order);
    let of_point = |k: usize| {
        let parts = slot.squared_orders.iter().enumerate();
        let parts = parts.map(|(row, order)| (order.strong, by_order[row * n + k]));
        HardPoint::powers_of(parts, slot.me.alpha_s())
    };
    (0..n).map(of_point).collect()
}

/// What the weight of an event depends on.
fn hard_point(
    slot: &MatrixElementSlot,
    flavour: &FlavourAssignment,
    batch: &PointBatch,
    k: usize,
    scales: &[Vec<f64>],
    powers: Vec<(f64, f64)>,
) -> HardPoint {
    let mut partons = [flavour.pdg[0], flavour.pdg.get(1).copied().unwrap_or(0)];
    if k >= batch.n_direct {
        partons.reverse();
    }
    HardPoint {
        x: batch.x(k),
        partons,
        mu_r: batch.mu_r(slot.scale_set, k),
        mu_f: batch.mu_f(slot.scale_set, k),
        scales: scales.iter().map(|values| values[k]).collect(),
        powers,
        emissions: Emitted::default(),
    }
}

/// Whether all legs of a set come from the particle at a place.
fn place_of(place: &[usize], set: LegSet, at: usize) -> bool {
    (0..place.len())
        .filter(|leg| set >> leg & 1 == 1)
        .all(|leg| place[leg] == at)
}

fn sum_of(set: LegSet, legs: &[FourVector]) -> FourVector {
    let mut sum = [0.0; 4];
    for (_, p) in legs
        .iter()
        .enumerate()
        .filter(|(leg, _)| set >> leg & 1 == 1)
    {
        sum.iter_mut().zip(p).for_each(|(s, x)| *s += x);
    }
    sum
}

/// Index drawn in proportion to non-negative weights.
fn pick(weights: &[f64], r: f64) -> usize {
    let total: f64 = weights.iter().sum();
    let mut left = r * total;
    let mut last = 0;
    for (k, &w) in weights.iter().enumerate() {
        if w > 0.0 {
            last = k;
            left -= w;
            if left < 0.0 {
                break;
            }
        }
    }
    last
}

/// Helicity configuration, then a colour flow leading in 1/N for it.
fn discrete(
    me: &MatrixElement,
    details: &Details,
    row: usize,
    n: usize,
    stream: &mut Stream,
) -> (usize, usize) {
    let n_hel = me.helicities().len();
    // Parts of interferences have either sign: their sizes decide.
    let by_helicity: Vec<f64> = (0..n_hel)
        .map(|h| details.by_helicity[h * n + row].abs())
        .collect();
    let h = pick(&by_helicity, stream.uniform());
    let flows = me.flows();
    let size = |f: usize| details.by_flow[(h * flows.len() + f) * n + row];
    let leading: Vec<f64> = (0..flows.len())
        .map(|f| if flows[f].leading { size(f) } else { 0.0 })
        .collect();
    let r = stream.uniform();
    if leading.iter().any(|w| *w > 0.0) {
        (h, pick(&leading, r))
    } else {
        (h, pick(&(0..flows.len()).map(size).collect::<Vec<_>>(), r))
    }
}

/// Makes masses and momentum conservation exact to rounding: energies from
/// three-momenta, incoming momenta from the outgoing sum.
fn polish(legs: &mut [FourVector], masses: &[f64], n_in: usize) {
    let mut sum = [0.0; 4];
    // The last leg takes the transverse rounding errors of the others.
    let last = legs.len() - 1;
    for axis in [1, 2] {
        let others: f64 = legs[n_in..last].iter().map(|p| p[axis]).sum();
        legs[last][axis] = -others;
    }
    for (p, m) in legs.iter_mut().zip(masses).skip(n_in) {
        p[0] = (p[1] * p[1] + p[2] * p[2] + p[3] * p[3] + m * m).sqrt();
        sum.iter_mut().zip(*p).for_each(|(s, x)| *s += x);
    }
    let (e, pz) = (sum[0], sum[3]);
    if n_in == 1 {
        legs[0] = sum;
        return;
    }
    let [m1, m2] = [masses[0] * masses[0], masses[1] * masses[1]];
    if m1 == 0.0 && m2 == 0.0 {
        // The smaller component through s, free of cancellation.
        let (plus, minus) = (e + pz, e - pz);
        let forward = legs[0][3] > 0.0;
        let (a, b) = if forward { (0, 1) } else { (1, 0) };
        legs[a] = [0.5 * plus, 0.0, 0.0, 0.5 * plus];
        legs[b] = [0.5 * minus, 0.0, 0.0, -0.5 * minus];
    }
}

/// `c tau` in mm of a particle of this width in GeV: exponential with the mean
/// `hbar c / width`, for `u` uniform in [0, 1).
fn lifetime_mm(width: f64, u: f64) -> f64 {
    -HBAR_C_GEV_MM / width * (-u).ln_1p_same()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_exponential() {
        let n = 100_000;
        let width = 1e-13;
        let stream = Stream::new(1, Purpose::Lifetime, 0, 0);
        let all: Vec<f64> = (0..n).map(|k| lifetime_mm(width, stream.at(k))).collect();
        let scale = HBAR_C_GEV_MM / width;
        let mean = all.iter().sum::<f64>() / n as f64;
        assert!(
            (mean / scale - 1.0).abs() < 4.0 / (n as f64).sqrt(),
            "{mean}"
        );
        for t in [0.1, 1.0, 3.0] {
            let share = all.iter().filter(|x| **x > t * scale).count() as f64 / n as f64;
            let p = (-t).exp();
            let sigma = (p * (1.0 - p) / n as f64).sqrt();
            assert!((share - p).abs() < 4.0 * sigma, "{t}: {share} {p}");
        }
        assert_eq!(lifetime_mm(width, 0.0), 0.0);
    }

    #[test]
    fn picks_follow_the_weights() {
        let w = [0.0, 1.0, 3.0, 0.0];
        assert_eq!(pick(&w, 0.0), 1);
        assert_eq!(pick(&w, 0.249), 1);
        assert_eq!(pick(&w, 0.251), 2);
        assert_eq!(pick(&w, 0.999_999_999), 2);
    }

    #[test]
    fn polished_momenta_add_up() {
        let mut legs = vec![
            [500.0, 0.0, 0.0, 500.0],
            [100.0, 0.0, 0.0, -100.0],
            [250.0, 30.0, 40.0, 0.0],
            [350.0, -30.000_000_001, -40.0, 400.0 - 30.0],
        ];
        polish(&mut legs, &[0.0, 0.0, 173.0, 173.0], 2);
        for mu in 0..4 {
            let sum = legs[0][mu] + legs[1][mu] - legs[2][mu] - legs[3][mu];
            assert!(sum.abs() < 1e-10, "{sum}");
        }
        assert!((dot(legs[2], legs[2]).sqrt() - 173.0).abs() < 1e-9);
    }
}
