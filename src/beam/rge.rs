//! `alpha_s` from the renormalisation group: one to four loops, MSbar, with
//! flavour thresholds.
//!
//! With `t = ln mu^2` and `y = 1/alpha_s` the equation is
//! `dy/dt = b0 + b1/y + b2/y^2 + b3/y^3`; it is solved once to rounding
//! accuracy on a fine grid in `t`, which lookups interpolate with the exact
//! slopes.
//!
//! Knows scales and numbers of flavours; knows no PDF. Sources: PDG review
//! "Quantum chromodynamics", eqs. (9.3) to (9.5); hep-ph/9701390 (beta
//! function), hep-ph/9706430 (matching).

use crate::elementary::Elementary;
use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::BeamError;

const ZETA_3: f64 = 1.202_056_903_159_594_2;
/// Distance of the tabulated points in `t`.
const NODE: f64 = 0.02;
/// Runge-Kutta steps between two points.
const STEPS_PER_NODE: usize = 4;
/// The solution is followed down to `alpha_s = 1/Y_MIN`.
const Y_MIN: f64 = 0.2;
/// The table ends at this scale in GeV; beyond it one loop is enough.
const MU_TOP: f64 = 1e10;
/// And begins here, if the Landau pole does not come first.
const MU_BOTTOM: f64 = 1e-3;

/// What defines a running coupling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunningAlphaS {
    /// Value at the reference scale.
    pub value: f64,
    /// Reference scale in GeV.
    pub at: f64,
    /// Loops of the beta function, 1 to 4.
    pub loops: u32,
    /// Scales in GeV where the charm, bottom and top quark join, increasing, at
    /// most three: there are three light flavours plus one per threshold below.
    pub thresholds: Vec<f64>,
}

/// The tabulated solution.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunningTable {
    /// By number of flavours, from 3 on.
    regions: Vec<Region>,
}

/// The solution with one number of flavours.
#[derive(Clone, Debug, PartialEq)]
struct Region {
    beta: Beta,
    t_min: f64,
    /// First tabulated `t`; above `t_min` only where the pole is in the way.
    t_first: f64,
    node: f64,
    y: Vec<f64>,
}

/// Coefficients of `dy/dt`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Beta {
    b: [f64; 4],
}

impl Beta {
    fn new(n_f: usize, loops: u32) -> Self {
        let n = n_f as f64;
        let all = [
            (33.0 - 2.0 * n) / (12.0 * PI),
            (153.0 - 19.0 * n) / (24.0 * PI.powi(2)),
            (2857.0 - 5033.0 / 9.0 * n + 325.0 / 27.0 * n * n) / (128.0 * PI.powi(3)),
            (149_753.0 / 6.0 + 3564.0 * ZETA_3
                - (1_078_361.0 / 162.0 + 6508.0 / 27.0 * ZETA_3) * n
                + (50_065.0 / 162.0 + 6472.0 / 81.0 * ZETA_3) * n * n
                + 1093.0 / 729.0 * n * n * n)
                / (256.0 * PI.powi(4)),
        ];
        let mut b = [0.0; 4];
        let used = loops as usize;
        b[..used].copy_from_slice(&all[..used]);
        Self { b }
    }

    #[inline]
    fn slope(&self, y: f64) -> f64 {
        let a = 1.0 / y;
        self.b[0] + a * (self.b[1] + a * (self.b[2] + a * self.b[3]))
    }

    /// `y` at `t + dt` by the classical Runge-Kutta method; `None` once the
    /// coupling is beyond any use.
    fn advance(&self, mut y: f64, dt: f64, steps: usize) -> Option<f64> {
        let h = dt / steps as f64;
        for _ in 0..steps {
            let k1 = self.slope(y);
            let k2 = self.slope(y + 0.5 * h * k1);
            let k3 = self.slope(y + 0.5 * h * k2);
            let k4 = self.slope(y + h * k3);
            y += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
            if y.is_nan() || y <= Y_MIN {
                return None;
            }
        }
        Some(y)
    }

    /// [`Beta::advance`] with steps as fine as in the table.
    fn advance_far(&self, y: f64, dt: f64) -> Option<f64> {
        let steps = STEPS_PER_NODE * (dt.abs() / NODE).ceil().max(1.0) as usize;
        self.advance(y, dt, steps)
    }
}

impl RunningAlphaS {
    fn check(&self) -> Result<(), BeamError> {
        let refuse = |what: String| Err(BeamError::BadAlphaS { what });
        if !(self.value > 0.0 && self.value < 1.0) {
            return refuse(format!("value must be between 0 and 1, not {}", self.value));
        }
        if !(self.at >= MU_BOTTOM && self.at <= MU_TOP) {
            return refuse(format!(
                "reference scale must be positive, not {} GeV",
                self.at
            ));
        }
        if !(1..=4).contains(&self.loops) {
            return refuse(format!("loops must be 1, 2, 3 or 4, not {}", self.loops));
        }
        let t = &self.thresholds;
        let in_range = t.iter().all(|m| *m > MU_BOTTOM && *m < MU_TOP);
        if t.len() > 3 || !in_range || t.windows(2).any(|w| w[0] >= w[1]) {
            return refuse(format!(
                "thresholds must be at most three increasing scales in GeV (charm, bottom, top), \
                 not {t:?}"
            ));
        }
        Ok(())
    }
}

impl RunningTable {
    /// Solves the equation.
    ///
    /// # Errors
    /// [`BeamError::BadAlphaS`] for parameters out of range, or if the coupling
    /// diverges between the reference scale and the highest threshold.
    pub fn new(running: &RunningAlphaS) -> Result<Self, BeamError> {
        running.check()?;
        let t_of = |mu: f64| 2.0 * mu.ln_same();
        let edges: Vec<f64> = std::iter::once(t_of(MU_BOTTOM))
            .chain(running.thresholds.iter().map(|m| t_of(*m)))
            .chain([t_of(MU_TOP)])
            .collect();
        let n_regions = edges.len() - 1;
        let beta = |r: usize| Beta::new(3 + r, running.loops);
        let t_at = t_of(running.at);
        let home = running
            .thresholds
            .iter()
            .filter(|m| running.at >= **m)
            .count();
        let mut regions: Vec<Option<Region>> = vec![None; n_regions];
        let y_at = 1.0 / running.value;

        // Upwards from the reference scale.
        let mut y_low = None;
        for r in home..n_regions {
            let (y, from) = match y_low {
                None => (y_at, t_at),
                Some(y) => (y, edges[r]),
            };
            let region = Region::through(beta(r), edges[r], edges[r + 1], from, y);
            y_low = region.end().map(|y| match_up(y, 3 + r, running.loops));
            regions[r] = Some(region);
        }
        // And downwards.
        for r in (0..home).rev() {
            let above = regions[r + 1].as_ref().expect("built just before");
            let region = match above.start() {
                Some(y) => {
                    let y = match_down(y, 3 + r, running.loops);
                    Region::through(beta(r), edges[r], edges[r + 1], edges[r + 1], y)
                }
                None => Region::empty(beta(r), edges[r]),
            };
            regions[r] = Some(region);
        }
        let regions: Vec<Region> = regions.into_iter().flatten().collect();
        if regions.len() != n_regions || regions[home..].iter().any(|r| r.y.is_empty()) {
            return Err(BeamError::BadAlphaS {
                what: "the coupling diverges above its reference scale".to_owned(),
            });
        }
        Ok(Self { regions })
    }

    /// The coupling at `mu` in GeV; NaN below the Landau pole.
    pub(crate) fn at(&self, mu: f64) -> f64 {
        let t = 2.0 * mu.ln_same();
        let mut r = self.regions.len() - 1;
        while r > 0 && t < self.regions[r].t_min {
            r -= 1;
        }
        1.0 / self.regions[r].y(t)
    }
}

impl Region {
    /// The solution on `[t_min, t_max]` that is `y` at `from`.
    fn through(beta: Beta, t_min: f64, t_max: f64, from: f64, y: f64) -> Self {
        let n = (((t_max - t_min) / NODE).ceil() as usize).max(1);
        let node = (t_max - t_min) / n as f64;
        // The grid point below `from`, then both ways from it.
        let start = (((from - t_min) / node) as usize).min(n);
        let t_start = t_min + start as f64 * node;
        let Some(y_start) = beta.advance_far(y, t_start - from) else {
            return Self::empty(beta, t_min);
        };
        let mut below = vec![y_start];
        for _ in 0..start {
            match beta.advance(below[below.len() - 1], -node, STEPS_PER_NODE) {
                Some(y) => below.push(y),
                None => break,
            }
        }
        let first = start + 1 - below.len();
        below.reverse();
        let mut table = below;
        for _ in start..n {
            match beta.advance(table[table.len() - 1], node, STEPS_PER_NODE) {
                Some(y) => table.push(y),
                None => return Self::empty(beta, t_min),
            }
        }
        Self {
            beta,
            t_min,
            t_first: t_min + first as f64 * node,
            node,
            y: table,
        }
    }

    /// A region below the Landau pole.
    fn empty(beta: Beta, t_min: f64) -> Self {
        Self {
            beta,
            t_min,
            t_first: t_min,
            node: NODE,
            y: Vec::new(),
        }
    }

    /// Value at the lower edge, if the solution reaches it.
    fn start(&self) -> Option<f64> {
        (self.t_first <= self.t_min).then(|| self.y.first().copied())?
    }

    /// Value at the upper edge.
    fn end(&self) -> Option<f64> {
        self.y.last().copied()
    }

    fn y(&self, t: f64) -> f64 {
        let n = self.y.len();
        let position = (t - self.t_first) / self.node;
        if n < 2 || position.is_nan() || position < 0.0 {
            return f64::NAN;
        }
        let i = position as usize;
        if i >= n - 1 {
            let t_last = self.t_first + (n - 1) as f64 * self.node;
            return self.y[n - 1] + self.beta.slope(self.y[n - 1]) * (t - t_last);
        }
        let (y1, y2) = (self.y[i], self.y[i + 1]);
        let (s1, s2) = (
            self.node * self.beta.slope(y1),
            self.node * self.beta.slope(y2),
        );
        let u = position - i as f64;
        let d = y2 - y1;
        y1 + u * (s1 + u * (3.0 * d - 2.0 * s1 - s2 + u * (s1 + s2 - 2.0 * d)))
    }
}

/// `1/alpha_s` with `n_light` flavours from the one with `n_light + 1`, at the
/// threshold. The masses are MSbar masses at their own scale: hep-ph/9706430,
/// eq. (10). One and two loops are continuous.
fn match_down(y: f64, n_light: usize, loops: u32) -> f64 {
    let x = 1.0 / (PI * y);
    y / zeta_g2(x, n_light, loops)
}

/// The inverse of [`match_down`], `n_light` below.
fn match_up(y: f64, n_light: usize, loops: u32) -> f64 {
    let mut above = y;
    for _ in 0..50 {
        above = y * zeta_g2(1.0 / (PI * above), n_light, loops);
    }
    above
}

fn zeta_g2(x: f64, n_light: usize, loops: u32) -> f64 {
    let mut ratio = 1.0;
    if loops >= 3 {
        ratio += 11.0 / 72.0 * x * x;
    }
    if loops >= 4 {
        let c3 = 564_731.0 / 124_416.0
            - 82_043.0 / 27_648.0 * ZETA_3
            - 2633.0 / 31_104.0 * n_light as f64;
        ratio += c3 * x * x * x;
    }
    ratio
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(value: f64, at: f64, loops: u32, thresholds: &[f64]) -> RunningTable {
        RunningTable::new(&RunningAlphaS {
            value,
            at,
            loops,
            thresholds: thresholds.to_vec(),
        })
        .unwrap()
    }

    #[test]
    fn one_loop_is_the_closed_form() {
        let table = running(0.13, 91.188, 1, &[1.42, 4.7]);
        let b0 = 23.0 / (12.0 * PI);
        for mu in [4.7, 10.0, 91.188, 3000.0, 1e7, 1e11] {
            let exact = 1.0 / (1.0 / 0.13 + b0 * 2.0 * f64::ln(mu / 91.188));
            let rel = table.at(mu) / exact - 1.0;
            assert!(rel.abs() < 1e-12, "{mu}: {rel}");
        }
    }

    #[test]
    fn two_loops_solve_the_implicit_equation() {
        let table = running(0.118, 91.1876, 2, &[1.3, 4.5]);
        let beta = Beta::new(5, 2);
        let c = beta.b[1] / beta.b[0];
        let primitive = |a: f64| 1.0 / a + c * (c * a / (1.0 + c * a)).ln();
        for mu in [4.5, 7.0, 50.0, 91.1876, 500.0, 1e4] {
            let left = primitive(table.at(mu)) - primitive(0.118);
            let right = beta.b[0] * 2.0 * (mu / 91.1876).ln();
            assert!((left - right).abs() < 1e-11, "{mu}: {left} {right}");
        }
    }

    #[test]
    fn the_reference_value_is_kept_and_running_back_returns_to_it() {
        for loops in 1..=4 {
            for at in [1.0, 3.0, 91.188, 500.0] {
                let value = if at < 5.0 { 0.3 } else { 0.118 };
                let thresholds = [1.42, 4.7, 172.5];
                let there = running(value, at, loops, &thresholds);
                assert!((there.at(at) / value - 1.0).abs() < 1e-11, "{loops} {at}");
                let far = there.at(2000.0);
                let back = running(far, 2000.0, loops, &thresholds);
                assert!((back.at(at) / value - 1.0).abs() < 1e-9, "{loops} {at}");
            }
        }
    }

    #[test]
    fn thresholds_are_continuous_up_to_two_loops_and_jump_as_matched_beyond() {
        for loops in 1..=4 {
            let table = running(0.118, 91.188, loops, &[1.42, 4.7]);
            let below = table.at(4.7 * (1.0 - 1e-14));
            let above = table.at(4.7);
            if loops <= 2 {
                assert!((below / above - 1.0).abs() < 1e-12);
            } else {
                let x = above / PI;
                let expected = zeta_g2(x, 4, loops);
                assert!((below / above - expected).abs() < 1e-11);
                assert!(expected > 1.0);
            }
        }
    }

    #[test]
    fn coefficients_are_the_published_numbers() {
        // hep-ph/9701390: b3 (4 pi)^4 = 29243 - 6946.30 n + 405.089 n^2 + 1.49931 n^3.
        for n_f in 3..=6 {
            let n = n_f as f64;
            let published = 29243.0 - 6946.30 * n + 405.089 * n * n + 1.49931 * n.powi(3);
            let ours = Beta::new(n_f, 4).b[3] * (4.0 * PI).powi(4);
            assert!((ours / published - 1.0).abs() < 1e-4, "{ours} {published}");
            // hep-ph/9706430: 1 + 0.1528 x^2 + (0.9721 - 0.0847 n) x^3.
            let published = 1.0 + 0.1528 * 0.01 + (0.9721 - 0.0847 * n) * 0.001;
            assert!((zeta_g2(0.1, n_f, 4) - published).abs() < 1e-6);
        }
    }

    #[test]
    fn each_further_loop_matters_less() {
        let at_4: Vec<f64> = (1..=4)
            .map(|loops| running(0.118, 91.188, loops, &[1.42, 4.7]).at(4.0))
            .collect();
        let steps: Vec<f64> = at_4.windows(2).map(|w| (w[1] / w[0] - 1.0).abs()).collect();
        assert!(
            steps[0] > 5.0 * steps[1] && steps[1] > 2.0 * steps[2],
            "{steps:?}"
        );
    }

    #[test]
    fn below_the_landau_pole_there_is_no_number() {
        for loops in 1..=4 {
            let table = running(0.118, 91.188, loops, &[1.42, 4.7]);
            assert!(table.at(0.05).is_nan());
            assert!(table.at(f64::NAN).is_nan());
            assert!(table.at(-1.0).is_nan());
            assert!(table.at(0.0).is_nan());
            assert!(table.at(1.0) > table.at(2.0));
        }
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        let good = RunningAlphaS {
            value: 0.118,
            at: 91.188,
            loops: 2,
            thresholds: vec![1.42, 4.7],
        };
        for bad in [
            RunningAlphaS {
                value: -0.1,
                ..good.clone()
            },
            RunningAlphaS {
                value: f64::NAN,
                ..good.clone()
            },
            RunningAlphaS {
                at: 0.0,
                ..good.clone()
            },
            RunningAlphaS {
                loops: 5,
                ..good.clone()
            },
            RunningAlphaS {
                thresholds: vec![4.7, 1.4],
                ..good.clone()
            },
            RunningAlphaS {
                thresholds: vec![1.0, 2.0, 3.0, 4.0],
                ..good.clone()
            },
        ] {
            assert!(matches!(
                RunningTable::new(&bad),
                Err(BeamError::BadAlphaS { .. })
            ));
        }
        // Strong at a high scale, weak below: it never diverges upwards.
        let strong = RunningAlphaS {
            value: 0.9,
            at: 100.0,
            ..good
        };
        assert!(RunningTable::new(&strong).unwrap().at(1000.0) < 0.9);
    }
}
