//! Which map suits which line of a topology.
//!
//! Knows lines, masses and limits; knows no point.

use super::bounds::Limits;
use super::initial::{Initial, Kind};
use super::invariant::{InvariantMap, Power, Resonance, Threshold};
use super::rambo::Diet;
use super::t_channel::Exchange;
use super::tree::{Node, Split, Tree};

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
    let off_peak = knee > m2 || m2 <= initial.lo;
    if m2 > 0.0 && (on_shell || !off_peak) {
        return InvariantMap::Resonance(Resonance {
            m2,
            m_width: m2.sqrt() * width,
        });
    }
    let shift = if initial.lo == 0.0 {
        -BEND * initial.s
    } else if m2 < 0.9 * initial.lo {
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
    let resonance = InvariantMap::Resonance(Resonance {
        m2,
        m_width: line.mass * line.map_width(),
    });
    if on_shell {
        resonance
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
