//! Why a subprocess cannot be clustered.
//!
//! Knows limits; knows no diagram.

/// Why there is no clustering of a subprocess.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClusteringError {
    /// One incoming particle.
    #[error(
        "scale 'clustering': '{process}' has one incoming particle, and beams are needed; \
         expected a number in GeV or a quantity such as 'half_transverse_mass'"
    )]
    OneIncoming {
        /// The subprocess.
        process: String,
    },
    /// More legs than the tables hold.
    #[error(
        "scale 'clustering': '{process}' has {found} legs, expected at most {limit}; take a \
         number in GeV or a quantity such as 'half_transverse_mass'"
    )]
    Legs {
        /// The subprocess.
        process: String,
        /// Its legs.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// All diagrams have a vertex of four legs or more.
    #[error(
        "scale 'clustering': no diagram of '{process}' has vertices of three legs alone, along \
         which pairs could be joined; take a number in GeV or a quantity such as \
         'half_transverse_mass'"
    )]
    NoCubicDiagram {
        /// The subprocess.
        process: String,
    },
    /// More diagrams than the tables hold.
    #[error(
        "scale 'clustering': '{process}' has {found} diagrams, expected at most {limit}; take a \
         number in GeV or a quantity such as 'half_transverse_mass'"
    )]
    Diagrams {
        /// The subprocess.
        process: String,
        /// Diagrams with vertices of three legs.
        found: u64,
        /// The limit.
        limit: u64,
    },
}
