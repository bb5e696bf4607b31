//! Partial widths: decays of one particle at rest, integrated.
//!
//! `Gamma = 1/(2M) ∫ dPhi_n |M|^2`, averaged over the spins of what decays, summed over
//! those of the products, with the factor for identical ones. No scale runs: `alpha_s` is
//! that of the model. Knows the order of the steps; knows no formula.

use std::collections::BTreeMap;

use serde::Serialize;

use super::inputs::{frame_legs, regulated, resonance_rules};
use super::load_model::load_model;
use super::samplers::samplers_text;
use crate::beam::AlphaS;
use crate::card::{AmplitudeCard, Card};
use crate::compute::Watch;
use crate::cross_section::{
    CrossSection, CrossSectionError, ResonanceRules, Setup, SubprocessInfo,
};
use crate::cuts::CutSet;
use crate::error::Error;
use crate::integrate::{
    AdaptSettings, Adaptation, Adapted, Control, Estimate, StopReason, adapt_with,
};
use crate::model::{Model, ModelNote};
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
    /// Whether a width that the cuts leave infinite is computed with a technical cut-off.
    pub allow_singular: bool,
    /// How matrix elements are evaluated.
    pub amplitude: AmplitudeCard,
    /// The legs whose rest frame the helicities of polarised legs refer to, from 1.
    pub me_frame: &'a [u32],
    /// How declared resonances are treated.
    pub resonances: ResonanceRules,
    /// How well it is integrated, from which seed, and how points are drawn.
    pub settings: AdaptSettings,
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
    /// How points were drawn; `None` if flows were not considered.
    pub samplers: Option<String>,
    /// What the user should know.
    pub notes: Vec<String>,
}

impl PartialWidth {
    /// Compiles the decays and integrates them.
    ///
    /// # Errors
    /// Anything in the request that cannot be used; [`Error::CrossSection`] for soft and
    /// collinear singularities that the cuts leave open; [`Error::Zero`] if the decays are
    /// forbidden or cut away.
    pub fn new(request: &WidthRequest, control: &Control) -> Result<Self, Error> {
        Self::adapt(request, control, Adaptation::alone(&mut |_, _| Ok(()))).map(|(w, _)| w)
    }

    /// As [`PartialWidth::new`], shared by processes; also returns how it was integrated.
    ///
    /// # Errors
    /// As [`PartialWidth::new`].
    pub(crate) fn adapt(
        request: &WidthRequest,
        control: &Control,
        adaptation: Adaptation<'_>,
    ) -> Result<(Self, Adapted), Error> {
        let WidthRequest { model, define, .. } = *request;
        let processes = ProcessSet::watched(model, request.lines, define, request.watch)?;
        let groups = named_groups(model, define)?;
        let cuts = CutSet::parse(request.require, &groups)?;
        let setup = Setup {
            model,
            processes: &processes,
            beams: None,
            pdf: None,
            alpha_s: AlphaS::fixed(model.alpha_s())?,
            mu_r: Default::default(),
            mu_f: Default::default(),
            cuts: &cuts,
            bias: None,
            colour: request.amplitude.colour,
            precision: request.amplitude.precision,
            helicity: request.amplitude.helicity,
            beam_polarisation: [0.0; 2],
            helicity_frame: frame_legs(request.me_frame),
            pilots: None,
            resonances: request.resonances,
            merging: None,
            max_channels: MAX_CHANNELS,
            watch: request.watch,
        };
        let regulated = regulated(&setup, request.require, &groups, request.allow_singular)?;
        let cross_section = CrossSection::new(&Setup {
            cuts: &regulated.cuts,
            ..setup.clone()
        })?;
        let settings = &request.settings;
        let adapted = adapt_with(&cross_section, settings, control, adaptation)?;
        if adapted.stopped == StopReason::Zero {
            let reasons = cross_section.explain_zero(settings.seed);
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
        let mut notes = cross_section.notes().to_vec();
        notes.extend(regulated.notes);
        notes.extend(regulated.cut_offs);
        let found = Self {
            pdg: decays.first().map_or(0, |d| d.pdg[0]),
            decays,
            accuracy_asked: settings.precision,
            n_points: adapted.n_points(),
            n_non_finite: adapted.n_non_finite(),
            samplers: samplers_text(&adapted),
            notes,
            total: adapted.total.clone(),
        };
        Ok((found, adapted))
    }

    /// The same for the decays of a card, with its model, amplitudes, cuts, accuracy,
    /// seed and sampler; beams and scales mean nothing to them.
    ///
    /// # Errors
    /// As [`PartialWidth::new`], for a model that cannot be loaded, and for a card that wants
    /// the decays merged.
    pub fn of_card(
        card: &Card,
        control: &Control,
        adaptation: Adaptation<'_>,
        watch: Watch,
    ) -> Result<(Self, Adapted), Error> {
        Self::compute(card, control, adaptation, watch).map_err(|e| e.in_card(card))
    }

    fn compute(
        card: &Card,
        control: &Control,
        adaptation: Adaptation<'_>,
        watch: Watch,
    ) -> Result<(Self, Adapted), Error> {
        if card.merging.is_some() {
            let process = card.process.generate.join(", ");
            return Err(CrossSectionError::MergedDecay { process }.into());
        }
        let loaded = load_model(&card.model.spec(), &card.process.generate, watch)?;
        let request = WidthRequest {
            model: &loaded.model,
            lines: &card.process.generate,
            define: &card.process.define,
            require: &card.cuts.require,
            allow_singular: card.cuts.allow_singular,
            amplitude: card.amplitude,
            me_frame: &card.run.me_frame,
            resonances: resonance_rules(&card.run),
            settings: AdaptSettings {
                seed: card.run.seed,
                precision: card.run.accuracy,
                sampler: card.run.sampler,
                training: card.run.training,
                device: card.run.device,
                ..AdaptSettings::default()
            },
            watch,
        };
        let (mut found, adapted) = Self::adapt(&request, control, adaptation)?;
        let unused = [loaded.unused.ignored.clone(), loaded.warnings()].concat();
        found.notes.extend(ModelNote::texts(&unused));
        found
            .notes
            .extend(loaded.widths.iter().map(ToString::to_string));
        Ok((found, adapted))
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
