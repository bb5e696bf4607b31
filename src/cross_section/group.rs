//! Subprocesses that share phase-space channels: one group, its matrix elements, and
//! the flavours that each of them serves.
//!
//! Knows what belongs together; how points go through it is known to
//! [`super::point_batch`].

use super::helicities::Helicities;
use super::on_shell_veto::OnShellVeto;
use super::point_batch::PointBatch;
use super::scale_set::ScaleSet;
use crate::amplitude::{
    HelicitySampling, MatrixElement, MatrixElementWorkspace, SquaredOrder, TChannelWidth,
};
use crate::cuts::{BoundBias, BoundCuts};
use crate::diagram::LegSet;
use crate::kinematics::MomentumBatch;
use crate::model::ParticleId;
use crate::phasespace::PhaseSpace;

/// External particles of one subprocess.
#[derive(Clone, Debug)]
pub(super) struct FlavourAssignment {
    pub(super) pdg: Vec<i32>,
    /// Rows of the incoming legs in [`SubprocessGroup::partons`].
    pub(super) rows: [usize; 2],
    /// Weight with leg 0 from beam 1, and with leg 0 from beam 2.
    pub(super) orientation: [f64; 2],
    /// For resonances that are too narrow for the matrix element.
    pub(super) factor: f64,
    /// Declared resonances: their legs and what they are.
    pub(super) decays: Vec<(LegSet, ParticleId)>,
    /// Index into [`SubprocessGroup::selections`].
    pub(super) selection: usize,
    /// Index into [`SubprocessGroup::biases`], if there are any.
    pub(super) bias: usize,
    /// Number of the contribution: index into the subprocesses of the cross section.
    pub(super) contribution: usize,
}

/// A matrix element with the flavours it serves.
pub(super) struct MatrixElementSlot {
    pub(super) me: MatrixElement,
    /// Where helicities are sampled: its configurations one by one.
    pub(super) sampled: Option<HelicitySampling>,
    pub(super) flavours: Vec<FlavourAssignment>,
    /// Time-like massive propagators of its diagrams.
    pub(super) resonances: Vec<(LegSet, ParticleId)>,
    /// Squared coupling orders.
    pub(super) squared_orders: Vec<SquaredOrder>,
    /// What `$ x` of the process takes away.
    pub(super) veto: Option<OnShellVeto>,
    /// Index into [`SubprocessGroup::scale_sets`].
    pub(super) scale_set: usize,
}

impl MatrixElementSlot {
    pub(super) fn new(
        me: MatrixElement,
        flavours: Vec<FlavourAssignment>,
        resonances: Vec<(LegSet, ParticleId)>,
    ) -> Self {
        Self {
            squared_orders: me.squared_orders(),
            sampled: None,
            me,
            flavours,
            resonances,
            veto: None,
            scale_set: 0,
        }
    }

    /// Power of the strong coupling in all of `|M|^2`; `None` if its parts differ.
    pub(super) fn strong_power(&self) -> Option<u32> {
        let first = self.squared_orders.first().map_or(0, |o| o.strong);
        let same = self.squared_orders.iter().all(|o| o.strong == first);
        same.then_some(first)
    }

    /// `me2`, or where helicities are sampled that of the configurations which
    /// `helicity` chooses, over their probability; `[n]`. With `alpha_s` in place of
    /// the model's, if given.
    pub(super) fn me2(
        &self,
        momenta: &MomentumBatch,
        helicity: &[f64],
        alpha_s: Option<&[f64]>,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let width = TChannelWidth::Off;
        match &self.sampled {
            None => self.me.me2(momenta, alpha_s, width, work, out),
            Some(sampled) => sampled.me2(momenta, helicity, alpha_s, width, work, out),
        }
    }

    /// The same by squared coupling order with the model's `alpha_s`, `[n_order, n]`.
    pub(super) fn me2_by_order(
        &self,
        momenta: &MomentumBatch,
        helicity: &[f64],
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let width = TChannelWidth::Off;
        match &self.sampled {
            None => self.me.me2_by_order(momenta, width, work, out),
            Some(sampled) => sampled.me2_by_order(momenta, helicity, width, work, out),
        }
    }

    /// Relative change of the sum over helicities when the momenta turn about the
    /// beam, `[n]`: a sampled configuration can be a small part without digits of its own.
    pub(super) fn relative_error(&self, batch: &mut PointBatch) -> Vec<f64> {
        let alpha_s = self.strong_power().is_none();
        let alpha_s = alpha_s.then(|| batch.alpha_s(self.scale_set).to_vec());
        let mut work = std::mem::take(&mut batch.work);
        let momenta = batch.element_momenta();
        let (me, width) = (&self.me, TChannelWidth::Off);
        let error = me.error_estimate(momenta, alpha_s.as_deref(), width, &mut work);
        batch.work = work;
        error
    }
}

/// Matrix elements with the same masses and spins leg by leg.
pub(super) struct SubprocessGroup {
    pub(super) name: String,
    /// Number of incoming legs: 2, or 1 for a decay.
    pub(super) n_in: usize,
    pub(super) space: PhaseSpace,
    pub(super) slots: Vec<MatrixElementSlot>,
    /// Cuts bound to the legs; flavours may differ in them.
    pub(super) selections: Vec<BoundCuts>,
    /// What events are made in proportion to besides the cross section, bound to the legs;
    /// none without a bias.
    pub(super) biases: Vec<BoundBias>,
    pub(super) masses: Vec<f64>,
    /// Whether a coordinate after those of phase space chooses the beam of leg 0.
    pub(super) beam_swap: bool,
    /// How helicities are treated: where sampled, a last coordinate chooses them.
    pub(super) helicities: Helicities,
    /// Spins of the legs, as `2 s + 1`.
    pub(super) spins: Vec<u8>,
    /// Scales; matrix elements that are clustered alike have the same.
    pub(super) scale_sets: Vec<ScaleSet>,
    /// Partons of leg 0 and leg 1; empty for a decay.
    pub(super) partons: [Vec<i32>; 2],
    /// The legs whose rest frame helicities refer to, where matrix elements are to be
    /// evaluated there.
    pub(super) helicity_frame: Option<LegSet>,
    /// Time of one point in ns, about.
    pub(super) cost_ns: f64,
}

impl SubprocessGroup {
    /// Dimensions of the hypercube of every channel.
    pub(super) fn n_dim(&self) -> usize {
        self.space.n_dim() + usize::from(self.beam_swap) + usize::from(self.helicities.sampled)
    }

    /// Whether weights may be negative.
    pub(super) fn is_signed(&self) -> bool {
        self.slots.iter().any(|slot| slot.me.is_selected())
    }

    /// Whether some matrix element has less than its square where a propagator is on shell.
    pub(super) fn has_vetoes(&self) -> bool {
        self.slots.iter().any(|slot| slot.veto.is_some())
    }

    /// Flavours with their matrix element, in the order of
    /// [`PointBatch::contributions`].
    pub(super) fn flavours(
        &self,
    ) -> impl Iterator<Item = (&MatrixElementSlot, &FlavourAssignment)> {
        self.slots
            .iter()
            .flat_map(|slot| slot.flavours.iter().map(move |f| (slot, f)))
    }

    /// Number of contributions.
    pub(super) fn n_contributions(&self) -> usize {
        self.slots.iter().map(|slot| slot.flavours.len()).sum()
    }
}
