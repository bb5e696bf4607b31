//! Why the diagrams of a model cannot be tabulated.
//!
//! Knows the limits of the tables; knows no process.

/// What a model has more of than the recursion can keep apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiagramError {
    /// More coupling orders than can be tracked.
    #[error(
        "{found} coupling orders of the model are named by processes or limited; at most {limit} \
         can be told apart"
    )]
    TooManyOrders {
        /// Orders in the model.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A coupling of a higher power than can be tracked.
    #[error(
        "coupling '{coupling}' of vertex '{vertex}' has power {found} of a coupling order; at most \
         {limit} can be tracked in a vertex of so many legs"
    )]
    LargePower {
        /// Its name in the model.
        coupling: String,
        /// A vertex that has it.
        vertex: String,
        /// The power.
        found: u8,
        /// The limit.
        limit: u8,
    },
    /// A vertex of more legs than are supported.
    #[error("vertex '{vertex}' of the model has {found} legs; at most {limit} are supported")]
    VertexLegs {
        /// Its name in the model.
        vertex: String,
        /// Its legs.
        found: usize,
        /// The limit.
        limit: usize,
    },
}
