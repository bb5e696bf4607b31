//! The two colliding beams: particles and energies.
//!
//! Knows names and PDG ids of beam particles; knows no parton density and no model.

use std::fmt;
use std::str::FromStr;

use super::BeamError;
use crate::elementary::Elementary;
use crate::suggest::did_you_mean;

/// A particle that is accelerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BeamParticle {
    /// `p`
    Proton,
    /// `p~`
    Antiproton,
    /// The particle with this PDG id, with all of its momentum.
    Elementary(i32),
}

const PARTICLES: [(BeamParticle, &str); 6] = [
    (BeamParticle::Proton, "p"),
    (BeamParticle::Antiproton, "p~"),
    (BeamParticle::Elementary(11), "e-"),
    (BeamParticle::Elementary(-11), "e+"),
    (BeamParticle::Elementary(13), "mu-"),
    (BeamParticle::Elementary(-13), "mu+"),
];

impl BeamParticle {
    /// The names that every model has.
    pub(crate) fn names() -> [&'static str; 6] {
        PARTICLES.map(|row| row.1)
    }

    /// PDG id.
    pub fn pdg(self) -> i32 {
        match self {
            Self::Proton => 2212,
            Self::Antiproton => -2212,
            Self::Elementary(pdg) => pdg,
        }
    }

    /// Whether partons are drawn from it with a PDF.
    pub(crate) fn is_hadron(self) -> bool {
        matches!(self, Self::Proton | Self::Antiproton)
    }
}

impl fmt::Display for BeamParticle {
    /// Its name, where every model has that, or its PDG id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match PARTICLES.iter().find(|row| row.0 == *self) {
            Some(row) => f.write_str(row.1),
            None => write!(f, "{}", self.pdg()),
        }
    }
}

impl FromStr for BeamParticle {
    type Err = BeamError;

    /// One of the names that every model has.
    fn from_str(name: &str) -> Result<Self, BeamError> {
        match PARTICLES.iter().find(|row| row.1 == name.trim()) {
            Some(row) => Ok(row.0),
            None => Err(BeamError::UnknownBeam {
                name: name.to_owned(),
                hint: did_you_mean(name.trim(), Self::names()),
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
    /// Beams with energies in GeV.
    ///
    /// # Errors
    /// [`BeamError::BadEnergy`].
    pub fn new(particles: [BeamParticle; 2], energies: [f64; 2]) -> Result<Self, BeamError> {
        for (k, &energy) in energies.iter().enumerate() {
            if !(energy.is_finite() && energy > 0.0) {
                return Err(BeamError::BadEnergy {
                    beam: k + 1,
                    energy,
                });
            }
        }
        Ok(Self {
            particles,
            energies,
        })
    }

    /// Collision energy in the centre-of-mass frame, in GeV.
    pub fn sqrt_s(&self) -> f64 {
        2.0 * (self.energies[0] * self.energies[1]).sqrt()
    }

    /// Rapidity of the centre of mass in the laboratory.
    pub fn rapidity(&self) -> f64 {
        0.5 * (self.energies[0] / self.energies[1]).ln_same()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_antiparticles_have_opposite_ids() {
        for (particle, name) in PARTICLES {
            assert_eq!(name.parse::<BeamParticle>().unwrap(), particle);
            assert_eq!(particle.to_string(), name);
            assert!(PARTICLES.iter().any(|row| row.0.pdg() == -particle.pdg()));
        }
        assert_eq!(BeamParticle::Elementary(-24).to_string(), "-24");
    }

    #[test]
    fn an_unknown_beam_gets_a_suggestion() {
        let error = "mu".parse::<BeamParticle>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown beam particle 'mu'; did you mean 'mu+' or 'mu-'?; known: p, p~ and the particles of the model"
        );
    }

    #[test]
    fn energies_give_the_invariant_mass_and_the_boost() {
        let lhc = BeamSetup::new([BeamParticle::Proton; 2], [6500.0, 6500.0]).unwrap();
        assert_eq!((lhc.sqrt_s(), lhc.rapidity()), (13000.0, 0.0));
        let particles = [BeamParticle::Elementary(-11), BeamParticle::Proton];
        let hera = BeamSetup::new(particles, [27.5, 920.0]).unwrap();
        assert!((hera.sqrt_s() - 318.119).abs() < 1e-3);
        assert!(hera.rapidity() < 0.0);
        let error = BeamSetup::new([BeamParticle::Proton; 2], [6500.0, -1.0]).unwrap_err();
        assert_eq!(
            error,
            BeamError::BadEnergy {
                beam: 2,
                energy: -1.0
            }
        );
    }
}
