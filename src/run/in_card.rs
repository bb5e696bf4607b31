//! Errors about what a card asks for, said with the file that asks for it.
//!
//! Knows which key of a card an error is about; knows no text of a message.

use crate::beam::BeamError;
use crate::card::Card;
use crate::cross_section::CrossSectionError;
use crate::cuts::CutError;
use crate::error::Error;
use crate::process::ProcessError;

/// A key, written as `section.name`, and what stands there if it has several values.
type Subject<'a> = (&'a str, Option<&'a str>);

/// The file as a whole.
const CARD: Subject<'static> = ("", None);

impl Error {
    /// The error with the place in the card that it is about. What is not about the card has
    /// none: interruptions, other files, and what a flag asked for in the place of the card.
    pub(crate) fn in_card(self, card: &Card) -> Self {
        let is_of_card = !matches!(
            self,
            Self::Card(_)
                | Self::InCard { .. }
                | Self::Event(_)
                | Self::Storage(_)
                | Self::Integrate(_)
        );
        if !is_of_card || self.is_interruption() {
            return self;
        }
        let (key, value) = subject(&self);
        if key == PDF && value.is_some_and(|value| !card.has_value(key, value)) {
            return self;
        }
        match card.place(key, value) {
            None => self,
            Some(place) => Self::InCard {
                place,
                source: Box::new(self),
            },
        }
    }
}

/// The key that a flag may replace.
const PDF: &str = "beams.pdf";

fn subject(error: &Error) -> Subject<'_> {
    match error {
        Error::Process(e) => of_process(e),
        Error::Cut(e) => of_cut(e),
        Error::Beam(e) => of_beam(e),
        Error::CrossSection(e) => match e {
            CrossSectionError::Process(e) => of_process(e),
            CrossSectionError::Cut(e) => of_cut(e),
            CrossSectionError::Beam(e) => of_beam(e),
            CrossSectionError::CutsExclude {
                cut: Some((cut, _)),
                ..
            } => ("cuts.require", Some(cut)),
            CrossSectionError::BelowThreshold { .. } => ("beams.energies", None),
            CrossSectionError::BeamPolarisation { .. } => ("beams.polarisation", None),
            CrossSectionError::NotInBeams { .. } => ("beams.particles", None),
            CrossSectionError::JetFlavours { .. } => ("merging.maxjetflavor", None),
            CrossSectionError::HelicityFrame { .. } | CrossSectionError::NoRestFrame { .. } => {
                ("run.me_frame", None)
            }
            _ => CARD,
        },
        // Of histograms and weights, messages have the key.
        _ => CARD,
    }
}

fn of_process(error: &ProcessError) -> Subject<'_> {
    let line = match error {
        ProcessError::Label { .. } => return ("process.define", None),
        ProcessError::Syntax { line, .. }
        | ProcessError::Unsupported { line, .. }
        | ProcessError::UnknownParticle { line, .. }
        | ProcessError::UnknownOrder { line, .. }
        | ProcessError::NoDiagrams { line, .. }
        | ProcessError::Decay { process: line, .. }
        | ProcessError::TooMany { line, .. } => line,
        _ => return CARD,
    };
    ("process.generate", Some(line))
}

fn of_cut(error: &CutError) -> Subject<'_> {
    match error {
        CutError::Bias(_) => ("run.bias", None),
        CutError::Quantity(_) => CARD,
        other => ("cuts.require", other.cut()),
    }
}

fn of_beam(error: &BeamError) -> Subject<'_> {
    match error {
        BeamError::UnknownBeam { name, .. } => ("beams.particles", Some(name)),
        BeamError::BadEnergy { .. } => ("beams.energies", None),
        BeamError::UnknownSet { name, .. }
        | BeamError::NoSetName { name }
        | BeamError::TwoMembers { name, .. } => (PDF, Some(name)),
        BeamError::NoSuchMember { .. } => ("beams.member", None),
        BeamError::BadAlphaS { .. } => ("scales.alpha_s", None),
        BeamError::StrongScale { .. } => ("scales.mu_r", None),
        _ => CARD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::ProcessError;

    #[test]
    fn flags_and_interruptions_are_not_said_to_be_in_the_card() {
        let text = "process.generate = \"p p > e+ e-\"\nbeams.pdf = \"mine\"\n";
        let card = Card::from_str(text, "c.toml").unwrap();
        let unknown = |name: &str| {
            Error::from(BeamError::NoSetName { name: name.into() })
                .in_card(&card)
                .to_string()
        };
        assert!(unknown("mine").starts_with("c.toml, line 2: 'mine'"));
        assert!(unknown("of a flag").starts_with("'of a flag'"));
        let error = Error::from(ProcessError::Cancelled).in_card(&card);
        assert!(error.is_interruption());
        assert!(!matches!(error, Error::InCard { .. }));
    }
}
