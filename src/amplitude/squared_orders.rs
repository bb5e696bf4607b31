//! `|M|^2` by squared coupling order, with the strong coupling not multiplied in.
//!
//! With `A = sum_a A_a` over coupling orders, the part of squared order `a + b` is
//! `|A_a|^2` or the interference `2 Re A_a A_b^*`, found from runs with some orders
//! switched off. Knows coupling orders; knows no scale and no value of `alpha_s`.

use super::probe;
use super::{
    AmplitudeError, HelicitySampling, MatrixElement, MatrixElementWorkspace, TChannelWidth,
};
use crate::kinematics::MomentumBatch;

/// Points at which products of amplitudes are tried.
const N_TRIED: usize = 8;
/// What is left of them by rounding, at most.
const NOISE: f64 = 1e-10;

/// Powers of the couplings in one part of `|M|^2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SquaredOrder {
    /// Powers of all couplings, in the model's order of coupling orders.
    pub powers: Vec<u16>,
    /// Power of the strong coupling `g_s` among them: that of `alpha_s` is half of it.
    pub strong: u32,
}

impl SquaredOrder {
    /// Factor of this part if the strong coupling becomes `ratio` times that of the
    /// model, `ratio` being one of `alpha_s`.
    pub fn factor(&self, ratio: f64) -> f64 {
        strong_factor(ratio, self.strong)
    }
}

/// `ratio^(strong / 2)`.
pub(crate) fn strong_factor(ratio: f64, strong: u32) -> f64 {
    let whole = ratio.powi((strong / 2) as i32);
    match strong % 2 {
        0 => whole,
        _ => whole * ratio.sqrt(),
    }
}

impl MatrixElement {
    /// Powers of the couplings in `|M|^2`, in ascending order; the rows of
    /// [`Self::me2_by_order`].
    ///
    /// Where the process limits squared orders, those that are left.
    pub fn squared_orders(&self) -> Vec<SquaredOrder> {
        let pairs = self.pairs().into_iter();
        let mut list: Vec<SquaredOrder> = pairs.map(|(a, b)| self.squared_order(a, b)).collect();
        list.sort_unstable();
        list.dedup();
        list
    }

    fn squared_order(&self, a: usize, b: usize) -> SquaredOrder {
        let [one, two] = [a, b].map(|k| &self.coupling_orders[k]);
        let strong = self.program.qcd_powers[a] + self.program.qcd_powers[b];
        let powers = one.iter().zip(two);
        let powers = powers.map(|(x, y)| u16::from(*x) + u16::from(*y)).collect();
        SquaredOrder { powers, strong }
    }

    /// Pairs of orders of the amplitude whose product counts, the smaller number first.
    pub(super) fn pairs(&self) -> Vec<(usize, usize)> {
        let n = self.coupling_orders.len();
        let pairs = (0..n).flat_map(|a| (a..n).map(move |b| (a, b)));
        let of = &self.coupling_orders;
        let kept = |(a, b): &(usize, usize)| self.limits.keeps_product(&of[*a], &of[*b]);
        pairs.filter(kept).collect()
    }

    /// Whether only some products of the amplitude's orders count: then `me2` has either
    /// sign, and some of its parts are evaluated apart.
    pub fn is_selected(&self) -> bool {
        !self.selection.is_empty()
    }

    /// Whether the products that count add up to nothing at any point, as those of
    /// amplitudes whose colours or helicities never meet: what is left is rounding.
    pub(crate) fn cancels(&self) -> bool {
        if !self.is_selected() {
            return false;
        }
        let (masses, n) = (&self.program.masses, N_TRIED);
        let momenta = probe::points(masses, self.program.n_in, n, false);
        let mut work = MatrixElementWorkspace::default();
        let (mut sum, mut size) = (vec![0.0; n], vec![0.0; n]);
        let mut part = vec![0.0; n];
        self.for_each_run(None, n, &mut work, |work, sign| {
            self.evaluate_double(&momenta, TChannelWidth::Off, work, &mut part);
            for ((sum, size), x) in sum.iter_mut().zip(&mut size).zip(&part) {
                *sum += sign * x;
                *size += (sign * x).abs();
            }
        });
        let mut points = sum.iter().zip(&size);
        points.all(|(sum, size)| sum.abs() <= NOISE * size)
    }

    /// What is to be evaluated for the products that count, `[n_run]`: which orders are
    /// switched on, and with which sign the result is added up. Empty where all count.
    ///
    /// # Errors
    /// [`AmplitudeError::NoProducts`] if none counts.
    pub(super) fn select(&mut self, process: impl Fn() -> String) -> Result<(), AmplitudeError> {
        let n = self.coupling_orders.len();
        let pairs = self.pairs();
        if pairs.is_empty() {
            return Err(AmplitudeError::NoProducts { process: process() });
        }
        if pairs.len() == n * (n + 1) / 2 {
            return Ok(());
        }
        // |A_a|^2 from a run with a alone, 2 Re A_a A_b^* from one with both less the squares.
        let mut single = vec![0.0; n];
        let mut runs = Vec::new();
        for (a, b) in pairs {
            if a == b {
                single[a] += 1.0;
            } else {
                runs.push((vec![a, b], 1.0));
                single[a] -= 1.0;
                single[b] -= 1.0;
            }
        }
        let alone = single.into_iter().enumerate().filter(|(_, s)| *s != 0.0);
        runs.extend(alone.map(|(a, sign)| (vec![a], sign)));
        self.selection = runs.into();
        Ok(())
    }

    /// Calls `evaluate` for every run of the selection with the factors of the coupling
    /// orders in the workspace and its sign.
    pub(super) fn for_each_run(
        &self,
        alpha_s: Option<&[f64]>,
        n: usize,
        work: &mut MatrixElementWorkspace,
        mut evaluate: impl FnMut(&mut MatrixElementWorkspace, f64),
    ) {
        for (orders, sign) in self.selection.iter() {
            self.scale_orders(alpha_s, n, work);
            if work.order_scale.is_empty() {
                work.order_scale.resize(self.coupling_orders.len() * n, 1.0);
            }
            let rows = work.order_scale.chunks_mut(n.max(1)).enumerate();
            rows.filter(|(k, _)| !orders.contains(k))
                .for_each(|(_, row)| row.fill(0.0));
            evaluate(work, *sign);
        }
    }

    /// The value of `alpha_s` that [`Self::me2_by_order`] contains, and [`Self::me2`]
    /// without one of its own: the model's.
    pub fn alpha_s(&self) -> f64 {
        self.alpha_s
    }

    /// `me2` divided by squared coupling order, `[n_squared_order, n_batch]`, always in
    /// f64 and with the model's `alpha_s`; the rows add up to [`Self::me2`].
    ///
    /// Of `n` coupling orders of the amplitude `n (n + 1) / 2` evaluations are made:
    /// where there is only one order it costs nothing.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn me2_by_order(
        &self,
        momenta: &MomentumBatch,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let (n_order, n) = (self.coupling_orders.len(), momenta.n_batch);
        let squared = self.squared_orders();
        let pairs = self.pairs();
        assert_eq!(out.len(), squared.len() * n, "[n_squared_order, n_batch]");
        if n_order == 1 {
            work.order_scale.clear();
            self.evaluate_double(momenta, width, work, out);
            return;
        }
        out.fill(0.0);
        let mut add = |a: usize, b: usize, from: &[f64], sign: f64| {
            if !pairs.contains(&(a, b)) {
                return;
            }
            let order = self.squared_order(a, b);
            let row = squared.binary_search(&order).expect("all pairs are listed");
            let row = &mut out[row * n..(row + 1) * n];
            row.iter_mut().zip(from).for_each(|(x, y)| *x += sign * y);
        };
        let mut run = |switched_on: [usize; 2], part: &mut [f64]| {
            work.order_scale.clear();
            for order in 0..n_order {
                let on = f64::from(u8::from(switched_on.contains(&order)));
                work.order_scale.extend(std::iter::repeat_n(on, n));
            }
            self.evaluate_double(momenta, width, work, part);
        };
        let mut squares = vec![0.0; n_order * n]; // [n_order, n_batch]
        for (a, part) in squares.chunks_mut(n.max(1)).enumerate() {
            run([a, a], part);
            add(a, a, part, 1.0);
        }
        let mut both = vec![0.0; n];
        for a in 0..n_order {
            for b in a + 1..n_order {
                if !pairs.contains(&(a, b)) {
                    continue;
                }
                run([a, b], &mut both);
                add(a, b, &both, 1.0);
                for one in [a, b] {
                    add(a, b, &squares[one * n..(one + 1) * n], -1.0);
                }
            }
        }
    }
}

impl HelicitySampling {
    /// [`HelicitySampling::me2`] divided by squared coupling order, as
    /// [`MatrixElement::me2_by_order`] of the whole matrix element.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn me2_by_order(
        &self,
        momenta: &MomentumBatch,
        u: &[f64],
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let n = momenta.n_batch;
        self.by_choice(momenta, u, |element, index, some, p| {
            let m = index.len();
            let rows = out.len() / n.max(1);
            let mut part = vec![0.0; rows * m];
            element.me2_by_order(some, width, work, &mut part);
            for (row, part) in part.chunks(m).enumerate() {
                for (&k, x) in index.iter().zip(part) {
                    out[row * n + k] = x / p;
                }
            }
        });
    }
}
