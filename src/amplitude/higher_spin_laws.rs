//! Laws of wave functions and propagators of spins 3/2 and 2.
//!
//! Knows both; knows no process.

use super::graph::Kind;
use super::kernel::{direction, higher_wave};
use super::lorentz::{Tensor, expand};
use super::propagator::special;
use crate::kinematics::{FourVector, dot};
use crate::model::{Model, ModelSpec, Particle, ParticleId};
use num_complex::Complex64;

const MASS: f64 = 173.0;
const METRIC: [f64; 4] = [1.0, -1.0, -1.0, -1.0];

/// Sixteen components: four for each value of the first index.
type Components = [Complex64; 16];

fn momentum(mass: f64, p: [f64; 3]) -> FourVector {
    let energy = (mass * mass + p.iter().map(|x| x * x).sum::<f64>()).sqrt();
    [energy, p[0], p[1], p[2]]
}

/// In any direction, along and against the axis, and at rest.
fn momenta(mass: f64) -> Vec<FourVector> {
    let list = [
        [31.0, -52.0, 77.0],
        [-3.0, 8.0, -240.0],
        [0.0, 0.0, 55.0],
        [0.0, 0.0, -55.0],
    ];
    let all = list.map(|p| momentum(mass, p)).into_iter();
    all.chain((mass > 0.0).then(|| momentum(mass, [0.0; 3])))
        .collect()
}

fn wave(kind: Kind, mass: f64, p: FourVector, helicity: i8, outgoing: bool) -> Components {
    let rows = higher_wave::<f64>(direction(p), mass, helicity, kind, outgoing);
    std::array::from_fn(|k| Complex64::new(rows[k / 4][k % 4].re, rows[k / 4][k % 4].im))
}

/// Sum over helicities of two waves, `[16][16]`.
fn spin_sum(
    helicities: &[i8],
    one: impl Fn(i8) -> Components,
    other: impl Fn(i8) -> Components,
) -> Vec<Components> {
    let mut sum = vec![[Complex64::default(); 16]; 16];
    for &h in helicities {
        let (a, b) = (one(h), other(h));
        for (row, x) in sum.iter_mut().zip(a) {
            row.iter_mut().zip(b).for_each(|(s, y)| *s += x * y);
        }
    }
    sum
}

/// A tensor of two legs at a momentum that leaves at the first.
fn value(tensor: &Tensor, p: FourVector) -> Vec<Components> {
    let mut sum = vec![[Complex64::default(); 16]; 16];
    for ((components, monomial), c) in &tensor.terms {
        let product: f64 = monomial
            .iter()
            .map(|&(_, mu)| -p[usize::from(mu)])
            .product();
        sum[usize::from(components[0])][usize::from(components[1])] += c * product;
    }
    sum
}

fn model(spin: u8, mass: f64) -> (Model, ParticleId) {
    let mut model = Model::load(&ModelSpec::default()).unwrap();
    let id = ParticleId(model.particles.len() as u16);
    model.particles.push(Particle {
        name: "x".into(),
        pdg: 9_000_001,
        anti: id,
        spin,
        colour: 1,
        mass,
        width: 1.0,
        ..model.particles[0].clone()
    });
    (model, id)
}

fn numerator(spin: u8, mass: f64) -> Tensor {
    let (model, id) = model(spin, mass);
    let found = special(&model, id).unwrap().expect("of its own");
    assert_eq!(found.poles, [[mass, 1.0]]);
    found.numerator.expect("a tensor")
}

fn assert_close(a: &[Components], b: &[Components], what: &str) {
    let all = || a.as_flattened().iter().zip(b.as_flattened());
    let scale = all()
        .map(|(x, y)| x.norm().max(y.norm()))
        .fold(0.0, f64::max);
    assert!(scale > 0.0);
    let worst = all().map(|(x, y)| (x - y).norm()).fold(0.0, f64::max);
    assert!(worst < 1e-12 * scale, "{what}: {worst:e} of {scale:e}");
}

#[test]
fn spin_sums_are_the_numerators_of_propagators() {
    let n = numerator(4, MASS);
    for p in momenta(MASS) {
        let column = |outgoing| move |h| wave(Kind::VectorSpinor, MASS, p, h, outgoing);
        let row = |outgoing| move |h| wave(Kind::VectorBarred, MASS, p, h, outgoing);
        let all = [-3, -1, 1, 3];
        let particles = spin_sum(&all, column(false), row(true));
        assert_close(&particles, &value(&n, p), "particles");
        // The momentum along the arrow is minus that of an antiparticle.
        let antiparticles = spin_sum(&all, column(true), row(false));
        let back = value(&n, p.map(|x| -x));
        let back: Vec<Components> = back.iter().map(|row| row.map(|x| -x)).collect();
        assert_close(&antiparticles, &back, "antiparticles");
    }
    let n = numerator(5, MASS);
    for p in momenta(MASS) {
        let tensor = |outgoing| move |h| wave(Kind::Tensor, MASS, p, h, outgoing);
        let sum = spin_sum(&[-2, -1, 0, 1, 2], tensor(false), tensor(true));
        assert_close(&sum, &value(&n, p), "spin 2");
    }
}

#[test]
fn waves_are_transverse_and_have_no_trace() {
    let gamma = |mu: usize, i: usize, j: usize| {
        let t = expand("Gamma(3,2,1)", &[2, 2, 3]).unwrap().remove(0).1;
        let mut key = [0; super::lorentz::MAX_SLOTS];
        (key[0], key[1], key[2]) = (j as u8, i as u8, mu as u8);
        t.terms.get(&(key, vec![])).copied().unwrap_or_default()
    };
    for mass in [0.0, MASS] {
        for p in momenta(mass) {
            let lower: [f64; 4] = std::array::from_fn(|mu| METRIC[mu] * p[mu]);
            let small = 1e-12 * p[0] * p[0].max(1.0);
            for h in [-3_i8, -1, 1, 3]
                .into_iter()
                .filter(|h| mass > 0.0 || h.abs() == 3)
            {
                let psi = wave(Kind::VectorSpinor, mass, p, h, false);
                for s in 0..4 {
                    let along: Complex64 = (0..4).map(|mu| lower[mu] * psi[4 * mu + s]).sum();
                    let trace: Complex64 = (0..16)
                        .map(|k| METRIC[k / 4] * gamma(k / 4, s, k % 4) * psi[4 * (k / 4) + k % 4])
                        .sum();
                    assert!(along.norm() < small && trace.norm() < small, "{h} {p:?}");
                }
            }
            for h in [-2_i8, -1, 0, 1, 2]
                .into_iter()
                .filter(|h| mass > 0.0 || h.abs() == 2)
            {
                let e = wave(Kind::Tensor, mass, p, h, true);
                let trace: Complex64 = (0..4).map(|mu| METRIC[mu] * e[5 * mu]).sum();
                assert!(trace.norm() < small, "{h} {p:?}");
                for nu in 0..4 {
                    let along: Complex64 = (0..4).map(|mu| lower[mu] * e[4 * mu + nu]).sum();
                    assert!(along.norm() < small, "{h} {p:?}");
                    for mu in 0..4 {
                        assert_eq!(e[4 * mu + nu], e[4 * nu + mu], "symmetric");
                    }
                }
            }
        }
    }
}

/// Massless ones: what conserved currents exchange.
#[test]
fn massless_numerators_are_spin_sums_between_conserved_currents() {
    for p in momenta(0.0) {
        // Two vectors that the momentum is orthogonal to.
        let orthogonal = |v: FourVector| -> FourVector {
            let light = [p[0], -p[1], -p[2], -p[3]];
            let x = dot(v, p) / dot(light, p);
            std::array::from_fn(|mu| v[mu] - x * light[mu])
        };
        let a = orthogonal([0.3, 1.7, -0.4, 0.9]);
        let b = orthogonal([-1.1, 0.2, 0.8, 0.5]);
        let lowered =
            |v: FourVector| -> FourVector { std::array::from_fn(|mu| METRIC[mu] * v[mu]) };
        let (a, b) = (lowered(a), lowered(b));
        // Tensors a a and b b; vectors times fixed spinors.
        let spinor =
            [[0.3, 0.1], [-0.8, 0.4], [0.5, 0.9], [0.2, -0.7]].map(|[x, y]| Complex64::new(x, y));
        for spin in [4, 5] {
            let source = |v: FourVector| -> Components {
                std::array::from_fn(|k| match spin {
                    5 => Complex64::from(v[k / 4] * v[k % 4]),
                    _ => spinor[k % 4] * v[k / 4],
                })
            };
            let (one, other) = (source(a), source(b));
            let between = |m: &[Components]| -> Complex64 {
                (0..256)
                    .map(|k| one[k / 16].conj() * m[k / 16][k % 16] * other[k % 16])
                    .sum()
            };
            let (kinds, h) = match spin {
                5 => ([Kind::Tensor; 2], [-2, 2]),
                _ => ([Kind::VectorSpinor, Kind::VectorBarred], [-3, 3]),
            };
            let sum = spin_sum(
                &h,
                |h| wave(kinds[0], 0.0, p, h, false),
                |h| wave(kinds[1], 0.0, p, h, true),
            );
            let (x, y) = (between(&sum), between(&value(&numerator(spin, 0.0), p)));
            assert!((x - y).norm() < 1e-11 * x.norm(), "{spin}: {x} {y}");
        }
    }
}
