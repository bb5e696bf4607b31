//! The alternative weights of a run, with the parton densities that they need.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::request::WeightRequest;
use crate::beam::{AlphaS, BeamError, BeamSetup, Luminosity, PdfSet};
use crate::kinematics::MomentumBatch;
use crate::scale::{ScaleChoice, ScaleKind};

/// One alternative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Variation {
    /// Factor of the renormalisation scale.
    pub mu_r: f64,
    /// Factor of the factorisation scales.
    pub mu_f: f64,
    /// Another choice of the scales: index into [`WeightPlan::scales`].
    pub scale: Option<usize>,
    /// Factor of the scales at which merged partons couple.
    pub alpha_s_factor: f64,
    /// Index into [`WeightPlan::members`].
    pub member: usize,
}

/// A member of a set of parton densities.
pub(super) struct Member {
    /// What a beam of it holds.
    pub luminosity: Luminosity,
    /// Its own strong coupling.
    pub alpha_s: AlphaS,
    /// LHAPDF id; 0 if it has none.
    pub id: i32,
    /// Number in its set.
    pub number: usize,
}

/// A set of parton densities and the variations of its members.
pub(super) struct PdfGroup {
    pub name: String,
    /// LHAPDF's `ErrorType`, such as `replicas`.
    pub error_type: String,
    /// Which variations, in the order of the members.
    pub variations: std::ops::Range<usize>,
}

/// Why alternative weights cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightError {
    /// A set of parton densities.
    #[error("weights: {0}")]
    Beam(#[from] BeamError),
    /// No beam has parton densities.
    #[error("weights.pdf = '{name}': no beam is a hadron")]
    NoHadron {
        /// The set.
        name: String,
    },
    /// A member that a set does not have.
    #[error("weights.pdf = '{name}': found member {found}, expected one of 0 to {last}")]
    Member {
        /// As asked for.
        name: String,
        /// The member.
        found: String,
        /// The last one that the set has.
        last: usize,
    },
}

/// The alternative weights of a run, in the order of the event file.
pub struct WeightPlan {
    pub(super) variations: Vec<Variation>,
    /// Other choices of the scales.
    pub(super) scales: Vec<ScaleChoice>,
    /// The first one is that of the run.
    pub(super) members: Vec<Member>,
    pub(super) groups: Vec<PdfGroup>,
    /// Number of variations of the scales, which come first.
    pub(super) n_scales: usize,
    /// Weights of events that were not finite so far.
    pub(super) n_non_finite: AtomicU64,
}

impl WeightPlan {
    /// Loads what the weights need; `central` are the parton densities of the run, and
    /// `alpha_s` is the coupling where it has none.
    ///
    /// # Errors
    /// [`WeightError`] for parton densities that cannot be loaded.
    pub fn new(
        request: &WeightRequest,
        beams: &BeamSetup,
        central: Option<&Arc<PdfSet>>,
        alpha_s: &AlphaS,
    ) -> Result<Self, WeightError> {
        let own = match central {
            Some(pdf) => pdf.alpha_s()?,
            None => alpha_s.clone(),
        };
        let mut plan = Self {
            variations: Vec::new(),
            scales: request.scales.iter().map(|&kind| of_kind(kind)).collect(),
            members: vec![Member {
                luminosity: Luminosity::new(beams.particles, central)?,
                alpha_s: own,
                id: central.map_or(0, |pdf| pdf.lhapdf_id()),
                number: central.map_or(0, |pdf| pdf.member()),
            }],
            groups: Vec::new(),
            n_scales: 0,
            n_non_finite: AtomicU64::new(0),
        };
        let [mu_r, mu_f] = [&request.mu_r, &request.mu_f].map(|list| with_one(list));
        let asked = mu_r.len() > 1 || mu_f.len() > 1 || !plan.scales.is_empty();
        let scales: Vec<Option<usize>> = std::iter::once(None)
            .chain((0..plan.scales.len()).map(Some))
            .collect();
        if asked {
            for &mu_f in &mu_f {
                for &mu_r in &mu_r {
                    for &scale in &scales {
                        plan.variations.push(Variation {
                            mu_r,
                            mu_f,
                            scale,
                            ..CENTRAL
                        });
                    }
                }
            }
        }
        let factors = request.alpha_s_factor.iter().filter(|f| **f != 1.0);
        plan.variations.extend(factors.map(|&factor| Variation {
            alpha_s_factor: factor,
            ..CENTRAL
        }));
        plan.n_scales = plan.variations.len();
        for name in &request.pdf {
            plan.add_set(name, beams)?;
        }
        Ok(plan)
    }

    fn add_set(&mut self, name: &str, beams: &BeamSetup) -> Result<(), WeightError> {
        if !beams.particles.iter().any(|p| p.is_hadron()) {
            return Err(WeightError::NoHadron { name: name.into() });
        }
        let (set, member) = match name.split_once('@') {
            Some((set, member)) => (set, Some(member)),
            None => (name, None),
        };
        let first = Arc::new(PdfSet::load(set, 0)?);
        let n_members = first.n_members()?;
        let numbers = match member {
            None => 0..n_members,
            Some(text) => {
                let number = text.parse().ok().filter(|k| *k < n_members);
                let number = number.ok_or_else(|| WeightError::Member {
                    name: name.into(),
                    found: text.into(),
                    last: n_members - 1,
                })?;
                number..number + 1
            }
        };
        let from = self.variations.len();
        for number in numbers {
            let pdf = match number {
                0 => first.clone(),
                _ => Arc::new(PdfSet::load(set, number)?),
            };
            self.variations.push(Variation {
                member: self.members.len(),
                ..CENTRAL
            });
            self.members.push(Member {
                luminosity: Luminosity::new(beams.particles, Some(&pdf))?,
                alpha_s: pdf.alpha_s()?,
                id: pdf.lhapdf_id(),
                number,
            });
        }
        self.groups.push(PdfGroup {
            name: first.name().to_owned(),
            error_type: first.error_type().to_owned(),
            variations: from..self.variations.len(),
        });
        Ok(())
    }

    /// Number of weights of an event.
    pub fn n_weights(&self) -> usize {
        self.variations.len()
    }

    /// Values of the other choices of the scales, `[n_scale][n]` in GeV, for momenta in the
    /// laboratory.
    pub(crate) fn scales(&self, lab: &MomentumBatch, n_in: usize) -> Vec<Vec<f64>> {
        let values = |choice: &ScaleChoice| {
            let mut out = vec![0.0; lab.n_batch];
            choice.evaluate(lab, n_in, &mut out);
            out
        };
        self.scales.iter().map(values).collect()
    }

    /// What to know before weights are used: how many were not finite.
    pub fn warning(&self) -> Option<String> {
        let n = self.n_non_finite.load(Ordering::Relaxed);
        (n > 0).then(|| {
            format!(
                "{n} alternative weights were not finite and count as 0: a scale or a density vanishes there"
            )
        })
    }
}

/// The weight of the run itself.
const CENTRAL: Variation = Variation {
    mu_r: 1.0,
    mu_f: 1.0,
    scale: None,
    alpha_s_factor: 1.0,
    member: 0,
};

/// A quantity without a factor.
fn of_kind(kind: ScaleKind) -> ScaleChoice {
    ScaleChoice { kind, factor: 1.0 }
}

/// The factors with 1 first: the order of CMS.
fn with_one(factors: &[f64]) -> Vec<f64> {
    let mut list = vec![1.0];
    for &factor in factors {
        if !list.contains(&factor) {
            list.push(factor);
        }
    }
    list[1..].sort_by(|a, b| b.total_cmp(a));
    list
}
