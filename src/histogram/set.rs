//! Histograms that events are filled into.
//!
//! An event is seen as its record has it: final particles, and resonances that decay into
//! them. Knows quantities, bins and records; knows no file and no cross section.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::axis::Axis;
use super::request::HistogramRequest;
use super::tally::{Entry, Tallies};
use crate::cuts::{BoundQuantity, FinalState, Groups, Quantity};
use crate::event::{Event, Particle, status};
use crate::kinematics::MomentumBatch;

/// Most final particles of an event that resonances are found for.
const MOST_LEGS: usize = 32;

/// Events with more particles are left out: they are none of a matrix element, and choices
/// of particles would be without number.
const MOST_PARTICLES: usize = 64;
/// Kinds of events whose legs are remembered at a time.
const MOST_KINDS: usize = 4096;

/// Why histograms cannot be filled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("histograms.{name}: {what}")]
pub struct HistogramError {
    /// The histogram.
    pub name: String,
    /// What was found and what was expected.
    pub what: String,
}

/// One histogram: what is filled, and into which bins.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// As it was asked for.
    pub request: HistogramRequest,
    /// What is filled.
    pub quantity: Quantity,
    /// Its bins.
    pub axis: Axis,
}

/// What tells how legs are named: incoming ones, PDG numbers of final ones, resonances.
type Signature = (usize, Vec<i32>, Vec<(u32, i32)>);

/// Histograms of one sample.
#[derive(Debug, Default)]
pub struct HistogramSet {
    all: Vec<Histogram>,
    /// Which beams have partons.
    hadronic: [bool; 2],
    bound: RwLock<HashMap<Signature, Arc<[BoundQuantity]>>>,
}

impl HistogramSet {
    /// Reads expressions; `groups` are the names that they may use, `hadronic` the beams
    /// that have partons.
    ///
    /// # Errors
    /// [`HistogramError`] for the first that is not understood or has no bins.
    pub fn new(
        requests: &[HistogramRequest],
        groups: &Groups,
        hadronic: [bool; 2],
    ) -> Result<Self, HistogramError> {
        let one = |request: &HistogramRequest| {
            let refused = |what: String| HistogramError {
                name: request.name.clone(),
                what,
            };
            let quantity =
                Quantity::parse(&request.of, groups).map_err(|e| refused(e.to_string()))?;
            let axis = request.axis(&quantity).map_err(refused)?;
            Ok(Histogram {
                request: request.clone(),
                quantity,
                axis,
            })
        };
        Ok(Self {
            all: requests.iter().map(one).collect::<Result<_, _>>()?,
            hadronic,
            bound: RwLock::default(),
        })
    }

    /// Makes sure that each is filled by some of these final states.
    ///
    /// # Errors
    /// [`HistogramError`] for the first that is not.
    pub(crate) fn check(&self, final_states: &[FinalState]) -> Result<(), HistogramError> {
        let mut all = self.all.iter();
        match all.find(|h| !h.quantity.is_formed(final_states)) {
            None => Ok(()),
            Some(h) => Err(HistogramError {
                name: h.request.name.clone(),
                what: format!(
                    "no subprocess has the particles that '{}' names",
                    h.request.of
                ),
            }),
        }
    }

    /// The histograms.
    pub fn histograms(&self) -> &[Histogram] {
        &self.all
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Empty sums.
    pub fn tallies(&self) -> Tallies {
        Tallies::new(self.all.iter().map(|h| h.axis.n_bins()))
    }

    /// Adds events.
    pub fn fill(&self, events: &[Event], tallies: &mut Tallies) {
        if self.is_empty() {
            events.iter().for_each(|e| tallies.count(e.weight));
            return;
        }
        let mut alike: HashMap<Signature, Vec<(&Event, Vec<usize>)>> = HashMap::new();
        for event in events {
            tallies.count(event.weight);
            let is_large = event.particles.len() > MOST_PARTICLES;
            tallies.n_too_large += u64::from(is_large);
            if event.weight.is_finite() && !is_large {
                let (signature, legs) = signature(event);
                alike.entry(signature).or_default().push((event, legs));
            }
        }
        // Their order does not matter: sums are exact.
        for (signature, events) in &alike {
            let momentum = |(event, legs): &(&Event, Vec<usize>)| {
                legs.iter().map(|&k| event.particles[k].p).collect()
            };
            let points: Vec<Vec<_>> = events.iter().map(momentum).collect();
            let p = MomentumBatch::from_points(&points);
            let bound = self.bound(signature);
            for (k, bound) in bound.iter().enumerate() {
                self.fill_one(k, bound, &p, events, tallies);
            }
        }
    }

    /// Adds events of equal particles to a histogram.
    fn fill_one(
        &self,
        which: usize,
        bound: &BoundQuantity,
        p: &MomentumBatch,
        events: &[(&Event, Vec<usize>)],
        tallies: &mut Tallies,
    ) {
        let axis = &self.all[which].axis;
        let tally = &mut tallies.each[which];
        let mut entries: Vec<Vec<Entry>> = vec![Vec::new(); events.len()];
        bound.evaluate(p, |values, formed| {
            for ((entries, &x), _) in (entries.iter_mut().zip(values).zip(formed)).filter(|f| *f.1)
            {
                let Some(bin) = axis.bin(x) else {
                    tally.n_not_numbers += 1;
                    continue;
                };
                // Of an infinite value there is no mean.
                let x = if x.is_finite() { x } else { 0.0 };
                match entries.iter_mut().find(|e| e.bin == bin) {
                    Some(e) => {
                        (e.n, e.x, e.x2) = (e.n + 1, e.x + x, e.x2 + x * x);
                    }
                    None => entries.push(Entry {
                        bin,
                        n: 1,
                        x,
                        x2: x * x,
                    }),
                }
            }
        });
        for (entries, (event, _)) in entries.iter().zip(events) {
            for entry in entries {
                tally.add(entry, event.weight, &event.weights);
            }
        }
    }

    /// The quantities on legs of these particles.
    fn bound(&self, signature: &Signature) -> Arc<[BoundQuantity]> {
        let known = self.bound.read().expect("no thread panics with it");
        if let Some(found) = known.get(signature) {
            return Arc::clone(found);
        }
        drop(known);
        let (n_in, pdgs, resonances) = signature;
        let bind = |h: &Histogram| {
            let bound = h.quantity.bind(pdgs, *n_in, resonances);
            bound.with_beams(self.hadronic)
        };
        let bound: Arc<[BoundQuantity]> = self.all.iter().map(bind).collect();
        let mut known = self.bound.write().expect("no thread panics with it");
        if known.len() >= MOST_KINDS {
            known.clear();
        }
        known.insert(signature.clone(), Arc::clone(&bound));
        bound
    }
}

/// The number of a particle; at the ends of their range, where none is, the next one that
/// has a negative and neighbours.
pub(super) fn pdg_of(particle: &Particle) -> i32 {
    particle.pdg.clamp(1 - i32::MAX, i32::MAX - 1)
}

/// What the legs of an event are, and their places in the record: incoming ones first,
/// final ones in the order of the record.
fn signature(event: &Event) -> (Signature, Vec<usize>) {
    let places = |wanted: i32| {
        let all = event.particles.iter().enumerate();
        all.filter(move |(_, p)| p.status == wanted).map(|(k, _)| k)
    };
    let mut legs: Vec<usize> = places(status::INCOMING).collect();
    let n_in = legs.len();
    legs.extend(places(status::FINAL));
    let pdgs = legs[n_in..].iter().map(|&k| pdg_of(&event.particles[k]));
    let signature = (n_in, pdgs.collect(), resonances(event, &legs, n_in));
    (signature, legs)
}

/// Resonances of a record and the legs that they decay into, bit k for leg k.
pub(super) fn resonances(event: &Event, legs: &[usize], n_in: usize) -> Vec<(u32, i32)> {
    let of = |k: usize| &event.particles[k];
    let is_resonance = |k: usize| of(k).status == status::RESONANCE;
    if legs.len() > MOST_LEGS || !(0..event.particles.len()).any(is_resonance) {
        return Vec::new();
    }
    let mut sets = vec![0_u32; event.particles.len()];
    for (leg, &place) in legs.iter().enumerate().skip(n_in) {
        let mut at = place;
        // A record whose mothers go in circles ends as well.
        for _ in 0..event.particles.len() {
            let [first, last] = of(at).mothers;
            let mother = usize::try_from(first).unwrap_or(0);
            if mother == 0 || mother > event.particles.len() || (last != first && last != 0) {
                break;
            }
            at = mother - 1;
            if is_resonance(at) {
                sets[at] |= 1 << leg;
            }
        }
    }
    let found = sets.iter().enumerate().filter(|(_, set)| **set != 0);
    found.map(|(k, set)| (*set, pdg_of(of(k)))).collect()
}
