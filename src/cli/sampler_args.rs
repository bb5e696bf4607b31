//! Arguments that say how points are drawn.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::running::failure;
use super::values;
use crate::card::RunCard;
use crate::compute::DeviceChoice;
use crate::gridpack::Gridpack;
use crate::jobs::{Replace, TextKind, check_text_output};
use crate::run::write_history;
use crate::sampler::SamplerKind;

/// How points are drawn; what is given here wins over the card.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SamplerArgs {
    /// auto, vegas or flow: flows where they save time, nowhere, everywhere
    #[arg(long, value_name = "NAME", value_parser = values::named::<SamplerKind>)]
    pub sampler: Option<SamplerKind>,

    /// How long flows are trained, in units of what suits the events; more
    /// for a gridpack that many jobs will use
    #[arg(long, value_name = "X", value_parser = values::training, allow_hyphen_values = true)]
    pub training: Option<f64>,

    /// Device that trains flows: auto, cpu, wgpu, wgpu:any, wgpu-software or cuda
    #[arg(long, value_name = "NAME", value_parser = values::named::<DeviceChoice>)]
    pub device: Option<DeviceChoice>,

    /// Write the history of the training: JSON or CSV, by the name: .json or .csv
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
}

impl SamplerArgs {
    /// Puts what was given into the card.
    pub(super) fn apply(&self, run: &mut RunCard) {
        run.sampler = self.sampler.unwrap_or(run.sampler);
        run.training = self.training.unwrap_or(run.training);
        run.device = self.device.unwrap_or(run.device);
    }

    /// Refuses what says how to adapt, `--accuracy` with it, for a gridpack that is adapted.
    pub(super) fn refuse_for_pack(&self, pack: &Path, accuracy: bool) -> Result<(), Failure> {
        let given = [
            ("--accuracy", accuracy),
            ("--sampler", self.sampler.is_some()),
            ("--training", self.training.is_some()),
            ("--device", self.device.is_some()),
        ];
        match given.iter().find(|g| g.1) {
            None => Ok(()),
            Some((flag, _)) => Err(Failure::Usage(anyhow::anyhow!(
                "{flag} says how to adapt, and '{}' is adapted already; give it to 'omnis gridpack', \
                 or to 'omnis generate' with a card",
                pack.display()
            ))),
        }
    }

    /// Refuses a file for the history that is an input, or no history, or cannot be there.
    pub(super) fn check_history<'a>(
        &self,
        inputs: impl Iterator<Item = (&'a Path, &'a str)>,
        replace: Replace,
    ) -> Result<(), Failure> {
        let Some(path) = &self.history else {
            return Ok(());
        };
        check_text_output(path, inputs, TextKind::History, replace).map_err(failure)
    }

    /// Writes the history if a file for it was given.
    pub(super) fn keep_history(&self, pack: &Gridpack) -> Result<(), Failure> {
        match &self.history {
            Some(path) => write_history(&pack.adapted, path).map_err(failure),
            None => Ok(()),
        }
    }
}
