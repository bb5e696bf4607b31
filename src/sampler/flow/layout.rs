//! Structure of a flow: its blocks, what each changes and what it sees, and
//! where its weights stand in one list of parameters.
//!
//! Knows dimensions and sizes; knows no number of a weight.
//! Sources: 2001.05486 (i-flow) for the masks: bit k of the number of a
//! dimension, and its complement, so that log2(d) pairs suffice to condition
//! every dimension on every other; 1906.04032 for coupling splines.

use serde::{Deserialize, Serialize};

use super::settings::FlowSettings;
use crate::rng::Stream;

/// A linear layer: `y = W x + b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Layer {
    pub(crate) n_in: usize,
    pub(crate) n_out: usize,
    /// Position of `W`, `[n_out, n_in]`, among the parameters.
    pub(crate) w: usize,
    /// Position of `b`, `[n_out]`.
    pub(crate) b: usize,
}

/// A network: linear layers with leaky rectifiers between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conditioner {
    pub(crate) layers: Vec<Layer>,
}

/// Splines of some dimensions, conditioned on all other continuous ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Coupling {
    pub(crate) transformed: Vec<usize>,
    pub(crate) conditioning: Vec<usize>,
    pub(crate) network: Conditioner,
}

/// Probabilities of the cells of one discrete dimension, conditioned on all
/// continuous dimensions and on the cells of the discrete ones before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DiscreteFlow {
    pub(crate) dimension: usize,
    pub(crate) n_cells: usize,
    pub(crate) network: Conditioner,
}

/// All blocks.
///
/// A point is drawn by the couplings, the first one first, then the choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) n_dim: usize,
    pub(crate) n_bins: usize,
    /// Continuous dimensions, in order: what the choices see.
    pub(crate) continuous: Vec<usize>,
    pub(crate) couplings: Vec<Coupling>,
    pub(crate) choices: Vec<DiscreteFlow>,
    pub(crate) n_parameters: usize,
}

/// Numbers that describe one spline: widths, heights and slopes.
pub(crate) fn n_spline(n_bins: usize) -> usize {
    3 * n_bins + 1
}

impl Layout {
    /// The structure for `n_dim` dimensions; the settings have been validated.
    pub fn new(n_dim: usize, settings: &FlowSettings) -> Self {
        let is_discrete = |j: usize| settings.cells.iter().any(|&(c, _)| c == j);
        let continuous: Vec<usize> = (0..n_dim).filter(|&j| !is_discrete(j)).collect();
        let mut layout = Self {
            n_dim,
            n_bins: settings.n_bins,
            continuous: continuous.clone(),
            couplings: Vec::new(),
            choices: Vec::new(),
            n_parameters: 0,
        };
        for (transformed, conditioning) in masks(&continuous) {
            let n_out = transformed.len() * n_spline(settings.n_bins);
            let network = layout.network(conditioning.len(), n_out, settings);
            layout.couplings.push(Coupling {
                transformed,
                conditioning,
                network,
            });
        }
        let mut n_seen = continuous.len();
        for &(dimension, n_cells) in &settings.cells {
            let network = layout.network(n_seen, n_cells, settings);
            layout.choices.push(DiscreteFlow {
                dimension,
                n_cells,
                network,
            });
            n_seen += n_cells;
        }
        layout
    }

    fn network(&mut self, n_in: usize, n_out: usize, settings: &FlowSettings) -> Conditioner {
        let mut layers = Vec::new();
        let mut from = n_in;
        for k in 0..settings.n_layers {
            let to = if k + 1 == settings.n_layers {
                n_out
            } else {
                settings.n_units
            };
            let w = self.n_parameters;
            let b = w + from * to;
            self.n_parameters = b + to;
            layers.push(Layer {
                n_in: from,
                n_out: to,
                w,
                b,
            });
            from = to;
        }
        Conditioner { layers }
    }

    /// All networks, with a name for each.
    pub(crate) fn networks(&self) -> Vec<(String, &Conditioner)> {
        let couplings = self.couplings.iter().enumerate();
        let choices = self.choices.iter().enumerate();
        couplings
            .map(|(k, c)| (format!("coupling.{k}"), &c.network))
            .chain(choices.map(|(k, c)| (format!("choice.{k}"), &c.network)))
            .collect()
    }

    /// Parameters with which the flow is the identity: last layers are zero,
    /// the others uniform within `sqrt(3 / n_in)` (variance 1 / n_in, which
    /// keeps the scale of the signals up to the factor 1/2 of a rectifier).
    pub(crate) fn initial(&self, stream: &mut Stream) -> Vec<f32> {
        let mut parameters = vec![0.0; self.n_parameters];
        for (_, network) in self.networks() {
            let n_hidden = network.layers.len() - 1;
            for layer in &network.layers[..n_hidden] {
                let bound = (6.0 / layer.n_in.max(1) as f64).sqrt();
                for w in &mut parameters[layer.w..layer.b] {
                    *w = (bound * (2.0 * stream.uniform() - 1.0)) as f32;
                }
                for b in &mut parameters[layer.b..layer.b + layer.n_out] {
                    *b = (0.5 * (2.0 * stream.uniform() - 1.0)) as f32;
                }
            }
        }
        parameters
    }

    /// The widest layer, in and out: what the working space must hold.
    pub(crate) fn widest(&self) -> usize {
        self.networks()
            .iter()
            .flat_map(|(_, n)| n.layers.iter())
            .map(|l| l.n_in.max(l.n_out))
            .max()
            .unwrap_or(1)
            .max(1)
    }
}

/// Pairs of (transformed, conditioning) dimensions.
fn masks(dimensions: &[usize]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let n = dimensions.len();
    if n == 0 {
        return Vec::new();
    }
    if n == 1 {
        return vec![(dimensions.to_vec(), Vec::new())];
    }
    let n_bits = usize::BITS - (n - 1).leading_zeros();
    let part = |bit: u32, value: usize| -> Vec<usize> {
        (0..n)
            .filter(|k| (k >> bit) & 1 == value)
            .map(|k| dimensions[k])
            .collect()
    };
    (0..n_bits)
        .flat_map(|bit| {
            let (zeros, ones) = (part(bit, 0), part(bit, 1));
            [(zeros.clone(), ones.clone()), (ones, zeros)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_is_conditioned_on_every_other() {
        for n in 1..20 {
            let dimensions: Vec<usize> = (0..n).map(|k| 3 * k + 1).collect();
            let masks = masks(&dimensions);
            for &i in &dimensions {
                for &j in dimensions.iter().filter(|&&j| j != i) {
                    let seen = masks.iter().any(|(c, s)| c.contains(&i) && s.contains(&j));
                    assert!(seen, "{i} does not see {j} of {n}");
                }
            }
            let n_pairs = (n as f64).log2().ceil() as usize;
            assert_eq!(masks.len(), (2 * n_pairs).max(1));
        }
    }

    #[test]
    fn parameters_lie_one_behind_the_other() {
        let settings = FlowSettings {
            cells: vec![(2, 3), (0, 5)],
            ..Default::default()
        };
        let layout = Layout::new(5, &settings);
        let mut next = 0;
        for (_, network) in layout.networks() {
            for layer in &network.layers {
                assert_eq!((layer.w, layer.b), (next, next + layer.n_in * layer.n_out));
                next = layer.b + layer.n_out;
            }
        }
        assert_eq!(next, layout.n_parameters);
        assert_eq!(layout.choices[1].network.layers[0].n_in, 3 + 3);
    }
}
