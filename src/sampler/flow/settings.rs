//! Size of a flow.
//!
//! Knows numbers and their bounds; knows no weight.

use serde::{Deserialize, Serialize};

use crate::compute::SimdError;

/// How large the networks of a flow are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FlowSettings {
    /// Bins of every spline.
    pub n_bins: usize,
    /// Units of every hidden layer.
    pub n_units: usize,
    /// Linear layers of every conditioner, the last one included.
    pub n_layers: usize,
    /// Cells of discrete dimensions: dimension and number of equal cells.
    pub cells: Vec<(usize, usize)>,
}

impl Default for FlowSettings {
    fn default() -> Self {
        Self {
            n_bins: 10,
            n_units: 32,
            n_layers: 3,
            cells: Vec::new(),
        }
    }
}

/// Why a flow cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// A number of the settings is out of its range.
    #[error("flow setting {name} = {value} is outside {least} to {most}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// As it was given.
        value: usize,
        /// Smallest allowed.
        least: usize,
        /// Largest allowed.
        most: usize,
    },
    /// `OMNIS_SIMD` names no instruction set of this processor.
    #[error(transparent)]
    InstructionSet(#[from] SimdError),
    /// A discrete dimension that does not exist or is named twice.
    #[error("discrete dimension {dimension} of a flow in {n_dim} dimensions")]
    Dimension {
        /// As it was given.
        dimension: usize,
        /// Dimensions of the flow.
        n_dim: usize,
    },
    /// Stored weights do not fit the structure.
    #[error("tensor '{name}' has {found} numbers where {expected} are needed")]
    Shape {
        /// Name of the tensor.
        name: String,
        /// Numbers found; 0 if it is missing.
        found: usize,
        /// Numbers needed.
        expected: usize,
    },
    /// A stored weight is NaN or infinite.
    #[error("tensor '{name}' holds a number that is not finite")]
    NotFinite {
        /// Name of the tensor.
        name: String,
    },
    /// A stored training is that of another structure.
    #[error("moments of gradients that belong to another flow")]
    Optimizer,
    /// Stored bytes are no tensors.
    #[error("not a file of tensors: {reason}")]
    Format {
        /// What is wrong.
        reason: String,
    },
}

impl FlowSettings {
    /// Checks the numbers for a flow in `n_dim` dimensions.
    ///
    /// # Errors
    /// [`FlowError::Setting`] or [`FlowError::Dimension`].
    pub(crate) fn validate(&self, n_dim: usize) -> Result<(), FlowError> {
        let within = |name, value: usize, least, most| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(FlowError::Setting {
                    name,
                    value,
                    least,
                    most,
                })
            }
        };
        within("n_dim", n_dim, 1, 4096)?;
        within("n_bins", self.n_bins, 2, 64)?;
        within("n_units", self.n_units, 1, 1024)?;
        within("n_layers", self.n_layers, 1, 16)?;
        for (k, &(dimension, n_cells)) in self.cells.iter().enumerate() {
            within("cells", n_cells, 2, 4096)?;
            let twice = self.cells[..k].iter().any(|&(other, _)| other == dimension);
            if dimension >= n_dim || twice {
                return Err(FlowError::Dimension { dimension, n_dim });
            }
        }
        Ok(())
    }
}
