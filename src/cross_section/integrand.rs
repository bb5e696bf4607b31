//! The cross section as an integrand.

use super::build::CrossSection;
use super::group::SubprocessGroup;
use super::point_batch::{PointBatch, SquaredOrders};
use crate::cuts::is_usable;
use crate::elementary::Elementary;
use crate::integrand::{ChannelBatch, ChannelKey, Evaluation, Integrand, Want};

impl Integrand for CrossSection {
    fn n_channels(&self) -> usize {
        self.channels.len()
    }

    fn n_dim(&self, channel: usize) -> usize {
        self.groups[self.channels[channel].0].n_dim()
    }

    fn group(&self, channel: usize) -> usize {
        self.channels[channel].0
    }

    fn channel_key(&self, channel: usize) -> ChannelKey {
        let (g, c) = self.channels[channel];
        self.groups[g].channel_key(c)
    }

    fn cost_ns(&self, channel: usize) -> f64 {
        self.groups[self.channels[channel].0].cost_ns
    }

    fn cells(&self, channel: usize) -> Vec<(usize, usize)> {
        let group = &self.groups[self.channels[channel].0];
        // The last coordinate chooses the beam of leg 0.
        let swap = group.beam_swap.then(|| (group.space.n_dim(), 2));
        swap.into_iter().collect()
    }

    fn n_contributions(&self) -> usize {
        self.subprocesses().len()
    }

    fn is_biased(&self) -> bool {
        self.groups.iter().any(|group| !group.biases.is_empty())
    }

    /// Logarithms of the energy squared and of the momentum fractions, then for each
    /// outgoing leg those of its transverse mass and of its light-cone momenta.
    fn n_features(&self, channel: usize) -> usize {
        let group = &self.groups[self.channels[channel].0];
        3 + 3 * (group.masses.len() - group.n_in)
    }

    fn evaluate(&self, batch: ChannelBatch<'_>, want: Want, out: &mut Evaluation) {
        let (g, c) = self.channels[batch.channel];
        let group = &self.groups[g];
        let mut workspace = std::mem::take(&mut out.workspace);
        let found: &mut PointBatch = workspace.get();
        group.evaluate_points(self, c, &batch.points.u, SquaredOrders::Summed, found);
        out.begin(batch.points.n_batch);
        out.index.extend_from_slice(&found.index);
        found.sum(&mut out.value);
        group.bias(found);
        out.bias.extend_from_slice(&found.bias);
        group.space.alpha_of(c, &found.points, &mut out.alpha);
        if want.contributions {
            let ids = group.flavours().map(|(_, f)| f.contribution);
            out.contribution_ids.extend(ids);
            out.contributions.extend_from_slice(&found.contributions);
        }
        if want.alpha_row {
            group.space.alpha(&found.points, &mut out.alpha_row);
        }
        if want.features {
            group.features(found, &mut out.features);
        }
        if want.momenta {
            out.momenta.extend_from_slice(&found.lab.data);
        }
        without_non_finite(out);
        out.workspace = workspace;
    }
}

/// Makes points that are not finite count as 0.
fn without_non_finite(out: &mut Evaluation) {
    let n = out.n_pass();
    for k in 0..n {
        let mut is_biased = true;
        if let Some(bias) = out.bias.get_mut(k) {
            is_biased = is_usable(*bias);
            // A point without weight makes no event.
            *bias = if is_biased { *bias } else { 1.0 };
            is_biased |= out.value[k] == 0.0;
        }
        if !(is_biased && out.value[k].is_finite() && out.alpha[k].is_finite()) {
            (out.value[k], out.alpha[k]) = (0.0, 0.0);
            let row = out.contributions.iter_mut().skip(k).step_by(n);
            row.for_each(|x| *x = 0.0);
            out.n_non_finite += 1;
        }
    }
}

impl SubprocessGroup {
    /// See [`Integrand::n_features`]; finite for every point inside the cuts.
    fn features(&self, found: &PointBatch, out: &mut Vec<f64>) {
        let ln = |x: &f64| x.max(f64::MIN_POSITIVE).ln_same();
        out.extend(found.points.s_hat.iter().map(ln));
        out.extend(found.points.x1.iter().map(ln));
        out.extend(found.points.x2.iter().map(ln));
        for leg in self.n_in..self.masses.len() {
            let [e, px, py, pz] = [0, 1, 2, 3].map(|mu| found.lab.component(leg, mu));
            let m2 = self.masses[leg] * self.masses[leg];
            let points = 0..found.len();
            let m_t = |k: usize| (px[k] * px[k] + py[k] * py[k] + m2).sqrt();
            out.extend(points.clone().map(|k| ln(&m_t(k))));
            out.extend(points.clone().map(|k| ln(&(e[k] + pz[k]))));
            out.extend(points.map(|k| ln(&(e[k] - pz[k]))));
        }
    }
}
