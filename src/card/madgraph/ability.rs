//! What MadGraph's cards may ask for and omnis cannot do yet: one row for each, and one
//! place to switch it on.
//!
//! Knows names and reasons; the readers and writers of this folder ask here.

/// Something that a card of MadGraph can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ability {
    /// `p p > t t~, t > w+ b`.
    DecayChains,
    /// Cuts that spare the products of decay chains (`cut_decays = F`) where both occur.
    CutDecays,
    /// `$ z`.
    OnShellVeto,
    /// `QCD^2==2`, `aS=2`, `aEW=2`.
    SquaredOrders,
    /// `w+{0}`.
    PolarisedLegs,
    /// `z a | w+ w-` between the arrows.
    JointAlternatives,
    /// `@1 QED<=4` after a decay chain.
    OverallOrders,
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
    /// A MadSpin card.
    MadSpin,
    /// `DECAY x auto`.
    AutoWidths,
    /// `time_of_flight`.
    TimeOfFlight,
    /// `bias_module`.
    Bias,
}

use Ability as A;

/// The ability, its name in reports, whether omnis has it, and what is said if not.
const TABLE: [(Ability, &str, bool, &str); 19] = [
    (
        A::DecayChains,
        "decay_chains",
        false,
        "decay chains are not supported yet",
    ),
    (
        A::CutDecays,
        "cut_decays",
        false,
        "cuts cannot yet spare the products of decays where such particles occur beside them",
    ),
    (
        A::OnShellVeto,
        "on_shell_veto",
        false,
        "the on-shell veto '$' is not supported yet",
    ),
    (
        A::SquaredOrders,
        "squared_orders",
        false,
        "limits on squared orders are not supported yet",
    ),
    (
        A::PolarisedLegs,
        "polarised_legs",
        false,
        "polarised legs are not supported yet",
    ),
    (
        A::JointAlternatives,
        "joint_alternatives",
        false,
        "alternatives of several resonances are not supported yet",
    ),
    (
        A::OverallOrders,
        "overall_orders",
        false,
        "limits on the orders of production and decays together are not supported yet",
    ),
    (
        A::ClusteringScale,
        "clustering_scale",
        false,
        "the scale from clustering is not supported yet; the card has the default of omnis instead",
    ),
    (
        A::TwoFactorisationScales,
        "two_factorisation_scales",
        false,
        "both beams have the same factorisation scale in omnis",
    ),
    (
        A::Merging,
        "merging",
        false,
        "merging is not supported yet: no reweighting of alpha_s and parton densities",
    ),
    (
        A::MergingCuts,
        "merging_cuts",
        false,
        "cuts on merging scales are not supported yet",
    ),
    (
        A::OppositeHemispheres,
        "opposite_hemispheres",
        false,
        "that the two hardest jets lie in opposite hemispheres cannot be said yet",
    ),
    (
        A::PhotonIsolation,
        "photon_isolation",
        false,
        "the isolation cone of photons is not supported yet; their transverse momentum is cut",
    ),
    (
        A::CentreOfMassEnergy,
        "centre_of_mass_energy",
        false,
        "energies in the partonic centre-of-mass frame cannot be cut on yet",
    ),
    (
        A::RemovedWindow,
        "removed_window",
        false,
        "the minimum is above the maximum, which removes a window; that cannot be said yet",
    ),
    (
        A::MadSpin,
        "madspin",
        false,
        "decays of a MadSpin card become decay chains, which are not supported yet",
    ),
    (
        A::AutoWidths,
        "auto_widths",
        false,
        "widths are not computed yet: give a number in GeV",
    ),
    (
        A::TimeOfFlight,
        "time_of_flight",
        false,
        "times of flight are not written yet",
    ),
    (
        A::Bias,
        "bias",
        false,
        "biased events are not supported yet",
    ),
];

impl Ability {
    fn row(self) -> &'static (Ability, &'static str, bool, &'static str) {
        (TABLE.iter().find(|row| row.0 == self)).expect("every ability has a row")
    }

    /// Whether omnis can do it.
    pub(crate) fn is_there(self) -> bool {
        self.row().2
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Why it is not taken over.
    pub fn reason(self) -> &'static str {
        self.row().3
    }
}
