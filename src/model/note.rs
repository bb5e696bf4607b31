//! What one should know of a model: sentences, with fields for programs.
//!
//! Knows names; knows no model.

use std::fmt;

use serde::Serialize;

/// What a note says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoteKind {
    /// The formulas for partial widths cannot be read.
    PartialWidthsUnread,
    /// The charge of a particle is no multiple of a third.
    FractionalCharge,
    /// A coupling order that couplings name and the model does not define.
    UndefinedOrder,
    /// Goldstone bosons that are known by their codes alone.
    UnmarkedGoldstone,
    /// Couplings that depend on the strong coupling, and not by a power of it.
    MixedStrongPower,
    /// A width was computed since it was `auto`.
    ComputedWidth,
    /// A particle has a propagator of its own.
    OwnPropagator,
    /// A particle does not propagate.
    NotPropagating,
    /// A particle has a negative mass.
    NegativeMass,
    /// A particle has spin 3/2 or 2.
    HigherSpin,
    /// A particle is a colour sextet.
    Sextet,
    /// A fermion is its own antiparticle.
    Majorana,
    /// A value of the parameter card differs from that of the model, which is used.
    CardValueUnused,
    /// Blocks of the parameter card that the model does not know.
    CardBlocksIgnored,
    /// A setting of what a restriction has fixed.
    SettingWithoutEffect,
    /// A vertex that cannot be computed.
    Unsupported,
    /// A vertex does not conserve the electric charge.
    ChargeNotConserved,
    /// The colours of a vertex make no singlet.
    NoColourSinglet,
    /// A vertex has no hermitian conjugate, or is not its own.
    NotHermitian,
    /// The formula for a partial width does not agree with the vertices.
    PartialWidthDiffers,
    /// A squared matrix element differs between unitary and Feynman gauge.
    GaugesDiffer,
    /// What Feynman gauge needs of the model is wrong.
    NoFeynmanGauge,
}

/// A sentence on a model or a parameter card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelNote {
    /// What it says.
    pub kind: NoteKind,
    /// The particle, parameter, coupling, vertex, decay or block that it is about; several
    /// with commas between them.
    pub name: String,
    /// The file, relative to the model where it is one of the model, if known.
    pub file: Option<String>,
    /// The line in it, from 1, if known.
    pub line: Option<usize>,
    /// The sentence.
    pub text: String,
}

impl ModelNote {
    /// A note without a place.
    pub(crate) fn new(kind: NoteKind, name: impl Into<String>, text: String) -> Self {
        Self {
            kind,
            name: name.into(),
            file: None,
            line: None,
            text,
        }
    }

    /// The same with its place; line 0 is the file as a whole.
    pub(crate) fn at(mut self, file: impl Into<String>, line: usize) -> Self {
        self.file = Some(file.into());
        self.line = (line > 0).then_some(line);
        self
    }

    /// The sentences.
    pub fn texts(notes: &[Self]) -> Vec<String> {
        notes.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for ModelNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
