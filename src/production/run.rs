//! One run: a card prepared, integrated, and turned into events.
//!
//! Knows the order of the steps; knows no formula.

use std::sync::Arc;

use super::card::{AlphaSChoice, Card, ModelCard};
use crate::beam::{AlphaS, BeamSetup, DEFAULT_PDF, PdfSet, RunningAlphaS};
use crate::compute::Watch;
use crate::cross_section::{CrossSection, Setup};
use crate::cuts::CutSet;
use crate::error::Error;
use crate::integrate::{
    AdaptSettings, Adaptation, Adapted, Control, Estimate, StopReason, adapt_with,
};
use crate::model::{Model, ModelSpec};
use crate::process::{ProcessSet, named_groups};
use crate::unweight::UnweightReport;

/// Most phase-space channels of one group of subprocesses that are looked at.
const MAX_CHANNELS: usize = 1024;
/// The share of overweights scatters from sample to sample by less than this factor where
/// enough weights lie above the maxima.
const OVERWEIGHT_TOLERANCE: f64 = 1.2;

/// A card with everything that it names compiled and loaded.
pub struct Run {
    /// The card.
    pub card: Card,
    /// The model at the card's parameters.
    pub model: Model,
    /// The expanded process lines.
    pub processes: ProcessSet,
    /// The integrand.
    pub cross_section: CrossSection,
    /// Beams and energies.
    pub beams: BeamSetup,
    /// Parton densities, for hadron beams.
    pub pdf: Option<Arc<PdfSet>>,
    notes: Vec<String>,
    /// Values of the parameter card that are not those of the run.
    unused: Vec<String>,
}

/// Cross section of one subprocess.
#[derive(Clone, Debug, PartialEq)]
pub struct Subtotal {
    /// E.g. `u u~ > e+ e-`.
    pub name: String,
    /// Cross section in pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
}

impl ModelCard {
    /// Name of the model, and the scheme if it is chosen.
    pub(super) fn title(&self) -> String {
        match &self.scheme {
            None => self.name.clone(),
            Some(scheme) => format!("{}, scheme {scheme}", self.name),
        }
    }

    /// What the model loader needs.
    pub fn spec(&self) -> ModelSpec {
        ModelSpec {
            name: self.name.clone(),
            scheme: self.scheme.clone(),
            restrict: self.restrict.clone(),
            set: self.set.clone(),
            param_card: self.param_card.clone(),
        }
    }
}

impl Run {
    /// Loads, expands and compiles what a card names.
    ///
    /// # Errors
    /// Anything in the card that cannot be used, with the nearest valid choice.
    pub fn prepare(card: Card) -> Result<Self, Error> {
        Self::prepare_watched(card, Watch::nobody())
    }

    /// As [`Run::prepare`]; `watch` hears how far it is and may call it off.
    ///
    /// # Errors
    /// As [`Run::prepare`]; an [interruption](Error::is_interruption) if it was
    /// called off.
    pub fn prepare_watched(card: Card, watch: Watch) -> Result<Self, Error> {
        Self::prepare_as(card, None, watch)
    }

    /// The same; `drawn` holds the groups whose helicities an earlier run draws.
    pub(super) fn prepare_as(
        card: Card,
        drawn: Option<&[bool]>,
        watch: Watch,
    ) -> Result<Self, Error> {
        let (model, unused) = Model::load_with_notes(&card.model.spec())?;
        let mut notes = unused.ignored;
        let (lines, defines) = (&card.process.generate, &card.process.define);
        let processes = ProcessSet::watched(&model, lines, defines, watch)?;
        let groups = named_groups(&model, &card.process.define)?;
        let cuts = CutSet::parse(&card.cuts.require, &groups)?;
        let [a, b] = &card.beams.particles;
        let beams = BeamSetup::new([a, b], card.beams.energies)?;
        let hadrons = beams.particles.iter().any(|p| p.is_hadron());
        let pdf = if hadrons {
            let name = card.beams.pdf.as_deref().unwrap_or(DEFAULT_PDF);
            Some(Arc::new(PdfSet::load(name, card.beams.member as usize)?))
        } else {
            if let Some(name) = &card.beams.pdf {
                notes.push(format!(
                    "beams.pdf = \"{name}\" is not used: no beam is a hadron"
                ));
            }
            None
        };
        let alpha_s = match (&card.scales.alpha_s, &pdf) {
            (Some(AlphaSChoice::Fixed(value)), _) => AlphaS::fixed(*value)?,
            (Some(AlphaSChoice::Running(r)), _) => AlphaS::running(&RunningAlphaS {
                value: r.value,
                at: r.at,
                loops: r.loops,
                thresholds: r.thresholds.clone(),
            })?,
            (None, Some(pdf)) => pdf.alpha_s()?,
            (None, None) => AlphaS::fixed(model.alpha_s())?,
        };
        let cross_section = CrossSection::new(&Setup {
            model: &model,
            processes: &processes,
            beams,
            pdf: pdf.clone(),
            alpha_s,
            mu_r: card.scales.mu_r,
            mu_f: card.scales.mu_f,
            cuts: &cuts,
            colour: card.amplitude.colour,
            precision: card.amplitude.precision,
            helicity: card.amplitude.helicity,
            drawn,
            max_channels: MAX_CHANNELS,
            watch,
        })?;
        notes.extend(cross_section.notes().iter().cloned());
        Ok(Self {
            card,
            model,
            processes,
            cross_section,
            beams,
            pdf,
            notes,
            unused: unused.warnings,
        })
    }

    /// What the user should know: unused settings, dropped channels.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How the run adapts; `planned_events` says how long adapting pays.
    pub fn settings(&self, planned_events: u64) -> AdaptSettings {
        AdaptSettings {
            seed: self.card.run.seed,
            precision: self.card.run.precision,
            planned_events,
            overweight_share: self.card.run.max_overweight,
            sampler: self.card.run.sampler,
            training: self.card.run.training,
            device: self.card.run.device,
            ..AdaptSettings::default()
        }
    }

    /// Adapts and integrates with [`Run::settings`].
    ///
    /// # Errors
    /// [`Error::Zero`] with the reasons if nothing is left, otherwise
    /// [`Error::Integrate`].
    pub fn integrate(&self, planned_events: u64, control: &Control) -> Result<Adapted, Error> {
        self.integrate_with(
            planned_events,
            control,
            Adaptation::alone(&mut |_, _| Ok(())),
        )
    }

    /// As [`Run::integrate`], shared by processes and from any state.
    ///
    /// # Errors
    /// As [`Run::integrate`].
    pub fn integrate_with(
        &self,
        planned_events: u64,
        control: &Control,
        adaptation: Adaptation<'_>,
    ) -> Result<Adapted, Error> {
        let settings = self.settings(planned_events);
        let adapted = adapt_with(&self.cross_section, &settings, control, adaptation)?;
        if adapted.stopped == StopReason::Zero {
            let reasons = self.cross_section.explain_zero(self.card.run.seed);
            return Err(Error::Zero { reasons });
        }
        Ok(adapted)
    }

    /// What to know before the numbers are used: of `adapted`, and of the `total` that is
    /// given as its result.
    pub fn warnings(&self, adapted: &Adapted, total: &Estimate) -> Vec<String> {
        let mut list = self.unused.clone();
        let (goal, reached) = (self.card.run.precision, total.relative_error());
        if reached > goal && goal > 0.0 {
            list.push(format!(
                "the relative error is {reached:.2e}, {goal:.2e} was asked for: the limit of {} points was reached",
                adapted.settings.max_points
            ));
        }
        if total.is_carried_by_few() {
            list.push(format!(
                "about {:.0} weights carry the error: value and error may both be too small; another seed or a smaller 'precision' will tell",
                total.n_carriers
            ));
        }
        if total.n_dof > 0 && total.p_value() < 1e-4 {
            list.push(format!(
                "the iterations disagree (p-value {:.1e}): the error may be too small",
                total.p_value()
            ));
        }
        let n = adapted.n_non_finite();
        if n > 0 {
            list.push(format!(
                "{n} of {} points were not finite and count as 0",
                adapted.n_points()
            ));
        }
        list
    }

    /// What to know before unweighted events are used.
    pub fn unweighting_warnings(&self, report: &UnweightReport) -> Option<String> {
        let (share, asked) = (report.overweight_share, self.card.run.max_overweight);
        (share > asked * OVERWEIGHT_TOLERANCE).then(|| {
            format!(
                "weights above the maxima carry {:.3} % of the cross section, {:.3} % was asked for (max_overweight): the events are right with their weights; for fewer of these, more points before the events (precision = {:.1e}) give better maxima",
                100.0 * share,
                100.0 * asked,
                0.5 * self.card.run.precision
            )
        })
    }

    /// Cross sections by subprocess, in the order of the process expansion.
    pub fn subtotals(&self, parts: &[(f64, f64)]) -> Vec<Subtotal> {
        let infos = self.cross_section.subprocesses().iter();
        infos
            .zip(parts)
            .map(|(info, &(xsec_pb, xsec_err_pb))| Subtotal {
                name: info.name.clone(),
                xsec_pb,
                xsec_err_pb,
            })
            .collect()
    }
}
