//! Negative powers of coupling orders, as of operators that come with a vacuum expectation
//! value: `order = {'NP': 1, 'QED': -1}`.
//!
//! In a tree diagram the legs of the vertices beyond two add up to those of the process: an
//! order that counts the same number more for each of them is as good, and has no
//! negative powers. Knows rows of tables; knows no diagram.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::model::CouplingOrder;
use crate::model::source::{CouplingRow, VertexRow};

/// Powers as a model states them.
pub(super) type Signed = BTreeMap<String, i16>;
/// A row whose `order` is empty, and what the model states in its place.
pub(super) type Stated = (CouplingRow, Signed);

/// Gives orders with negative powers an offset, and a row to each coupling for each number of
/// legs of vertices that have it. Rows come with the powers that their `order` lacks.
pub(super) fn settle(
    stated: Vec<Stated>,
    vertices: &mut [VertexRow],
    orders: &mut [CouplingOrder],
) -> Vec<CouplingRow> {
    for vertex in vertices.iter() {
        let beyond = vertex.particles.len().saturating_sub(2) as i16;
        for (_, _, coupling) in vertex.terms.iter().filter(|_| beyond > 0) {
            for order in orders.iter_mut() {
                let power = stated[*coupling].1.get(&order.name).copied().unwrap_or(0);
                let missing = (-power).max(0).unsigned_abs();
                let needed = u32::from(missing.div_ceil(beyond.unsigned_abs()));
                order.offset = order.offset.max(needed);
            }
        }
    }
    let row = |k: usize, beyond: u32| {
        let (row, powers) = &stated[k];
        let shifted = |order: &CouplingOrder| {
            let power = i64::from(powers.get(&order.name).copied().unwrap_or(0));
            let power = power + i64::from(order.offset) * i64::from(beyond);
            let is_there = power != 0 || powers.contains_key(&order.name);
            let power = u8::try_from(power.max(0)).unwrap_or(u8::MAX);
            is_there.then(|| (order.name.clone(), power))
        };
        CouplingRow {
            order: orders.iter().filter_map(shifted).collect(),
            ..row.clone()
        }
    };
    if orders.iter().all(|order| order.offset == 0) {
        return (0..stated.len()).map(|k| row(k, 0)).collect();
    }
    let mut rows = Vec::new();
    let mut place: FxHashMap<(usize, u32), usize> = FxHashMap::default();
    for vertex in vertices.iter_mut() {
        let beyond = vertex.particles.len().saturating_sub(2) as u32;
        for (_, _, coupling) in &mut vertex.terms {
            *coupling = *place.entry((*coupling, beyond)).or_insert_with(|| {
                rows.push(row(*coupling, beyond));
                rows.len() - 1
            });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coupling(name: &str, powers: &[(&str, i16)]) -> Stated {
        let row = CouplingRow {
            name: name.to_owned(),
            value: "1".to_owned(),
            order: BTreeMap::new(),
        };
        let powers = powers.iter().map(|(n, p)| ((*n).to_owned(), *p));
        (row, powers.collect())
    }

    fn vertex(legs: usize, couplings: &[usize]) -> VertexRow {
        VertexRow {
            name: String::new(),
            particles: vec!["x".to_owned(); legs],
            colour: vec!["1".to_owned()],
            terms: couplings.iter().map(|&c| (0, 0, c)).collect(),
        }
    }

    fn orders() -> [CouplingOrder; 2] {
        ["NP", "QED"].map(|name| CouplingOrder {
            name: name.to_owned(),
            hierarchy: 1,
            expansion: None,
            offset: 0,
        })
    }

    #[test]
    fn negative_powers_become_an_offset_for_each_leg_beyond_two() {
        let stated = vec![
            coupling("a", &[("NP", 1), ("QED", -1)]),
            coupling("b", &[("QED", 1)]),
            coupling("c", &[("QED", -3), ("NP", 2)]),
        ];
        let mut vertices = [vertex(3, &[0, 1]), vertex(4, &[1, 2])];
        let mut orders = orders();
        let rows = settle(stated, &mut vertices, &mut orders);
        assert_eq!(orders.map(|o| o.offset), [0, 2]);
        let found: Vec<_> = (vertices.iter())
            .flat_map(|v| v.terms.iter().map(|t| &rows[t.2]))
            .map(|r| (&*r.name, r.order.get("NP").copied(), r.order["QED"]))
            .collect();
        let want = [
            ("a", Some(1), 1),
            ("b", None, 3),
            ("b", None, 5),
            ("c", Some(2), 1),
        ];
        assert_eq!(found, want);
    }

    #[test]
    fn powers_from_zero_stay() {
        let stated = vec![coupling("a", &[("NP", 0), ("QED", 2)])];
        let mut vertices = [vertex(3, &[0]), vertex(4, &[0])];
        let mut orders = orders();
        let rows = settle(stated, &mut vertices, &mut orders);
        assert_eq!(orders.map(|o| o.offset), [0, 0]);
        assert_eq!(rows.len(), 1);
        let powers = rows[0].order.clone().into_iter().collect::<Vec<_>>();
        assert_eq!(powers, [("NP".to_owned(), 0), ("QED".to_owned(), 2)]);
    }
}
