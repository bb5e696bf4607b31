//! The part of an amplitude without propagators that are on shell: `$ x` of process lines.
//!
//! Diagrams are told apart by which of the named propagators they have, as others are by
//! coupling orders, and switched off point by point. Knows sets of diagrams; knows no
//! mass and no window.

use super::{MatrixElement, MatrixElementWorkspace, TChannelWidth};
use crate::diagram::VetoedLine;
use crate::kinematics::MomentumBatch;

impl MatrixElement {
    /// The propagators that `$ x` of the subprocess is about.
    pub(crate) fn vetoed(&self) -> &[VetoedLine] {
        &self.vetoed
    }

    /// `|A_off|^2 / (|A_off|^2 + |A_on|^2)` of each point, `[n_batch]`, where `A_on` is the
    /// sum of the diagrams that have some propagator which is on shell there, and `A_off`
    /// that of the others; squares are summed over helicities and colours, with the
    /// model's `alpha_s`. 0 where both vanish.
    ///
    /// Bit `k` of `on_shell` stands for propagator `k` of [`Self::vetoed`].
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub(crate) fn off_shell_share(
        &self,
        momenta: &MomentumBatch,
        on_shell: &[u64],
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let (off, on) = self.off_and_on(momenta, on_shell, work);
        for ((share, off), on) in out.iter_mut().zip(off).zip(on) {
            let sum = off + on;
            *share = if sum == 0.0 { 0.0 } else { off / sum };
        }
    }

    /// `|A_off|^2` and `|A_on|^2`, averaged as `me2` is, `[n_batch]` each.
    fn off_and_on(
        &self,
        momenta: &MomentumBatch,
        on_shell: &[u64],
        work: &mut MatrixElementWorkspace,
    ) -> (Vec<f64>, Vec<f64>) {
        let n = momenta.n_batch;
        let (mut off, mut on) = (vec![0.0; n], vec![0.0; n]);
        for (is_on, part) in [(false, &mut off), (true, &mut on)] {
            work.order_scale.clear();
            for has in self.orders_vetoed.iter() {
                let kept = |at: &u64| f64::from(u8::from((has & at != 0) == is_on));
                work.order_scale.extend(on_shell.iter().map(kept));
            }
            self.evaluate_double(momenta, TChannelWidth::Off, work, part);
        }
        (off, on)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::amplitude::{Frame, probe};
    use crate::model::{Model, ModelSpec};
    use crate::process::ProcessSet;

    fn compiled(model: &Model, line: &str) -> MatrixElement {
        let set = ProcessSet::new(model, &[line.to_owned()], &BTreeMap::new()).unwrap();
        MatrixElement::compile(model, &set.elements[0].subprocess, Frame::Any).unwrap()
    }

    /// Four charged leptons: two Z of two leptons, and one of all four.
    #[test]
    fn diagrams_with_and_without_what_is_on_shell_are_those_of_filters_and_chains() {
        let model = Model::load(&ModelSpec::default()).unwrap();
        let core = "u u~ > e+ e- mu+ mu-";
        let orders = "QED<=4 QCD=0";
        let element = compiled(&model, &format!("{core} $ z {orders}"));
        let legs: Vec<_> = element.vetoed().iter().map(|line| line.legs).collect();
        assert_eq!(legs, [0b001100, 0b110000, 0b111100]);
        let n = 7;
        let momenta = &probe::points(&[0.0; 6], 2, n, true);
        let mut work = MatrixElementWorkspace::default();
        let mut me2 = |line: &str| {
            let mut out = vec![0.0; n];
            let element = compiled(&model, line);
            element.me2(momenta, None, TChannelWidth::Off, &mut work, &mut out);
            out
        };
        let whole = me2(&format!("{core} {orders}"));
        let without = me2(&format!("{core} $$ z {orders}"));
        let chain = me2("u u~ > z mu+ mu- QED<=3 QCD=0, z > e+ e-");
        let mut parts = |on_shell: u64| element.off_and_on(momenta, &[on_shell; 7], &mut work);
        let close = |found: &[f64], expected: &[f64]| {
            let mut pairs = found.iter().zip(expected);
            assert!(
                pairs.all(|(a, b)| (a - b).abs() <= 1e-10 * b.abs()),
                "{found:?} {expected:?}"
            );
        };
        close(&parts(0).0, &whole);
        close(&parts(0).1, &[0.0; 7]);
        close(&parts(0b111).0, &without);
        close(&parts(0b001).1, &chain);
        let (off, on) = parts(0b001);
        let mut share = vec![0.0; n];
        element.off_shell_share(momenta, &[0b001; 7], &mut work, &mut share);
        let expected: Vec<f64> = (0..n).map(|k| off[k] / (off[k] + on[k])).collect();
        close(&share, &expected);
        // Points of one batch have each their own.
        let mixed = [0, 0b001, 0b111, 0, 0b001, 0b111, 0];
        let found = element.off_and_on(momenta, &mixed, &mut work).0;
        let expected: Vec<f64> = (0..n)
            .map(|k| [&whole, &off, &without][(mixed[k] as usize).count_ones().min(2) as usize][k])
            .collect();
        close(&found, &expected);
    }
}
