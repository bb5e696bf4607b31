//! Attributes of UFO objects as rows of tables.
//!
//! Knows which attribute has which type, and says what is wrong with one; knows no
//! meaning beyond that.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::fault::{Fault, FaultKind};
use super::interpreter::Interpreter;
use super::objects::Object;
use super::offsets::{Signed, Stated};
use super::value::{Class, MAX_NESTING, Value};
use crate::model::source::{CouplingRow, ExternalRow, InternalRow};
use crate::model::{CouplingOrder, LorentzStructure, ModelNote, NoteKind, Propagator};

/// Expansion orders from here on mean no limit.
const NO_LIMIT: i64 = 99;
/// Powers of coupling orders that couplings may have.
const LEAST_POWER: i64 = -15;
const MOST_POWER: i64 = 255;
const QCD: &str = "QCD";
/// Most parameters of one model: those with all operators of dimension six have some
/// thousands.
const MAX_PARAMETERS: usize = 50_000;

/// The object of a value, with its number.
pub(super) type Numbered<'a> = (usize, &'a Object);

impl Interpreter<'_> {
    /// The objects of a class, each with its number.
    pub(super) fn each(&self, class: Class) -> Vec<Numbered<'_>> {
        let number = |value: Value| match value {
            Value::Object(k) if self.objects[k].class == class => Some((k, &self.objects[k])),
            _ => None,
        };
        self.all(class).into_iter().filter_map(number).collect()
    }

    /// The fault of an object of the model.
    pub(super) fn wrong(&self, object: &Object, problem: &str) -> Fault {
        let problem = format!("{}: {problem}", object.title());
        Fault::new(FaultKind::Fatal, &object.file, object.line, problem)
    }

    pub(super) fn expected(&self, object: &Object, name: &str, expected: &str) -> Fault {
        match object.get(name) {
            Some(value) => {
                let found = self.short_text(&value);
                self.wrong(
                    object,
                    &format!("found {name} = {found}, expected {expected}"),
                )
            }
            None => self.wrong(object, &format!("'{name}' is missing")),
        }
    }

    /// A string.
    pub(super) fn text_attribute(&self, object: &Object, name: &str) -> Result<String, Fault> {
        match &object.get(name) {
            Some(Value::Text(text)) => Ok(text.to_string()),
            _ => Err(self.expected(object, name, "a string")),
        }
    }

    /// An integer.
    pub(super) fn int_attribute(&self, object: &Object, name: &str) -> Result<i64, Fault> {
        let value = object.get(name).and_then(|v| v.as_int());
        value.ok_or_else(|| self.expected(object, name, "an integer"))
    }

    /// Items of a list or tuple; one that stands alone is a list of it.
    pub(super) fn list_attribute(&self, object: &Object, name: &str) -> Result<Vec<Value>, Fault> {
        match &object.get(name) {
            Some(Value::List(items)) => Ok(items.borrow().clone()),
            Some(Value::Tuple(items)) => Ok(items.to_vec()),
            _ => Err(self.expected(object, name, "a list")),
        }
    }

    /// The number of an object of a class.
    pub(super) fn object_of(
        &self,
        value: &Value,
        class: Class,
        of: &Object,
    ) -> Result<usize, Fault> {
        match value {
            Value::Object(k) if self.objects[*k].class == class => Ok(*k),
            other => {
                let found = self.short_text(other);
                let problem = format!("found {found}, expected a {}", class.names().0);
                Err(self.wrong(of, &problem))
            }
        }
    }

    /// The name of a parameter, given as one or as a name; `None` for zero.
    pub(super) fn parameter_name(
        &self,
        object: &Object,
        name: &str,
    ) -> Result<Option<String>, Fault> {
        match &object.get(name) {
            None | Some(Value::None) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.to_string())),
            Some(Value::Object(k)) if self.objects[*k].class == Class::Parameter => {
                Ok(Some(self.objects[*k].name()))
            }
            Some(value) if value.as_real() == Some(0.0) => Ok(None),
            Some(_) => Err(self.expected(object, name, "a parameter")),
        }
    }

    /// Inputs and derived parameters.
    pub(super) fn parameters(&self) -> Result<(Vec<ExternalRow>, Vec<InternalRow>), Fault> {
        let (mut external, mut internal) = (Vec::new(), Vec::<InternalRow>::new());
        let mut by_name: FxHashMap<String, usize> = FxHashMap::default();
        let mut by_code: FxHashMap<(String, Vec<i32>), String> = FxHashMap::default();
        let objects = self.each(Class::Parameter);
        if let Some((_, object)) = objects.get(MAX_PARAMETERS) {
            let problem = format!("more than {MAX_PARAMETERS} parameters in one model");
            return Err(self.wrong(object, &problem));
        }
        for (_, object) in objects {
            let name = self.text_attribute(object, "name")?;
            let nature = self.text_attribute(object, "nature")?;
            let complex = match &*self.text_attribute(object, "type")? {
                "real" => false,
                "complex" => true,
                _ => return Err(self.expected(object, "type", "'real' or 'complex'")),
            };
            match &*nature {
                "external" => {
                    let row = self.external(object, name)?;
                    let place = (row.block.to_lowercase(), row.code.clone());
                    let (block, code) = (row.block.clone(), row.code.clone());
                    if let Some(other) = by_code.insert(place, row.name.clone())
                        && other != row.name
                    {
                        let code: Vec<String> = code.iter().map(i32::to_string).collect();
                        let problem = format!(
                            "found the block {block} and the code {}, which the parameter \
                             '{other}' has already; expected others: a parameter card could not \
                             tell them apart",
                            code.join(" ")
                        );
                        return Err(self.wrong(object, &problem));
                    }
                    external.push(row);
                }
                "internal" => {
                    let row = InternalRow {
                        name,
                        value: self.expression(object, "value")?,
                        complex,
                        block: None,
                        code: None,
                    };
                    // Some models state a parameter a second time.
                    let first = *by_name.entry(row.name.clone()).or_insert(internal.len());
                    if internal.get(first) != Some(&row) {
                        internal.push(row);
                    }
                }
                _ => return Err(self.expected(object, "nature", "'external' or 'internal'")),
            }
        }
        Ok((external, internal))
    }

    /// An input.
    fn external(&self, object: &Object, name: String) -> Result<ExternalRow, Fault> {
        let value = object.get("value").unwrap_or(Value::None);
        let number = match &value {
            Value::Text(text) => text.trim().parse().ok(),
            other => other.as_real(),
        };
        let Some(value) = number.filter(|x: &f64| x.is_finite()) else {
            return Err(self.expected(object, "value", "a real number"));
        };
        Ok(ExternalRow {
            name,
            block: self.text_attribute(object, "lhablock")?,
            code: self.codes(object)?,
            value,
        })
    }

    fn codes(&self, object: &Object) -> Result<Vec<i32>, Fault> {
        let items = match object.get("lhacode") {
            Some(value @ Value::Int(_)) => vec![value],
            _ => self.list_attribute(object, "lhacode")?,
        };
        let code = |v: &Value| v.as_int().and_then(|n| i32::try_from(n).ok());
        let codes: Option<Vec<i32>> = items.iter().map(code).collect();
        codes.ok_or_else(|| self.expected(object, "lhacode", "a list of integers"))
    }

    /// An expression, or a number as one.
    fn expression(&self, object: &Object, name: &str) -> Result<String, Fault> {
        match &object.get(name) {
            Some(Value::Text(text)) => Ok(text.to_string()),
            Some(Value::Complex(z)) if z.im != 0.0 => Ok(format!("complex({:?},{:?})", z.re, z.im)),
            Some(Value::Object(k)) if self.objects[*k].class == Class::Parameter => {
                Ok(self.objects[*k].name())
            }
            // Of a series in epsilon the finite part.
            Some(Value::Dict(entries)) => {
                let zero = Value::Int(0);
                let entries = entries.borrow();
                let finite = entries.iter().find(|e| e.0.equals(&zero, MAX_NESTING));
                match finite {
                    Some((_, Value::Text(text))) => Ok(text.to_string()),
                    _ => Ok("0".to_owned()),
                }
            }
            Some(value) => match value.as_real() {
                Some(x) => Ok(format!("{x:?}")),
                None => Err(self.expected(object, name, "an expression")),
            },
            None => Err(self.expected(object, name, "an expression")),
        }
    }

    /// Couplings with their numbers, and with powers apart from their rows.
    pub(super) fn couplings(&self) -> Result<Vec<(usize, Stated)>, Fault> {
        let mut rows = Vec::new();
        for (number, object) in self.each(Class::Coupling) {
            let powers = object.get("order");
            let Some(Value::Dict(entries)) = &powers else {
                return Err(self.expected(object, "order", "a dictionary"));
            };
            let mut powers = Signed::new();
            for (name, power) in entries.borrow().iter() {
                let within = |n: &i64| (LEAST_POWER..=MOST_POWER).contains(n);
                let power = power.as_int().filter(within);
                let (Value::Text(name), Some(power)) = (name, power) else {
                    let expected =
                        format!("names of orders with powers from {LEAST_POWER} to {MOST_POWER}");
                    return Err(self.expected(object, "order", &expected));
                };
                if power < 0 && **name == *QCD {
                    return Err(self.expected(object, "order", "a power of QCD from 0"));
                }
                powers.insert(name.to_string(), power as i16);
            }
            let row = CouplingRow {
                name: self.text_attribute(object, "name")?,
                value: self.expression(object, "value")?,
                order: BTreeMap::new(),
            };
            rows.push((number, (row, powers)));
        }
        Ok(rows)
    }

    /// Lorentz structures with their numbers, those of ghosts left out. Form factors
    /// stand in them by their expressions.
    pub(super) fn lorentz(&self) -> Result<Vec<(usize, LorentzStructure)>, Fault> {
        let mut factors = Vec::new();
        for (_, object) in self.each(Class::FormFactor) {
            factors.push((
                self.text_attribute(object, "name")?,
                self.expression(object, "value")?,
            ));
        }
        let mut rows = Vec::new();
        for (number, object) in self.each(Class::Lorentz) {
            let spins = self.list_attribute(object, "spins")?;
            let spins: Option<Vec<i64>> = spins.iter().map(Value::as_int).collect();
            let Some(spins) = spins else {
                return Err(self.expected(object, "spins", "a list of integers"));
            };
            let spins = spins.iter().map(|s| u8::try_from(*s));
            let Ok(spins) = spins.collect::<Result<Vec<u8>, _>>() else {
                continue;
            };
            let structure = self.text_attribute(object, "structure")?;
            let row = LorentzStructure {
                name: self.text_attribute(object, "name")?,
                spins,
                structure: with_form_factors(&structure, &factors),
            };
            rows.push((number, row));
        }
        Ok(rows)
    }

    /// Coupling orders; those that couplings name without a definition have hierarchy 1.
    pub(super) fn orders(
        &self,
        couplings: &[(usize, Stated)],
        notes: &mut Vec<ModelNote>,
    ) -> Result<Vec<CouplingOrder>, Fault> {
        let mut orders: Vec<CouplingOrder> = Vec::new();
        for (_, object) in self.each(Class::CouplingOrder) {
            let name = self.text_attribute(object, "name")?;
            let expansion = self.int_attribute(object, "expansion_order")?;
            let hierarchy = u32::try_from(self.int_attribute(object, "hierarchy")?);
            let Ok(hierarchy) = hierarchy else {
                return Err(self.expected(object, "hierarchy", "a number from 0"));
            };
            let limited = (0..NO_LIMIT).contains(&expansion);
            if orders.iter().all(|o| o.name != name) {
                orders.push(CouplingOrder {
                    name,
                    hierarchy,
                    expansion: limited.then_some(expansion as u32),
                    offset: 0,
                });
            }
        }
        for name in couplings.iter().flat_map(|(_, (_, powers))| powers.keys()) {
            if orders.iter().all(|o| o.name != *name) {
                let text = format!(
                    "the model does not define the coupling order '{name}': its hierarchy is 1"
                );
                notes.push(ModelNote::new(NoteKind::UndefinedOrder, name, text));
                orders.push(CouplingOrder {
                    name: name.clone(),
                    hierarchy: 1,
                    expansion: None,
                    offset: 0,
                });
            }
        }
        Ok(orders)
    }

    /// The propagator that a particle names; of several that in a gauge.
    pub(super) fn propagator(
        &self,
        particle: &Object,
        gauge: usize,
    ) -> Result<Option<Propagator>, Fault> {
        let named = particle.get("propagator");
        let value = match &named {
            Some(Value::Dict(entries)) => {
                let key = Value::Int(gauge as i64);
                let entries = entries.borrow();
                let mut entries = entries.iter();
                entries.find(|e| e.0.equals(&key, 2)).map(|e| e.1.clone())
            }
            _ => named,
        };
        let value = match value {
            None | Some(Value::None) => return Ok(None),
            Some(value) => value,
        };
        let object = &self.objects[self.object_of(&value, Class::Propagator, particle)?];
        let denominator = match object.get("denominator") {
            None | Some(Value::None) => None,
            Some(_) => Some(self.text_attribute(object, "denominator")?),
        };
        Ok(Some(Propagator {
            name: self.text_attribute(object, "name")?,
            numerator: self.text_attribute(object, "numerator")?,
            denominator,
        }))
    }
}

/// A structure with `(value)` in place of the names of form factors.
fn with_form_factors(structure: &str, factors: &[(String, String)]) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut text = String::with_capacity(structure.len());
    let mut rest = structure;
    while let Some(start) = rest.find(is_part) {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match factors.iter().find(|f| f.0 == word) {
            Some((_, value)) => text.push_str(&format!("({value})")),
            None => text.push_str(word),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_factors_stand_in_brackets() {
        let factors = [("FF1".to_owned(), "1/(1+x)".to_owned())];
        let text = with_form_factors("FF1*Gamma(3,2,-1)*FF12 - FF1**2", &factors);
        assert_eq!(text, "(1/(1+x))*Gamma(3,2,-1)*FF12 - (1/(1+x))**2");
    }
}
