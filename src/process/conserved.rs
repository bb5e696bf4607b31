//! Additive quantum numbers that every vertex of a model conserves.
//!
//! Found as the null space of the vertices, so that flavour, lepton and baryon
//! numbers and the electric charge come out where the model has them. Knows
//! vertices; knows no process.

use num_rational::Ratio;

use crate::model::{Model, ParticleId};

/// An independent set of conserved numbers.
pub(crate) struct Conserved {
    /// For each particle its value of each number.
    values: Vec<Vec<i64>>,
}

type Row = Vec<Ratio<i64>>;

impl Conserved {
    /// Solves `sum over the particles of each vertex = 0`.
    pub fn new(model: &Model) -> Self {
        // One unknown for each particle with a distinct antiparticle.
        let mut unknown = vec![None; model.particles.len()];
        let mut n = 0;
        for id in model.ids() {
            if id < model.anti(id) {
                unknown[index(id)] = Some((n, 1));
                unknown[index(model.anti(id))] = Some((n, -1));
                n += 1;
            }
        }
        let mut reduced: Vec<(usize, Row)> = Vec::new();
        for vertex in &model.vertices {
            let mut row: Row = vec![Ratio::from(0); n];
            for &p in &vertex.particles {
                if let Some((k, sign)) = unknown[index(p)] {
                    row[k] += sign;
                }
            }
            insert(&mut reduced, row);
        }
        let numbers: Vec<Vec<i64>> = (0..n)
            .filter(|k| !reduced.iter().any(|(pivot, _)| pivot == k))
            .map(|free| solution(&reduced, free, n))
            .collect();
        let values = model
            .ids()
            .map(|id| {
                numbers
                    .iter()
                    .map(|q| unknown[index(id)].map_or(0, |(k, sign)| sign * q[k]))
                    .collect()
            })
            .collect();
        Self { values }
    }

    /// The sums over some particles.
    pub fn sum(&self, particles: &[ParticleId]) -> Vec<i64> {
        let n = self.values.first().map_or(0, Vec::len);
        (0..n)
            .map(|k| particles.iter().map(|&p| self.values[index(p)][k]).sum())
            .collect()
    }
}

fn index(id: ParticleId) -> usize {
    usize::from(id.0)
}

/// Adds a row to a system in reduced echelon form.
fn insert(reduced: &mut Vec<(usize, Row)>, mut row: Row) {
    for (pivot, old) in reduced.iter() {
        subtract(&mut row, old, *pivot);
    }
    let Some(pivot) = row.iter().position(|x| *x != Ratio::from(0)) else {
        return;
    };
    let lead = row[pivot];
    row.iter_mut().for_each(|x| *x /= lead);
    for (_, old) in reduced.iter_mut() {
        subtract(old, &row, pivot);
    }
    reduced.push((pivot, row));
}

fn subtract(row: &mut Row, by: &Row, pivot: usize) {
    let factor = row[pivot];
    if factor != Ratio::from(0) {
        for k in 0..row.len() {
            row[k] -= factor * by[k];
        }
    }
}

/// The solution with the free unknown `free` at its least integer, other free ones zero.
fn solution(reduced: &[(usize, Row)], free: usize, n: usize) -> Vec<i64> {
    let mut x: Row = vec![Ratio::from(0); n];
    x[free] = Ratio::from(1);
    for (pivot, row) in reduced {
        x[*pivot] = -row[free];
    }
    let common = x.iter().fold(1_i64, |lcm, r| {
        let (mut a, mut b) = (lcm, *r.denom());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        lcm / a * r.denom()
    });
    x.iter().map(|r| (r * common).to_integer()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_model::standard_model;
    use super::*;

    #[test]
    fn every_vertex_conserves_every_number() {
        let model = standard_model();
        let conserved = Conserved::new(&model);
        for vertex in &model.vertices {
            assert!(conserved.sum(&vertex.particles).iter().all(|&q| q == 0));
        }
    }

    #[test]
    fn the_standard_model_has_charge_and_three_generations_of_two_numbers() {
        // Electric charge, three lepton numbers, three quark numbers (no mixing).
        let model = standard_model();
        let conserved = Conserved::new(&model);
        assert_eq!(conserved.sum(&[]).len(), 7);
        let sum = |names: &[&str]| {
            let ids: Vec<_> = names.iter().map(|n| model.by_name(n).unwrap()).collect();
            conserved.sum(&ids)
        };
        assert_eq!(sum(&["u", "d~"]), sum(&["e+", "ve"]));
        assert_ne!(sum(&["u", "d~"]), sum(&["e+", "vm"]));
        assert_ne!(sum(&["u", "s~"]), sum(&["w+"]));
        assert_ne!(sum(&["u", "u~"]), sum(&["w+"]));
    }
}
