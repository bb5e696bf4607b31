//! The power of the strong coupling in each coupling of a model.
//!
//! Where it is not that of the order QCD, as in effective vertices of Higgs bosons and
//! gluons, an order of its own counts it, so that couplings run as they should. Knows
//! expressions through their values at two points; knows no process.

use super::parameters::{ParameterTable, Values};
use super::source::ModelSource;
use super::{CouplingOrder, Model, ModelError, ModelNote, NoteKind};
use crate::elementary::{Elementary, ElementaryComplex};

/// The parameter that runs.
const ALPHA_S: &str = "aS";
const QCD: &str = "QCD";
/// The order that counts powers of the strong coupling; no process line can name it.
pub(super) const POWER: &str = "powers of aS^(1/2)";
/// How near a power is to a whole number.
const TOLERANCE: f64 = 1e-9;

impl Model {
    /// Position of the order that counts powers of the strong coupling `aS^(1/2)`.
    pub fn strong_order(&self) -> Option<usize> {
        self.order_index(POWER).or_else(|| self.order_index(QCD))
    }
}

/// Adds the order where the model needs it.
///
/// # Errors
/// Those of evaluating the parameters.
pub(super) fn count_powers(
    source: &mut ModelSource,
    table: &ParameterTable,
    values: &Values<'_>,
) -> Result<(), ModelError> {
    let Some(index) = table.external().iter().position(|p| p.name == ALPHA_S) else {
        return Ok(());
    };
    let mut other = table.clone();
    other.set(index, 2.0 * table.external()[index].value)?;
    let Ok(other) = other.evaluate() else {
        return Ok(());
    };
    let mut mixed = Vec::new();
    let mut powers = Vec::new();
    for row in &source.couplings {
        let own = values.evaluate_text(&row.name, &row.value)?;
        let stated = row.order.get(QCD).copied().unwrap_or(0);
        let ratio = match other.evaluate_text(&row.name, &row.value) {
            Ok(shifted) if own.norm() > 0.0 => shifted / own,
            _ => {
                powers.push(stated);
                continue;
            }
        };
        let power = 2.0 * ratio.norm_same().log2_same();
        let is_power = ratio.im.abs() < TOLERANCE
            && ratio.re > 0.0
            && (power - power.round()).abs() < TOLERANCE
            && (-TOLERANCE..15.5).contains(&power);
        if !is_power {
            mixed.push(row.name.as_str());
        }
        powers.push(if is_power {
            power.round() as u8
        } else {
            stated
        });
    }
    let stated = |k: usize| source.couplings[k].order.get(QCD).copied().unwrap_or(0);
    let differs = (0..powers.len()).any(|k| powers[k] != stated(k));
    if !mixed.is_empty() {
        let names = mixed.join(", ");
        let text = format!(
            "the couplings {names} depend on aS, and not by a power of it: they run with their order \
             QCD"
        );
        let note = ModelNote::new(NoteKind::MixedStrongPower, names, text);
        source.notes.push(note);
    }
    if differs {
        source.orders.push(CouplingOrder {
            name: POWER.to_owned(),
            hierarchy: 0,
            expansion: None,
            offset: 0,
        });
        for (row, power) in source.couplings.iter_mut().zip(powers) {
            row.order.insert(POWER.to_owned(), power);
        }
    }
    Ok(())
}
