//! Limits that a model sets to the powers of its couplings.
//!
//! Knows the orders of a model and the limits of a line; knows no diagram. Source: UFO,
//! arXiv:1108.2040 (`expansion_order`), with the meaning that MadGraph gives it.

use crate::diagram::{OrderLimits, SquaredRelation};
use crate::model::Model;

/// Limits the orders of an amplitude to what the model expands in; returns a remark for
/// each limit of the line that is higher.
pub(super) fn limit(limits: &mut OrderLimits, model: &Model) -> Vec<String> {
    let mut remarks = Vec::new();
    for (k, order) in model.orders.iter().enumerate() {
        let Some(most) = order.expansion else {
            continue;
        };
        if limits.exact[k].is_some_and(|n| n <= most) {
            continue;
        }
        let asked = limits.exact[k].or(limits.max[k]);
        if let Some(asked) = asked.filter(|n| *n > most) {
            remarks.push(format!(
                "the model expands to {name} <= {most}, and {name} <= {asked} is taken so",
                name = order.name
            ));
            limits.exact[k] = None;
            limits.max[k] = Some(most);
        }
        if asked.is_none() {
            limits.max[k] = Some(most);
        }
    }
    remarks
}

/// Adds to limits what all diagrams of so many legs count in addition.
pub(super) fn add_offsets(limits: &mut OrderLimits, model: &Model, n_legs: usize) {
    for (k, order) in model.orders.iter().enumerate() {
        let offset = order.offset_of(n_legs);
        for limit in [&mut limits.max[k], &mut limits.exact[k]] {
            limit.iter_mut().for_each(|n| *n += offset);
        }
        let squared = limits.squared.iter_mut().filter(|l| l.order == k);
        for limit in squared {
            limit.value += 2 * offset;
            let is_free = limits.max[k].is_none() && limits.exact[k].is_none();
            if is_free && limit.relation != SquaredRelation::MoreThan {
                limits.max[k] = Some(limit.value);
            }
        }
        limits
            .max_weighted
            .iter_mut()
            .for_each(|n| *n += order.hierarchy * offset);
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_model::standard_model;
    use super::*;

    fn limited(max: Option<u32>, exact: Option<u32>) -> (Option<u32>, Option<u32>, usize) {
        let mut model = standard_model();
        model.orders[1].expansion = Some(2);
        let mut limits = OrderLimits {
            max: vec![None, max],
            exact: vec![None, exact],
            ..OrderLimits::default()
        };
        let remarks = limit(&mut limits, &model);
        assert_eq!((limits.max[0], limits.exact[0]), (None, None));
        (limits.max[1], limits.exact[1], remarks.len())
    }

    #[test]
    fn a_model_that_expands_limits_what_a_line_leaves_open() {
        assert_eq!(limited(None, None), (Some(2), None, 0));
        assert_eq!(limited(Some(1), None), (Some(1), None, 0));
        assert_eq!(limited(Some(4), None), (Some(2), None, 1));
        assert_eq!(limited(None, Some(1)), (None, Some(1), 0));
        assert_eq!(limited(None, Some(3)), (Some(2), None, 1));
    }
}
