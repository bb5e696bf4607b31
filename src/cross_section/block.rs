//! Subprocesses that share phase-space channels, and their differential cross section.

use std::cell::RefCell;

use super::build::CrossSection;
use super::helicities::Helicities;
use crate::amplitude::{HelicitySampling, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use crate::cuts::BoundCuts;
use crate::diagram::LegSet;
use crate::kinematics::{MomentumBatch, boost_z};
use crate::model::ParticleId;
use crate::phasespace::{PhaseSpace, Points};
use crate::units::GEV2_TO_PB;

/// External particles of one subprocess.
#[derive(Clone, Debug)]
pub(super) struct Flavour {
    pub(super) pdg: Vec<i32>,
    /// Rows of the incoming legs in [`Block::partons`].
    pub(super) rows: [usize; 2],
    /// Weight with leg 0 from beam 1, and with leg 0 from beam 2.
    pub(super) orientation: [f64; 2],
    /// Index into [`Block::variants`].
    pub(super) variant: usize,
    /// Index into the subprocesses of the cross section.
    pub(super) part: usize,
}

/// A matrix element with the flavours it serves.
pub(super) struct Element {
    pub(super) me: MatrixElement,
    /// Where helicities are drawn: its configurations one by one.
    pub(super) drawn: Option<HelicitySampling>,
    pub(super) flavours: Vec<Flavour>,
    /// Time-like massive propagators of its diagrams.
    pub(super) resonances: Vec<(LegSet, ParticleId)>,
}

impl Element {
    /// `alpha_s` where the matrix element depends on it.
    fn coupling<'a>(&self, alpha_s: &'a [f64]) -> Option<&'a [f64]> {
        let strong = self.me.qcd_powers().iter().any(|&p| p > 0);
        strong.then_some(alpha_s)
    }

    /// `me2`, or where helicities are drawn that of the configurations which
    /// `helicity` chooses, over their probability; `[n]`.
    fn me2(
        &self,
        momenta: &MomentumBatch,
        helicity: &[f64],
        alpha_s: &[f64],
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let (alpha_s, width) = (self.coupling(alpha_s), TChannelWidth::Off);
        match &self.drawn {
            None => self.me.me2(momenta, alpha_s, width, work, out),
            Some(drawn) => drawn.me2(momenta, helicity, alpha_s, width, work, out),
        }
    }

    /// Relative change of the sum over helicities when the momenta turn about the
    /// beam, `[n]`: a drawn configuration can be a small part without digits of its own.
    pub(super) fn relative_error(
        &self,
        found: &Survivors,
        work: &mut MatrixElementWorkspace,
    ) -> Vec<f64> {
        let (alpha_s, width) = (self.coupling(&found.alpha_s), TChannelWidth::Off);
        let me = &self.me;
        me.error_estimate(&found.partonic, alpha_s, width, work)
    }
}

/// Matrix elements with the same masses and spins leg by leg.
pub(super) struct Block {
    pub(super) name: String,
    pub(super) space: PhaseSpace,
    pub(super) elements: Vec<Element>,
    /// Cuts bound to the legs; flavours may differ in them.
    pub(super) variants: Vec<BoundCuts>,
    pub(super) masses: Vec<f64>,
    /// Whether a coordinate after those of phase space chooses the beam of leg 0.
    pub(super) mirror: bool,
    /// How helicities are treated: where drawn, a last coordinate chooses them.
    pub(super) helicities: Helicities,
    /// Partons of leg 0 and leg 1.
    pub(super) partons: [Vec<i32>; 2],
    /// Time of one point in ns, about.
    pub(super) cost_ns: f64,
}

/// What is known of the points of a batch that pass the cuts.
#[derive(Default)]
pub(super) struct Survivors {
    /// Their places in the batch: those with leg 0 from beam 1 first.
    pub(super) index: Vec<usize>,
    /// Number with leg 0 from beam 1.
    pub(super) n_direct: usize,
    /// Momenta in the partonic frame, leg 0 along +z.
    pub(super) partonic: MomentumBatch,
    /// Momenta in the laboratory.
    pub(super) lab: MomentumBatch,
    /// The coordinate that chooses helicities; empty where they are summed.
    pub(super) helicity: Vec<f64>,
    /// Momentum fractions of beam 1 and beam 2.
    pub(super) x: [Vec<f64>; 2],
    pub(super) mu_f: Vec<f64>,
    pub(super) alpha_s: Vec<f64>,
    /// Contribution of each flavour, element by element, in pb, `[n_flavour, n]`.
    pub(super) parts: Vec<f64>,
    /// Points that the cuts or the map removed.
    pub(super) n_cut: u64,
}

/// Memory of one thread.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) points: Points,
    pub(super) work: MatrixElementWorkspace,
    pub(super) me2: Vec<f64>,
    mask: Vec<bool>,
}

thread_local! {
    /// Reused from batch to batch; holds no result.
    pub(super) static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Block {
    /// Dimensions of the hypercube of every channel.
    pub(super) fn n_dim(&self) -> usize {
        self.space.n_dim() + usize::from(self.mirror) + usize::from(self.helicities.drawn)
    }

    /// Contributions of all flavours at the points of a batch.
    ///
    /// `u` is `[n_dim, n]`. Afterwards `scratch.points` holds the whole batch.
    pub(super) fn survivors(
        &self,
        shared: &CrossSection,
        channel: usize,
        u: &[f64],
        n: usize,
        scratch: &mut Scratch,
    ) -> Survivors {
        let n_space = self.space.n_dim();
        self.space
            .forward(channel, &u[..n_space * n], n, &mut scratch.points);
        let from_beam_2 = |k: usize| self.mirror && u[n_space * n + k] >= 0.5;
        // Leg 0 of beam 2: the whole event turned by pi about the x axis, so
        // that the same coordinates stand for the same transverse momenta and,
        // up to the sign, rapidities in the laboratory.
        for k in (0..n).filter(|&k| from_beam_2(k)) {
            let points = &mut scratch.points;
            std::mem::swap(&mut points.x1[k], &mut points.x2[k]);
        }
        let points = &scratch.points;
        let mut lab = points.momenta.clone();
        if self.mirror {
            for leg in 0..lab.n_ext {
                for mu in [2, 3] {
                    let row = lab.component_mut(leg, mu);
                    for (k, p) in row.iter_mut().enumerate() {
                        if from_beam_2(k) {
                            *p = -*p;
                        }
                    }
                }
            }
        }
        boost_z(&mut lab, &self.space.frame_rapidity(points));

        // Points that some flavour can use, by orientation.
        let mut passes = vec![vec![false; n]; self.variants.len()];
        scratch.mask.resize(n, false);
        for (variant, passes) in self.variants.iter().zip(&mut passes) {
            variant.mask(&lab, &mut scratch.mask);
            for k in 0..n {
                passes[k] = scratch.mask[k] && points.det[k] > 0.0;
            }
        }
        let mut index: Vec<usize> = (0..n).filter(|&k| passes.iter().any(|p| p[k])).collect();
        let n_cut = (n - index.len()) as u64;
        index.sort_by_key(|&k| from_beam_2(k));
        let n_direct = index.iter().filter(|&&k| !from_beam_2(k)).count();
        let m = index.len();
        let partonic = points.momenta.select(&index);
        let lab = lab.select(&index);
        let pick = |row: &[f64]| -> Vec<f64> { index.iter().map(|&k| row[k]).collect() };
        let (x1, x2) = (pick(&points.x1), pick(&points.x2));
        let helicity = match self.helicities.drawn {
            true => pick(&u[(self.n_dim() - 1) * n..]),
            false => vec![],
        };
        let (det, s_hat) = (pick(&points.det), pick(&points.s_hat));

        let (mut mu_r, mut mu_f) = (vec![0.0; m], vec![0.0; m]);
        shared.mu_r.evaluate(&lab, 2, &mut mu_r);
        shared.mu_f.evaluate(&lab, 2, &mut mu_f);
        let mut alpha_s = vec![0.0; m];
        shared.alpha_s.at_batch(&mu_r, &mut alpha_s);
        let q2: Vec<f64> = mu_f.iter().map(|mu| mu * mu).collect();

        // Densities of the partons of leg 0 and leg 1, [n_parton, m].
        let sides = self.densities(shared, &x1, &x2, &q2, n_direct);

        let n_flavour: usize = self.elements.iter().map(|e| e.flavours.len()).sum();
        let mut parts = vec![0.0; n_flavour * m];
        let factor: Vec<f64> = (0..m)
            .map(|k| {
                let both = if self.mirror { 2.0 } else { 1.0 };
                let [a, b] = [self.masses[0], self.masses[1]].map(|mass| mass * mass);
                let s = s_hat[k];
                // 2 sqrt(lambda(s, m1^2, m2^2)) = 4 sqrt((p1.p2)^2 - m1^2 m2^2)
                let flux = 2.0 * ((s - a - b) * (s - a - b) - 4.0 * a * b).sqrt();
                both * det[k] * GEV2_TO_PB / (flux * x1[k] * x2[k])
            })
            .collect();
        scratch.me2.resize(m, 0.0);
        let mut row = 0;
        for element in &self.elements {
            let (work, out) = (&mut scratch.work, &mut scratch.me2[..m]);
            element.me2(&partonic, &helicity, &alpha_s, work, out);
            for flavour in &element.flavours {
                let out = &mut parts[row * m..(row + 1) * m];
                let [f0, f1] = [0, 1].map(|leg| &sides[leg][flavour.rows[leg] * m..][..m]);
                let passes = &passes[flavour.variant];
                for k in 0..m {
                    let weight = flavour.orientation[usize::from(k >= n_direct)];
                    if passes[index[k]] {
                        out[k] = weight * f0[k] * f1[k] * scratch.me2[k] * factor[k];
                    }
                }
                row += 1;
            }
        }
        Survivors {
            index,
            n_direct,
            partonic,
            lab,
            helicity,
            x: [x1, x2],
            mu_f,
            alpha_s,
            parts,
            n_cut,
        }
    }

    /// `xf` of the partons of both legs; the first `n_direct` points have leg 0
    /// from beam 1.
    fn densities(
        &self,
        shared: &CrossSection,
        x1: &[f64],
        x2: &[f64],
        q2: &[f64],
        n_direct: usize,
    ) -> [Vec<f64>; 2] {
        let m = q2.len();
        [0, 1].map(|leg| {
            let partons = &self.partons[leg];
            let mut all = vec![0.0; partons.len() * m];
            for (range, turned) in [(0..n_direct, false), (n_direct..m, true)] {
                let beam = if turned { 1 - leg } else { leg };
                let x = if beam == 0 { x1 } else { x2 };
                let mut out = vec![0.0; partons.len() * range.len()];
                shared.luminosity.xf(
                    beam,
                    &x[range.clone()],
                    &q2[range.clone()],
                    partons,
                    &mut out,
                );
                for p in 0..partons.len() {
                    all[p * m..(p + 1) * m][range.clone()]
                        .copy_from_slice(&out[p * range.len()..(p + 1) * range.len()]);
                }
            }
            all
        })
    }
}
