//! The alternative weights of a run, with the parton densities that they need.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::asked_set::AskedSet;
use super::expanded::ExpandedWeights;
use super::point::ParameterPoint;
use super::ratio::Factors;
use super::request::WeightRequest;
use crate::beam::{AlphaS, BeamError, BeamSetup, Luminosity, PdfMembers, PdfSet};
use crate::compute::ten_digits;
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
    /// Its own strong coupling: index into [`WeightPlan::couplings`].
    pub coupling: usize,
    /// LHAPDF id; 0 if it has none.
    pub id: i32,
    /// Number in its set.
    pub number: usize,
}

/// A set of parton densities and the variations of its members.
pub(super) struct PdfGroup {
    pub name: String,
    /// How a card asks for it where sets are found by name.
    pub asked: String,
    /// LHAPDF's `ErrorType`, such as `replicas`.
    pub error_type: String,
    /// LHAPDF's `ErrorConfLevel` in per cent, if the set says it.
    pub confidence_level: Option<f64>,
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
    /// A point of the parameters.
    #[error("weights.reweight = {point}: {what}")]
    Point {
        /// The point.
        point: String,
        /// What is wrong with it.
        what: String,
    },
    /// An input of the model that a polynomial or a derivative is asked for.
    #[error("{key} = '{name}': {what}")]
    Coefficient {
        /// The key of the card.
        key: &'static str,
        /// The input.
        name: String,
        /// What is wrong with it.
        what: String,
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
    /// The densities of the run.
    pub(super) luminosity: Luminosity,
    /// The first one is that of the run; the others stand in the order of `families`.
    pub(super) members: Vec<Member>,
    /// The densities of all members but that of the run.
    pub(super) families: Vec<PdfMembers>,
    /// The strong couplings of the members, each one once.
    pub(super) couplings: Vec<AlphaS>,
    /// What the ratios of the variations are made of.
    pub(super) factors: Factors,
    pub(super) groups: Vec<PdfGroup>,
    /// Number of variations of the scales, which come first.
    pub(super) n_scales: usize,
    /// Points of the parameters; matrix elements give their ratios.
    pub(super) points: Vec<ParameterPoint>,
    /// Terms of a polynomial and derivatives, which come last.
    pub(super) expanded: ExpandedWeights,
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
            luminosity: Luminosity::new(beams.particles, central)?,
            families: Vec::new(),
            couplings: vec![own],
            factors: Factors::default(),
            members: vec![Member {
                coupling: 0,
                id: central.map_or(0, |pdf| pdf.lhapdf_id()),
                number: central.map_or(0, |pdf| pdf.member()),
            }],
            groups: Vec::new(),
            n_scales: 0,
            points: request.reweight.clone(),
            expanded: ExpandedWeights::default(),
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
        plan.factors = Factors::of(&plan);
        Ok(plan)
    }

    fn add_set(&mut self, name: &str, beams: &BeamSetup) -> Result<(), WeightError> {
        if !beams.particles.iter().any(|p| p.is_hadron()) {
            return Err(WeightError::NoHadron { name: name.into() });
        }
        let set = AskedSet::find(name)?;
        let asked = set.text();
        let AskedSet {
            first,
            place,
            numbers,
            ..
        } = set;
        Luminosity::new(beams.particles, Some(&first))?;
        let from = self.variations.len();
        let mut next = numbers.start;
        while next < numbers.end {
            let family = PdfMembers::load(&place, next..numbers.end)?;
            next += family.n_members();
            for facts in family.facts() {
                self.variations.push(Variation {
                    member: self.members.len(),
                    ..CENTRAL
                });
                let known = self.couplings.iter().position(|c| *c == facts.alpha_s);
                self.members.push(Member {
                    coupling: known.unwrap_or(self.couplings.len()),
                    id: facts.lhapdf_id,
                    number: facts.number,
                });
                if known.is_none() {
                    self.couplings.push(facts.alpha_s.clone());
                }
            }
            self.families.push(family);
        }
        self.groups.push(PdfGroup {
            name: first.name().to_owned(),
            asked,
            error_type: first.error_type().to_owned(),
            confidence_level: first.confidence_level()?,
            variations: from..self.variations.len(),
        });
        Ok(())
    }

    /// The sets of parton densities as a card asks for them where they are found by name.
    pub(crate) fn sets(&self) -> Vec<String> {
        self.groups
            .iter()
            .map(|group| group.asked.clone())
            .collect()
    }

    /// Number of weights of an event.
    pub fn n_weights(&self) -> usize {
        self.variations.len() + self.points.len() + self.expanded.len()
    }

    /// The same with terms of a polynomial and derivatives behind all others.
    #[must_use]
    pub fn with_expanded(self, expanded: ExpandedWeights) -> Self {
        Self { expanded, ..self }
    }

    /// Points of the parameters. Their weights stand behind those of
    /// [`WeightPlan::ratios`], and those of terms and derivatives behind them.
    pub fn points(&self) -> &[ParameterPoint] {
        &self.points
    }

    /// The weight of an event of weight `own`, in ten digits: that of the event itself
    /// where the ratio is 1.
    pub fn weight(own: f64, ratio: f64) -> f64 {
        if ratio == 1.0 {
            own
        } else {
            ten_digits(own * ratio)
        }
    }

    /// A ratio of squared matrix elements, or 0 if it is not finite, which is counted.
    pub(crate) fn finite(&self, ratio: f64) -> f64 {
        let is_number = ratio.is_finite();
        let missed = u64::from(!is_number);
        self.n_non_finite.fetch_add(missed, Ordering::Relaxed);
        if is_number { ratio } else { 0.0 }
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
