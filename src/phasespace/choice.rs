//! Which map suits which line of a topology.
//!
//! Knows lines, masses and limits; knows no point.

use super::bounds::Limits;
use super::initial::Initial;
use super::invariant::{InvariantMap, Power, Resonance, Threshold};
use super::rambo::Diet;
use super::t_channel::Exchange;
use super::tree::{Node, Split};

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

/// Map of a momentum transfer. Massless exchanges are logarithmic and
/// regulated by the cuts, or by a small part of the invariant that scatters.
pub(super) fn exchange_map(mass: f64, limits: &Limits) -> Exchange {
    if mass > 0.0 {
        return Exchange {
            m2: mass * mass,
            reg: 0.0,
            reg_s: 0.0,
            nu: 1.3,
        };
    }
    Exchange {
        m2: 0.0,
        reg: 0.25 * limits.pt2,
        reg_s: if limits.pt2 > 0.0 { 0.0 } else { 1e-5 },
        nu: 1.0,
    }
}
