//! Why a model could not be loaded.
//!
//! Knows names, numbers and files as fields of messages; decides nothing.

use std::path::PathBuf;

/// Why a model could not be loaded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No model of this name.
    #[error(
        "no model '{name}'{hint}; known: {known}, and directories of UFO models and JSON files of \
         ufo-model-loader, looked for in the working directory and along OMNIS_MODEL_PATH"
    )]
    UnknownModel {
        /// The name asked for.
        name: String,
        /// The models there are.
        known: String,
        /// A clause with a suggestion, or nothing.
        hint: String,
    },
    /// No restriction of this name.
    #[error(
        "model '{model}' has no restriction '{name}'{hint}; known: {known}, and several of them \
         joined by '_'"
    )]
    UnknownRestriction {
        /// The model.
        model: String,
        /// The name asked for.
        name: String,
        /// The restrictions there are.
        known: String,
        /// A clause with a suggestion, or nothing.
        hint: String,
    },
    /// A UFO model has no restriction of this name.
    #[error(
        "model '{model}' has no restriction '{name}' (no file {file}){hint}; known: {known}, and \
         'full' for none"
    )]
    UnknownRestrictionCard {
        /// The model.
        model: String,
        /// The name asked for.
        name: String,
        /// The file that it would be in.
        file: Box<str>,
        /// The restrictions there are.
        known: Box<str>,
        /// A clause with a suggestion, or nothing.
        hint: Box<str>,
    },
    /// A gauge that the model does not have.
    #[error(
        "the built-in model '{model}' has no Goldstone bosons; expected gauge 'unitary', or a UFO \
         directory that has them"
    )]
    Gauge {
        /// The model.
        model: String,
    },
    /// A UFO model that its author made for unitary gauge alone.
    #[error(
        "{}:{line}: '{text}': the vertices of this model are those of unitary gauge alone; expected \
         gauge 'unitary'", path.display()
    )]
    UnitaryAlone {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// A restriction of another model.
    #[error(
        "{}: found {unknown}, which the model '{model}' does not have, and not {missing}, where it has \
         inputs; expected a restriction of this model", path.display()
    )]
    ForeignRestriction {
        /// The file.
        path: PathBuf,
        /// The model.
        model: String,
        /// Its blocks that the model does not have.
        unknown: String,
        /// Blocks of the model that it lacks.
        missing: String,
    },
    /// A file of a UFO model that cannot be used, at a line.
    #[error("{}:{line}: {problem}: '{text}'", path.display())]
    Source {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: u32,
        /// The line.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A UFO model that cannot be read.
    #[error("cannot read the model {}: {problem}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// No scheme of this name.
    #[error("model '{model}' has no scheme '{name}'{hint}; known: {known}")]
    UnknownScheme {
        /// The model.
        model: String,
        /// The name asked for.
        name: String,
        /// The schemes there are, each with its inputs.
        known: String,
        /// A clause with a suggestion, or nothing.
        hint: String,
    },
    /// No parameter of this name.
    #[error("no model parameter '{name}'{hint}")]
    UnknownParameter {
        /// The name asked for.
        name: String,
        /// A clause with a suggestion, or nothing.
        hint: String,
    },
    /// The name fits several parameters when case is ignored.
    #[error("parameter '{name}' is ambiguous: {candidates}; write it in its exact case")]
    AmbiguousParameter {
        /// The name asked for.
        name: String,
        /// The parameters that it may mean.
        candidates: String,
    },
    /// A derived parameter cannot be set.
    #[error("parameter '{name}' is derived and cannot be set; it follows from {inputs}{scheme}")]
    DerivedParameter {
        /// The derived parameter.
        name: String,
        /// The inputs that it depends on.
        inputs: String,
        /// The scheme in which it is, and one in which it is an input; or nothing.
        scheme: String,
    },
    /// A value that a parameter cannot have.
    #[error("parameter {name} = {value}: {reason}")]
    BadValue {
        /// The parameter.
        name: String,
        /// The value refused.
        value: f64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A parameter that is set under two spellings.
    #[error("parameter '{name}' is set twice, in different case")]
    SetTwice {
        /// One of the spellings.
        name: String,
    },
    /// `auto` for something that is not computed.
    #[error("parameter {name} = auto: no width of a particle; expected a number")]
    NoWidth {
        /// The parameter.
        name: String,
    },
    /// An input in which amplitudes cannot be expanded.
    #[error("coefficient '{name}': {problem}")]
    Coefficient {
        /// The name asked for.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Widths that are still to be computed.
    #[error("widths to be computed first (auto): {names}")]
    OpenWidths {
        /// The parameters.
        names: String,
    },
    /// A parameter card gives a derived parameter another value than it has.
    #[error(transparent)]
    Contradiction(Box<Contradiction>),
    /// A derived number is not finite or not real.
    #[error("{name} = {expression} is {value} at these inputs ({inputs})")]
    BadDerived {
        /// The derived parameter or coupling.
        name: String,
        /// Its expression.
        expression: String,
        /// What came out.
        value: String,
        /// The inputs with their values.
        inputs: String,
    },
    /// An expression that is not one.
    #[error("{name} = {expression}: {problem}")]
    Expression {
        /// Parameter or coupling that the expression defines.
        name: String,
        /// The expression.
        expression: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Parameters that are defined by each other.
    #[error("parameters are defined by each other: {cycle}")]
    Cycle {
        /// The names along the cycle.
        cycle: String,
    },
    /// A model file that cannot be used.
    #[error("model file {file}: {problem}")]
    Data {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A parameter card that cannot be read.
    #[error("cannot read parameter card {}: {problem}", path.display())]
    CardUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// A line of a parameter card that is not SLHA.
    #[error("{}:{line}: {problem}: '{text}'", path.display())]
    CardLine {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// The line.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// A line of a parameter card that gives a derived parameter another value than it has.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{}:{line}: {entry} contradicts {name} = {value}, which follows from {inputs}{scheme}; \
     expected that value, or no such line",
    path.display()
)]
pub struct Contradiction {
    /// The file.
    pub path: PathBuf,
    /// Line number, from 1.
    pub line: usize,
    /// Block, code and value in the card.
    pub entry: String,
    /// The derived parameter.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// The inputs that it depends on.
    pub inputs: String,
    /// The scheme in which it is derived, and one in which it is an input; or nothing.
    pub scheme: String,
}
