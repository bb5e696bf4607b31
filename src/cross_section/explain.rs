//! Why a cross section came out as zero.

use super::build::CrossSection;
use super::point_batch::PointBatch;
use crate::cuts::CutStatistics;
use crate::rng::{Purpose, Stream};

impl CrossSection {
    /// Says which cuts remove everything, from points of every group's flat
    /// channel, or that cuts are not the reason; at least one line.
    pub(crate) fn explain_zero(&self, seed: u64) -> Vec<String> {
        const N: usize = 4096;
        let mut statistics = CutStatistics::default();
        let [mut n_inside, mut n_soft] = [0, 0];
        let mut batch = PointBatch::default();
        for (g, group) in self.groups.iter().enumerate() {
            let mut u = vec![0.0; N * group.n_dim()];
            let channel = group.space.n_channels() - 1;
            let (purpose, g) = (Purpose::ExplainZero, g as u64);
            Stream::new(seed, purpose, channel as u32, g).fill(&mut u);
            group.map(channel, &u, &mut batch);
            let inside: Vec<usize> = (0..N).filter(|&k| batch.drawn.det[k] > 0.0).collect();
            let lab = batch.lab_drawn.select(&inside);
            let mut mask = vec![false; inside.len()];
            for selection in &group.selections {
                selection.mask_counted(&lab, &mut mask, &mut statistics);
            }
            if self.merging.is_some() {
                group.select(&u, &mut batch);
                group.scales(self, &mut batch);
                n_inside += batch.len();
                n_soft += batch.n_soft();
            }
        }
        if let Some(rules) = self.merging.filter(|_| n_inside > 0 && n_soft == n_inside) {
            return vec![format!(
                "all of {n_inside} points inside the cuts have an emission below merging.xqcut = \
                 {} GeV",
                rules.xqcut
            )];
        }
        if statistics.n_passed > 0 {
            return vec![format!(
                "{} of {} points pass the cuts, but the matrix element or the parton densities \
                 vanish there",
                statistics.n_passed, statistics.n_tested
            )];
        }
        if statistics.n_tested == 0 {
            let n = N * self.groups.len();
            return vec![format!(
                "none of {n} points is a final state: beams, masses and cuts leave too little \
                 phase space to be found"
            )];
        }
        statistics.explain(&self.cuts)
    }
}
