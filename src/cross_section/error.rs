//! Why a cross section could not be set up.

use crate::amplitude::AmplitudeError;
use crate::beam::BeamError;
use crate::clustering::ClusteringError;
use crate::cuts::CutError;
use crate::diagram::DiagramError;
use crate::integrand::ChannelKey;
use crate::phasespace::PhaseSpaceError;
use crate::process::ProcessError;
use crate::singular::SingularError;

/// Why a cross section could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrossSectionError {
    /// The diagrams of the model.
    #[error(transparent)]
    Diagram(#[from] DiagramError),
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
    /// The scale from clustering.
    #[error(transparent)]
    Clustering(#[from] ClusteringError),
    /// The cross section is infinite.
    #[error(transparent)]
    Singular(#[from] SingularError),
    /// The cuts leave nothing for one kind of final state.
    #[error("{}", cuts_exclude(process, cut.as_ref()))]
    CutsExclude {
        /// A subprocess of that kind.
        process: String,
        /// A cut that no event of it passes, and why.
        cut: Option<(String, String)>,
    },
    /// Products of amplitudes that vanish at every point.
    #[error(
        "'{process}': the products of amplitudes within the limits on squared orders add up to zero \
         at every point, as colours or helicities forbid their interference; leave out the limits, or \
         ask for other orders"
    )]
    NoInterference {
        /// A subprocess.
        process: String,
    },
    /// A decay has no beams whose jets a shower could merge.
    #[error(
        "[merging]: found the decay '{process}', expected processes of two incoming particles; leave out the section"
    )]
    MergedDecay {
        /// The decay.
        process: String,
    },
    /// Jets are to be made of fewer quarks than have no mass.
    #[error(
        "merging.maxjetflavor: found {found}, expected at least {expected}: so many quarks of the model have no mass"
    )]
    JetFlavours {
        /// As asked for.
        found: u32,
        /// Quarks without mass.
        expected: u32,
    },
    /// The phase space.
    #[error("'{process}': {source}")]
    PhaseSpace {
        /// A subprocess with these masses.
        process: String,
        /// What is wrong.
        source: PhaseSpaceError,
    },
    /// The energy of the beams is not enough.
    #[error("'{process}': {source}; beams.energies has the energy of each beam in GeV")]
    BelowThreshold {
        /// A subprocess with these masses.
        process: String,
        /// Energy and threshold.
        source: PhaseSpaceError,
    },
    /// Too much of the cross section is where the PDF set has no grid.
    #[error(transparent)]
    OutsideGrid(Box<BeyondGrid>),
    /// The setup was called off.
    #[error("the setup was interrupted")]
    Cancelled,
    /// A list of channels that was stored names one that is not there.
    #[error(
        "'{process}': none of {n_channels} channels has the stored key {key}: masses, widths, cuts, beams or the phase space are others than when it was stored"
    )]
    StoredChannel {
        /// A subprocess of the group.
        process: String,
        /// The key.
        key: ChannelKey,
        /// Channels of the group here.
        n_channels: usize,
    },
    /// A list of channels that was stored is empty.
    #[error("'{process}': the stored list of channels is empty")]
    StoredChannels {
        /// A subprocess of the group.
        process: String,
    },
    /// Choices that were stored are those of other groups.
    #[error(
        "{found} groups of subprocesses, but the stored choices are those of {stored}: the process is another one"
    )]
    StoredGroups {
        /// Groups here.
        found: usize,
        /// Groups of the stored choices.
        stored: usize,
    },
    /// The windows of declared resonances leave nothing.
    #[error(
        "'{process}': masses within run.bw_cutoff widths of the resonances leave no room for their products: it is closed (run.bw_cutoff = inf lets resonances be as far off shell as they like)"
    )]
    Closed {
        /// A subprocess.
        process: String,
    },
    /// A declared resonance has no width.
    #[error(
        "'{process}': the width of '{particle}' is 0, and a decay chain needs it: give one in the parameter card or in model.set, or write the products without the resonance"
    )]
    NoWidth {
        /// A subprocess.
        process: String,
        /// The resonance.
        particle: String,
    },
    /// A beam that cannot be polarised.
    #[error("beams.polarisation: beam {beam} is '{particle}': {reason}")]
    BeamPolarisation {
        /// 1 or 2.
        beam: usize,
        /// Its particle.
        particle: String,
        /// Why it cannot.
        reason: &'static str,
    },
    /// Legs of a frame that the process does not have.
    #[error(
        "run.me_frame names leg {leg}, but '{process}' has {n_legs} legs, counted from 1 with the \
         incoming ones"
    )]
    HelicityFrame {
        /// A subprocess.
        process: String,
        /// The leg.
        leg: u32,
        /// How many there are.
        n_legs: usize,
    },
    /// A massless leg has no rest frame.
    #[error(
        "run.me_frame names leg {leg} of '{process}' alone, which is massless: it has no rest frame"
    )]
    NoRestFrame {
        /// A subprocess.
        process: String,
        /// The leg.
        leg: u32,
    },
    /// Decays have no beams.
    #[error(
        "'{process}' has one incoming particle: cross sections need two (its partial width is given by 'omnis integrate')"
    )]
    Decay {
        /// The subprocess.
        process: String,
    },
    /// Collisions need beams.
    #[error(
        "'{process}' has two incoming particles, whose beams stand in a card: without one it takes one particle that decays"
    )]
    NoBeams {
        /// The subprocess.
        process: String,
    },
    /// Partial widths are those of one particle.
    #[error("'{one}' and '{other}' decay: widths of two particles are not added up")]
    SeveralDecay {
        /// One particle.
        one: String,
        /// Another one.
        other: String,
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

/// A cross section of which too much is where the PDF set has no grid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{share} of the cross section is outside the grid of PDF set '{set}' ({found}), which has \
     x from {x_min:e} to {x_max} and mu_f from {mu_f_min} to {mu_f_max} GeV; expected at most \
     1 %: take another set (beams.pdf){keys}"
)]
pub struct BeyondGrid {
    /// Name of the set.
    pub set: String,
    /// The share, with its error.
    pub share: String,
    /// The sides of the grid, each with its share.
    pub found: String,
    /// Smallest x of the grid.
    pub x_min: f64,
    /// Largest x of the grid.
    pub x_max: f64,
    /// Smallest scale of the grid in GeV.
    pub mu_f_min: f64,
    /// Largest scale of the grid in GeV.
    pub mu_f_max: f64,
    /// What else in a card helps, with a comma before it.
    pub keys: String,
}

/// Why no point passes.
fn cuts_exclude(process: &str, cut: Option<&(String, String)>) -> String {
    match cut {
        Some((text, why)) => format!("no event of '{process}' passes the cut '{text}': {why}"),
        None => {
            format!("the cuts contradict each other for '{process}': no point can pass all of them")
        }
    }
}
