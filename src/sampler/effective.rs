//! How many points effectively make up a sum.
//!
//! Knows weights. Source: L. Kish, Survey Sampling (1965).

/// `(sum w)^2 / sum w^2`, 0 without a weight above 0: so many equal weights would
/// have the same relative error.
pub(crate) fn effective_number(weights: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut square) = (0.0, 0.0);
    for w in weights {
        sum += w;
        square += w * w;
    }
    if square > 0.0 {
        sum * sum / square
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_all_count() {
        assert_eq!(effective_number([3.0; 8]), 8.0);
        assert_eq!(effective_number([5.0, 0.0, 0.0, 0.0]), 1.0);
        assert_eq!(effective_number([1.0, 2.0]), 9.0 / 5.0);
        assert_eq!(effective_number([0.0; 3]), 0.0);
        assert_eq!(effective_number([]), 0.0);
    }
}
