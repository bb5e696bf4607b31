//! The bias of points: what events are made in proportion to, besides the cross section.
//!
//! Knows groups of subprocesses and their bias; knows no sampler.

use super::build::{CrossSection, known_or_added};
use super::error::CrossSectionError;
use super::group::SubprocessGroup;
use super::point_batch::PointBatch;
use crate::cuts::{Bias, BoundBias, CutError, is_usable};
use crate::rng::{Purpose, Stream};

/// Points at which a bias is tried.
const N_TRIED: usize = 4096;

/// Index of a bias on the legs of a flavour, equal ones once; 0 without a bias.
pub(super) fn bound(
    biases: &mut Vec<BoundBias>,
    bias: Option<&Bias>,
    legs: (&[i32], usize, &[(u32, i32)]),
) -> Result<usize, CutError> {
    let Some(bias) = bias else {
        return Ok(0);
    };
    let own = bias.bind(legs.0, legs.1, legs.2)?;
    Ok(known_or_added(biases, own))
}

impl SubprocessGroup {
    /// Sets the bias of all points, `[n]`; empty without one. Where flavours of a point differ
    /// in it, their mean by contribution: any positive function of the point will do.
    pub(super) fn bias(&self, batch: &mut PointBatch) {
        let mut bias = std::mem::take(&mut batch.bias);
        bias.clear();
        match self.biases.as_slice() {
            [] => {}
            [only] => only.evaluate(&batch.lab, &mut bias),
            several => {
                let mut values = vec![Vec::new(); several.len()];
                for (bound, values) in several.iter().zip(&mut values) {
                    bound.evaluate(&batch.lab, values);
                }
                bias.resize(batch.len(), 0.0);
                let mut sum = vec![0.0; batch.len()];
                let rows = batch.rows(&batch.contributions);
                for (row, (_, flavour)) in rows.zip(self.flavours()) {
                    let values = &values[flavour.bias];
                    for (k, part) in row.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                        bias[k] += part.abs() * values[k];
                        sum[k] += part.abs();
                    }
                }
                let all = bias.iter_mut().zip(sum);
                all.for_each(|(b, sum)| *b = if sum > 0.0 { *b / sum } else { 1.0 });
            }
        }
        batch.bias = bias;
    }
}

impl CrossSection {
    /// Tries the bias of a group at points inside the cuts.
    pub(super) fn try_bias(&self, g: usize, bias: &Bias) -> Result<(), CrossSectionError> {
        let group = &self.groups[g];
        let channel = group.space.n_channels() - 1;
        let mut u = vec![0.0; N_TRIED * group.n_dim()];
        Stream::new(0, Purpose::ExplainZero, channel as u32, g as u64).fill(&mut u);
        let mut batch = PointBatch::default();
        group.map(channel, &u, &mut batch);
        group.select(&u, &mut batch);
        let mut values = Vec::new();
        for bound in &group.biases {
            bound.evaluate(&batch.lab, &mut values);
            if let Some(value) = values.iter().find(|b| !is_usable(**b)) {
                let (text, name) = (bias.text(), &group.name);
                return Err(CutError::Bias(format!(
                    "'{text}': it is {value} at a point of '{name}', expected positive numbers"
                ))
                .into());
            }
        }
        Ok(())
    }
}
