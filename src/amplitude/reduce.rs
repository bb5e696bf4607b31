//! What need not be computed: configurations and flows that vanish, flows that
//! are combinations of others, configurations that parity relates.
//!
//! All of it is found from amplitudes at a few generic points, for both settings
//! of the widths. Relations among flows (reflection, U(1) decoupling,
//! Kleiss-Kuijf: Nucl. Phys. B312 (1989) 616; hep-ph/9910563) have rational
//! coefficients, and only such are accepted. Knows the graph; knows no model.

use super::colour_sum::ColourSum;
use super::graph::{Configuration, Dag};
use super::kernel::{Request, Workspace, run};
use super::probe;
use super::program::lay_out;
use crate::compute::SimdLevel;

/// Points that are looked at. At each the flows of n legs have (n - 3)! independent
/// values (Bern-Carrasco-Johansson relations, 0805.3993), which must not pass for
/// relations: more than n - 2 points are needed.
const N_PROBE: usize = 8;
/// Squared relative size below which an amplitude is rounding noise.
const NOISE: f64 = 1e-24;
/// Size of a remainder, relative to the amplitudes, that counts as none.
const SMALL: f64 = 1e-9;
/// Coefficients of relations are multiples of one over this.
const DENOMINATOR: f64 = 12.0;
/// More flows than this are not searched for relations.
const MOST_FLOWS: usize = 1000;
/// Samples for each flow, and besides, above which they are added up in random groups:
/// what holds in all samples holds in the sums, and as many sums as flows tell all
/// combinations apart.
const MANY_SAMPLES: [usize; 2] = [2, 256];

/// A flow as a combination of the flows that are computed.
pub(crate) type Combination = Vec<(u32, f64)>;

/// Amplitudes at probe points, `[n_sample][n_hel, n_flow, 2, N_PROBE]`.
struct Samples {
    n_hel: usize,
    n_flow: usize,
    /// One entry for each setting of the widths: amplitudes and sums of squares.
    runs: Vec<(Vec<f64>, [f64; N_PROBE])>,
}

impl Samples {
    /// Where orders are `apart_in_size`, a run gives all of them the same weight.
    fn new(
        dag: &Dag,
        masses: &[f64],
        n_in: usize,
        powers: &[u32],
        (anywhere, apart_in_size): (bool, bool),
    ) -> Self {
        let n_hel = dag.configurations.len();
        let n_flow = dag
            .configurations
            .first()
            .map_or(0, |c| c.sums.len() / powers.len().max(1));
        let unit = ColourSum::squares(n_flow);
        let program = lay_out(dag, masses.to_vec(), n_in, powers.to_vec(), unit.into());
        let momenta = probe::points(masses, n_in, N_PROBE, anywhere);
        // Where coupling orders interfere, nothing may depend on their ratio.
        // Diagrams of equal powers may be apart, and are then switched on one by one.
        let apart = |o: usize| powers[..o].iter().filter(|p| **p == powers[o]).count();
        let factor = |o: usize, k: usize| {
            (1.3 + 0.1 * k as f64).powi(powers[o] as i32) * (1.0 + 0.7 * apart(o) as f64)
        };
        let scale: Vec<f64> = (0..powers.len())
            .flat_map(|o| (0..N_PROBE).map(move |k| (o, k)))
            .map(|(o, k)| factor(o, k))
            .collect();
        let evaluate = |t_channel_width: bool, order_scale: Option<&[f64]>| {
            let mut total = [0.0; N_PROBE];
            let mut amplitudes = vec![0.0; n_hel * n_flow * 2 * N_PROBE];
            let mut request = Request {
                program: &program,
                momenta: (&momenta).into(),
                order_scale,
                t_channel_width,
                total: &mut total,
                by_helicity: None,
                amplitudes: Some(&mut amplitudes),
                risk: None,
                products: None,
            };
            run(SimdLevel::Scalar, &mut request, &mut Workspace::default());
            (amplitudes, total)
        };
        let mut runs = vec![evaluate(false, None), evaluate(true, None)];
        if powers.len() > 1 {
            runs.push(evaluate(true, Some(&scale)));
        }
        if apart_in_size {
            let sizes = |o: usize| {
                let alone = |p: usize| vec![f64::from(u8::from(p == o)); N_PROBE];
                let scale: Vec<f64> = (0..powers.len()).flat_map(alone).collect();
                evaluate(true, Some(&scale)).1
            };
            let mut scale = Vec::with_capacity(powers.len() * N_PROBE);
            for o in 0..powers.len() {
                let of = |size: f64| if size > 0.0 { size.sqrt().recip() } else { 0.0 };
                let generic = 1.0 + 0.37 * o as f64 / powers.len() as f64;
                scale.extend(sizes(o).map(|size| generic * of(size)));
            }
            runs.push(evaluate(true, Some(&scale)));
        }
        // Without widths both settings are the same.
        runs.dedup();
        Self {
            n_hel,
            n_flow,
            runs,
        }
    }

    /// `|A|^2` of a configuration and flow over the sum, run by run and point by point.
    fn squares(&self, h: usize, f: usize) -> impl Iterator<Item = f64> {
        let at = (h * self.n_flow + f) * 2 * N_PROBE;
        self.runs.iter().flat_map(move |(a, total)| {
            (0..N_PROBE).map(move |k| {
                let (re, im) = (a[at + k], a[at + N_PROBE + k]);
                (re * re + im * im) / total[k].abs()
            })
        })
    }

    /// The amplitudes of a flow, each over the root of the sum of squares.
    fn column(&self, f: usize) -> Vec<f64> {
        let mut column = Vec::with_capacity(self.runs.len() * self.n_hel * 2 * N_PROBE);
        for (a, total) in &self.runs {
            for h in 0..self.n_hel {
                let at = (h * self.n_flow + f) * 2 * N_PROBE;
                for (k, x) in a[at..at + 2 * N_PROBE].iter().enumerate() {
                    column.push(x / total[k % N_PROBE].abs().sqrt());
                }
            }
        }
        column
    }

    fn seen(&self, h: usize, f: usize) -> bool {
        // Something that is not a number is not known to vanish.
        self.squares(h, f).any(|x| x.is_nan() || x > NOISE)
    }
}

/// Result of [`reduce`].
pub(crate) struct Reduced {
    /// Flows that do not vanish, by their old numbers.
    pub(crate) present: Vec<usize>,
    /// Each of them as a combination of the flows that the graph computes.
    pub(crate) combinations: Vec<Combination>,
    /// Flows that the graph computes, as places in `present`.
    pub(crate) computed: Vec<usize>,
}

/// Shrinks a graph to what must be computed, of the helicities that are allowed. `looks`
/// says whether frames may be any, and whether orders are of very different sizes.
pub(crate) fn reduce(
    dag: &mut Dag,
    masses: &[f64],
    n_in: usize,
    powers: &[u32],
    looks: (bool, bool),
    allowed: impl Fn(&[i8]) -> bool,
) -> Reduced {
    let samples = Samples::new(dag, masses, n_in, powers, looks);
    let n_order = powers.len();
    let (hels, flows) = (0..samples.n_hel, 0..samples.n_flow);
    let helicity_seen: Vec<bool> = hels
        .clone()
        .map(|h| {
            let wanted = allowed(&dag.configurations[h].helicities);
            wanted && flows.clone().any(|f| samples.seen(h, f))
        })
        .collect();
    let present: Vec<usize> = flows
        .filter(|&f| hels.clone().any(|h| helicity_seen[h] && samples.seen(h, f)))
        .collect();
    let relations = relations(&samples, &present);
    let mirrors = mirrors(dag, &samples, &helicity_seen, &present);

    let mut row_of = vec![None; samples.n_hel];
    let kept = (0..samples.n_hel).filter(|&h| helicity_seen[h]);
    for (row, h) in kept.enumerate() {
        row_of[h] = Some(row);
    }
    for (h, c) in dag.configurations.iter_mut().enumerate() {
        let keep = |&f: &usize| c.sums[f * n_order..(f + 1) * n_order].to_vec();
        let kept = relations.computed.iter().map(|&f| present[f]);
        c.sums = kept.collect::<Vec<_>>().iter().flat_map(keep).collect();
        c.row = row_of[h].unwrap_or(usize::MAX);
        c.mirror = mirrors[h].and_then(|m| row_of[m]);
    }
    dag.configurations.retain(|c| c.row != usize::MAX);
    dag.drop_unused();
    keep_one_of_each_pair(dag);
    Reduced {
        present,
        combinations: relations.combinations,
        computed: relations.computed,
    }
}

struct Relations {
    computed: Vec<usize>,
    combinations: Vec<Combination>,
}

/// Picks independent flows and writes the others as their combinations, by
/// orthogonalisation of the columns of samples.
fn relations(samples: &Samples, present: &[usize]) -> Relations {
    let n = present.len();
    let alone = |f: usize| vec![(f as u32, 1.0)];
    if n > MOST_FLOWS {
        return Relations {
            computed: (0..n).collect(),
            combinations: (0..n).map(alone).collect(),
        };
    }
    let mut computed: Vec<usize> = vec![];
    let mut combinations: Vec<Combination> = vec![];
    // Orthonormal vectors, and the triangle that makes columns from them.
    let mut basis: Vec<Vec<f64>> = vec![];
    let mut triangle: Vec<Vec<f64>> = vec![];
    for (place, &f) in present.iter().enumerate() {
        let column = sketch(samples.column(f), MANY_SAMPLES[0] * n + MANY_SAMPLES[1]);
        let norm = dot(&column, &column).sqrt();
        let mut rest = column.clone();
        let mut shadow = vec![0.0; basis.len()];
        // Twice: the second pass removes what rounding left of the first.
        for _ in 0..2 {
            for (s, q) in shadow.iter_mut().zip(&basis) {
                let x = dot(&rest, q);
                *s += x;
                rest.iter_mut().zip(q).for_each(|(r, q)| *r -= x * q);
            }
        }
        let size = dot(&rest, &rest).sqrt();
        let known = (size < SMALL * norm)
            .then(|| rational(&triangle, &shadow))
            .flatten();
        if let Some(combination) = known {
            combinations.push(combination);
            continue;
        }
        combinations.push(alone(computed.len()));
        computed.push(place);
        rest.iter_mut().for_each(|r| *r /= size);
        shadow.push(size);
        triangle.push(shadow);
        basis.push(rest);
    }
    Relations {
        computed,
        combinations,
    }
}

/// A long column in `n` sums of its entries with random signs, the same for all columns.
fn sketch(column: Vec<f64>, n: usize) -> Vec<f64> {
    if column.len() <= 2 * n {
        return column;
    }
    let mut sums = vec![0.0; n];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for x in column {
        // Marsaglia, J. Stat. Softw. 8 (2003) 14.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let sign = if random >> 63 == 0 { 1.0 } else { -1.0 };
        sums[(random >> 16) as usize % n] += sign * x;
    }
    sums
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Coefficients of a shadow in the columns; `None` unless all are simple fractions.
fn rational(triangle: &[Vec<f64>], shadow: &[f64]) -> Option<Combination> {
    let mut rest = shadow.to_vec();
    let mut list = vec![];
    for k in (0..rest.len()).rev() {
        let x = rest[k] / triangle[k][k];
        let rounded = (x * DENOMINATOR).round() / DENOMINATOR;
        if (x - rounded).abs() > 1e-6 {
            return None;
        }
        if rounded != 0.0 {
            for (r, t) in rest.iter_mut().zip(&triangle[k]) {
                *r -= rounded * t;
            }
            list.push((k as u32, rounded));
        }
    }
    list.reverse();
    // Nothing may be left over.
    let size = dot(shadow, shadow).sqrt();
    (dot(&rest, &rest).sqrt() < SMALL * size).then_some(list)
}

/// For every configuration the one with all helicities reversed, if both have
/// the same `|A|^2` flow by flow and in every pair of flows.
fn mirrors(dag: &Dag, samples: &Samples, seen: &[bool], present: &[usize]) -> Vec<Option<usize>> {
    let reversed = |h: &[i8]| -> Vec<i8> { h.iter().map(|x| -x).collect() };
    let find = |h: usize| {
        let want = reversed(&dag.configurations[h].helicities);
        let m = dag
            .configurations
            .iter()
            .position(|c| c.helicities == want)?;
        let same = m != h && seen[h] && seen[m] && conjugate(samples, present, h, m);
        same.then_some(m)
    };
    (0..samples.n_hel).map(find).collect()
}

/// Whether the amplitudes of two configurations are complex conjugates up to a
/// phase, so that all products of two flows have the same real part.
fn conjugate(samples: &Samples, present: &[usize], h: usize, m: usize) -> bool {
    let amplitude = |a: &[f64], h: usize, f: usize, k: usize| {
        let at = (h * samples.n_flow + f) * 2 * N_PROBE + k;
        num_complex::Complex64::new(a[at], a[at + N_PROBE])
    };
    samples.runs.iter().all(|(a, _)| {
        (0..N_PROBE).all(|k| {
            let norm = |h: usize| {
                present
                    .iter()
                    .map(|&f| amplitude(a, h, f, k).norm_sqr())
                    .sum()
            };
            let (size, other): (f64, f64) = (norm(h), norm(m));
            if (size / other - 1.0).abs() > SMALL || !size.is_finite() {
                return false;
            }
            // The phase from the largest flow.
            let &largest = present
                .iter()
                .max_by(|&&f, &&g| {
                    let (x, y) = (amplitude(a, h, f, k).norm(), amplitude(a, h, g, k).norm());
                    x.total_cmp(&y)
                })
                .expect("a configuration that does not vanish has flows");
            let phase = amplitude(a, m, largest, k) / amplitude(a, h, largest, k).conj();
            present.iter().all(|&f| {
                let want = phase * amplitude(a, h, f, k).conj();
                (amplitude(a, m, f, k) - want).norm() < SMALL * size.sqrt()
            })
        })
    })
}

/// Drops one of two configurations that mirror each other: those with one
/// helicity of the leg that leaves the least to compute.
fn keep_one_of_each_pair(dag: &mut Dag) {
    if dag.configurations.iter().all(|c| c.mirror.is_none()) {
        return;
    }
    let n_ext = dag.configurations[0].helicities.len();
    let stays = |c: &Configuration, leg: usize| {
        // The first leg whose helicity is not zero decides.
        let (before, after) = c.helicities.split_at(leg);
        let first = after.iter().chain(before).find(|h| **h != 0);
        c.mirror.is_none() || first.is_none_or(|h| *h > 0)
    };
    let n_nodes = |leg: &usize| {
        let kept = dag.configurations.iter().filter(|c| stays(c, *leg));
        dag.needed(kept).into_iter().filter(|n| *n).count()
    };
    let best = (0..n_ext).min_by_key(n_nodes).expect("a process has legs");
    dag.configurations.retain(|c| stays(c, best));
    dag.drop_unused();
}
