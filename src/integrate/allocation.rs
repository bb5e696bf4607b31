//! How many points each channel receives.
//!
//! Knows needs of channels; knows no weight.

/// A channel that is sampled receives at least this many points per iteration,
/// if the iteration can afford it.
pub(crate) const LEAST_POINTS: u64 = 256;

/// Shares about `total` points among the live channels in proportion to
/// `needs`, at least `least` each (less if `total` does not reach).
pub(crate) fn allocate(total: u64, needs: &[f64], live: &[bool], least: u64) -> Vec<u64> {
    let n_live = live.iter().filter(|l| **l).count() as u64;
    if n_live == 0 {
        return vec![0; needs.len()];
    }
    // The floor takes at most half of the points.
    let least = least.min(total / (2 * n_live)).max(32);
    let free = total.saturating_sub(least * n_live) as f64;
    let sum: f64 = needs
        .iter()
        .zip(live)
        .filter(|(_, l)| **l)
        .map(|(need, _)| need)
        .sum();
    needs
        .iter()
        .zip(live)
        .map(|(need, live)| match (live, sum > 0.0) {
            (false, _) => 0,
            (true, true) => least + (free * need / sum) as u64,
            (true, false) => least + (free / n_live as f64) as u64,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_follow_need_above_a_floor_and_avoid_dead_channels() {
        let n = allocate(
            10_000,
            &[3.0, 1.0, 0.0, 9.0],
            &[true, true, true, false],
            100,
        );
        assert_eq!(n[3], 0);
        assert_eq!(n[2], 100);
        assert!(n[0] > 2 * n[1] && n.iter().sum::<u64>() <= 10_000);
        assert!(n.iter().sum::<u64>() > 9_990);
    }

    #[test]
    fn without_any_need_all_are_equal() {
        assert_eq!(allocate(3000, &[0.0; 3], &[true; 3], 100), vec![1000; 3]);
    }
}
