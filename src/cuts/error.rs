//! Why cuts were refused.

/// Why cuts were refused; columns are counted from 1 in characters of the cut.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CutError {
    /// The text does not follow the syntax.
    #[error("cut '{cut}', column {column}: found {found}, expected {expected}")]
    Syntax {
        /// The whole cut.
        cut: String,
        /// Where.
        column: usize,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
    },
    /// No observable of that name.
    #[error("cut '{cut}', column {column}: unknown observable '{name}'{hint}")]
    UnknownObservable {
        /// The whole cut.
        cut: String,
        /// Where.
        column: usize,
        /// The name.
        name: String,
        /// The nearest valid name, or all of them.
        hint: String,
    },
    /// No particle or multiparticle label of that name.
    #[error("cut '{cut}', column {column}: unknown particle or group '{name}'{hint}")]
    UnknownGroup {
        /// The whole cut.
        cut: String,
        /// Where.
        column: usize,
        /// The name.
        name: String,
        /// The nearest valid name, if there is one.
        hint: String,
    },
    /// An observable with too few or too many groups.
    #[error("cut '{cut}', column {column}: {observable} takes {takes}, found {found}")]
    WrongNumberOfGroups {
        /// The whole cut.
        cut: String,
        /// Where.
        column: usize,
        /// The observable.
        observable: &'static str,
        /// What it takes.
        takes: &'static str,
        /// Number of groups found.
        found: usize,
    },
    /// A quantity that is never negative compared with a negative number.
    #[error("cut '{cut}': {observable} is never negative, but is compared with {value}")]
    NegativeThreshold {
        /// The whole cut.
        cut: String,
        /// The observable as compared.
        observable: String,
        /// The number.
        value: f64,
    },
    /// No value of the observable passes.
    #[error("cut '{cut}' can never be fulfilled: {reason}")]
    NeverTrue {
        /// The whole cut.
        cut: String,
        /// Why not.
        reason: String,
    },
    /// Two cuts that no value of their common observable passes.
    #[error("cuts '{first}' and '{second}' exclude each other")]
    Contradiction {
        /// One cut.
        first: String,
        /// The other.
        second: String,
    },
    /// A group without a particle in any final state.
    #[error("cut '{cut}': '{group}' matches no final-state particle of the process{hint}")]
    NoMatch {
        /// The whole cut.
        cut: String,
        /// The group, or what the observable is made of.
        group: String,
        /// What is possible instead, or nothing.
        hint: &'static str,
    },
    /// A bias that cannot be used.
    #[error("run.bias {0}")]
    Bias(String),
    /// An expression of observables that is none, or means nothing.
    #[error("{0}")]
    Quantity(String),
    /// No final state has enough distinct particles.
    #[error("cut '{cut}': no subprocess has enough distinct particles for it")]
    NoCombination {
        /// The whole cut.
        cut: String,
    },
}

impl CutError {
    /// The cut as it was given, of two the first; none of a bias or a histogram.
    pub(crate) fn cut(&self) -> Option<&str> {
        match self {
            Self::Syntax { cut, .. }
            | Self::UnknownObservable { cut, .. }
            | Self::UnknownGroup { cut, .. }
            | Self::WrongNumberOfGroups { cut, .. }
            | Self::NegativeThreshold { cut, .. }
            | Self::NeverTrue { cut, .. }
            | Self::Contradiction { first: cut, .. }
            | Self::NoMatch { cut, .. }
            | Self::NoCombination { cut } => Some(cut),
            Self::Bias(_) | Self::Quantity(_) => None,
        }
    }
}
