//! The samplers of a gridpack: where one is a file of its own, it is a section in a
//! folder of the archive, and the manifest says which channel it belongs to.
//!
//! Knows names of sections and what must agree; knows no kind of sampler.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use crate::integrand::ChannelKey;
use crate::integrate::Adapted;
use crate::sampler::{ChannelSampler, StoredSampler};

/// Where files of samplers lie.
const FOLDER: &str = "flows/";

/// A sampler in a section of its own, as the manifest tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplerFile {
    /// Number of the channel that draws its points with it.
    pub channel: usize,
    /// Key of that channel, by which the sampler is found again.
    pub key: ChannelKey,
    /// Its kind.
    pub kind: String,
    /// Section of the archive: a safetensors file.
    pub file: String,
    /// Dimensions, parameters and the like in words.
    pub description: String,
}

/// Section of the sampler of a channel, `n_before` channels with the same map having
/// come before it.
fn file_of(key: ChannelKey, n_before: usize) -> String {
    match n_before {
        0 => format!("{FOLDER}{key}.safetensors"),
        n => format!("{FOLDER}{key}_{}.safetensors", n + 1),
    }
}

/// The adaptation without the samplers that are files, these files, and what the
/// manifest says of them, in the order of channels.
pub(super) fn take_apart(
    adapted: &Adapted,
) -> (Adapted<StoredSampler>, Vec<SamplerFile>, Vec<Vec<u8>>) {
    let (mut facts, mut files): (Vec<SamplerFile>, Vec<Vec<u8>>) = (vec![], vec![]);
    let mut channel = 0;
    let rest = adapted.clone().with_samplers(|key, sampler| {
        let (stored, file) = sampler.to_parts();
        if let Some(file) = file {
            let n_before = facts.iter().filter(|f| f.key == key).count();
            facts.push(SamplerFile {
                channel,
                key,
                kind: stored.kind.clone(),
                file: file_of(key, n_before),
                description: sampler.density_of().description(),
            });
            files.push(file);
        }
        channel += 1;
        Ok::<_, Infallible>(stored)
    });
    let Ok(rest) = rest;
    (rest, facts, files)
}

/// The inverse of [`take_apart`]: every channel gets the file that is stored under its
/// key. `section` gives the content of a section.
///
/// # Errors
/// What was found and what was expected, both with the name of the section.
pub(super) fn put_together<'a>(
    rest: Adapted<StoredSampler>,
    files: &[SamplerFile],
    section: impl Fn(&str) -> Option<&'a [u8]>,
) -> Result<Adapted, (String, String)> {
    let mut listed: Vec<&SamplerFile> = files.iter().collect();
    let adapted = rest.with_samplers(|key, stored| {
        if !stored.has_file {
            let found = |e| {
                (
                    format!("a channel with the map {key} and this sampler: {e}"),
                    KNOWN,
                )
            };
            return ChannelSampler::from_parts(stored, None)
                .map_err(found)
                .map_err(|(found, expected)| (found, expected.to_owned()));
        }
        let Some(at) = listed.iter().position(|fact| fact.key == key) else {
            return Err((
                format!(
                    "a manifest without the {} of a channel with the map {key}",
                    stored.kind
                ),
                format!("section '{}'", file_of(key, 0)),
            ));
        };
        let fact = listed.remove(at);
        let (name, wanted) = (
            &fact.file,
            format!("a {} of {}", fact.kind, fact.description),
        );
        match section(name) {
            None => Err((format!("no section '{name}'"), wanted)),
            Some(bytes) => ChannelSampler::from_parts(stored, Some(bytes))
                .map_err(|e| (format!("section '{name}' that says: {e}"), wanted)),
        }
    })?;
    match listed.first() {
        Some(SamplerFile {
            file, key, kind, ..
        }) => Err((
            format!("section '{file}'"),
            format!("no other {kind} for a channel with the map {key}"),
        )),
        None => Ok(adapted),
    }
}

/// What is expected where a sampler cannot be read.
const KNOWN: &str = "a sampler of this version";
