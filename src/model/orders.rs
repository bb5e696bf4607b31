//! Which coupling orders of a model are told apart.
//!
//! Knows names and limits of orders; knows no process and no diagram.

use super::Model;

/// Coupling orders up to which all are kept.
const ALL_KEPT: usize = 16;
/// Orders that are kept whoever asks for what.
const ALWAYS: [&str; 2] = ["QCD", "QED"];

impl Model {
    /// Forgets coupling orders that nothing depends on, of a model that has more than can
    /// be told apart: one for each operator, say. Those stay that the process `lines` name,
    /// that have a highest power of their own, QCD and QED. WEIGHTED is the weight of
    /// those that stay.
    pub(crate) fn forget_orders(&mut self, lines: &[String]) {
        if self.orders.len() <= ALL_KEPT {
            return;
        }
        let is_part = |c: char| !c.is_alphanumeric() && c != '_';
        let named = |name: &str| {
            let words = lines.iter().flat_map(|line| line.split(is_part));
            let mut words = words.map(|w| w.trim_start_matches(|c: char| c.is_ascii_digit()));
            words.any(|word| word == name)
        };
        let kept: Vec<bool> = (self.orders.iter())
            .map(|o| {
                ALWAYS.contains(&o.name.as_str()) || o.expansion.is_some() || named(&o.name)
            })
            .collect();
        let n = kept.iter().filter(|k| !**k).count();
        if n == 0 {
            return;
        }
        let mut keep = kept.iter();
        self.orders.retain(|_| *keep.next().expect("same length"));
        for coupling in &mut self.couplings {
            let mut keep = kept.iter();
            coupling.orders.retain(|_| *keep.next().expect("same length"));
        }
        self.notes.push(format!(
            "{n} of {} coupling orders are named by no process and not told apart",
            kept.len()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CouplingOrder, Model, ModelSpec};

    fn with_orders(n: usize) -> Model {
        let mut model = Model::load(&ModelSpec::default()).unwrap();
        for k in 0..n {
            model.orders.push(CouplingOrder {
                name: format!("NP{k}"),
                hierarchy: 1,
                expansion: (k == 3).then_some(1),
            });
            for c in &mut model.couplings {
                c.orders.push(u8::from(k % 2 == 0));
            }
        }
        model
    }

    #[test]
    fn orders_that_are_named_or_limited_stay() {
        let mut few = with_orders(10);
        few.forget_orders(&[]);
        assert_eq!(few, with_orders(10));
        let mut many = with_orders(70);
        let lines = ["e+ e- > z h NP5<=1 NP60^2==2", "e+ e- > z NP7=0"];
        many.forget_orders(&lines.map(str::to_owned));
        let names: Vec<&str> = many.orders.iter().map(|o| o.name.as_str()).collect();
        assert_eq!(names, ["QCD", "QED", "NP3", "NP5", "NP7", "NP60"]);
        for (c, old) in many.couplings.iter().zip(&with_orders(70).couplings) {
            let kept = [0, 1, 5, 7, 9, 62].map(|k| old.orders[k]);
            assert_eq!(c.orders, kept, "{}", c.name);
        }
        assert_eq!(many.notes.len(), 1);
    }
}
