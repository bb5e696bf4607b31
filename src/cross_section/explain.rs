//! Why a cross section came out as zero.

use super::build::CrossSection;
use crate::cuts::CutStatistics;
use crate::kinematics::boost_z;
use crate::phasespace::Points;
use crate::rng::{Purpose, Stream};

impl CrossSection {
    /// Says which cuts remove everything, from points of every group's flat
    /// channel, or that cuts are not the reason; at least one line.
    pub fn explain_zero(&self, seed: u64) -> Vec<String> {
        const N: usize = 4096;
        let mut statistics = CutStatistics::default();
        for (b, block) in self.blocks.iter().enumerate() {
            let mut u = vec![0.0; N * block.space.n_dim()];
            Stream::new(seed, Purpose::Integrate, u32::MAX, b as u64).fill(&mut u);
            let mut points = Points::default();
            block
                .space
                .forward(block.space.n_channels() - 1, &u, N, &mut points);
            let inside: Vec<usize> = (0..N).filter(|&k| points.det[k] > 0.0).collect();
            let mut lab = points.momenta.clone();
            boost_z(&mut lab, &block.space.frame_rapidity(&points));
            let lab = lab.select(&inside);
            let mut mask = vec![false; inside.len()];
            for variant in &block.variants {
                variant.mask_counted(&lab, &mut mask, &mut statistics);
            }
        }
        if statistics.n_passed > 0 {
            return vec![format!(
                "{} of {} points pass the cuts, but the matrix element or the parton densities \
                 vanish there",
                statistics.n_passed, statistics.n_tested
            )];
        }
        if statistics.n_tested == 0 {
            let n = N * self.blocks.len();
            return vec![format!(
                "none of {n} points is a final state: beams, masses and cuts leave too little \
                 phase space to be found"
            )];
        }
        statistics.explain(&self.cuts)
    }
}
