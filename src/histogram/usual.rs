//! Histograms for events of which nobody said what to look at: those that their particles
//! suggest, with bins that hold most of the first events.
//!
//! Knows particles by number and name, and what analyses look at first; knows no cross
//! section.

use std::collections::{BTreeMap, BTreeSet};

use super::request::{HistogramRequest, LogAxes};
use super::set::{HistogramError, pdg_of, resonances};
use crate::cuts::{Groups, Quantity};
use crate::elementary::Elementary;
use crate::event::{Event, status};
use crate::kinematics::MomentumBatch;

/// Bins of a histogram, about.
const BINS: f64 = 50.0;
/// Parts of the values below the first and above the last bin, about.
const BELOW: f64 = 0.005;
const ABOVE: f64 = 0.01;
/// A range that begins below this part of its end begins at 0.
const NEAR_ZERO: f64 = 0.2;
/// Most kinds of particles that get histograms of their own, besides jets.
const MOST_KINDS: usize = 6;
/// Most jets likewise.
const MOST_JETS: usize = 3;

/// What the events have.
#[derive(Default)]
struct Content {
    /// Largest number of light partons in an event, and the smallest.
    most_jets: usize,
    least_jets: usize,
    /// PDG numbers of other final particles, with the largest number in an event, and in
    /// how many events they are.
    kinds: BTreeMap<i32, (usize, usize)>,
    /// Pairs of particles and antiparticles that are in an event together.
    pairs: BTreeSet<i32>,
    /// Charged leptons that come with the neutrino of their decay of a W.
    leptonic: BTreeSet<(i32, i32)>,
    has_neutrino: bool,
    /// Resonances that are no pair of a lepton and its antiparticle.
    resonances: BTreeSet<i32>,
}

/// The histograms that the first events of a sample suggest; `groups` are the names that they
/// may use, `hadronic` the beams that have partons.
///
/// # Errors
/// [`HistogramError`] if a name that should be known is not.
pub fn usual_histograms(
    events: &[Event],
    groups: &Groups,
    hadronic: [bool; 2],
) -> Result<Vec<HistogramRequest>, HistogramError> {
    let jets = groups.get("j").cloned().unwrap_or_default();
    let content = Content::of(events, &jets);
    let mut found = Vec::new();
    for (name, of, title) in content.quantities(groups) {
        let refused = |what: String| HistogramError {
            name: name.clone(),
            what,
        };
        let quantity = Quantity::parse(&of, groups).map_err(|e| refused(e.to_string()))?;
        let Some((bins, range)) =
            (quantity.usual_range()).or_else(|| range_of(&values(&quantity, events, hadronic)))
        else {
            continue;
        };
        let is_energy = quantity.unit() == "GeV";
        found.push(HistogramRequest {
            title,
            log: is_energy.then_some(LogAxes::Y),
            ..HistogramRequest::new(&name, &of, bins, range)
        });
    }
    Ok(found)
}

impl Content {
    fn of(events: &[Event], jets: &[i32]) -> Self {
        let mut all = Self {
            least_jets: usize::MAX,
            ..Self::default()
        };
        for event in events {
            all.add(event, jets);
        }
        all
    }

    fn add(&mut self, event: &Event, jets: &[i32]) {
        let finals = event.particles.iter().filter(|p| p.status == status::FINAL);
        let mut numbers: BTreeMap<i32, usize> = BTreeMap::new();
        finals.for_each(|p| *numbers.entry(pdg_of(p)).or_default() += 1);
        let n_jets: usize = (numbers.iter())
            .filter(|(pdg, _)| jets.contains(pdg))
            .map(|n| n.1)
            .sum();
        self.most_jets = self.most_jets.max(n_jets);
        self.least_jets = self.least_jets.min(n_jets);
        for (&pdg, &n) in numbers.iter().filter(|(pdg, _)| !jets.contains(pdg)) {
            if is_neutrino(pdg) {
                self.has_neutrino = true;
                continue;
            }
            let kind = self.kinds.entry(pdg).or_default();
            *kind = (kind.0.max(n), kind.1 + 1);
            if pdg > 0 && numbers.contains_key(&-pdg) {
                self.pairs.insert(pdg);
            }
            // An electron comes with an antineutrino of its kind.
            let partner = -pdg.signum() * (pdg.abs() + 1);
            if matches!(pdg.abs(), 11 | 13 | 15) && numbers.contains_key(&partner) {
                self.leptonic.insert((pdg, partner));
            }
        }
        let legs: Vec<usize> = (event.particles.iter().enumerate())
            .filter(|(_, p)| p.status == status::FINAL)
            .map(|(k, _)| k)
            .collect();
        for (set, pdg) in resonances(event, &legs, 0) {
            let members: Vec<i32> = (legs.iter().enumerate())
                .filter(|(leg, _)| set >> leg & 1 == 1)
                .map(|(_, &k)| pdg_of(&event.particles[k]))
                .collect();
            if members.len() > 1 && !matches!(members[..], [a, b] if a == -b) {
                self.resonances.insert(pdg);
            }
        }
    }

    /// Name, expression and title of each histogram.
    fn quantities(&self, groups: &Groups) -> Vec<(String, String, Option<String>)> {
        let mut found: Vec<(String, String, Option<String>)> = Vec::new();
        let mut add = |name: String, of: String| found.push((name, of, None));
        let of_pdg = |pdg: i32| {
            let mut all = groups.iter().filter(|(_, pdgs)| **pdgs == [pdg]);
            all.next().map(|(name, _)| name.clone())
        };
        if self.most_jets > self.least_jets {
            add("n_jets".into(), "n(j)".into());
        }
        for k in 1..=self.most_jets.min(MOST_JETS) {
            add(format!("pt_j{k}"), format!("pt(j[{k}])"));
            if k < 3 {
                add(format!("eta_j{k}"), format!("eta(j[{k}])"));
            }
        }
        if self.most_jets > 1 {
            add("m_jj".into(), "m(j[1], j[2])".into());
            add("dR_jj".into(), "dR(j[1], j[2])".into());
        }
        let mut kinds: Vec<(&i32, &(usize, usize))> = self.kinds.iter().collect();
        kinds.sort_by_key(|(pdg, (_, n))| (std::cmp::Reverse(*n), pdg.abs(), **pdg < 0));
        for (&pdg, &(most, _)) in kinds.into_iter().take(MOST_KINDS) {
            let Some(name) = of_pdg(pdg) else { continue };
            let key = key_of(&name);
            // Heavy particles have a rapidity that differs.
            let angle = if matches!(pdg.abs(), 11..=22) {
                "eta"
            } else {
                "y"
            };
            for k in 1..=most.min(2) {
                let (key, of) = match most {
                    1 => (key.clone(), name.clone()),
                    _ => (format!("{key}{k}"), format!("{name}[{k}]")),
                };
                add(format!("pt_{key}"), format!("pt({of})"));
                add(format!("{angle}_{key}"), format!("{angle}({of})"));
            }
        }
        for &pdg in &self.pairs {
            let (Some(a), Some(b)) = (of_pdg(pdg), of_pdg(-pdg)) else {
                continue;
            };
            let key = format!("{}_{}", key_of(&a), key_of(&b));
            let single = self.kinds[&pdg].0 == 1 && self.kinds.get(&-pdg).is_some_and(|k| k.0 == 1);
            let (a, b) = match single {
                true => (a, b),
                false => (format!("{a}[1]"), format!("{b}[1]")),
            };
            add(format!("m_{key}"), format!("m({a}, {b})"));
            if self.most_jets + self.kinds.len() > 2 {
                add(format!("pt_{key}"), format!("pt({a}, {b})"));
            }
            add(format!("dphi_{key}"), format!("dphi({a}, {b})"));
        }
        for &(lepton, neutrino) in &self.leptonic {
            if let (Some(a), Some(b)) = (of_pdg(lepton), of_pdg(neutrino)) {
                let single = self.kinds[&lepton].0 == 1;
                if single {
                    add(
                        format!("mt_{}_{}", key_of(&a), key_of(&b)),
                        format!("mt({a}, {b})"),
                    );
                }
            }
        }
        for &pdg in &self.resonances {
            if let Some(name) = of_pdg(pdg) {
                add(format!("m_{}", key_of(&name)), format!("m({name})"));
            }
        }
        if self.has_neutrino {
            add("met".into(), "met".into());
        }
        if self.most_jets > 1 {
            add("ht".into(), "ht".into());
        }
        add("sqrt_s".into(), "sqrt_s".into());
        found
    }
}

fn is_neutrino(pdg: i32) -> bool {
    matches!(pdg.abs(), 12 | 14 | 16)
}

/// A name without signs that paths do not have.
fn key_of(name: &str) -> String {
    let mut key = String::new();
    for c in name.chars() {
        match c {
            '+' => key.push('p'),
            '-' => key.push('m'),
            '~' => key.push('x'),
            c if c.is_ascii_alphanumeric() => key.push(c),
            _ => key.push('_'),
        }
    }
    key
}

/// The values that the events have.
fn values(quantity: &Quantity, events: &[Event], hadronic: [bool; 2]) -> Vec<f64> {
    let mut found = Vec::new();
    for event in events {
        let of = |wanted: i32| event.particles.iter().filter(move |p| p.status == wanted);
        let places = |wanted: i32| {
            let all = event.particles.iter().enumerate();
            all.filter(move |(_, p)| p.status == wanted).map(|(k, _)| k)
        };
        let n_in = of(status::INCOMING).count();
        let legs: Vec<usize> = places(status::INCOMING)
            .chain(places(status::FINAL))
            .collect();
        let pdgs: Vec<i32> = of(status::FINAL).map(pdg_of).collect();
        let p = legs.iter().map(|&k| event.particles[k].p).collect();
        let bound = quantity.bind(&pdgs, n_in, &resonances(event, &legs, n_in));
        let bound = bound.with_beams(hadronic);
        bound.evaluate(&MomentumBatch::from_points(&[p]), |x, formed| {
            if formed[0] && x[0].is_finite() {
                found.push(x[0]);
            }
        });
    }
    found
}

/// Round bins that hold most values; `None` without values.
fn range_of(values: &[f64]) -> Option<(u32, [f64; 2])> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = |part: f64| sorted[(part * last as f64).round() as usize];
    let (low, high) = (at(BELOW), at(1.0 - ABOVE));
    let low = if low >= 0.0 && low < NEAR_ZERO * high {
        0.0
    } else {
        low
    };
    // Equal values stand in the middle.
    let lacking = (1e-3 * high.abs()).max(1e-6) - (high - low);
    let (low, high) = match lacking > 0.0 {
        true => (low - 0.5 * lacking, high + 0.5 * lacking),
        false => (low, high),
    };
    let width = round_up((high - low) / BINS);
    let first = (low / width).floor();
    let n = ((high / width).ceil() - first).max(1.0);
    Some((n as u32, [first * width, (first + n) * width]))
}

/// The next of 1, 2, 2.5, 5 times a power of ten.
fn round_up(x: f64) -> f64 {
    let power = 10_f64.powf_same(x.log10_same().floor());
    let all = [1.0, 2.0, 2.5, 5.0, 10.0];
    let factor = all.into_iter().find(|f| x <= f * power * 1.000_001);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Particle;

    fn groups() -> Groups {
        let names = [
            ("e-", vec![11]),
            ("e+", vec![-11]),
            ("mu+", vec![-13]),
            ("vm", vec![14]),
            ("t", vec![6]),
            ("w+", vec![24]),
            ("b", vec![5]),
            ("j", vec![21, 1, 2, -1, -2]),
            ("g", vec![21]),
        ];
        names.into_iter().map(|(n, p)| (n.to_owned(), p)).collect()
    }

    /// A particle with this transverse momentum along x.
    fn particle(pdg: i32, status: i32, mother: i32, px: f64) -> Particle {
        Particle {
            pdg,
            status,
            mothers: [mother, mother],
            p: [px.hypot(1.0), px, 0.0, 1.0],
            ..Particle::default()
        }
    }

    fn names(particles: Vec<Particle>) -> Vec<String> {
        let event = Event {
            weight: 1.0,
            particles,
            ..Event::default()
        };
        let found = usual_histograms(&[event], &groups(), [true; 2]).unwrap();
        found.into_iter().map(|h| h.of).collect()
    }

    #[test]
    fn particles_suggest_what_is_looked_at() {
        let drell_yan = names(vec![
            particle(21, -1, 0, 0.0),
            particle(1, -1, 0, 0.0),
            particle(11, 1, 1, 30.0),
            particle(-11, 1, 1, -40.0),
            particle(1, 1, 1, 10.0),
        ]);
        let expected = [
            "pt(j[1])",
            "eta(j[1])",
            "pt(e-)",
            "eta(e-)",
            "pt(e+)",
            "eta(e+)",
            "m(e-, e+)",
            "pt(e-, e+)",
            "dphi(e-, e+)",
            "sqrt_s",
        ];
        assert_eq!(drell_yan, expected);
        let top = names(vec![
            particle(21, -1, 0, 0.0),
            particle(21, -1, 0, 0.0),
            particle(6, 2, 0, 0.0),
            particle(24, 2, 3, 0.0),
            particle(5, 1, 3, 50.0),
            particle(-13, 1, 4, 30.0),
            particle(14, 1, 4, 20.0),
        ]);
        for of in ["m(t)", "m(w+)", "mt(mu+, vm)", "met", "pt(b)", "y(b)"] {
            assert!(top.iter().any(|x| x == of), "{of}: {top:?}");
        }
        // What has no name is left out.
        for strange in [1_000_022, i32::MIN, i32::MAX] {
            assert_eq!(names(vec![particle(strange, 1, 0, 5.0)]), ["sqrt_s"]);
        }
    }

    #[test]
    fn ranges_are_round_and_hold_most_values() {
        let values: Vec<f64> = (0..1000).map(|k| 20.0 + 0.3 * f64::from(k)).collect();
        let (n, [low, high]) = range_of(&values).unwrap();
        assert_eq!((n, low, high), (32, 0.0, 320.0));
        let (_, [low, high]) = range_of(&[91.2; 5]).unwrap();
        assert!((low - 91.154).abs() < 1e-9 && (high - 91.246).abs() < 1e-9);
        assert_eq!(range_of(&[]), None);
        let (_, [low, high]) = range_of(&[0.0; 5]).unwrap();
        assert!(low <= 0.0 && high > 0.0);
    }
}
