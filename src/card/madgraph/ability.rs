//! What MadGraph's cards may ask for and omnis cannot do yet, one row for each: with what
//! takes one over, its row goes.
//!
//! Knows names and reasons.

/// Something that a card of MadGraph can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ability {
    /// Cuts that spare the products of decay chains (`cut_decays = F`) where both occur.
    CutDecays,
    /// `$ z`.
    OnShellVeto,
    /// `QCD^2==2`, `aS=2`, `aEW=2` in a decay chain.
    SquaredOrders,
    /// `z a | w+ w-` between the arrows.
    JointAlternatives,
    /// `dynamical_scale_choice = -1`.
    ClusteringScale,
    /// Two factorisation scales.
    TwoFactorisationScales,
    /// `ickkw = 1`.
    Merging,
    /// `xqcut`, `ktdurham`, `ptlund`.
    MergingCuts,
    /// `xetamin`, `deltaeta`.
    OppositeHemispheres,
    /// `ptgmin` with its cone.
    PhotonIsolation,
    /// Energies in the partonic centre-of-mass frame.
    CentreOfMassEnergy,
    /// `mmll` above `mmllmax`: a window that is removed.
    RemovedWindow,
    /// `time_of_flight`.
    TimeOfFlight,
    /// `bias_module`.
    Bias,
}

impl Ability {
    /// Its name in reports, and why it is not taken over.
    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::CutDecays => (
                "cut_decays",
                "cuts cannot yet spare the products of decays where such particles occur beside them",
            ),
            Self::OnShellVeto => (
                "on_shell_veto",
                "the on-shell veto '$' is not supported yet",
            ),
            Self::SquaredOrders => (
                "squared_orders",
                "limits on squared orders are not supported in decay chains",
            ),
            Self::JointAlternatives => (
                "joint_alternatives",
                "alternatives of several resonances are not supported yet",
            ),
            Self::ClusteringScale => (
                "clustering_scale",
                "the scale from clustering is not supported yet; the card has the default of omnis instead",
            ),
            Self::TwoFactorisationScales => (
                "two_factorisation_scales",
                "both beams have the same factorisation scale in omnis",
            ),
            Self::Merging => (
                "merging",
                "merging is not supported yet: no reweighting of alpha_s and parton densities",
            ),
            Self::MergingCuts => (
                "merging_cuts",
                "cuts on merging scales are not supported yet",
            ),
            Self::OppositeHemispheres => (
                "opposite_hemispheres",
                "that the two hardest jets lie in opposite hemispheres cannot be said yet",
            ),
            Self::PhotonIsolation => (
                "photon_isolation",
                "the isolation cone of photons is not supported yet; their transverse momentum is cut",
            ),
            Self::CentreOfMassEnergy => (
                "centre_of_mass_energy",
                "energies in the partonic centre-of-mass frame cannot be cut on yet",
            ),
            Self::RemovedWindow => (
                "removed_window",
                "the minimum is above the maximum, which removes a window; that cannot be said yet",
            ),
            Self::TimeOfFlight => ("time_of_flight", "times of flight are not written yet"),
            Self::Bias => ("bias", "biased events are not supported yet"),
        }
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Why it is not taken over.
    pub fn reason(self) -> &'static str {
        self.row().1
    }
}
