//! The two colliding beams: particles and energies.
//!
//! Knows names and PDG ids of beam particles; knows no parton density.

use std::fmt;
use std::str::FromStr;

use super::BeamError;
use crate::suggest::did_you_mean;

/// A particle that can be accelerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BeamParticle {
    /// `p`
    Proton,
    /// `p~`
    Antiproton,
    /// `e-`
    Electron,
    /// `e+`
    Positron,
    /// `mu-`
    Muon,
    /// `mu+`
    Antimuon,
}

const PARTICLES: [(BeamParticle, &str, i32); 6] = [
    (BeamParticle::Proton, "p", 2212),
    (BeamParticle::Antiproton, "p~", -2212),
    (BeamParticle::Electron, "e-", 11),
    (BeamParticle::Positron, "e+", -11),
    (BeamParticle::Muon, "mu-", 13),
    (BeamParticle::Antimuon, "mu+", -13),
];

impl BeamParticle {
    fn row(self) -> (Self, &'static str, i32) {
        PARTICLES
            .into_iter()
            .find(|row| row.0 == self)
            .expect("every variant has a row")
    }

    /// Name, as it is parsed.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// PDG id.
    pub fn pdg(self) -> i32 {
        self.row().2
    }

    /// Whether partons are drawn from it with a PDF.
    pub(crate) fn is_hadron(self) -> bool {
        matches!(self, Self::Proton | Self::Antiproton)
    }
}

impl fmt::Display for BeamParticle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BeamParticle {
    type Err = BeamError;

    fn from_str(name: &str) -> Result<Self, BeamError> {
        let names = PARTICLES.map(|row| row.1);
        match PARTICLES.iter().find(|row| row.1 == name.trim()) {
            Some(row) => Ok(row.0),
            None => Err(BeamError::UnknownBeam {
                name: name.to_owned(),
                hint: did_you_mean(name.trim(), names),
                known: names.join(" "),
            }),
        }
    }
}

/// Two beams that meet head on, beam 1 along +z; masses are neglected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeamSetup {
    /// Particles of beam 1 and 2.
    pub particles: [BeamParticle; 2],
    /// Energies of beam 1 and 2, in GeV.
    pub energies: [f64; 2],
}

impl BeamSetup {
    /// Beams by name, with energies in GeV.
    ///
    /// # Errors
    /// [`BeamError::UnknownBeam`] and [`BeamError::BadEnergy`].
    pub fn new(names: [&str; 2], energies: [f64; 2]) -> Result<Self, BeamError> {
        for (k, &energy) in energies.iter().enumerate() {
            if !(energy.is_finite() && energy > 0.0) {
                return Err(BeamError::BadEnergy {
                    beam: k + 1,
                    energy,
                });
            }
        }
        Ok(Self {
            particles: [names[0].parse()?, names[1].parse()?],
            energies,
        })
    }

    /// Collision energy in the centre-of-mass frame, in GeV.
    pub fn sqrt_s(&self) -> f64 {
        2.0 * (self.energies[0] * self.energies[1]).sqrt()
    }

    /// Rapidity of the centre of mass in the laboratory.
    pub fn rapidity(&self) -> f64 {
        0.5 * (self.energies[0] / self.energies[1]).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_antiparticles_have_opposite_ids() {
        for (particle, name, pdg) in PARTICLES {
            assert_eq!(name.parse::<BeamParticle>().unwrap(), particle);
            assert_eq!(particle.to_string(), name);
            assert!(PARTICLES.iter().any(|row| row.2 == -pdg));
        }
    }

    #[test]
    fn an_unknown_beam_gets_a_suggestion() {
        let error = "mu".parse::<BeamParticle>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown beam particle 'mu'; did you mean 'mu-'?; known: p p~ e- e+ mu- mu+"
        );
    }

    #[test]
    fn energies_give_the_invariant_mass_and_the_boost() {
        let lhc = BeamSetup::new(["p", "p"], [6500.0, 6500.0]).unwrap();
        assert_eq!((lhc.sqrt_s(), lhc.rapidity()), (13000.0, 0.0));
        let hera = BeamSetup::new(["e+", "p"], [27.5, 920.0]).unwrap();
        assert!((hera.sqrt_s() - 318.119).abs() < 1e-3);
        assert!(hera.rapidity() < 0.0);
        let error = BeamSetup::new(["p", "p"], [6500.0, -1.0]).unwrap_err();
        assert_eq!(
            error,
            BeamError::BadEnergy {
                beam: 2,
                energy: -1.0
            }
        );
    }
}
