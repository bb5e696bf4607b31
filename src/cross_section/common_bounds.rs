//! Bounds of phase space that hold for all selections of a group.
//!
//! Knows what cuts imply; knows no matrix element.

use crate::cuts::BoundCuts;
use crate::diagram::LegSet;
use crate::phasespace::{Apart, Bounds};

/// Limits that hold whichever selection applies; `None` if no selection
/// leaves room.
pub(super) fn common_bounds(
    selections: &[BoundCuts],
    masses: &[f64],
    n_in: usize,
) -> Option<Bounds> {
    let incoming: LegSet = (1 << n_in) - 1;
    let all: Vec<_> = selections
        .iter()
        .map(|v| v.bounds(masses))
        .filter(|b| !b.exclude_all())
        .collect();
    let (first, rest) = all.split_first()?;
    let mut bounds = Bounds {
        pt_min: first.pt_min.clone(),
        ..Bounds::default()
    };
    for (k, pt) in bounds.pt_min.iter_mut().enumerate() {
        *pt = rest.iter().fold(*pt, |m, b| m.min(b.pt_min[k]));
    }
    // A particle has no more rapidity than pseudo-rapidity.
    let y_max = |b: &crate::cuts::Bounds, k: usize| {
        let found = [b.y_max[k], b.eta_max[k]].into_iter().flatten();
        found.fold(f64::INFINITY, f64::min)
    };
    bounds.y_max = (0..masses.len())
        .map(|k| all.iter().map(|b| y_max(b, k)).fold(0.0, f64::max))
        .collect();
    let full: LegSet = ((1 << masses.len()) - 1) & !incoming;
    let lower = |b: &crate::cuts::Bounds, set| {
        let s = b.s_min(set).unwrap_or(0.0);
        if set == full {
            s.max(b.sqrt_s_min * b.sqrt_s_min)
        } else {
            s
        }
    };
    for pair in (1..=full).filter(|s| s & incoming == 0 && s.count_ones() == 2) {
        let apart = all.iter().map(|b| {
            let [delta_r, delta_y] = b.apart(pair);
            Apart { delta_r, delta_y }
        });
        if let Some(apart) = apart.reduce(Apart::at_most).filter(Apart::is_limit) {
            bounds.apart.insert(pair, apart);
        }
    }
    let upper = |b: &crate::cuts::Bounds, set| {
        let s = b.s_max(set).unwrap_or(f64::INFINITY);
        if set == full {
            s.min(b.sqrt_s_max.map_or(f64::INFINITY, |m| m * m))
        } else {
            s
        }
    };
    for set in (1..=full).filter(|s| s & incoming == 0 && s.count_ones() > 1) {
        let lo = all
            .iter()
            .map(|b| lower(b, set))
            .fold(f64::INFINITY, f64::min);
        let hi = all.iter().map(|b| upper(b, set)).fold(0.0, f64::max);
        if lo > 0.0 {
            bounds.s_min.insert(set, lo);
        }
        if hi.is_finite() {
            bounds.s_max.insert(set, hi);
        }
    }
    Some(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cuts::{CutSet, Groups};

    #[test]
    fn distances_reach_phase_space_as_far_as_all_variants_ask_for_them() {
        let groups: Groups = [("j".to_owned(), vec![21, 1]), ("u".to_owned(), vec![2])].into();
        let texts = ["dR(j, j) > 0.4", "dy(j, j) > 2"];
        let cuts = CutSet::parse(&texts, &groups).expect("cuts");
        let bound = |pdgs: &[i32]| cuts.bind(pdgs, 2, 0).expect("legs that match");
        let masses = [0.0; 5];
        let apart = |selections: &[BoundCuts]| {
            let bounds = common_bounds(selections, &masses, 2).expect("room");
            bounds.apart.into_iter().collect::<Vec<_>>()
        };
        let wall = |pair, delta_r, delta_y| (pair, Apart { delta_r, delta_y });
        let (two, three) = (bound(&[2, 21, 1]), bound(&[21, 21, 1]));
        assert_eq!(apart(std::slice::from_ref(&two)), [wall(0b11000, 0.4, 2.0)]);
        assert_eq!(apart(std::slice::from_ref(&three)).len(), 3);
        assert_eq!(apart(&[three, two]), [wall(0b11000, 0.4, 2.0)]);
    }
}
