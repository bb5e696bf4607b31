//! Which helicities an external leg may have.
//!
//! Knows helicities as event records do: twice the spin projection of fermions, the spin
//! projection of bosons; knows no frame.

use std::fmt;

use crate::model::Particle;

/// A set of the helicities -1, 0 and +1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Polarisation(u8);

const LEFT: u8 = 1;
const LONGITUDINAL: u8 = 2;
const RIGHT: u8 = 4;

impl Polarisation {
    /// All helicities: a leg that is not polarised.
    pub const ANY: Self = Self(LEFT | LONGITUDINAL | RIGHT);

    /// What stands in the braces of `w+{0}`: `0` longitudinal, `L` or `-` left-handed (-1),
    /// `R` or `+` right-handed (+1), `T` both of them; several letters are added up.
    /// `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let one = |letter: char| match letter {
            '0' => Some(LONGITUDINAL),
            'L' | 'l' | '-' => Some(LEFT),
            'R' | 'r' | '+' => Some(RIGHT),
            'T' | 't' => Some(LEFT | RIGHT),
            _ => None,
        };
        let bits = text.chars().map(one).collect::<Option<Vec<u8>>>()?;
        let bits = bits.into_iter().fold(0, |all, bit| all | bit);
        (bits != 0).then_some(Self(bits))
    }

    /// Whether nothing is excluded.
    pub fn is_any(self) -> bool {
        self == Self::ANY
    }

    /// Whether a helicity is allowed.
    pub fn allows(self, helicity: i8) -> bool {
        let bit = match helicity {
            ..0 => LEFT,
            0 => LONGITUDINAL,
            1.. => RIGHT,
        };
        self.0 & bit != 0
    }

    /// The helicities of a particle that are allowed. A scalar has none to choose from.
    pub fn helicities(self, particle: &Particle) -> Vec<i8> {
        let all = particle.helicities().iter().copied();
        all.filter(|&h| particle.spin == 1 || self.allows(h))
            .collect()
    }
}

impl fmt::Display for Polarisation {
    /// `{0}`, and nothing for a leg that is not polarised.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = match self.0 {
            LEFT => "L",
            LONGITUDINAL => "0",
            RIGHT => "R",
            bits if bits == LEFT | RIGHT => "T",
            bits if bits == LEFT | LONGITUDINAL => "0L",
            bits if bits == RIGHT | LONGITUDINAL => "0R",
            _ => return Ok(()),
        };
        write!(f, "{{{letters}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_added_up_and_written_again() {
        for (text, shown) in [
            ("0", "{0}"),
            ("T", "{T}"),
            ("L", "{L}"),
            ("-", "{L}"),
            ("+", "{R}"),
            ("LR", "{T}"),
            ("L0", "{0L}"),
            ("0+", "{0R}"),
            ("0T", ""),
        ] {
            assert_eq!(Polarisation::parse(text).unwrap().to_string(), shown);
        }
        for wrong in ["", "A", "0X", "2"] {
            assert_eq!(Polarisation::parse(wrong), None);
        }
        let left = Polarisation::parse("L").unwrap();
        assert!(left.allows(-1) && !left.allows(0) && !left.allows(1));
    }
}
