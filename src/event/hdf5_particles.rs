//! Particles as rows of LHEH5.
//!
//! Knows records; knows no file.

use super::record::Particle;

/// Names of the columns.
pub(super) const PARTICLES: [&str; 13] = [
    "id", "status", "mother1", "mother2", "color1", "color2", "px", "py", "pz", "e", "m",
    "lifetime", "spin",
];

/// The row of a particle.
pub(super) fn row_of(p: &Particle) -> [f64; 13] {
    let [e, px, py, pz] = p.p;
    let i = f64::from;
    [
        i(p.pdg),
        i(p.status),
        i(p.mothers[0]),
        i(p.mothers[1]),
        i(p.colours[0]),
        i(p.colours[1]),
        px,
        py,
        pz,
        e,
        p.mass,
        p.lifetime_mm,
        p.spin,
    ]
}

/// The particle of a row.
pub(super) fn particle(row: ndarray::ArrayView1<f64>) -> Particle {
    let i = |k: usize| row[k] as i32;
    Particle {
        pdg: i(0),
        status: i(1),
        mothers: [i(2), i(3)],
        colours: [i(4), i(5)],
        p: [row[9], row[6], row[7], row[8]],
        mass: row[10],
        lifetime_mm: row[11],
        spin: row[12],
    }
}
