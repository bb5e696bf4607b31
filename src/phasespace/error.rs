//! Why a phase space could not be built.

use crate::diagram::LegSet;
use crate::numbers::rounded_up;

/// Why a phase space could not be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PhaseSpaceError {
    /// The energy does not suffice for the final state within its cuts.
    #[error(
        "the energy {sqrt_s} GeV {} the threshold {} GeV that masses and cuts ask for{}",
        if sqrt_s == threshold { "is exactly" } else { "is below" },
        rounded_up(*threshold),
        if sqrt_s == threshold { ", where no phase space is left" } else { "" }
    )]
    BelowThreshold {
        /// Available energy in GeV.
        sqrt_s: f64,
        /// Smallest energy that masses and cuts allow, in GeV.
        threshold: f64,
    },
    /// No allowed value of an invariant: check masses and cuts.
    #[error("empty range for the invariant of legs {legs:?}: [{s_min}, {s_max}] GeV^2")]
    EmptyRange {
        /// Final legs of the invariant.
        legs: LegSet,
        /// Lower limit in GeV^2.
        s_min: f64,
        /// Upper limit in GeV^2.
        s_max: f64,
    },
    /// One or two incoming legs and at least one outgoing, at most 24 in all.
    #[error("cannot build a phase space for {n_in} incoming and {n_out} outgoing legs")]
    Legs {
        /// Incoming legs.
        n_in: usize,
        /// Outgoing legs.
        n_out: usize,
    },
    /// Two incoming legs need beams.
    #[error("a process with two incoming legs needs beams")]
    NoBeams,
    /// A beam energy is not a positive number, or below the mass of the beam particle.
    #[error("beam {beam} has energy {energy} GeV for a mass of {mass} GeV")]
    BeamEnergy {
        /// Beam, 1 or 2.
        beam: usize,
        /// Energy in GeV.
        energy: f64,
        /// Mass in GeV.
        mass: f64,
    },
    /// A mass is negative or not a number.
    #[error("the mass {mass} GeV of leg {leg} is not a non-negative number")]
    Mass {
        /// Leg, counted from 0.
        leg: usize,
        /// Mass in GeV.
        mass: f64,
    },
    /// A single particle out of two beams of fixed energy, or out of one particle.
    #[error(
        "one outgoing particle leaves no phase space unless a beam is hadronic and it has mass"
    )]
    NoFreedom,
    /// The propagators of a topology do not form a tree.
    #[error("the propagator with legs {legs:#b} does not fit into a tree with the others")]
    NotATree {
        /// Legs of the propagator.
        legs: LegSet,
    },
}
