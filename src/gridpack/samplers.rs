//! The flows of a pack: one safetensors file for each channel that has one, in a
//! folder of the archive, and what the manifest says of it.
//!
//! Knows names of sections and what must agree; knows no tensor.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use crate::integrate::Adapted;
use crate::sampler::{ChannelSampler, Flow, Mixture, Sampler, Uniform, Vegas};

/// Where flows lie.
const FOLDER: &str = "flows/";

/// A trained flow, as the manifest tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackFlow {
    /// The channel that draws its points with it.
    pub channel: usize,
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

fn file_of(channel: usize) -> String {
    format!("{FOLDER}channel_{channel:04}.safetensors")
}

/// What the manifest says of the flows, in the order of channels.
pub(super) fn facts_of(adapted: &Adapted) -> Vec<PackFlow> {
    let flows = flows_of(adapted).map(|(channel, mixture)| PackFlow {
        channel,
        file: file_of(channel),
        n_dim: mixture.n_dim(),
        n_parameters: mixture.flow().parameters().len(),
        grid_share: mixture.share(),
    });
    flows.collect()
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
    let files = flows_of(adapted)
        .map(|(channel, mixture)| (file_of(channel), mixture.flow().to_safetensors()))
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

/// The inverse of [`take_apart`]; `section` gives the content of a section.
///
/// # Errors
/// What was found and what was expected, both with the name of the section.
pub(super) fn put_together<'a>(
    rest: Adapted<StoredSampler>,
    flows: &[PackFlow],
    section: impl Fn(&str) -> Option<&'a [u8]>,
) -> Result<Adapted, (String, String)> {
    let mut listed = flows.iter();
    let adapted = rest.with_samplers(|i, sampler| match sampler {
        StoredSampler::Uniform(sampler) => Ok(ChannelSampler::Uniform(sampler)),
        StoredSampler::Vegas(sampler) => Ok(ChannelSampler::Vegas(sampler)),
        StoredSampler::Flow => match listed.next() {
            Some(fact) if fact.channel == i => {
                let flow = read(fact, section(&fact.file))?;
                Ok(ChannelSampler::Flow(Mixture::new(flow, fact.grid_share)))
            }
            _ => Err((
                format!("a manifest without the flow of channel {i}"),
                format!("section '{}'", file_of(i)),
            )),
        },
    })?;
    match listed.next() {
        Some(PackFlow { file, channel, .. }) => Err((
            format!("section '{file}'"),
            format!("no flow in channel {channel}"),
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
