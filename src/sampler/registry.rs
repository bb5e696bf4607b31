//! The kinds of samplers: the only place that names them all.
//!
//! Knows names, and how each kind begins and is read back. A new kind is a file that
//! implements [`ChannelDensity`], a row of `SAMPLERS`, and, if a card may ask for it,
//! a name in [`SamplerKind`] with a row of `CHOICES`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::channel_sampler::ChannelDensity;
use super::flow::Mixture;
use super::uniform::Uniform;
use super::vegas::{Vegas, VegasSettings};
use crate::suggest;

/// A density from its state, and from a file where it has one.
type Load = fn(Value, Option<&[u8]>) -> Result<Box<dyn ChannelDensity>, String>;

/// A density that is stored under a name.
pub(super) struct Registration {
    /// The name in files.
    pub name: &'static str,
    /// Reads it back.
    pub load: Load,
}

/// All densities that a channel can have.
const SAMPLERS: &[Registration] = &[
    Registration {
        name: Uniform::NAME,
        load: |state, _| from_state::<Uniform>(state),
    },
    Registration {
        name: Vegas::NAME,
        load: |state, _| from_state::<Vegas>(state),
    },
    Registration {
        name: Mixture::NAME,
        load: |state, file| match file {
            None => from_state::<Mixture>(state),
            Some(file) => Ok(Box::new(Mixture::from_file(state, file)?)),
        },
    },
];

fn from_state<T: ChannelDensity + serde::de::DeserializeOwned + 'static>(
    state: Value,
) -> Result<Box<dyn ChannelDensity>, String> {
    let density: T = serde_json::from_value(state).map_err(|e| e.to_string())?;
    Ok(Box::new(density))
}

/// The density that is stored under a name.
///
/// # Errors
/// Names the nearest one, or all.
pub(super) fn registered(name: &str) -> Result<&'static Registration, String> {
    SAMPLERS.iter().find(|r| r.name == name).ok_or_else(|| {
        let names: Vec<&str> = SAMPLERS.iter().map(|r| r.name).collect();
        match suggest::nearest(name, names.iter().copied()) {
            Some(near) => format!("sampler '{name}' is not known: did you mean '{near}'?"),
            None => format!("sampler '{name}' is not known: {}", names.join(", ")),
        }
    })
}

/// The samplers a card can ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SamplerKind {
    /// Flat in the unit hypercube; never adapted.
    Uniform,
    /// Grids alone, one for each dimension of a channel.
    #[default]
    Vegas,
    /// A flow on top of the grid in every channel that matters, whatever it costs, trained the
    /// longer the more events are asked for.
    Flow,
    /// A flow where it is expected to save time for the events asked for.
    Auto,
}

/// Which channels get a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowUse {
    /// None.
    Nowhere,
    /// Those where it is expected to save time.
    WhereItPays,
    /// All that matter.
    Everywhere,
}

/// What a choice of the card means.
struct SamplerChoice {
    kind: SamplerKind,
    /// The density that adapts first.
    begin: fn(usize, &VegasSettings) -> Box<dyn ChannelDensity>,
    flows: FlowUse,
}

/// All choices of a card.
const CHOICES: &[SamplerChoice] = &[
    SamplerChoice {
        kind: SamplerKind::Uniform,
        begin: |n_dim, _| Box::new(Uniform::new(n_dim)),
        flows: FlowUse::Nowhere,
    },
    SamplerChoice {
        kind: SamplerKind::Vegas,
        begin: grid,
        flows: FlowUse::Nowhere,
    },
    SamplerChoice {
        kind: SamplerKind::Flow,
        begin: grid,
        flows: FlowUse::Everywhere,
    },
    SamplerChoice {
        kind: SamplerKind::Auto,
        begin: grid,
        flows: FlowUse::WhereItPays,
    },
];

fn grid(n_dim: usize, settings: &VegasSettings) -> Box<dyn ChannelDensity> {
    Box::new(Vegas::new(n_dim, settings.clone()))
}

impl SamplerKind {
    fn choice(self) -> &'static SamplerChoice {
        let found = CHOICES.iter().find(|c| c.kind == self);
        found.expect("every kind has a row, as a test shows")
    }

    /// The density that channels have before they are adapted.
    pub(super) fn begin(self, n_dim: usize, settings: &VegasSettings) -> Box<dyn ChannelDensity> {
        (self.choice().begin)(n_dim, settings)
    }

    /// Which channels get a flow.
    pub fn flows(self) -> FlowUse {
        self.choice().flows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::{ChannelSampler, Flow, FlowSettings, Sampler, StoredSampler};

    #[test]
    fn every_choice_begins_with_a_density_that_is_registered() {
        for kind in ["uniform", "vegas", "flow", "auto"] {
            let kind: SamplerKind = serde_json::from_value(kind.into()).unwrap();
            let sampler = ChannelSampler::new(kind, 3, &VegasSettings::default());
            assert_eq!(sampler.n_dim(), 3);
            assert!(registered(sampler.density_of().kind()).is_ok());
            kind.flows();
        }
        assert_eq!(CHOICES.len(), 4);
    }

    #[test]
    fn every_density_comes_back_in_one_piece_and_in_parts() {
        let grid = Vegas::new(3, VegasSettings::default());
        let flow = Flow::new(&grid, FlowSettings::default(), 1).unwrap();
        let all = [
            ChannelSampler::of(Uniform::new(3)),
            ChannelSampler::of(grid),
            ChannelSampler::flow(Mixture::new(flow, 0.25)),
        ];
        assert_eq!(all.len(), SAMPLERS.len());
        for sampler in all {
            let text = serde_json::to_string(&sampler).unwrap();
            assert_eq!(
                serde_json::from_str::<ChannelSampler>(&text).unwrap(),
                sampler
            );
            let bytes = rmp_serde::to_vec(&sampler).unwrap();
            let back: ChannelSampler = rmp_serde::from_slice(&bytes).unwrap();
            assert_eq!(back, sampler);
            let (stored, file) = sampler.to_parts();
            let back = ChannelSampler::from_parts(stored, file.as_deref()).unwrap();
            assert_eq!(back, sampler);
        }
    }

    #[test]
    fn a_name_that_is_not_registered_is_refused() {
        let stored = StoredSampler {
            kind: "vega".to_owned(),
            state: Value::Null,
            has_file: false,
        };
        let error = ChannelSampler::from_parts(stored, None).unwrap_err();
        assert_eq!(error, "sampler 'vega' is not known: did you mean 'vegas'?");
    }
}
