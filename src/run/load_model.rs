//! The model of a run, with the widths that are computed before it.
//!
//! Knows the order of the steps; knows no formula.

use std::fmt;

use super::gauge_check::{GaugeCheck, compare, worst};
use super::total_width::{TotalWidth, TotalWidthRequest};
use crate::compute::Watch;
use crate::elementary::Elementary;
use crate::error::Error;
use crate::integrate::{Control, Silent};
use crate::model::{CardNotes, Gauge, Model, ModelNote, ModelSpec, OpenWidth};
use crate::numbers::with_error;

/// Relative error of three-body decays in widths that are computed before a run, and the
/// seed of their integration: the same parameters give the same width in every run.
const ACCURACY: f64 = 2e-3;
const SEED: u64 = 1;

/// Widths that agree to this part are the same.
const SAME: f64 = 1e-9;

/// A width that was `auto`.
#[derive(Clone, Debug, PartialEq)]
pub struct ComputedWidth {
    /// The input that it is the value of.
    pub parameter: String,
    /// The particle that it was computed for.
    pub particle: String,
    /// In GeV.
    pub width_gev: f64,
    /// One standard deviation in GeV; 0 where only two-body decays are open.
    pub width_err_gev: f64,
}

impl fmt::Display for ComputedWidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            parameter,
            particle,
            width_gev,
            width_err_gev,
        } = self;
        write!(
            f,
            "{parameter} = {} GeV was computed: the width of '{particle}' at tree level",
            with_error(*width_gev, *width_err_gev)
        )
    }
}

/// A model with all its widths.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedModel {
    /// The model.
    pub model: Model,
    /// What of the parameter card was not used.
    pub unused: CardNotes,
    /// Widths that were `auto`, in the order of the parameters.
    pub widths: Vec<ComputedWidth>,
    /// Comparison with unitary gauge of a model in Feynman gauge. A file of JSON does not say
    /// for which gauges its vertices are, and a directory may be wrong about it.
    pub(super) gauges: Vec<GaugeCheck>,
}

impl LoadedModel {
    /// What may surprise about the values and the gauge.
    pub fn warnings(&self) -> Vec<ModelNote> {
        let mut warnings = self.unused.warnings.clone();
        warnings.extend(worst(&self.gauges));
        warnings
    }
}

/// Loads a model for these process lines. Widths that are `auto` are computed with its other
/// parameters; none of them depends on another width. Feynman gauge is compared with unitary
/// gauge.
///
/// # Errors
/// [`Error::Model`], and those of [`TotalWidth::new`].
pub fn load_model(spec: &ModelSpec, lines: &[String], watch: Watch) -> Result<LoadedModel, Error> {
    let (mut model, unused, open) = Model::load_without_widths(spec)?;
    let gauges = match model.gauge {
        Gauge::Unitary => Vec::new(),
        Gauge::Feynman => compare(&in_gauge(spec, Gauge::Unitary)?, &model),
    };
    model.join_orders(lines);
    if open.is_empty() {
        return Ok(LoadedModel {
            model,
            unused,
            widths: vec![],
            gauges,
        });
    }
    let widths = open.iter().map(|width| computed(&model, width, watch));
    let widths = widths.collect::<Result<Vec<_>, Error>>()?;
    let mut spec = spec.clone();
    spec.set.clear_auto();
    for width in &widths {
        spec.set.set_value(&width.parameter, width.width_gev);
    }
    let (mut model, unused) = Model::load_with_notes(&spec)?;
    model.join_orders(lines);
    Ok(LoadedModel {
        model,
        unused,
        widths,
        gauges,
    })
}

/// The same model in another gauge. Widths that are to be computed are missing.
pub(super) fn in_gauge(spec: &ModelSpec, gauge: Gauge) -> Result<Model, Error> {
    let spec = ModelSpec {
        gauge,
        ..spec.clone()
    };
    Ok(Model::load_without_widths(&spec)?.0)
}

fn computed(model: &Model, open: &OpenWidth, watch: Watch) -> Result<ComputedWidth, Error> {
    let control = Control {
        progress: &Silent,
        cancel: watch.cancel,
    };
    let mut all = Vec::new();
    for &particle in &open.particles {
        let request = TotalWidthRequest {
            model,
            particle,
            accuracy: ACCURACY,
            seed: SEED,
            watch,
        };
        all.push(TotalWidth::new(&request, &control)?);
    }
    let first = &all[0];
    if let Some(other) = all.iter().find(|w| !agree(first, w)) {
        return Err(Error::SharedWidth {
            parameter: open.parameter.clone(),
            one: format!("'{}' has {:e} GeV", first.name, first.width_gev),
            other: format!("'{}' has {:e} GeV", other.name, other.width_gev),
        });
    }
    Ok(ComputedWidth {
        parameter: open.parameter.clone(),
        particle: first.name.clone(),
        width_gev: first.width_gev,
        width_err_gev: first.width_err_gev,
    })
}

fn agree(one: &TotalWidth, other: &TotalWidth) -> bool {
    let allowed = SAME * one.width_gev + 4.0 * one.width_err_gev.hypot_same(other.width_err_gev);
    (one.width_gev - other.width_gev).abs() <= allowed
}
