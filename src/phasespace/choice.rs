//! Which map suits which line of a topology.
//!
//! Knows lines, masses and limits; knows no point.

use super::bounds::Limits;
use super::initial::{Initial, Kind};
use super::invariant::{InvariantMap, Power, Resonance, Threshold};
use super::rambo::Diet;
use super::t_channel::Exchange;
use super::tree::{Node, Split, Tree};

/// Half-widths from the pole at which a resonance is told from its tail.
const NEAR: f64 = 10.0;

/// Where `s_hat` may vanish, its density is flat below this part of the energy of
/// the beams squared.
pub(super) const BEND: f64 = 1e-12;

/// Map of `s_hat`: falls steeply, as parton luminosities do.
pub(super) fn total_map(
    node: Option<&Node>,
    nominal: &[f64],
    on_shell: bool,
    initial: &Initial,
) -> InvariantMap {
    let line = node.and_then(|n| n.line);
    let (m2, width, nu) = line.map_or((0.0, 0.0, 1.5), |l| (l.mass * l.mass, l.map_width(), 2.0));
    let knee = node.map_or(0.0, |_| nominal[0] * nominal[0]);
    let m_width = m2.sqrt() * width;
    // Far above the pole its shape is a power.
    let near = initial.lo - m2 < NEAR * m_width;
    let open = knee <= m2.max(initial.lo) * (1.0 + 1e-6);
    if m2 > 0.0 && (on_shell || near && open) {
        return InvariantMap::Resonance(Resonance { m2, m_width });
    }
    let shift = if initial.lo == 0.0 {
        -BEND * initial.s
    } else if m2 < initial.lo {
        m2
    } else {
        0.0
    };
    above(knee, initial.lo, Power { nu, shift })
}

/// Map of a system inside the final state.
pub(super) fn system_map(
    node: &Node,
    nominal: f64,
    on_shell: bool,
    limits: &Limits,
    initial: &Initial,
) -> InvariantMap {
    let lo = limits.s_min[node.set as usize];
    let knee = nominal * nominal;
    let soft = if limits.pt2 > 0.0 {
        limits.pt2
    } else {
        1e-6 * initial.hi
    };
    let power = |nu: f64, soft: f64| Power {
        nu,
        shift: if lo > 0.0 { 0.0 } else { -soft },
    };
    let Some(line) = node.line else {
        let plain = match node.split {
            // What is left of an exchange ladder: rapidities are flat.
            Some(Split::Exchange(..)) => Power {
                nu: 1.0,
                shift: (lo - soft).min(0.0),
            },
            // A splitting that the topology does not tell: flat.
            _ if knee > lo * (1.0 + 1e-6) => power(0.0, soft),
            _ => {
                return InvariantMap::Diet(Diet {
                    k: node.set.count_ones() - 1,
                });
            }
        };
        return above(knee, lo, plain);
    };
    let m2 = line.mass * line.mass;
    if m2 == 0.0 {
        return above(knee, lo, power(1.0, 0.1 * soft));
    }
    let m_width = line.mass * line.map_width();
    let resonance = InvariantMap::Resonance(Resonance { m2, m_width });
    let far = lo - m2 > NEAR * m_width;
    if on_shell || line.is_tail(limits) && !far {
        resonance
    } else if line.is_tail(limits) {
        // Cuts keep it far above its pole: a power, which leaves room for what
        // makes up for the propagator at high energies.
        above(knee, lo, Power { nu: 1.5, shift: m2 })
    } else if m2 <= lo * (1.0 + 1e-9) {
        // Radiation off a stable leg: the pole sits at the edge of the range.
        let gap = lo - m2;
        let reg = (0.1 * line.mass * soft.sqrt() - gap)
            .max(1e-4 * m2 - gap)
            .max(0.0);
        above(
            knee,
            lo,
            Power {
                nu: 1.0,
                shift: m2.min(lo) - reg,
            },
        )
    } else if knee > m2 {
        above(knee, lo, power(1.0, soft))
    } else {
        resonance
    }
}

fn above(knee: f64, lo: f64, power: Power) -> InvariantMap {
    if knee > lo * (1.0 + 1e-6) {
        InvariantMap::Threshold(Threshold { knee, above: power })
    } else {
        InvariantMap::Power(power)
    }
}

/// Map of a system that two massless things from the beams make: its cross section falls
/// like `1/s`, and so does what the beams emit.
pub(super) fn middle_map(node: &Node, nominal: f64, limits: &Limits, s: f64) -> InvariantMap {
    let lo = limits.s_min[node.set as usize];
    let legs = (0..limits.masses.len()).filter(|k| node.set >> k & 1 == 1);
    let pt: f64 = legs.map(|k| limits.pt_min[k]).sum();
    // Cuts on transverse momenta bound the mass softly, since the system has some itself.
    let soft = if pt > 0.0 { 0.5 * pt * pt } else { 1e-6 * s };
    let shift = if lo > soft { 0.0 } else { lo - soft };
    above(nominal * nominal, lo, Power { nu: 2.0, shift })
}

/// Map of a momentum transfer. Massless exchanges are logarithmic and
/// regulated by the cuts, or by a small part of the invariant that scatters, unless
/// they are `bounded`: masses or cuts of this leg keep them away from 0.
pub(super) fn exchange_map(mass: f64, limits: &Limits, bounded: bool) -> Exchange {
    if mass > 0.0 {
        return Exchange {
            m2: mass * mass,
            reg: 0.0,
            reg_s: 0.0,
            nu: 1.3,
        };
    }
    let (reg, reg_s) = if bounded {
        (0.0, 0.0)
    } else if limits.pt2 > 0.0 {
        (0.25 * limits.pt2, 0.0)
    } else {
        (0.0, 1e-5)
    };
    Exchange {
        m2: 0.0,
        reg,
        reg_s,
        nu: 1.0,
    }
}

/// Largest rapidities of two parts of the final state where their energies are fixed and
/// the frame of the beams is that of the laboratory, or moves as is known.
pub(super) fn rapidity_walls(
    tree: &Tree,
    parts: [usize; 2],
    limits: &Limits,
    initial: &Initial,
) -> [f64; 2] {
    let still = initial.boost == 0.0 && initial.m2[0] == initial.m2[1];
    let known = initial.kind == Kind::Fixed && (still || initial.boost_is_known());
    parts.map(|at| match tree.nodes[at].split {
        None if known => limits.y_max_of(tree.nodes[at].set) + initial.boost.abs(),
        _ => f64::INFINITY,
    })
}

/// Whether masses keep the exchange that takes a leg off the final state from 0: a beam with
/// mass becomes that leg, which is not lighter, and something else is made.
pub(super) fn keeps_away(
    tree: &Tree,
    parts: [usize; 2],
    limits: &Limits,
    initial: &Initial,
) -> bool {
    let heavy = |k: usize| {
        let node = &tree.nodes[parts[k]];
        let m2 = limits.s_min[node.set as usize];
        node.split.is_none() && initial.m2[k] > 0.0 && m2 >= initial.m2[k]
    };
    initial.kind == Kind::Fixed && limits.masses.len() > 2 && (heavy(0) || heavy(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phasespace::mapping::{Mapping, law};
    use crate::phasespace::tree::{Line, Tree};
    use crate::phasespace::{BeamSetup, Bounds};

    const MASS: f64 = 80.4;
    const WIDTH: f64 = 2.08;

    /// Variance over squared mean of the weights of a resonance times `s^-fall`.
    fn relative_variance(map: &InvariantMap, lo: f64, hi: f64, fall: i32) -> f64 {
        let f = |s: f64| {
            let off = s - MASS * MASS;
            s.powi(-fall) / (off * off + MASS * MASS * WIDTH * WIDTH)
        };
        let n = 20_000;
        let (mut sum, mut sum2) = (0.0, 0.0);
        for k in 0..n {
            let (s, det) = map.forward((f64::from(k) + 0.5) / f64::from(n), lo, hi);
            let w = f(s) * det;
            sum += w / f64::from(n);
            sum2 += w * w / f64::from(n);
        }
        sum2 / (sum * sum) - 1.0
    }

    #[test]
    fn resonances_are_followed_wherever_a_window_lies() {
        let beams = BeamSetup {
            e1: 6500.0,
            e2: 6500.0,
            hadronic: [true; 2],
        };
        let line = |set| Line {
            set,
            t_channel: false,
            mass: MASS,
            width: WIDTH,
            source: 0,
        };
        // Pole below, at either edge, inside and above; narrow, and far away.
        for (lo, hi) in [
            (85.0, 90.0),
            (80.5, 90.0),
            (80.4, 81.0),
            (80.0, 80.4),
            (60.0, 79.0),
            (40.0, 50.0),
            (60.0, 100.0),
            (80.3, 80.300_01),
            (88.0, 88.000_01),
            (500.0, 510.0),
            (1000.0, 3000.0),
            (81.0, 13_000.0),
            (300.0, 13_000.0),
        ] {
            let (s_lo, s_hi): (f64, f64) = (lo * lo, hi * hi);
            let bounds = |set| Bounds {
                s_min: [(set, s_lo)].into(),
                s_max: [(set, s_hi)].into(),
                ..Bounds::default()
            };
            let check = |map: &InvariantMap, fall| {
                let found = relative_variance(map, s_lo, s_hi, fall);
                assert!(found < 1.0, "{lo} to {hi}: {found} with {map:?}");
                law::holds(map, s_lo, s_hi);
            };
            // The whole final state, which falls with a parton luminosity, and a
            // part of it.
            let limits = Limits::new(&[0.0; 2], 2, &bounds(0b1100));
            let tree = Tree::new(vec![line(0b11)], 2, 2, [0; 2]).unwrap();
            let mut initial = Initial::collision(&beams, [0.0; 2]).unwrap();
            (initial.lo, initial.hi) = (s_lo, s_hi);
            let nominal = tree.nominal(&limits, &[]);
            check(
                &total_map(Some(&tree.nodes[0]), &nominal, false, &initial),
                1,
            );
            let limits = Limits::new(&[0.0; 3], 2, &bounds(0b01100));
            let tree = Tree::new(vec![line(0b011)], 2, 3, [0; 2]).unwrap();
            let at = tree.nodes.iter().position(|n| n.set == 0b011).unwrap();
            initial.hi = initial.s;
            let nominal = tree.nominal(&limits, &[]);
            let map = system_map(&tree.nodes[at], nominal[at], false, &limits, &initial);
            check(&map, 0);
        }
    }
}
