//! `alpha_s` from the table of a PDF set (`AlphaS_Type: ipol`).
//!
//! Cubic in log Q^2 between thresholds, which are repeated knots; a power law
//! below the first knot, constant above the last.
//!
//! Knows a table; knows no renormalisation group. Source: arXiv:1412.7420,
//! section 4.5.

use super::hermite::Axis;
use crate::elementary::Elementary;

/// A tabulated coupling.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AlphaSTable {
    pieces: Vec<Piece>,
    /// Exponent of Q^2 below the first knot.
    power: f64,
}

/// The table between two thresholds.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    q2_min: f64,
    q2_max: f64,
    axis: Axis,
    values: Vec<f64>,
    /// Distance in log Q^2 of the first two knots.
    log_step: f64,
}

impl AlphaSTable {
    /// A table of `values` at scales `q` in GeV; a repeated scale begins a new
    /// piece.
    ///
    /// # Errors
    /// A clause that says what is wrong with the lists.
    pub fn new(q: &[f64], values: &[f64]) -> Result<Self, String> {
        if q.len() != values.len() {
            return Err(format!("{} scales but {} values", q.len(), values.len()));
        }
        if q.len() < 2 || q[0] <= 0.0 || q.windows(2).any(|w| w[0] > w[1]) {
            return Err("the scales must be at least two, positive and increasing".to_owned());
        }
        if let Some(bad) = values
            .iter()
            .chain(q)
            .find(|v| !v.is_finite() || **v <= 0.0)
        {
            return Err(format!("'{bad}' is no positive number"));
        }
        let mut pieces: Vec<Piece> = Vec::new();
        let mut start = 0;
        for end in 1..=q.len() {
            if end < q.len() && q[end] > q[end - 1] {
                continue;
            }
            // Equal scales more than twice, or at an end, make no piece.
            if end - start >= 2 {
                let q2: Vec<f64> = q[start..end].iter().map(|q| q * q).collect();
                pieces.push(Piece {
                    q2_min: q2[0],
                    q2_max: q2[q2.len() - 1],
                    log_step: (q2[1] / q2[0]).ln_same(),
                    axis: Axis::new(q2.iter().map(|q2| q2.ln_same()).collect()),
                    values: values[start..end].to_vec(),
                });
            }
            start = end;
        }
        let Some(first) = pieces.first() else {
            return Err("the scales do not span a range".to_owned());
        };
        let power = (first.values[1] / first.values[0]).ln_same() / first.log_step;
        Ok(Self { pieces, power })
    }

    /// The coupling at `q2` in GeV^2; a threshold belongs to the piece above.
    pub(crate) fn at(&self, q2: f64) -> f64 {
        let first = &self.pieces[0];
        let last = &self.pieces[self.pieces.len() - 1];
        if q2.is_nan() || q2 <= 0.0 {
            return f64::NAN;
        }
        if q2 < first.q2_min {
            return first.values[0] * (q2 / first.q2_min).powf_same(self.power);
        }
        if q2 >= last.q2_max {
            return last.values[last.values.len() - 1];
        }
        let mut p = self.pieces.len() - 1;
        while p > 0 && q2 < self.pieces[p].q2_min {
            p -= 1;
        }
        let piece = &self.pieces[p];
        let log_q2 = q2.ln_same();
        let i = piece.axis.interval(log_q2);
        let weights = piece.axis.weights(i, log_q2);
        let at = piece.axis.stencil(i);
        (0..4).map(|k| weights[k] * piece.values[at[k]]).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const Q: [f64; 7] = [1.0, 2.0, 4.0, 4.0, 8.0, 16.0, 32.0];
    const A: [f64; 7] = [0.5, 0.4, 0.3, 0.29, 0.2, 0.15, 0.12];

    #[test]
    fn thresholds_are_jumps_and_belong_to_the_upper_side() {
        let table = AlphaSTable::new(&Q, &A).unwrap();
        assert!((table.at(16.0) - 0.29).abs() < 1e-14);
        assert!((table.at(16.0 * (1.0 - 1e-12)) - 0.3).abs() < 1e-9);
        for (q, a) in Q.iter().zip(A).skip(3) {
            assert!((table.at(q * q) - a).abs() < 1e-14);
        }
    }

    #[test]
    fn it_is_a_power_below_and_constant_above() {
        let table = AlphaSTable::new(&Q, &A).unwrap();
        let power = (0.4_f64 / 0.5).ln() / 4.0_f64.ln();
        assert!((table.at(0.25) - 0.5 * 0.25_f64.powf(power)).abs() < 1e-14);
        assert_eq!(table.at(1e9), 0.12);
        assert!(table.at(f64::NAN).is_nan());
    }

    #[test]
    fn a_table_without_sense_is_refused() {
        assert!(AlphaSTable::new(&[1.0, 2.0], &[0.3]).is_err());
        assert!(AlphaSTable::new(&[2.0, 1.0], &[0.3, 0.2]).is_err());
        assert!(AlphaSTable::new(&[1.0, 1.0], &[0.3, 0.2]).is_err());
        assert!(AlphaSTable::new(&[1.0, 2.0], &[0.3, f64::NAN]).is_err());
    }
}
