//! What a shower takes for granted about an event, and which parts of it fail.
//!
//! Checked: finite numbers, mothers that exist, momentum conservation in the
//! hard process and in each decay, mass shells, colours that fit the particle,
//! colour lines that close, or that end in junctions by threes.
//!
//! Knows momenta, colour tags and the colours of SM particles; must not know
//! how the event was made. Sources: hep-ph/0109068, sections 2.2 and 2.3;
//! hep-ph/0609017 (junctions), 1103.1218 (sextets).

use std::collections::BTreeMap;
use std::fmt;

use super::record::{Event, Particle, status};

/// How far numbers may be off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Sum of momenta, relative to the sum of incoming energies.
    pub momentum: f64,
    /// `|E^2 - p^2 - m^2|`, relative to `E^2`.
    pub mass_shell: f64,
    /// What comes on top of both because numbers were rounded.
    pub rounding: Rounding,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            momentum: 1e-9,
            mass_shell: 1e-9,
            rounding: Rounding::default(),
        }
    }
}

/// How far each written number may be off: a unit of its last digit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rounding {
    /// Relative to the number.
    pub relative: f64,
    /// In GeV, for numbers that were written without an exponent.
    pub absolute: f64,
}

impl Rounding {
    /// The most that counts as rounding: files with fewer digits are of no use
    /// to a shower.
    const MOST: Self = Self {
        relative: 1e-4,
        absolute: 1e-2,
    };

    /// Of a number.
    fn of(&self, value: f64) -> f64 {
        self.relative.min(Self::MOST.relative) * value.abs()
            + self.absolute.min(Self::MOST.absolute)
    }

    /// Of the square of a number.
    fn of_square(&self, value: f64) -> f64 {
        let off = self.of(value);
        off * (2.0 * value.abs() + off)
    }
}

/// One thing that is wrong with an event. Particles are counted from 1.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Violation {
    /// A number is NaN or infinite.
    NonFinite {
        /// The particle.
        particle: usize,
    },
    /// A mother is not there, or not before its daughter.
    Mother {
        /// The particle.
        particle: usize,
        /// Its mother.
        mother: i32,
    },
    /// Incoming and outgoing momenta differ.
    Momentum {
        /// The particle that decays, or 0 for the hard process.
        vertex: usize,
        /// Component that is worst: 0 to 3 for `E`, `px`, `py`, `pz`.
        component: usize,
        /// Outgoing minus incoming, in GeV.
        difference: f64,
        /// The same, relative to the incoming energy.
        relative: f64,
    },
    /// Momentum and mass do not fit.
    MassShell {
        /// The particle.
        particle: usize,
        /// Mass column, in GeV.
        mass: f64,
        /// `E^2 - p^2` in GeV^2.
        m2: f64,
    },
    /// A particle has a colour it cannot have, or lacks one.
    ColourCharge {
        /// The particle.
        particle: usize,
        /// PDG id.
        pdg: i32,
        /// Its tags.
        colours: [i32; 2],
    },
    /// A colour line does not begin once and end once.
    ColourLine {
        /// The particle that decays, or 0 for the hard process.
        vertex: usize,
        /// The tag.
        tag: i32,
        /// How often it leaves as colour (or enters as anticolour).
        colour_ends: usize,
        /// How often it leaves as anticolour (or enters as colour).
        anticolour_ends: usize,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |vertex: usize| match vertex {
            0 => "the hard process".to_owned(),
            n => format!("the decay of particle {n}"),
        };
        match self {
            Self::NonFinite { particle } => {
                write!(f, "a number of particle {particle} is not finite")
            }
            Self::Mother { particle, mother } => {
                write!(
                    f,
                    "particle {particle} has mother {mother}, which is not before it"
                )
            }
            Self::Momentum {
                vertex,
                component,
                difference,
                relative,
            } => write!(
                f,
                "{} does not conserve {}: out minus in is {difference:.3e} GeV ({relative:.1e})",
                place(*vertex),
                ["E", "px", "py", "pz"][*component]
            ),
            Self::MassShell { particle, mass, m2 } => write!(
                f,
                "particle {particle} is off its mass shell: mass {mass} GeV, E^2 - p^2 = {m2} GeV^2"
            ),
            Self::ColourCharge {
                particle,
                pdg,
                colours: [colour, anticolour],
            } => write!(
                f,
                "particle {particle} (pdg {pdg}) cannot have the colours ({colour}, {anticolour})"
            ),
            Self::ColourLine {
                vertex,
                tag,
                colour_ends,
                anticolour_ends,
            } => write!(
                f,
                "colour line {tag} of {} has {colour_ends} colour and {anticolour_ends} \
                 anticolour ends, not one of each",
                place(*vertex)
            ),
        }
    }
}

/// Everything that is wrong with an event; empty for a good one.
pub fn check_event(event: &Event, tolerance: &Tolerance) -> Vec<Violation> {
    let particles = &event.particles;
    let mut found = Vec::new();
    for (n, particle) in particles.iter().enumerate() {
        check_particle(n + 1, particle, tolerance, &mut found);
    }
    if found
        .iter()
        .any(|v| matches!(v, Violation::NonFinite { .. } | Violation::Mother { .. }))
    {
        return found;
    }
    // Resonances belong to their decays, each of which is a vertex of its own.
    let of_status = |s: i32| particles.iter().filter(move |p| p.status == s);
    let incoming: Vec<&Particle> = of_status(status::INCOMING).collect();
    let outgoing: Vec<&Particle> = of_status(status::FINAL).collect();
    check_momenta(0, &incoming, &outgoing, tolerance, &mut found);
    // Lines of the hard process end at what decays: at a decay there may be a junction.
    let is_resonance = |mother: i32| {
        let at = usize::try_from(mother - 1).ok();
        at.is_some_and(|at| particles[at].status == status::RESONANCE)
    };
    let made = |p: &&Particle| {
        let of_one = p.mothers[1] == p.mothers[0] || p.mothers[1] == 0;
        matches!(p.status, status::FINAL | status::RESONANCE)
            && !(of_one && is_resonance(p.mothers[0]))
    };
    let made: Vec<&Particle> = particles.iter().filter(made).collect();
    check_lines(0, &incoming, &made, &mut found);
    for (n, resonance) in particles.iter().enumerate() {
        if resonance.status != status::RESONANCE {
            continue;
        }
        let own = n as i32 + 1;
        let is_daughter =
            |p: &&Particle| p.mothers[0] == own && (p.mothers[1] == own || p.mothers[1] == 0);
        let daughters: Vec<&Particle> = particles.iter().filter(is_daughter).collect();
        check_momenta(n + 1, &[resonance], &daughters, tolerance, &mut found);
        check_lines(n + 1, &[resonance], &daughters, &mut found);
    }
    found
}

fn check_particle(
    number: usize,
    particle: &Particle,
    tolerance: &Tolerance,
    found: &mut Vec<Violation>,
) {
    let [e, px, py, pz] = particle.p;
    if !(particle.p.iter().all(|v| v.is_finite()) && particle.mass.is_finite()) {
        found.push(Violation::NonFinite { particle: number });
        return;
    }
    for mother in particle.mothers {
        if mother < 0 || mother as usize >= number {
            found.push(Violation::Mother {
                particle: number,
                mother,
            });
            return;
        }
    }
    let p2 = px * px + py * py + pz * pz;
    let off = (e * e - p2 - particle.mass * particle.mass).abs();
    let squares = [e, px, py, pz, particle.mass].map(|v| tolerance.rounding.of_square(v));
    let allowed = tolerance.mass_shell * e * e + squares.iter().sum::<f64>();
    if off.is_nan() || off > allowed || e < 0.0 {
        found.push(Violation::MassShell {
            particle: number,
            mass: particle.mass,
            m2: e * e - p2,
        });
    }
    let carries = [particle.colours[0] != 0, particle.colours[1] != 0];
    if expected_colours(particle.pdg).is_some_and(|expected| expected != carries) {
        found.push(Violation::ColourCharge {
            particle: number,
            pdg: particle.pdg,
            colours: particle.colours,
        });
    }
}

/// Whether an SM particle carries (colour, anticolour); `None` if unknown.
fn expected_colours(pdg: i32) -> Option<[bool; 2]> {
    match pdg {
        1..=6 => Some([true, false]),
        -6..=-1 => Some([false, true]),
        21 => Some([true, true]),
        22..=25 | -24 => Some([false, false]),
        _ if (11..=16).contains(&pdg.unsigned_abs()) => Some([false, false]),
        _ => None,
    }
}

fn check_momenta(
    vertex: usize,
    incoming: &[&Particle],
    outgoing: &[&Particle],
    tolerance: &Tolerance,
    found: &mut Vec<Violation>,
) {
    let energy: f64 = incoming.iter().map(|p| p.p[0].abs()).sum();
    let mut worst = (0, 0.0_f64);
    for component in 0..4 {
        let sum = |side: &[&Particle]| side.iter().map(|p| p.p[component]).sum::<f64>();
        let difference = sum(outgoing) - sum(incoming);
        if difference.is_nan() || difference.abs() > worst.1.abs() {
            worst = (component, difference);
        }
    }
    let relative = worst.1.abs() / energy.max(f64::MIN_POSITIVE);
    let both = incoming.iter().chain(outgoing);
    let rounded: f64 = both.map(|p| tolerance.rounding.of(p.p[worst.0])).sum();
    let allowed = tolerance.momentum * energy + rounded;
    if worst.1.is_nan() || worst.1.abs() > allowed {
        found.push(Violation::Momentum {
            vertex,
            component: worst.0,
            difference: worst.1,
            relative,
        });
    }
}

fn check_lines(
    vertex: usize,
    incoming: &[&Particle],
    outgoing: &[&Particle],
    found: &mut Vec<Violation>,
) {
    // What enters as colour ends a line like what leaves as anticolour. Sextets
    // carry two colours, the second as a negative anticolour.
    let mut ends: BTreeMap<i32, [usize; 2]> = BTreeMap::new();
    for (side, crossed) in [(outgoing, 0), (incoming, 1)] {
        for particle in side {
            for (k, &tag) in particle.colours.iter().enumerate() {
                if tag != 0 {
                    let end = k + crossed + usize::from(tag < 0);
                    ends.entry(tag.saturating_abs()).or_default()[end % 2] += 1;
                }
            }
        }
    }
    // Three lines may end in a junction: of colours or of anticolours, not of both.
    let loose = |kind: [usize; 2]| ends.values().filter(|e| **e == kind).count();
    let junctions = match (loose([1, 0]), loose([0, 1])) {
        (n, 0) | (0, n) => n > 0 && n.is_multiple_of(3),
        _ => false,
    };
    for (tag, [colour_ends, anticolour_ends]) in ends {
        if (colour_ends, anticolour_ends) != (1, 1)
            && !(junctions && colour_ends + anticolour_ends == 1)
        {
            found.push(Violation::ColourLine {
                vertex,
                tag,
                colour_ends,
                anticolour_ends,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn particle(pdg: i32, status: i32, colours: [i32; 2], p: [f64; 4]) -> Particle {
        Particle {
            pdg,
            status,
            colours,
            p,
            mothers: if status == status::FINAL {
                [1, 2]
            } else {
                [0, 0]
            },
            ..Particle::default()
        }
    }

    /// u u~ > g g, back to back.
    fn good() -> Event {
        Event {
            particles: vec![
                particle(2, -1, [501, 0], [50.0, 0.0, 0.0, 50.0]),
                particle(-2, -1, [0, 502], [50.0, 0.0, 0.0, -50.0]),
                particle(21, 1, [501, 503], [50.0, 30.0, 0.0, 40.0]),
                particle(21, 1, [503, 502], [50.0, -30.0, 0.0, -40.0]),
            ],
            ..Event::default()
        }
    }

    #[test]
    fn a_good_event_passes() {
        assert_eq!(check_event(&good(), &Tolerance::default()), []);
    }

    #[test]
    fn every_fault_is_named() {
        type Fault = (&'static str, fn(&mut Event));
        let faults: [Fault; 7] = [
            ("does not conserve E", |e| {
                e.particles[2].p = [51.0, 30.6, 0.0, 40.8]
            }),
            ("particle 3 is off its mass shell", |e| {
                e.particles[2].mass = 5.0
            }),
            ("off its mass shell", |e| e.particles[3].p[0] = -50.0),
            ("colour line 502 of the hard process", |e| {
                e.particles[3].colours[1] = 504
            }),
            ("cannot have the colours (501, 7)", |e| {
                e.particles[0].colours[1] = 7
            }),
            ("particle 1 has mother 4", |e| e.particles[0].mothers[0] = 4),
            ("particle 2 is not finite", |e| {
                e.particles[1].p[2] = f64::NAN
            }),
        ];
        for (message, spoil) in faults {
            let mut event = good();
            spoil(&mut event);
            let found = check_event(&event, &Tolerance::default());
            let text: Vec<String> = found.iter().map(Violation::to_string).collect();
            assert!(
                text.iter().any(|t| t.contains(message)),
                "{message}: {text:?}"
            );
        }
    }

    #[test]
    fn rounded_numbers_pass_and_wrong_ones_do_not() {
        let rounded = |digits: i32, spoil: f64| {
            let unit = 10_f64.powi(1 - digits);
            let mut event = good();
            for (n, p) in event.particles.iter_mut().enumerate() {
                // Turned, so that no number is a round one; half a unit each way.
                let [e, px, _, pz] = p.p;
                let (s, c) = 0.3_f64.sin_cos();
                let off = if n % 2 == 0 { 0.5 * unit } else { -0.5 * unit };
                p.p = [e * (1.0 + off), px, 0.0, pz].map(|v| v * (1.0 - 0.4 * off));
                if n > 1 {
                    p.p = [p.p[0], p.p[1] * c, p.p[1] * s, p.p[3]];
                }
            }
            event.particles[3].p[3] *= 1.0 + spoil;
            let tolerance = Tolerance {
                rounding: Rounding {
                    relative: unit,
                    absolute: 0.0,
                },
                ..Tolerance::default()
            };
            (
                check_event(&event, &tolerance).len(),
                check_event(&event, &Tolerance::default()).len(),
            )
        };
        for digits in [6, 8, 9] {
            let (found, without) = rounded(digits, 0.0);
            assert!(found == 0 && without > 0, "{digits}: {found} {without}");
            let (found, _) = rounded(digits, 1e3 * 10_f64.powi(-digits));
            assert!(found > 0, "{digits}");
        }
        // Numbers with one digit are no excuse.
        assert!(rounded(1, 0.1).0 > 0);
    }

    #[test]
    fn a_sextet_carries_two_colours() {
        let mut event = good();
        event.particles = vec![
            particle(2, -1, [501, 0], [50.0, 0.0, 0.0, 50.0]),
            particle(2, -1, [502, 0], [50.0, 0.0, 0.0, -50.0]),
            Particle {
                mass: 100.0,
                ..particle(6_000_001, 1, [501, -502], [100.0, 0.0, 0.0, 0.0])
            },
        ];
        assert_eq!(check_event(&event, &Tolerance::default()), []);
        event.particles[2].colours[1] = 502;
        assert_eq!(check_event(&event, &Tolerance::default()).len(), 1);
    }

    #[test]
    fn three_lines_may_end_in_a_junction() {
        // u d > s~ and nothing else, by an epsilon tensor.
        let mut event = good();
        event.particles = vec![
            particle(2, -1, [501, 0], [50.0, 0.0, 0.0, 50.0]),
            particle(1, -1, [502, 0], [50.0, 0.0, 0.0, -50.0]),
            Particle {
                mass: 100.0,
                ..particle(-9_100_013, 1, [0, 503], [100.0, 0.0, 0.0, 0.0])
            },
        ];
        assert_eq!(check_event(&event, &Tolerance::default()), []);
        // Two lines, or three of both kinds, cannot.
        event.particles[2].colours = [0, 0];
        assert_eq!(check_event(&event, &Tolerance::default()).len(), 2);
        event.particles[2].colours = [503, 0];
        assert_eq!(check_event(&event, &Tolerance::default()).len(), 3);
    }

    #[test]
    fn what_lies_between_two_junctions_has_a_line_of_its_own() {
        // u c > s > t u by two epsilon tensors.
        let product = |colour| Particle {
            mothers: [3, 3],
            ..particle(6, 1, [colour, 0], [50.0, 0.0, 50.0, 0.0])
        };
        let mut event = good();
        event.particles = vec![
            particle(2, -1, [501, 0], [50.0, 0.0, 0.0, 50.0]),
            particle(4, -1, [502, 0], [50.0, 0.0, 0.0, -50.0]),
            Particle {
                mass: 100.0,
                mothers: [1, 2],
                ..particle(9_000_006, 2, [0, 503], [100.0, 0.0, 0.0, 0.0])
            },
            product(504),
            product(505),
        ];
        event.particles[4].p[2] = -50.0;
        assert_eq!(check_event(&event, &Tolerance::default()), []);
        event.particles[4].colours[0] = 0;
        assert_eq!(check_event(&event, &Tolerance::default()).len(), 3);
        event.particles[4].colours[0] = 505;
        event.particles[2].colours = [503, 0];
        assert_eq!(check_event(&event, &Tolerance::default()).len(), 6);
    }

    #[test]
    fn a_resonance_must_be_the_sum_of_its_daughters() {
        let mut event = good();
        let decay = |p| Particle {
            mothers: [3, 3],
            ..particle(11, 1, [0, 0], p)
        };
        event.particles = vec![
            particle(2, -1, [501, 0], [50.0, 0.0, 0.0, 50.0]),
            particle(-2, -1, [0, 501], [50.0, 0.0, 0.0, -50.0]),
            Particle {
                mass: 100.0,
                mothers: [1, 2],
                ..particle(23, 2, [0, 0], [100.0, 0.0, 0.0, 0.0])
            },
            decay([50.0, 30.0, 0.0, 40.0]),
            decay([50.0, -30.0, 0.0, -40.0]),
        ];
        assert_eq!(check_event(&event, &Tolerance::default()), []);
        event.particles[2].p[1] = 1.0;
        event.particles[2].mass = (100.0_f64 * 100.0 - 1.0).sqrt();
        let found = check_event(&event, &Tolerance::default());
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .to_string()
                .starts_with("the decay of particle 3 does not conserve px")
        );
    }
}
