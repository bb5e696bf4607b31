//! Coupling orders that nobody asks about, put together.
//!
//! Models of effective theories have an order for each operator, more than the recursion
//! keeps apart. Knows names and powers; knows no process.

use super::{CouplingOrder, Model};

/// Most orders that diagrams keep apart.
const MOST: usize = 16;
/// Orders that have a meaning of their own.
const OWN: [&str; 3] = ["QCD", "QED", super::strong::POWER];

impl Model {
    /// Joins orders of equal hierarchy that the lines do not name and that are not limited,
    /// if there are more orders than diagrams keep apart. Sums of hierarchy times power
    /// stay as they are.
    pub(crate) fn join_orders(&mut self, lines: &[String]) {
        if self.orders.len() <= MOST {
            return;
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let words: Vec<String> = (lines.iter())
            .flat_map(|line| line.split(|c| !is_part(c)))
            .map(str::to_lowercase)
            .collect();
        let stays = |order: &CouplingOrder| {
            OWN.contains(&&*order.name)
                || order.expansion.is_some()
                || words.contains(&order.name.to_lowercase())
        };
        let mut joined: Vec<CouplingOrder> = Vec::new();
        let mut place = Vec::new();
        for order in &self.orders {
            let same = |o: &CouplingOrder| !stays(o) && o.hierarchy == order.hierarchy;
            let found = joined.iter().position(same).filter(|_| !stays(order));
            place.push(found.unwrap_or(joined.len()));
            match found {
                Some(k) => joined[k].offset += order.offset,
                None => joined.push(order.clone()),
            }
        }
        for coupling in &mut self.couplings {
            let mut orders = vec![0_u8; joined.len()];
            for (k, power) in place.iter().zip(&coupling.orders) {
                orders[*k] = orders[*k].saturating_add(*power);
            }
            coupling.orders = orders;
        }
        self.orders = joined;
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{CouplingOrder, Model, ModelSpec};

    /// The Standard Model with twenty more orders, one for each of its first couplings.
    fn with_many_orders() -> Model {
        let mut model = Model::load(&ModelSpec::default()).unwrap();
        for k in 0..20 {
            model.orders.push(CouplingOrder {
                name: format!("NP{k}"),
                hierarchy: 1 + k % 2,
                expansion: (k == 7).then_some(1),
                offset: 0,
            });
            for (c, coupling) in model.couplings.iter_mut().enumerate() {
                coupling.orders.push(u8::from(c as u32 == k));
            }
        }
        model
    }

    fn weights(model: &Model) -> Vec<u32> {
        let weight = |orders: &[u8]| -> u32 {
            let pairs = orders.iter().zip(&model.orders);
            pairs.map(|(n, o)| u32::from(*n) * o.hierarchy).sum()
        };
        model.couplings.iter().map(|c| weight(&c.orders)).collect()
    }

    #[test]
    fn orders_that_are_not_named_are_joined_by_hierarchy() {
        let before = with_many_orders();
        let mut model = before.clone();
        model.join_orders(&["p p > e+ e- np3<=1 QCD=0".to_owned()]);
        let names: Vec<&str> = model.orders.iter().map(|o| &*o.name).collect();
        assert_eq!(names, ["QCD", "QED", "NP0", "NP1", "NP3", "NP7"]);
        assert_eq!(weights(&model), weights(&before));
        let power = |model: &Model, k: usize, name: &str| {
            model.couplings[k].orders[model.order_index(name).unwrap()]
        };
        for k in 0..20 {
            assert_eq!(power(&model, k, "NP3"), u8::from(k == 3));
            assert_eq!(power(&model, k, "NP0"), u8::from(k % 2 == 0));
        }
    }

    #[test]
    fn few_orders_stay() {
        let before = Model::load(&ModelSpec::default()).unwrap();
        let mut model = before.clone();
        model.join_orders(&[]);
        assert_eq!(model, before);
    }
}
