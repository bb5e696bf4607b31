//! One run: a card prepared, integrated, and turned into events.
//!
//! Knows the order of the steps; knows no formula.

use std::sync::Arc;

use super::header::effective_card;
use super::inputs::Inputs;
use super::load_model::ComputedWidth;
use super::model_files::ModelFiles;
use super::parameter_points::ParameterPoints;
use super::provenance::Provenance;
use crate::beam::{BeamSetup, PdfSet};
use crate::card::{Card, ModelCard};
use crate::compute::Watch;
use crate::cross_section::{CrossSection, PilotChoice};
use crate::error::Error;
use crate::event::Event;
use crate::histogram::HistogramSet;
use crate::integrate::{
    AdaptSettings, Adaptation, Adapted, Control, Estimate, StopReason, adapt_with,
};
use crate::model::{Model, ModelSpec};
use crate::numbers::{grouped, per_cent};
use crate::process::ProcessSet;
use crate::unweight::UnweightReport;
use crate::weights::WeightPlan;

/// A card with everything that it names compiled and loaded.
pub struct Run {
    /// The card.
    pub card: Card,
    /// The model at the card's parameters.
    pub model: Model,
    /// Its files, of a UFO model.
    pub model_files: Option<ModelFiles>,
    /// The expanded process lines.
    pub processes: ProcessSet,
    /// The integrand.
    pub cross_section: CrossSection,
    /// Beams and energies.
    pub beams: BeamSetup,
    /// Parton densities, for hadron beams.
    pub pdf: Option<Arc<PdfSet>>,
    /// Widths of the model that were `auto`.
    pub widths: Vec<ComputedWidth>,
    notes: Vec<String>,
    /// Values of the parameter card that are not those of the run.
    unused: Vec<String>,
    cut_offs: Vec<String>,
    weights: WeightPlan,
    points: Option<ParameterPoints>,
    histograms: HistogramSet,
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
    pub(crate) fn title(&self) -> String {
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
            gauge: self.gauge,
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
    pub(crate) fn prepare_watched(card: Card, watch: Watch) -> Result<Self, Error> {
        Self::prepare_as(card, None, watch)
    }

    /// Loads and expands what a card names and makes sure that its cross section is
    /// finite, without compiling anything. Returns the cut-offs of permitted
    /// singularities, one line for each.
    ///
    /// # Errors
    /// As [`Run::prepare`]; [`Error::singular`] tells infinite cross sections.
    pub fn check(card: &Card) -> Result<Vec<String>, Error> {
        let checked = Inputs::load(card, Watch::nobody());
        let checked = checked.and_then(|mut inputs| inputs.regulate(card));
        checked.map_err(|e| e.in_card(card))
    }

    /// The same as [`Run::prepare`]; `pilots` holds what those of an earlier run
    /// have chosen.
    pub(crate) fn prepare_as(
        card: Card,
        pilots: Option<&[PilotChoice]>,
        watch: Watch,
    ) -> Result<Self, Error> {
        Self::compile(&card, pilots, watch).map_err(|e| e.in_card(&card))
    }

    fn compile(card: &Card, pilots: Option<&[PilotChoice]>, watch: Watch) -> Result<Self, Error> {
        let mut inputs = Inputs::load(card, watch)?;
        let cut_offs = inputs.regulate(card)?;
        let histograms = inputs.histograms(card)?;
        let cross_section = CrossSection::new(&inputs.setup(card, pilots))?;
        let model_files = ModelFiles::of(&card.model)?;
        let (weights, points) = inputs.weights(card)?;
        let Inputs {
            model,
            processes,
            beams,
            pdf,
            mut notes,
            mut unused,
            widths,
            ..
        } = inputs;
        unused.extend(points.iter().flat_map(|p| p.warnings().iter().cloned()));
        notes.extend(cross_section.notes().iter().cloned());
        Ok(Self {
            card: card.clone(),
            model,
            model_files,
            processes,
            cross_section,
            beams,
            pdf,
            widths,
            notes,
            unused,
            cut_offs,
            weights,
            points,
            histograms,
        })
    }

    /// What the user should know: unused settings, dropped channels.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Alternative weights of its events.
    pub fn weights(&self) -> &WeightPlan {
        &self.weights
    }

    /// The card with what was given in flags, all of its defaults and the parton densities that
    /// were found: TOML, as event files have it in their header. Keys that events do not depend
    /// on are not there.
    pub fn effective_card(&self) -> String {
        effective_card(self, None)
    }

    /// The same of events from here: with their number and seed, as their file states it.
    pub fn effective_card_of(&self, events: &Provenance) -> String {
        effective_card(self, Some(events))
    }

    /// What its events are filled into.
    pub fn histograms(&self) -> &HistogramSet {
        &self.histograms
    }

    /// Gives events the weights of other parameters, behind those that they have.
    pub(crate) fn add_points(&self, events: &mut [Event]) {
        if let Some(points) = &self.points {
            let each = events.iter_mut();
            each.for_each(|event| points.add_weights(event, &self.weights));
        }
    }

    /// What makes permitted singularities finite, one line for each cut-off.
    pub fn cut_offs(&self) -> &[String] {
        &self.cut_offs
    }

    /// How the run adapts; `planned_events` says how long adapting pays.
    pub fn settings(&self, planned_events: u64) -> AdaptSettings {
        AdaptSettings {
            seed: self.card.run.seed,
            precision: self.card.run.accuracy,
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
    pub(crate) fn integrate_with(
        &self,
        planned_events: u64,
        control: &Control,
        adaptation: Adaptation<'_>,
    ) -> Result<Adapted, Error> {
        let settings = self.settings(planned_events);
        let adapted = adapt_with(&self.cross_section, &settings, control, adaptation)?;
        if adapted.stopped == StopReason::Zero {
            let reasons = self.cross_section.explain_zero(self.card.run.seed);
            return Err(Error::Zero { reasons }.in_card(&self.card));
        }
        Ok(adapted)
    }

    /// What to know before the numbers are used: of `adapted`, and of the `total` that is
    /// given as its result.
    pub fn warnings(&self, adapted: &Adapted, total: &Estimate) -> Vec<String> {
        let mut list = self.unused.clone();
        list.extend(self.cut_offs.iter().cloned());
        list.extend(self.cross_section.left_out().iter().cloned());
        let (goal, reached) = (self.card.run.accuracy, total.relative_error());
        if reached > goal && goal > 0.0 {
            list.push(format!(
                "the relative error is {}, {} was asked for: the limit of {} points was reached",
                per_cent(reached),
                per_cent(goal),
                grouped(adapted.settings.max_points)
            ));
        }
        if total.is_carried_by_few() {
            list.push(format!(
                "about {:.0} weights carry the error: value and error may both be too small; another seed or a smaller 'accuracy' will tell",
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
        let aimed_at = self.card.run.max_overweight;
        report.exceeds(aimed_at).then(|| {
            format!(
                "weights above the maxima carry {:.3} ± {:.3} % of the cross section, {:.3} % is aimed at (max_overweight): the events are right with their weights; a smaller max_overweight leaves less above the maxima, at more trials for each event",
                100.0 * report.overweight_share,
                100.0 * report.overweight_err,
                100.0 * aimed_at,
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
