//! Maps of one time-like invariant: resonance, power, power above a soft
//! threshold, and the flat map of RAMBO on diet.
//!
//! Knows masses and widths; knows no matrix element, PDF, cut or sampler.
//! Sources: hep-ph/9405257 and hep-ph/0206070 (Breit-Wigner and power maps);
//! 1308.2922 for the flat map.

use crate::elementary::Elementary;
use serde::Serialize;

use super::mapping::Mapping;
use super::rambo::Diet;

/// Half-widths `|s - m2| / (m width)` at which the Breit-Wigner core ends.
const CORE: f64 = 10.0;
/// `atan(CORE)`.
const CORE_ANGLE: f64 = 1.471_127_674_303_734_7;
/// Slope of the quarter-power tail that makes the density continuous at the
/// edge of the core: `4 CORE / (1 + CORE^2)`.
const TAIL: f64 = 4.0 * CORE / (1.0 + CORE * CORE);

/// Breit-Wigner core with a slowly falling tail.
///
/// In `x = (s - m2) / (m width)` the density is `1 / (1 + x^2)` up to `|x| = 10`
/// and goes on continuously as `|x|^(-5/4)`, so that a range that reaches far
/// from the peak, or misses it, stays well covered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Resonance {
    /// Squared mass in GeV^2.
    pub m2: f64,
    /// Mass times width in GeV^2, positive.
    pub m_width: f64,
}

impl Resonance {
    #[inline(always)]
    fn cumulative(x: f64) -> f64 {
        let a = x.abs();
        if a <= CORE {
            x.atan_same()
        } else {
            (CORE_ANGLE + TAIL * (1.0 - (CORE / a).sqrt().sqrt())).copysign(x)
        }
    }

    #[inline(always)]
    fn quantile(g: f64) -> f64 {
        let a = g.abs();
        if a <= CORE_ANGLE {
            g.tan_same()
        } else {
            let y = 1.0 - (a - CORE_ANGLE) / TAIL;
            let y2 = y * y;
            (CORE / (y2 * y2)).copysign(g)
        }
    }

    #[inline(always)]
    fn density(x: f64) -> f64 {
        let a = x.abs();
        if a <= CORE {
            1.0 / (1.0 + x * x)
        } else {
            let y = CORE / a;
            y * y.sqrt().sqrt() / (1.0 + CORE * CORE)
        }
    }
}

impl Mapping for Resonance {
    #[inline(always)]
    fn forward(&self, r: f64, lo: f64, hi: f64) -> (f64, f64) {
        let g_lo = Self::cumulative((lo - self.m2) / self.m_width);
        let g_hi = Self::cumulative((hi - self.m2) / self.m_width);
        let x = Self::quantile(g_lo + r * (g_hi - g_lo));
        let s = (self.m2 + self.m_width * x).clamp(lo, hi.max(lo));
        (s, self.m_width * (g_hi - g_lo) / Self::density(x))
    }

    #[inline(always)]
    fn inverse(&self, s: f64, lo: f64, hi: f64) -> (f64, f64) {
        let g_lo = Self::cumulative((lo - self.m2) / self.m_width);
        let g_hi = Self::cumulative((hi - self.m2) / self.m_width);
        let x = (s - self.m2) / self.m_width;
        (
            (Self::cumulative(x) - g_lo) / (g_hi - g_lo),
            Self::density(x) / (self.m_width * (g_hi - g_lo)),
        )
    }
}

/// Density proportional to `(s - shift)^(-nu)`, any real `nu`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Power {
    /// Exponent; 0 is flat, 1 logarithmic.
    pub nu: f64,
    /// Position of the pole in GeV^2, below the range (at its edge for `nu < 1`).
    pub shift: f64,
}

impl Mapping for Power {
    // Written with logarithms of ratios, so that a range that is narrow for
    // its distance from the pole loses no digits.
    #[inline(always)]
    fn forward(&self, r: f64, lo: f64, hi: f64) -> (f64, f64) {
        let range = hi - lo;
        if self.nu == 0.0 {
            return (lo + r * range, range);
        }
        let a = lo - self.shift;
        let e = 1.0 - self.nu;
        if a <= 0.0 {
            // The pole is at the edge: a pure power, integrable for nu < 1.
            let y = r.powf_same(1.0 / e);
            return (lo + range * y, range * y.powf_same(self.nu) / e);
        }
        let log = (range / a).ln_1p_same();
        let (step, factor) = if self.nu == 1.0 {
            (r * log, log)
        } else {
            let grown = (e * log).exp_m1_same();
            ((r * grown).ln_1p_same() / e, grown / e)
        };
        let rise = step.exp_m1_same();
        let weight = if self.nu == 1.0 {
            1.0 + rise
        } else {
            (self.nu * step).exp_same()
        };
        ((lo + a * rise).min(hi), a * factor * weight)
    }

    #[inline(always)]
    fn inverse(&self, s: f64, lo: f64, hi: f64) -> (f64, f64) {
        let range = hi - lo;
        if self.nu == 0.0 {
            return ((s - lo) / range, 1.0 / range);
        }
        let a = lo - self.shift;
        let e = 1.0 - self.nu;
        if a <= 0.0 {
            let y = (s - lo) / range;
            return (y.powf_same(e), e * y.powf_same(-self.nu) / range);
        }
        let log = (range / a).ln_1p_same();
        let step = ((s - lo) / a).ln_1p_same();
        let (r, factor) = if self.nu == 1.0 {
            (step / log, log)
        } else {
            let grown = (e * log).exp_m1_same();
            ((e * step).exp_m1_same() / grown, grown / e)
        };
        (r, (-self.nu * step).exp_same() / (a * factor))
    }
}

/// A power map above a soft threshold, with a small share of points below it.
///
/// The soft threshold is where resonances inside the system can all be on
/// shell; below it one of them is off shell, which is rare but allowed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Threshold {
    /// Soft threshold in GeV^2.
    pub knee: f64,
    /// Map above the threshold.
    pub above: Power,
}

/// Share of points below a soft threshold.
const BELOW: f64 = 0.05;
/// Rising density below a soft threshold.
const RISING: Power = Power {
    nu: -3.0,
    shift: 0.0,
};

impl Mapping for Threshold {
    #[inline(always)]
    fn forward(&self, r: f64, lo: f64, hi: f64) -> (f64, f64) {
        if self.knee <= lo {
            self.above.forward(r, lo, hi)
        } else if self.knee >= hi {
            RISING.forward(r, lo, hi)
        } else if r < BELOW {
            let (s, det) = RISING.forward(r / BELOW, lo, self.knee);
            (s, det / BELOW)
        } else {
            let (s, det) = self
                .above
                .forward((r - BELOW) / (1.0 - BELOW), self.knee, hi);
            (s, det / (1.0 - BELOW))
        }
    }

    #[inline(always)]
    fn inverse(&self, s: f64, lo: f64, hi: f64) -> (f64, f64) {
        if self.knee <= lo {
            self.above.inverse(s, lo, hi)
        } else if self.knee >= hi {
            RISING.inverse(s, lo, hi)
        } else if s < self.knee {
            let (r, det) = RISING.inverse(s, lo, self.knee);
            (r * BELOW, det * BELOW)
        } else {
            let (r, det) = self.above.inverse(s, self.knee, hi);
            (BELOW + r * (1.0 - BELOW), det * (1.0 - BELOW))
        }
    }
}

/// Any of the maps of an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) enum InvariantMap {
    /// Breit-Wigner with tails.
    Resonance(Resonance),
    /// Power law.
    Power(Power),
    /// Power law above a soft threshold.
    Threshold(Threshold),
    /// Flat in the phase space of massless particles.
    Diet(Diet),
}

impl Mapping for InvariantMap {
    #[inline(always)]
    fn forward(&self, r: f64, lo: f64, hi: f64) -> (f64, f64) {
        match self {
            Self::Resonance(m) => m.forward(r, lo, hi),
            Self::Power(m) => m.forward(r, lo, hi),
            Self::Threshold(m) => m.forward(r, lo, hi),
            Self::Diet(m) => m.forward(r, lo, hi),
        }
    }

    #[inline(always)]
    fn inverse(&self, x: f64, lo: f64, hi: f64) -> (f64, f64) {
        match self {
            Self::Resonance(m) => m.inverse(x, lo, hi),
            Self::Power(m) => m.inverse(x, lo, hi),
            Self::Threshold(m) => m.inverse(x, lo, hi),
            Self::Diet(m) => m.inverse(x, lo, hi),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phasespace::mapping::law;

    const Z: Resonance = Resonance {
        m2: 91.19 * 91.19,
        m_width: 91.19 * 2.44,
    };

    #[test]
    fn resonance_is_invertible_on_and_off_the_peak() {
        for (lo, hi) in [
            (100.0, 1e6),
            (0.0, 1e8),
            (8000.0, 9000.0),
            (1e4, 1e7),
            (10.0, 500.0),
            (5e5, 6e5),
        ] {
            law::holds(&Z, lo, hi);
        }
        let higgs = Resonance {
            m2: 15625.0,
            m_width: 125.0 * 0.004,
        };
        law::holds(&higgs, 10.0, 1e8);
    }

    #[test]
    fn resonance_keeps_most_points_on_the_peak_and_some_in_the_tails() {
        let inside = (0..1000)
            .map(|k| Z.forward((f64::from(k) + 0.5) / 1000.0, 100.0, 1e8).0)
            .filter(|s| (s.sqrt() - 91.19).abs() < 15.0)
            .count();
        assert!((700..950).contains(&inside), "{inside}");
    }

    #[test]
    fn power_is_invertible_for_any_exponent() {
        for nu in [0.0, 0.3, 1.0, 1.5, 2.0, -3.0] {
            law::holds(&Power { nu, shift: 0.0 }, 10.0, 1e5);
            law::holds(&Power { nu, shift: -100.0 }, 0.0, 1e5);
        }
        law::holds(
            &Power {
                nu: 0.5,
                shift: 0.0,
            },
            0.0,
            10.0,
        );
        let heavy = Power {
            nu: 1.3,
            shift: 29929.0,
        };
        law::holds(&heavy, 30000.0, 1e6);
        // Narrow for its distance from the pole.
        let far = Power {
            nu: 1.3,
            shift: -8281.0,
        };
        law::holds(&far, 0.0, 1e-8);
    }

    #[test]
    fn soft_threshold_is_invertible_wherever_it_lies() {
        for knee in [1.0, 500.0, 1e7] {
            let above = Power {
                nu: 1.5,
                shift: 0.0,
            };
            law::holds(&Threshold { knee, above }, 10.0, 1e5);
        }
    }

    #[test]
    fn flat_map_is_invertible() {
        for k in 1..8 {
            law::holds(&InvariantMap::Diet(Diet { k }), 4.0, 1e4);
        }
    }
}
