//! What other programs must know of particles that are not in the PDG's list: blocks
//! `QNUMBERS` of SLHA files, with masses and widths.
//!
//! Knows particles and numbers. Source: Alwall et al., arXiv:0712.3311, section 2.

use std::fmt::Write as _;

use super::types::{Model, ParameterOrigin, Particle};

/// Whether a number is that of a particle which other programs know by themselves: of the
/// Standard Model, a fourth generation, heavier gauge and Higgs bosons, the graviton, and
/// partners in supersymmetry. The numbers between these are free for other particles.
fn is_known(pdg: i32) -> bool {
    let number = pdg.unsigned_abs();
    let is_partner = (1_000_000..3_000_000).contains(&number) && number % 1_000_000 < 100;
    is_partner || matches!(number, 1..=8 | 11..=18 | 21..=25 | 32..=37 | 39)
}

impl Model {
    /// Blocks `QNUMBERS` of all particles that other programs do not know, and masses and
    /// widths of those that no input of the model states; empty without any.
    pub fn quantum_numbers(&self) -> String {
        let mut text = String::new();
        let new = || {
            self.particles
                .iter()
                .filter(|p| p.pdg > 0 && !is_known(p.pdg))
        };
        for p in new() {
            let anti = self.particle(p.anti);
            let is_other = i32::from(anti.pdg != p.pdg);
            let _ = writeln!(
                text,
                "BLOCK QNUMBERS {} # {} {}\n    1 {} # 3 times electric charge\n    2 {} # spin \
                 states (2S+1)\n    3 {} # colour representation (1, 3, 6, 8)\n    4 {is_other} # \
                 0 if it is its own antiparticle",
                p.pdg,
                p.name,
                anti.name,
                p.charge_thirds,
                p.spin,
                p.colour.unsigned_abs(),
            );
        }
        let masses: Vec<&Particle> = new().filter(|p| !self.is_stated("MASS", p.pdg)).collect();
        if !masses.is_empty() {
            text.push_str("BLOCK MASS # derived\n");
        }
        for p in masses {
            let _ = writeln!(text, "{:>5} {:.8e} # {}", p.pdg, p.mass.abs(), p.name);
        }
        for p in new().filter(|p| !self.is_stated("DECAY", p.pdg)) {
            let _ = writeln!(text, "DECAY {:>5} {:.8e} # {}", p.pdg, p.width, p.name);
        }
        text
    }

    /// Whether the parameter card has an entry of a block for a particle.
    fn is_stated(&self, block: &str, pdg: i32) -> bool {
        self.parameters
            .iter()
            .any(|parameter| match &parameter.origin {
                ParameterOrigin::External { block: b, code } => {
                    b.eq_ignore_ascii_case(block) && code[..] == [pdg]
                }
                ParameterOrigin::Internal { slha, .. } => slha
                    .as_ref()
                    .is_some_and(|(b, code)| b.eq_ignore_ascii_case(block) && code[..] == [pdg]),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ModelSpec, ParticleId};

    #[test]
    fn numbers_that_mean_nothing_elsewhere_are_free() {
        let known = [5, 8, 11, 18, 21, 25, 32, 37, 39, 1_000_006, 2_000_015];
        assert!(known.iter().all(|&n| is_known(n) && is_known(-n)));
        let free = [9, 10, 19, 20, 26, 31, 38, 40, 1023, 9_000_001];
        assert!(!free.iter().any(|&n| is_known(n)));
    }

    #[test]
    fn new_particles_have_blocks_and_known_ones_have_none() {
        let mut model = Model::load(&ModelSpec::default()).unwrap();
        assert_eq!(model.quantum_numbers(), "");
        let (one, two) = (
            ParticleId(model.particles.len() as u16),
            ParticleId(model.particles.len() as u16 + 1),
        );
        let six = Particle {
            name: "six".to_owned(),
            pdg: 9_000_006,
            anti: two,
            spin: 1,
            colour: 6,
            charge_thirds: 4,
            mass: 500.0,
            width: 2.5,
            ..model.particles[0].clone()
        };
        let anti = Particle {
            name: "six~".to_owned(),
            pdg: -9_000_006,
            anti: one,
            colour: -6,
            charge_thirds: -4,
            ..six.clone()
        };
        model.particles.extend([six, anti]);
        let text = model.quantum_numbers();
        for line in [
            "BLOCK QNUMBERS 9000006 # six six~",
            "    1 4 # 3 times electric charge",
            "    2 1 # spin states (2S+1)",
            "    3 6 # colour representation (1, 3, 6, 8)",
            "    4 1 # 0 if it is its own antiparticle",
            "BLOCK MASS # derived",
            "9000006 5.00000000e2 # six",
            "DECAY 9000006 2.50000000e0 # six",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}: {text}");
        }
        assert_eq!(text.lines().count(), 8);
    }
}
