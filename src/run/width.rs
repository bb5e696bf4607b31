//! Partial widths: decays of one particle at rest, integrated.
//!
//! `Gamma = 1/(2M) ∫ dPhi_n |M|^2`, averaged over the spins of what decays, summed over
//! those of the products, with the factor for identical ones. No scale runs: `alpha_s` is
//! that of the model. Soft and collinear divergences are not looked for: a decay with a
//! massless boson needs cuts. Knows the order of the steps; knows no formula.

use std::collections::BTreeMap;

use serde::Serialize;

use super::inputs::resonance_rules;
use crate::beam::AlphaS;
use crate::card::{AmplitudeCard, Card};
use crate::compute::Watch;
use crate::cross_section::{CrossSection, ResonanceRules, Setup, SubprocessInfo};
use crate::cuts::CutSet;
use crate::error::Error;
use crate::integrate::{AdaptSettings, Control, Estimate, StopReason, adapt};
use crate::model::Model;
use crate::process::{ProcessSet, named_groups};

/// Most phase-space channels of one kind of final state that are looked at.
const MAX_CHANNELS: usize = 1024;

/// Which partial widths, and how well.
#[derive(Clone)]
pub struct WidthRequest<'a> {
    /// The model, at its parameters.
    pub model: &'a Model,
    /// Process lines such as `t > b w+`, all of one particle.
    pub lines: &'a [String],
    /// Multiparticle labels on top of those of the model.
    pub define: &'a BTreeMap<String, Vec<String>>,
    /// Cuts, in the rest frame of what decays.
    pub require: &'a [String],
    /// How matrix elements are evaluated.
    pub amplitude: AmplitudeCard,
    /// How declared resonances are treated.
    pub resonances: ResonanceRules,
    /// Relative error to reach.
    pub accuracy: f64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Hears of the setup, and may call it off.
    pub watch: Watch<'a>,
}

/// The width of one final state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecayWidth {
    /// E.g. `t > b w+`.
    pub name: String,
    /// PDG numbers, what decays first.
    pub pdg: Vec<i32>,
    /// Width in GeV.
    pub width_gev: f64,
    /// One standard deviation in GeV.
    pub width_err_gev: f64,
}

/// Partial widths of a particle, and their sum.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialWidth {
    /// PDG number of the particle.
    pub pdg: i32,
    /// By final state, in the order of the process expansion.
    pub decays: Vec<DecayWidth>,
    /// The sum of all of them in GeV, where an estimate of a cross section is in pb.
    pub total: Estimate,
    /// The relative error that was asked for.
    pub accuracy_asked: f64,
    /// Evaluated phase-space points.
    pub n_points: u64,
    /// Points whose weight was NaN or infinite and counted as 0.
    pub n_non_finite: u64,
    /// What the user should know.
    pub notes: Vec<String>,
}

impl PartialWidth {
    /// Compiles the decays and integrates them.
    ///
    /// # Errors
    /// Anything in the request that cannot be used; [`Error::Zero`] if the decays are
    /// forbidden or cut away.
    pub fn new(request: &WidthRequest, control: &Control) -> Result<Self, Error> {
        let WidthRequest { model, define, .. } = *request;
        let processes = ProcessSet::watched(model, request.lines, define, request.watch)?;
        let groups = named_groups(model, define)?;
        let cuts = CutSet::parse(request.require, &groups)?;
        let cross_section = CrossSection::new(&Setup {
            model,
            processes: &processes,
            beams: None,
            pdf: None,
            alpha_s: AlphaS::fixed(model.alpha_s())?,
            mu_r: Default::default(),
            mu_f: Default::default(),
            cuts: &cuts,
            colour: request.amplitude.colour,
            precision: request.amplitude.precision,
            helicity: request.amplitude.helicity,
            pilots: None,
            resonances: request.resonances,
            max_channels: MAX_CHANNELS,
            watch: request.watch,
        })?;
        let settings = AdaptSettings {
            seed: request.seed,
            precision: request.accuracy,
            ..AdaptSettings::default()
        };
        let adapted = adapt(&cross_section, &settings, control)?;
        if adapted.stopped == StopReason::Zero {
            let reasons = cross_section.explain_zero(request.seed);
            return Err(Error::Zero { reasons });
        }
        let row = |(info, width): (&SubprocessInfo, (f64, f64))| DecayWidth {
            name: info.name.clone(),
            pdg: info.pdg.clone(),
            width_gev: width.0,
            width_err_gev: width.1,
        };
        let decays = cross_section.subprocesses().iter();
        let decays: Vec<DecayWidth> = decays.zip(adapted.parts()).map(row).collect();
        Ok(Self {
            pdg: decays.first().map_or(0, |d| d.pdg[0]),
            decays,
            accuracy_asked: request.accuracy,
            n_points: adapted.n_points(),
            n_non_finite: adapted.n_non_finite(),
            notes: cross_section.notes().to_vec(),
            total: adapted.total,
        })
    }

    /// The same for the decays of a card, with its model, amplitudes, cuts, accuracy and
    /// seed; beams and scales mean nothing to them.
    ///
    /// # Errors
    /// As [`PartialWidth::new`], and for a model that cannot be loaded.
    pub fn of_card(card: &Card, control: &Control, watch: Watch) -> Result<Self, Error> {
        let (model, unused) = Model::load_with_notes(&card.model.spec())?;
        let request = WidthRequest {
            model: &model,
            lines: &card.process.generate,
            define: &card.process.define,
            require: &card.cuts.require,
            amplitude: card.amplitude,
            resonances: resonance_rules(&card.run),
            accuracy: card.run.accuracy,
            seed: card.run.seed,
            watch,
        };
        let mut found = Self::new(&request, control)?;
        found.notes.extend(unused.ignored);
        found.notes.extend(unused.warnings);
        Ok(found)
    }

    /// Whether all lines of a card have one incoming particle or label.
    pub fn is_of(card: &Card) -> bool {
        let is_decay = |line: &String| {
            let incoming = line.split('>').next().unwrap_or_default();
            let mut words = incoming
                .split_whitespace()
                .filter(|word| *word != "process");
            words.next().is_some() && words.next().is_none()
        };
        card.process.generate.iter().all(is_decay)
    }

    /// Whether the relative error is as small as was asked for.
    pub fn accuracy_reached(&self) -> bool {
        self.accuracy_asked == 0.0 || self.total.relative_error() <= self.accuracy_asked
    }
}
