//! Why a cross section could not be set up.

use crate::amplitude::AmplitudeError;
use crate::beam::BeamError;
use crate::cuts::CutError;
use crate::phasespace::PhaseSpaceError;
use crate::process::ProcessError;

/// Why a cross section could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrossSectionError {
    /// The process line.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The amplitude.
    #[error(transparent)]
    Amplitude(#[from] AmplitudeError),
    /// The beams.
    #[error(transparent)]
    Beam(#[from] BeamError),
    /// The cuts.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// The cuts leave nothing for one kind of final state.
    #[error("the cuts contradict each other for '{process}': no point can pass all of them")]
    CutsExclude {
        /// A subprocess of that kind.
        process: String,
    },
    /// The phase space.
    #[error("'{process}': {source}")]
    PhaseSpace {
        /// A subprocess with these masses.
        process: String,
        /// What is wrong.
        source: PhaseSpaceError,
    },
    /// Decays have no beams.
    #[error(
        "'{process}' has one incoming particle: cross sections need two (its squared matrix element is given by 'omnis evaluate')"
    )]
    Decay {
        /// The subprocess.
        process: String,
    },
    /// The incoming particles are not in the beams.
    #[error(
        "'{process}' cannot happen in beams of {beams}: {found} of beam {beam} is not found in it; expected {expected}"
    )]
    NotInBeams {
        /// The subprocess.
        process: String,
        /// Both beams.
        beams: String,
        /// Number of the beam, from 1.
        beam: usize,
        /// The incoming particle.
        found: String,
        /// What the beam holds.
        expected: String,
    },
}
