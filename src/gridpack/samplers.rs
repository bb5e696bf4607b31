//! The flows of a pack: one safetensors file for each channel that has one, in a
//! folder of the archive, and what the manifest says of it.
//!
//! Knows names of sections and what must agree; knows no tensor.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use crate::integrand::ChannelKey;
use crate::integrate::Adapted;
use crate::sampler::{ChannelSampler, Flow, Mixture, Sampler, Uniform, Vegas};

/// Where flows lie.
const FOLDER: &str = "flows/";

/// A trained flow, as the manifest tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackFlow {
    /// Number of the channel that draws its points with it.
    pub channel: usize,
    /// Key of that channel, by which the flow is found again.
    pub key: ChannelKey,
    /// Section of the archive: a safetensors file.
    pub file: String,
    /// Dimensions.
    pub n_dim: usize,
    /// Weights of all networks.
    pub n_parameters: usize,
    /// Share of points from the grid behind it.
    pub grid_share: f64,
}

/// A sampler in the section of the adaptation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum StoredSampler {
    Uniform(Uniform),
    Vegas(Vegas),
    /// In the section that the manifest names for the channel.
    Flow,
}

/// Section of the flow of a channel, `n_before` channels with the same map having
/// come before it.
fn file_of(key: ChannelKey, n_before: usize) -> String {
    match n_before {
        0 => format!("{FOLDER}{key}.safetensors"),
        n => format!("{FOLDER}{key}_{}.safetensors", n + 1),
    }
}

/// What the manifest says of the flows, in the order of channels.
pub(super) fn facts_of(adapted: &Adapted) -> Vec<PackFlow> {
    let mut facts: Vec<PackFlow> = vec![];
    for (channel, mixture) in flows_of(adapted) {
        let key = adapted.channels[channel].key;
        let n_before = facts.iter().filter(|f| f.key == key).count();
        facts.push(PackFlow {
            channel,
            key,
            file: file_of(key, n_before),
            n_dim: mixture.n_dim(),
            n_parameters: mixture.flow().parameters().len(),
            grid_share: mixture.grid_fraction(),
        });
    }
    facts
}

fn flows_of(adapted: &Adapted) -> impl Iterator<Item = (usize, &Mixture)> {
    let channels = adapted.channels.iter().enumerate();
    channels.filter_map(|(i, channel)| match &channel.sampler {
        ChannelSampler::Flow(mixture) => Some((i, mixture)),
        ChannelSampler::Uniform(_) | ChannelSampler::Vegas(_) => None,
    })
}

/// The adaptation without the weights of flows, and the files that hold these.
pub(super) fn take_apart(adapted: &Adapted) -> (Adapted<StoredSampler>, Vec<(String, Vec<u8>)>) {
    let files = facts_of(adapted)
        .into_iter()
        .zip(flows_of(adapted))
        .map(|(fact, (_, mixture))| (fact.file, mixture.flow().to_safetensors()))
        .collect();
    let rest = adapted.clone().with_samplers(|_, sampler| {
        Ok::<_, Infallible>(match sampler {
            ChannelSampler::Uniform(sampler) => StoredSampler::Uniform(sampler),
            ChannelSampler::Vegas(sampler) => StoredSampler::Vegas(sampler),
            ChannelSampler::Flow(_) => StoredSampler::Flow,
        })
    });
    let Ok(rest) = rest;
    (rest, files)
}

/// The inverse of [`take_apart`]: every channel gets the flow that is stored under
/// its key. `section` gives the content of a section.
///
/// # Errors
/// What was found and what was expected, both with the name of the section.
pub(super) fn put_together<'a>(
    rest: Adapted<StoredSampler>,
    flows: &[PackFlow],
    section: impl Fn(&str) -> Option<&'a [u8]>,
) -> Result<Adapted, (String, String)> {
    let mut listed: Vec<&PackFlow> = flows.iter().collect();
    let adapted = rest.with_samplers(|key, sampler| match sampler {
        StoredSampler::Uniform(sampler) => Ok(ChannelSampler::Uniform(sampler)),
        StoredSampler::Vegas(sampler) => Ok(ChannelSampler::Vegas(sampler)),
        StoredSampler::Flow => match listed.iter().position(|fact| fact.key == key) {
            Some(at) => {
                let fact = listed.remove(at);
                let flow = read(fact, section(&fact.file))?;
                Ok(ChannelSampler::Flow(Mixture::new(flow, fact.grid_share)))
            }
            None => Err((
                format!("a manifest without the flow of a channel with the map {key}"),
                format!("section '{}'", file_of(key, 0)),
            )),
        },
    })?;
    match listed.first() {
        Some(PackFlow { file, key, .. }) => Err((
            format!("section '{file}'"),
            format!("no other flow for a channel with the map {key}"),
        )),
        None => Ok(adapted),
    }
}

fn read(fact: &PackFlow, bytes: Option<&[u8]>) -> Result<Flow, (String, String)> {
    let name = &fact.file;
    let size = |n_dim, n_parameters| format!("{n_parameters} weights in {n_dim} dimensions");
    let wanted = format!("a flow of {}", size(fact.n_dim, fact.n_parameters));
    let bytes = bytes.ok_or_else(|| (format!("no section '{name}'"), wanted.clone()))?;
    let flow = Flow::from_safetensors(bytes)
        .map_err(|e| (format!("section '{name}' that says: {e}"), wanted.clone()))?;
    let found = (flow.n_dim(), flow.parameters().len());
    if found != (fact.n_dim, fact.n_parameters) {
        let found = size(found.0, found.1);
        return Err((format!("section '{name}' with {found}"), wanted));
    }
    if !(0.0..=1.0).contains(&fact.grid_share) {
        let found = format!("section '{name}' with {} grid points", fact.grid_share);
        return Err((found, "a share between 0 and 1".to_owned()));
    }
    Ok(flow)
}
