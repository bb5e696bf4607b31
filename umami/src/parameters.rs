//! Parameters of the model by the names that callers use.
//!
//! Knows names; knows no value.

use omnis::model::{Model, Parameter, ParameterOrigin};

use crate::fault::Fault;

/// What MadGraph puts in front of names of parameters.
const PREFIX: &str = "mdl_";

/// The parameter of a name, with or without MadGraph's prefix; case counts only where two names
/// differ in nothing else.
///
/// # Errors
/// A name that the model does not have; the inputs that it has.
pub fn find<'m>(model: &'m Model, name: &str) -> Result<&'m Parameter, Fault> {
    let short = name.strip_prefix(PREFIX).unwrap_or(name);
    let exact = |name: &str| model.parameters.iter().find(|p| p.name == name);
    if let Some(found) = exact(name).or_else(|| exact(short)) {
        return Ok(found);
    }
    let similar = |p: &&Parameter| p.name.eq_ignore_ascii_case(short);
    let mut found = model.parameters.iter().filter(similar);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => {
            let inputs = model.parameters.iter().filter(|p| is_input(p));
            let inputs: Vec<&str> = inputs.map(|p| p.name.as_str()).collect();
            let expected = format!("a parameter of '{}' ({})", model.name, inputs.join(", "));
            Err(Fault::found("a name", format!("'{name}'"), expected))
        }
    }
}

/// Whether a parameter is an input of the model.
fn is_input(parameter: &Parameter) -> bool {
    matches!(parameter.origin, ParameterOrigin::External { .. })
}
