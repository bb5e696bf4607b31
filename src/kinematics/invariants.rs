//! Invariants of sums of momenta, for a batch.
//!
//! Knows momenta; knows no particle.

use super::MomentumBatch;

/// Sum of momenta with signs, squared, for points `start..start + out.len()`.
///
/// `plus` and `minus` are sets of legs as bit masks: the momentum is the sum
/// over `plus` less the sum over `minus`; GeV^2.
pub fn invariant_of_sets(
    batch: &MomentumBatch,
    plus: u32,
    minus: u32,
    start: usize,
    out: &mut [f64],
) {
    out.fill(0.0);
    let mut sum = [0.0_f64; 64];
    for (c, chunk) in out.chunks_mut(64).enumerate() {
        let at = start + 64 * c;
        let n = chunk.len();
        for mu in 0..4 {
            sum[..n].fill(0.0);
            for leg in 0..batch.n_ext {
                let sign = match (plus >> leg & 1, minus >> leg & 1) {
                    (1, 0) => 1.0,
                    (0, 1) => -1.0,
                    _ => continue,
                };
                let row = &batch.component(leg, mu)[at..at + n];
                for (s, x) in sum[..n].iter_mut().zip(row) {
                    *s += sign * x;
                }
            }
            let metric = if mu == 0 { 1.0 } else { -1.0 };
            for (o, s) in chunk.iter_mut().zip(&sum[..n]) {
                *o += metric * s * s;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariants_of_sums_and_differences() {
        let point = vec![
            [5.0, 0.0, 0.0, 5.0],
            [5.0, 0.0, 0.0, -5.0],
            [5.0, 3.0, 4.0, 0.0],
        ];
        let batch = MomentumBatch::from_points(&vec![point; 70]);
        let mut out = vec![0.0; 69];
        invariant_of_sets(&batch, 0b11, 0, 1, &mut out);
        assert!(out.iter().all(|s| (s - 100.0).abs() < 1e-12));
        invariant_of_sets(&batch, 0b001, 0b100, 1, &mut out);
        assert!(out.iter().all(|t| (t + 50.0).abs() < 1e-12));
    }
}
