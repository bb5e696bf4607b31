//! `omnis model`: what a model contains, and checks of it.

use clap::Args;

use super::answer::Answer;
use super::failure::Failure;
use super::process::{GaugeArg, ModelArgs};
use super::program::Context;
use super::running::set_up;
use super::values::{self, Assignment};
use crate::run::ModelReport;

const AFTER_HELP: &str = "\
Examples:
  omnis model sm
  omnis model path/to/UFO --restrict no_b_mass
  omnis model path/to/UFO --restrict full --json

Particles, inputs with their SLHA blocks, derived parameters, vertices; what is
unusual about the model; what is not supported, and why; and checks: electric charge
and colour of every vertex, hermiticity, and the model's own formulas for widths of
decays to two particles (decays.py) against its vertices; for models with Goldstone
bosons, squared matrix elements of massive vectors in unitary against Feynman gauge.";

/// Arguments of `omnis model`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ModelReportArgs {
    /// A built-in model, the directory of a UFO model, or a JSON file of ufo-model-loader
    #[arg(value_name = "MODEL")]
    pub name: String,

    /// Electroweak inputs of the built-in model: alpha or MW
    #[arg(long, value_name = "NAME")]
    pub scheme: Option<String>,

    /// Restriction of the model, such as no_b_mass, or 'full' for none of a UFO model; may be
    /// repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub restrict: Vec<String>,

    /// Gauge of massive vectors
    #[arg(long, value_name = "GAUGE", value_enum, default_value = "unitary")]
    pub gauge: GaugeArg,

    /// Parameter card (SLHA) to take values from
    #[arg(long, value_name = "FILE")]
    pub param_card: Option<std::path::PathBuf>,

    /// Value of a parameter, such as aS=0.118 or "MASS 6=172.5"; may be repeated
    #[arg(long, value_name = "K=V", value_parser = values::assignment)]
    pub set: Vec<Assignment>,
}

impl ModelReportArgs {
    /// Loads the model and prints what is in it.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a model that cannot be used.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let model = ModelArgs {
            name: self.name.clone(),
            scheme: self.scheme.clone(),
            restrict: self.restrict.clone(),
            gauge: self.gauge,
            param_card: self.param_card.clone(),
            set: self.set.clone(),
            define: Vec::new(),
        };
        let card = model.card();
        let report = set_up(&mut None, context, |watch| ModelReport::new(&card, watch))?;
        context.print(Answer::Model, &report.text(), &report.json())
    }
}
