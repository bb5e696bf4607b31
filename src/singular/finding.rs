//! A singularity in words, with the cut that closes it.
//!
//! Knows names and numbers; knows no diagram.

use crate::elementary::Elementary;
use std::fmt;

/// Where a cross section is infinite, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Singularity {
    /// A subprocess that has it.
    pub process: String,
    /// Number of subprocesses that have it.
    pub n_processes: usize,
    /// What the legs are called in cuts.
    pub legs: Vec<String>,
    /// What happens to them.
    pub cause: Cause,
    /// What closes it; nothing closes a pole but a width.
    pub proposal: Option<Proposal>,
}

/// What happens in a singular region; masses in GeV.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// Massless legs become parallel.
    Collinear {
        /// The massless particle that makes them.
        line: String,
    },
    /// Massless legs go along a massless incoming particle.
    Beam {
        /// The massless particle that is exchanged.
        line: String,
    },
    /// Massive particles go on as they came.
    Forward {
        /// The massless particle that is exchanged.
        line: String,
    },
    /// Legs lose their energy.
    Soft,
    /// The partonic energy goes to 0.
    Total {
        /// The massless particle that all legs come from, if one is.
        line: Option<String>,
    },
    /// A particle without width comes to its mass shell.
    Pole {
        /// The particle.
        particle: String,
        /// Its mass.
        mass: f64,
        /// Invariant masses that masses, cuts and energies leave to the legs.
        range: [f64; 2],
        /// The parameter of its width; `None` where the model has none.
        width: Option<String>,
    },
    /// An incoming particle decays before it scatters.
    Decay {
        /// The incoming particle.
        incoming: String,
        /// What scatters.
        particle: String,
    },
}

/// A cut to write.
#[derive(Clone, Debug, PartialEq)]
pub enum Proposal {
    /// `m(e+, e-) > 50`
    Mass(Vec<String>),
    /// `dR(a, j) > 0.4`
    Distance(Vec<String>),
    /// `pt(j) > 20`, for each leg.
    Pt(Vec<String>),
    /// `sqrt_s > 50`
    Energy,
}

impl Proposal {
    /// The cuts at values that suit collisions of `sqrt_s` GeV.
    pub fn cuts(&self, sqrt_s: f64) -> Vec<String> {
        let at_most = |usual: f64| {
            let tenth = 0.1 * sqrt_s;
            if tenth >= usual {
                return usual;
            }
            // One digit.
            let unit = 10_f64.powf_same(tenth.log10_same().floor());
            (tenth / unit).floor() * unit
        };
        match self {
            Self::Mass(legs) => vec![mass(legs, at_most(50.0))],
            Self::Distance(legs) => vec![format!("dR({}) > 0.4", legs.join(", "))],
            Self::Pt(legs) => pt(legs, at_most(20.0)),
            Self::Energy => vec![format!("sqrt_s > {}", at_most(50.0))],
        }
    }

    /// The least that keeps away from the singularity: invariant masses and
    /// transverse momenta above `least` GeV.
    fn cut_offs(&self, least: f64) -> Vec<String> {
        match self {
            Self::Mass(legs) | Self::Distance(legs) => vec![mass(legs, least)],
            Self::Pt(legs) => pt(legs, least),
            Self::Energy => vec![format!("sqrt_s > {least}")],
        }
    }
}

fn mass(legs: &[String], least: f64) -> String {
    format!("m({}) > {least}", legs.join(", "))
}

/// One cut for each name.
fn pt(legs: &[String], least: f64) -> Vec<String> {
    let mut names: Vec<&String> = Vec::new();
    for leg in legs {
        if !names.contains(&leg) {
            names.push(leg);
        }
    }
    let cut = |name: &&String| format!("pt({name}) > {least}");
    names.iter().map(cut).collect()
}

impl Singularity {
    /// Adds those of other subprocesses to a list; those with the same remedy for
    /// the same legs are counted.
    pub fn join(list: &mut Vec<Self>, more: Vec<Self>) {
        for new in more {
            match list.iter_mut().find(|old| old.same_remedy(&new)) {
                Some(old) => old.n_processes += new.n_processes,
                None => list.push(new),
            }
        }
    }

    /// Drops what the cuts that are proposed for others close as well.
    pub(crate) fn prune(list: &mut Vec<Self>) {
        let all = list.clone();
        list.retain(|s| !all.iter().any(|other| other.covers(s)));
    }

    /// Whether one line can stand for both.
    pub(super) fn same_remedy(&self, other: &Self) -> bool {
        match (&self.cause, &other.cause) {
            (Cause::Pole { .. }, _) | (_, Cause::Pole { .. }) => {
                self.legs == other.legs && self.cause == other.cause
            }
            _ => self.legs == other.legs && self.proposal == other.proposal,
        }
    }

    /// Whether the cut for this one keeps away from the other.
    fn covers(&self, other: &Self) -> bool {
        let several = match (&other.cause, &other.proposal) {
            (Cause::Total { .. }, _) => true,
            (Cause::Soft | Cause::Beam { .. }, Some(Proposal::Pt(legs))) => legs.len() > 1,
            (Cause::Collinear { .. }, Some(Proposal::Mass(legs))) => legs.len() > 2,
            _ => false,
        };
        let held = |names: &[String]| names.iter().all(|n| other.legs.contains(n));
        several
            && match &self.proposal {
                Some(Proposal::Pt(legs)) => legs.len() == 1 && held(legs),
                Some(Proposal::Mass(legs) | Proposal::Distance(legs)) => {
                    let closes = match other.cause {
                        Cause::Collinear { .. } => legs.len() == 2,
                        // A distance leaves the energies free.
                        _ => matches!(self.proposal, Some(Proposal::Mass(_))),
                    };
                    matches!(self.cause, Cause::Collinear { .. }) && closes && held(legs)
                }
                _ => false,
            }
    }

    /// Cuts that keep invariant masses and transverse momenta above `least` GeV and
    /// make the integral finite; none where no small cut does.
    pub fn cut_offs(&self, least: f64) -> Vec<String> {
        match (&self.cause, &self.proposal) {
            (Cause::Decay { .. }, _) | (_, None) => Vec::new(),
            (_, Some(proposal)) => proposal.cut_offs(least),
        }
    }
}

impl fmt::Display for Singularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.process)?;
        if self.n_processes > 1 {
            write!(f, " and {} more", self.n_processes - 1)?;
        }
        write!(f, ": ")?;
        let legs = self.legs.join(" and ");
        match &self.cause {
            Cause::Collinear { line } => write!(
                f,
                "{legs} can become parallel, at the pole of the massless '{line}' they come from"
            ),
            Cause::Beam { line } => write!(
                f,
                "{legs} can go along the beam, at the pole of the massless '{line}' exchanged"
            ),
            Cause::Forward { line } => write!(
                f,
                "{legs} can go on as they came, at the pole of the massless '{line}' exchanged"
            ),
            Cause::Soft => write!(f, "the energy of {legs} can go to 0"),
            Cause::Total { line: Some(line) } => write!(
                f,
                "m({}) can go to 0, the pole of the massless '{line}'",
                self.legs.join(", ")
            ),
            Cause::Total { line: None } => write!(f, "the partonic energy can go to 0"),
            Cause::Decay { incoming, particle } => write!(
                f,
                "the incoming '{incoming}' can decay to {} and '{particle}', which then scatters \
                 at any distance",
                self.legs.join(", ")
            ),
            Cause::Pole {
                particle,
                mass,
                range: [lo, hi],
                width,
            } => {
                let legs = self.legs.join(", ");
                let [mass, lo, hi] = [*mass, *lo, *hi].map(short);
                write!(
                    f,
                    "'{particle}' of {mass} GeV has no width, and m({legs}) goes from {lo} to \
                     {hi} GeV, over its pole; "
                )?;
                match width {
                    Some(name) => write!(f, "give it a width (model.set = {{ {name} = ... }})"),
                    None => write!(f, "the model has no parameter for its width"),
                }?;
                write!(f, " or cut so that m({legs}) stays on one side of it")
            }
        }
    }
}

/// A number without digits that tell nothing.
fn short(x: f64) -> String {
    let text = format!("{x:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Why a request has no finite answer.
#[derive(Clone, Debug, PartialEq)]
pub struct SingularError {
    /// What was found, at least one.
    pub found: Vec<Singularity>,
    /// Energy of the beams, or mass of what decays, in GeV: the scale of proposed cuts.
    pub sqrt_s: f64,
    /// Whether it is a width that was asked for.
    pub is_decay: bool,
}

impl std::error::Error for SingularError {}

impl fmt::Display for SingularError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_decay {
            "width"
        } else {
            "cross section"
        };
        write!(f, "the {what} is infinite: no cut keeps away from ")?;
        match self.found.len() {
            1 => write!(f, "a singularity"),
            n => write!(f, "{n} singularities"),
        }
    }
}

impl SingularError {
    /// One line for each singularity, with the cut to write.
    pub fn lines(&self) -> Vec<String> {
        let line = |s: &Singularity| match &s.proposal {
            Some(proposal) => {
                let cuts = proposal.cuts(self.sqrt_s);
                let quoted: Vec<String> = cuts.iter().map(|c| format!("\"{c}\"")).collect();
                format!("{s}; require {}", quoted.join(" and "))
            }
            None => s.to_string(),
        };
        self.found.iter().map(line).collect()
    }

    /// All cuts that are proposed, each once.
    pub fn cuts(&self) -> Vec<String> {
        let mut cuts = Vec::new();
        let proposals = self.found.iter().filter_map(|s| s.proposal.as_ref());
        for cut in proposals.flat_map(|p| p.cuts(self.sqrt_s)) {
            if !cuts.contains(&cut) {
                cuts.push(cut);
            }
        }
        cuts
    }
}
