//! Choices of one particle for every token of a process line.
//!
//! Knows labels and particles; knows no diagram.

use rustc_hash::FxHashSet;

use super::labels::LegLabel;
use crate::diagram::Polarisation;
use crate::model::ParticleId;

/// All ordered choices of one particle per incoming token.
pub(crate) fn pairs(labels: &[LegLabel]) -> Vec<Vec<ParticleId>> {
    labels.iter().fold(vec![Vec::new()], |lists, label| {
        lists
            .iter()
            .flat_map(|list| {
                label
                    .particles
                    .iter()
                    .map(move |&p| [list.as_slice(), &[p]].concat())
            })
            .collect()
    })
}

/// All choices of one particle per outgoing token, of each multiset the first met.
pub(crate) fn multisets(labels: &[LegLabel]) -> Vec<Vec<ParticleId>> {
    labels.iter().fold(vec![Vec::new()], |lists, label| {
        let mut seen = FxHashSet::default();
        let mut longer = Vec::new();
        for list in &lists {
            for &p in &label.particles {
                let list = [list.as_slice(), &[p]].concat();
                // Particles of different helicities are not the same.
                let mut key: Vec<(ParticleId, Polarisation)> = (list.iter().zip(labels))
                    .map(|(p, l)| (*p, l.polarisation))
                    .collect();
                key.sort_unstable();
                if seen.insert(key) {
                    longer.push(list);
                }
            }
        }
        longer
    })
}

/// Number of [`multisets`], or more where labels overlap: for each label that
/// stands `k` times for `n` particles, `n` + `k` - 1 over `k`.
pub(crate) fn n_multisets(labels: &[LegLabel]) -> u64 {
    let mut total = 1_u64;
    for (at, label) in labels.iter().enumerate() {
        let earlier = labels[..at].iter();
        let k = earlier.filter(|l| l.particles == label.particles).count() as u64;
        let n = label.particles.len() as u64;
        // Exact: what comes before is a product of such numbers.
        total = total.saturating_mul(n + k) / (k + 1);
    }
    total
}

/// The list with its particles in order.
#[cfg(test)]
pub(crate) fn sorted(list: &[ParticleId]) -> Vec<ParticleId> {
    let mut list = list.to_vec();
    list.sort_unstable();
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_multisets_are_counted_as_are_made() {
        let label = |ids: std::ops::Range<u16>| LegLabel {
            text: String::new(),
            particles: ids.map(ParticleId).collect(),
            polarisation: Polarisation::ANY,
        };
        for labels in [
            vec![label(0..3); 4],
            vec![label(0..3), label(5..7), label(0..3), label(5..7)],
            vec![label(0..1)],
        ] {
            assert_eq!(n_multisets(&labels), multisets(&labels).len() as u64);
        }
        let overlapping = [label(0..3), label(1..4)];
        assert!(n_multisets(&overlapping) > multisets(&overlapping).len() as u64);
        assert_eq!(n_multisets(&vec![label(0..60); 12]), 12_802_736_917_880);
    }
}
