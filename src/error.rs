//! Every error of a run, whatever module it comes from.
//!
//! Knows the errors of the modules; used by the rooms from `run` up, `cli` and
//! `main` alone.

use crate::amplitude::AmplitudeError;
use crate::beam::BeamError;
use crate::card::CardError;
use crate::cross_section::CrossSectionError;
use crate::cuts::CutError;
use crate::diagram::DiagramError;
use crate::event::EventError;
use crate::histogram::HistogramError;
use crate::integrate::IntegrateError;
use crate::jobs::{LibraryError, MergeError, ReweightError};
use crate::model::ModelError;
use crate::process::ProcessError;
use crate::singular::SingularError;
use crate::storage::StorageError;
use crate::weights::WeightError;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The card.
    #[error(transparent)]
    Card(#[from] CardError),
    /// What a card asks for.
    #[error("{place}: {source}")]
    InCard {
        /// The file of the card, and the line if that is known.
        place: String,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// The model or its parameters.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The diagrams of the model.
    #[error(transparent)]
    Diagram(#[from] DiagramError),
    /// A process line.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A matrix element.
    #[error(transparent)]
    Amplitude(#[from] AmplitudeError),
    /// Beams, parton densities, running coupling.
    #[error(transparent)]
    Beam(#[from] BeamError),
    /// Cuts.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// Beams, cuts and process together.
    #[error(transparent)]
    CrossSection(#[from] CrossSectionError),
    /// Integration or generation.
    #[error(transparent)]
    Integrate(#[from] IntegrateError),
    /// Event files.
    #[error(transparent)]
    Event(#[from] EventError),
    /// Gridpacks, checkpoints and other files.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Histograms.
    #[error(transparent)]
    Histogram(#[from] HistogramError),
    /// Alternative weights.
    #[error(transparent)]
    Weight(#[from] WeightError),
    /// Event files that cannot be one.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// Events that cannot get alternative weights.
    #[error(transparent)]
    Reweight(#[from] ReweightError),
    /// Events of a library.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The cross section is zero; each line is a reason.
    #[error("the cross section is zero: {}", reasons.join("; "))]
    Zero {
        /// What removes everything.
        reasons: Vec<String>,
    },
    /// No particle of this name.
    #[error("no particle '{name}' in the model '{model}'{hint}")]
    UnknownParticle {
        /// What was asked for.
        name: String,
        /// The model.
        model: String,
        /// A suggestion, or nothing.
        hint: String,
    },
    /// Particles that share the parameter of a width which is to be computed, but not the
    /// width.
    #[error(
        "parameter {parameter} = auto: {one}, {other}, and both have this parameter; expected a number"
    )]
    SharedWidth {
        /// The parameter.
        parameter: String,
        /// A particle with its width.
        one: String,
        /// Another with another width.
        other: String,
    },
    /// Momenta that cannot belong to the process.
    #[error("point {point}: {what}")]
    Momenta {
        /// Counted from 1.
        point: usize,
        /// What is wrong, with what was found and expected.
        what: String,
    },
    /// More than one subprocess where one is needed.
    #[error("'{line}' stands for {n} subprocesses ({examples}); name definite particles")]
    Ambiguous {
        /// The process line.
        line: String,
        /// Number of subprocesses.
        n: usize,
        /// Some of them.
        examples: String,
    },
}

impl Error {
    /// Whether the user's input is to blame (rather than the run).
    pub fn is_input(&self) -> bool {
        match self {
            Self::InCard { source, .. } => source.is_input(),
            Self::Storage(e) => e.is_input(),
            Self::Event(e) => e.is_input(),
            Self::Integrate(e) => e.is_input(),
            Self::Zero { .. } => false,
            _ => true,
        }
    }

    /// Whether the place of an output is taken by what may be replaced only on request.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Storage(e) if e.is_taken())
    }

    /// What makes the cross section infinite, if that is why.
    pub fn singular(&self) -> Option<&SingularError> {
        match self {
            Self::InCard { source, .. } => source.singular(),
            Self::CrossSection(CrossSectionError::Singular(e)) => Some(e),
            _ => None,
        }
    }

    /// Whether the run was interrupted.
    pub fn is_interruption(&self) -> bool {
        matches!(
            self,
            Self::Integrate(IntegrateError::Cancelled { .. })
                | Self::Process(ProcessError::Cancelled)
                | Self::CrossSection(
                    CrossSectionError::Cancelled
                        | CrossSectionError::Process(ProcessError::Cancelled)
                )
        )
    }
}
