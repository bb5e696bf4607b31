//! What a restriction card of a UFO model does to it.
//!
//! A restriction is a parameter card at whose point the model is simplified, with
//! MadGraph's meaning: couplings that are zero there are removed, parameters that are
//! zero or one become constants, and inputs of a block that are equal there stay equal.
//! Knows values and names; knows no file. Source: MadGraph5_aMC@NLO 3.5, import of models.

use super::ModelError;
use super::parameters::{Fixed, ParameterTable, Values};
use super::source::ModelSource;

/// Couplings below the first number are zero, unless there are others below the second.
const ZERO_COUPLING: f64 = 1e-13;
const SMALL_COUPLING: f64 = 1e-10;

/// Values that stand for one and zero without being constants: (in the card, meant).
const PROTECTED: [(f64, f64); 2] = [(9.999999e-1, 1.0), (1e-105, 0.0)];

/// Simplifies a model at the values of its table.
///
/// # Errors
/// Those of [`ParameterTable::evaluate`].
pub(crate) fn simplify(
    table: &mut ParameterTable,
    source: &mut ModelSource,
    name: &str,
) -> Result<(), ModelError> {
    let values = table.evaluate()?;
    let zero = zero_couplings(source, &values)?;
    let mut fixed = constants(source, &values);
    let aliases = equal_inputs(table, &fixed);
    fixed.extend(aliases);
    for coupling in zero {
        "0".clone_into(&mut source.couplings[coupling].value);
    }
    for k in 0..table.external().len() {
        let value = table.external()[k].value;
        if let Some(&(_, meant)) = PROTECTED.iter().find(|p| p.0 == value) {
            table.set(k, meant)?;
        }
    }
    table.fix(fixed, name)
}

/// Couplings that vanish.
fn zero_couplings(source: &ModelSource, values: &Values) -> Result<Vec<usize>, ModelError> {
    let mut sizes = Vec::new();
    for row in &source.couplings {
        sizes.push(values.evaluate_text(&row.name, &row.value)?.norm());
    }
    let is_small = |x: &f64| (ZERO_COUPLING..SMALL_COUPLING).contains(x);
    let limit = match sizes.iter().any(is_small) {
        true => 0.0,
        false => ZERO_COUPLING,
    };
    let vanishes = |k: &usize| sizes[*k] == 0.0 || sizes[*k] < limit;
    Ok((0..sizes.len()).filter(vanishes).collect())
}

/// Parameters that are zero or one; masses and widths of one stay inputs.
fn constants(source: &ModelSource, values: &Values) -> Vec<Fixed> {
    let of_particle = |name: &str| {
        let has = |own: &Option<String>| own.as_deref() == Some(name);
        source
            .particles
            .iter()
            .any(|p| has(&p.mass) || has(&p.width))
    };
    let mut fixed = Vec::new();
    for (name, value) in values.all() {
        let text = match (value.re, value.im) {
            (0.0, 0.0) if name != "ZERO" => "0.0",
            (1.0, 0.0) if !of_particle(name) => "1.0",
            _ => continue,
        };
        fixed.push(Fixed {
            name: name.to_owned(),
            text,
            of: None,
        });
    }
    fixed
}

/// Inputs of one block with equal or opposite values: all follow from the first.
fn equal_inputs(table: &ParameterTable, constants: &[Fixed]) -> Vec<Fixed> {
    let mut firsts: Vec<(String, f64, &str)> = Vec::new();
    let mut fixed = Vec::new();
    for row in table.external() {
        let block = row.block.to_lowercase();
        let is_special =
            [0.0, 1.0].contains(&row.value) || PROTECTED.iter().any(|p| p.0 == row.value);
        if block == "decay" || is_special || constants.iter().any(|c| c.name == row.name) {
            continue;
        }
        let first = firsts
            .iter()
            .find(|f| f.0 == block && f.1.abs() == row.value.abs());
        match first {
            Some((_, value, first)) => fixed.push(Fixed {
                name: row.name.clone(),
                text: if *value == row.value { "" } else { "-" },
                of: Some((*first).to_owned()),
            }),
            None => firsts.push((block, row.value, &row.name)),
        }
    }
    fixed
}
