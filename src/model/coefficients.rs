//! A model whose couplings are taken apart by powers of some of its inputs.
//!
//! Couplings are polynomials in the inputs that are asked for, the coefficients; each of
//! their terms becomes a coupling of its own, with the powers of the coefficients as
//! further coupling orders. Amplitudes by coupling order are then polynomials in the
//! coefficients. What depends on them in another way is remembered with the reason. Knows
//! tables and expressions; knows no process.

use std::collections::BTreeMap;

use super::build::build;
use super::expression::Expression;
use super::load::Tables;
use super::parameters::{ParameterTable, Values};
use super::polynomial::{Polynomial, monomial};
use super::source::{CouplingRow, ModelSource};
use super::strong::count_powers;
use super::{CouplingOrder, Model, ModelError, ModelSpec, ParticleId};
use crate::suggest::did_you_mean;

/// How the names of orders begin that hold powers of coefficients; no process line can
/// name them.
const CODE: &str = "powers of coefficients ";
/// Most coupling orders of a model, those for powers included.
const MOST_ORDERS: usize = 16;
/// Relative difference of a coupling from the sum of its terms.
const TOLERANCE: f64 = 1e-10;
/// Runs with the parton densities.
const STRONG_COUPLING: &str = "aS";

impl CouplingOrder {
    /// Whether it holds powers of coefficients, which may be large numbers.
    pub(crate) fn is_code(&self) -> bool {
        self.name.starts_with(CODE)
    }
}

/// Powers of coefficients as coupling orders: bits of one long number, eight in each order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exponents {
    /// Coefficients.
    n: usize,
    /// Bits of each power.
    bits: usize,
    /// Orders of the model before those for powers.
    first: usize,
}

impl Exponents {
    fn n_orders(&self) -> usize {
        (self.n * self.bits).div_ceil(8)
    }

    fn encode(&self, powers: &[u8]) -> Vec<u8> {
        let mut code = 0_u128;
        for (k, power) in powers.iter().enumerate() {
            code |= u128::from(*power) << (k * self.bits);
        }
        code.to_le_bytes()[..self.n_orders()].to_vec()
    }

    /// Powers of the coefficients of an amplitude with these powers of the coupling orders.
    pub fn decode(&self, orders: &[u8]) -> Vec<u8> {
        let mut bytes = [0; 16];
        let own = &orders[self.first..self.first + self.n_orders()];
        bytes[..own.len()].copy_from_slice(own);
        let code = u128::from_le_bytes(bytes);
        let mask = (1 << self.bits) - 1;
        let power = |k: usize| (code >> (k * self.bits) & mask) as u8;
        (0..self.n).map(power).collect()
    }
}

/// A model with its couplings by powers of coefficients.
#[derive(Clone, Debug)]
pub struct PolynomialModel {
    /// Particles, structures and coupling orders are those of the model at the same
    /// parameters; its orders stand before those for powers.
    pub model: Model,
    /// Exact names of the coefficients.
    pub names: Vec<String>,
    /// Their values in the parameters of the model.
    pub values: Vec<f64>,
    /// Where the powers are.
    pub exponents: Exponents,
    /// Couplings that are no polynomials, and why not.
    couplings: BTreeMap<usize, String>,
    /// Particles with a mass, width or propagator that depends on coefficients.
    particles: BTreeMap<ParticleId, String>,
    /// Lorentz structures that do.
    structures: BTreeMap<usize, String>,
}

impl PolynomialModel {
    /// Loads the model of `spec`, whose widths are numbers, for diagrams of up to
    /// `n_vertices` vertices.
    ///
    /// # Errors
    /// [`ModelError::Coefficient`] for a name that is no input or is given twice, and for
    /// more coefficients than there is room for; those of [`Model::load`].
    pub fn load(spec: &ModelSpec, names: &[String], n_vertices: usize) -> Result<Self, ModelError> {
        let Tables {
            mut source,
            table,
            restrictions,
            ..
        } = Tables::load(spec)?;
        let inputs = inputs(&table, names)?;
        let row = |&k: &usize| &table.external()[k];
        let names: Vec<String> = inputs.iter().map(|k| row(k).name.clone()).collect();
        let values = table.evaluate()?;
        if source.is_ufo {
            count_powers(&mut source, &table, &values)?;
        }
        let point: Vec<f64> = inputs.iter().map(|k| row(k).value).collect();
        let expanded = Expanded::of(&table, &names, &point, &values);
        let (rows, reasons) = expanded.couplings(&source, &values)?;
        let degree = rows
            .iter()
            .flatten()
            .flat_map(|t| t.0.iter().copied())
            .max();
        let most = usize::from(degree.unwrap_or(1)) * n_vertices;
        let exponents = Exponents {
            n: names.len(),
            bits: (usize::BITS - most.leading_zeros()) as usize,
            first: 0,
        };
        let n_orders = exponents.n_orders();
        if n_orders >= MOST_ORDERS || exponents.n * exponents.bits > 128 {
            return Err(no_room(&names, MOST_ORDERS - 1, exponents.bits));
        }
        let structures = expanded.structures(&source);
        let couplings = take_apart(&mut source, rows, &reasons, &exponents);
        let scheme = table.scheme();
        let by_name = |names: Vec<String>| expanded.dependent(names.iter());
        let model = build(source, restrictions, scheme, spec.gauge, values.clone())?;
        let of_particle = |id: ParticleId| {
            let p = model.particle(id);
            let (mass, width) = (vec![p.mass_name.clone()], vec![p.width_name.clone()]);
            let own = p.propagator.iter();
            let texts = own.flat_map(|o| [Some(&o.numerator), o.denominator.as_ref()]);
            let inside: Vec<String> = texts.flatten().flat_map(|t| words(t)).collect();
            for (what, names) in [("mass", mass), ("width", width), ("propagator", inside)] {
                if let Some(text) = by_name(names) {
                    return Some((id, format!("the {what} of '{}' depends on {text}", p.name)));
                }
            }
            None
        };
        let particles = model.ids().filter_map(of_particle).collect();
        Ok(Self {
            model,
            names,
            values: point,
            exponents,
            couplings,
            particles,
            structures,
        })
    }

    /// The same with orders joined as those of the model of a run, for the same lines.
    ///
    /// # Errors
    /// [`ModelError::Coefficient`] if there is no room for the orders of both.
    pub fn joined(mut self, lines: &[String], own: &Model) -> Result<Self, ModelError> {
        self.model.join_orders(lines);
        let (found, expected) = (&self.model.orders, &own.orders);
        let (first, n) = (expected.len(), self.exponents.n_orders());
        if found.len() != first + n || found.len() > MOST_ORDERS || found[..first] != expected[..] {
            let room = MOST_ORDERS.saturating_sub(first);
            return Err(no_room(&self.names, room, self.exponents.bits));
        }
        self.exponents.first = first;
        Ok(self)
    }

    /// Why diagrams with this particle, or with this term of a vertex, are no polynomials in
    /// the coefficients; nothing if they are.
    pub fn objection_to_particle(&self, id: ParticleId) -> Option<&str> {
        self.particles.get(&id).map(String::as_str)
    }

    /// The same for a coupling and a Lorentz structure, by position in the model.
    pub fn objection_to_term(&self, coupling: usize, lorentz: usize) -> Option<&str> {
        let own = self.couplings.get(&coupling);
        own.or_else(|| self.structures.get(&lorentz))
            .map(String::as_str)
    }

    /// The product of powers of the coefficients at their values in the model.
    pub fn monomial(&self, powers: &[u8]) -> f64 {
        monomial(powers, &self.values)
    }
}

fn no_room(names: &[String], n_orders: usize, bits: usize) -> ModelError {
    ModelError::Coefficient {
        name: names.last().cloned().unwrap_or_default(),
        problem: format!(
            "found {} coefficients, and beside the coupling orders of the model and of the process \
             lines there is room for {}",
            names.len(),
            8 * n_orders / bits.max(1)
        ),
    }
}

/// Indices of the inputs of these names.
fn inputs(table: &ParameterTable, names: &[String]) -> Result<Vec<usize>, ModelError> {
    let mut list: Vec<usize> = Vec::new();
    for name in names {
        let wrong = |problem: String| ModelError::Coefficient {
            name: name.clone(),
            problem,
        };
        if let Some(note) = table.fixed(name).map_err(|e| wrong(e.to_string()))? {
            return Err(wrong(note));
        }
        let index = table.find_external(name).map_err(|e| match e {
            ModelError::UnknownParameter { .. } => {
                let inputs = table.external().iter().map(|p| &*p.name);
                wrong(format!(
                    "no input of the model{}",
                    did_you_mean(name, inputs)
                ))
            }
            other => wrong(other.to_string()),
        })?;
        let own = &table.external()[index].name;
        if list.contains(&index) {
            return Err(wrong(format!("'{own}' is given twice")));
        }
        if own == STRONG_COUPLING {
            return Err(wrong(
                "the strong coupling of an event is that of its parton densities".to_owned(),
            ));
        }
        list.push(index);
    }
    Ok(list)
}

/// Identifiers of a text.
fn words(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_part(c));
    words.filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// A term of a coupling: powers of the coefficients, value.
type TermRow = (Vec<u8>, String);
/// Why couplings are no polynomials, by position.
type Reasons = BTreeMap<usize, String>;

/// All parameters that depend on the coefficients.
struct Expanded<'a> {
    table: &'a ParameterTable,
    names: &'a [String],
    point: &'a [f64],
    parameters: BTreeMap<String, Result<Polynomial, String>>,
}

impl<'a> Expanded<'a> {
    fn of(
        table: &'a ParameterTable,
        names: &'a [String],
        point: &'a [f64],
        values: &Values<'_>,
    ) -> Self {
        let mut all = Self {
            table,
            names,
            point,
            parameters: BTreeMap::new(),
        };
        let n = names.len();
        for (k, name) in names.iter().enumerate() {
            let variable = Polynomial::variable(n, k);
            all.parameters.insert(name.clone(), Ok(variable));
        }
        for (name, text, expression) in table.derived() {
            if !all.is_about(expression) {
                continue;
            }
            let because = |reason: String| match reason.contains(" = ") {
                true => reason,
                false => format!("{name} = {} {reason}", shortened(text)),
            };
            let found = all.expand(expression, values).map_err(because);
            if !matches!(&found, Ok(p) if p.constant().is_some()) {
                all.parameters.insert(name.to_owned(), found);
            }
        }
        all
    }

    /// Whether a name of the expression depends on coefficients.
    fn is_about(&self, expression: &Expression) -> bool {
        let names = expression.names();
        names.iter().any(|name| self.parameters.contains_key(*name))
    }

    fn expand(&self, expression: &Expression, values: &Values<'_>) -> Result<Polynomial, String> {
        let n = self.names.len();
        expression.polynomial(n, &|name| {
            let own = self.parameters.get(name).cloned();
            own.or_else(|| Some(Ok(Polynomial::number(n, values.complex(name)?))))
        })
    }

    /// What the first of some names that depends on coefficients is.
    fn dependent<'n>(&self, mut names: impl Iterator<Item = &'n String>) -> Option<String> {
        let name = names.find(|name| self.parameters.contains_key(*name))?;
        let inputs = self.table.inputs_of_name(name);
        let own: Vec<&str> = (self.names.iter())
            .filter(|n| *n == name || inputs.contains(n))
            .map(String::as_str)
            .collect();
        let of = own.join("', '");
        Some(match *own == [name.as_str()] {
            true => format!("'{name}'"),
            false => format!("'{of}' through {name}"),
        })
    }

    fn structures(&self, source: &ModelSource) -> BTreeMap<usize, String> {
        let all = source.lorentz.iter().enumerate();
        let reason = |(k, l): (usize, &super::LorentzStructure)| {
            let text = self.dependent(words(&l.structure).iter())?;
            Some((k, format!("the structure '{}' depends on {text}", l.name)))
        };
        all.filter_map(reason).collect()
    }

    /// Terms of all couplings; those that are no polynomials are left whole, with the
    /// reason.
    fn couplings(
        &self,
        source: &ModelSource,
        values: &Values<'_>,
    ) -> Result<(Vec<Vec<TermRow>>, Reasons), ModelError> {
        let whole = vec![0; self.names.len()];
        let (mut rows, mut reasons) = (Vec::new(), BTreeMap::new());
        for (k, row) in source.couplings.iter().enumerate() {
            let expression = values.parse(&row.name, &row.value)?;
            rows.push(vec![(whole.clone(), row.value.clone())]);
            if !self.is_about(&expression) {
                continue;
            }
            let value = values.evaluate_text(&row.name, &row.value)?;
            let found = self.expand(&expression, values).and_then(|p| {
                let (sum, size) = p.at(self.point);
                match (sum - value).norm() <= TOLERANCE * size {
                    true => Ok(p),
                    false => Err(format!("has another value ({sum}) as a polynomial")),
                }
            });
            match found {
                Ok(p) => {
                    let text =
                        |z: num_complex::Complex64| format!("complex({:?},{:?})", z.re, z.im);
                    rows[k] = p
                        .terms()
                        .map(|(powers, z)| (powers.to_vec(), text(z)))
                        .collect();
                }
                Err(reason) => {
                    let used = expression.names().into_iter().map(str::to_owned);
                    let used: Vec<String> = used.collect();
                    let of = self.dependent(used.iter()).unwrap_or_default();
                    let (name, text) = (&row.name, shortened(&row.value));
                    reasons.insert(
                        k,
                        format!(
                            "the coupling '{name}' = {text} is no polynomial in {of}: {}",
                            match reason.contains(" = ") {
                                true => reason,
                                false => format!("it {reason}"),
                            }
                        ),
                    );
                }
            }
        }
        Ok((rows, reasons))
    }
}

/// An expression that fits into a message.
fn shortened(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Gives every term of a coupling a row of its own, with powers as orders; returns the
/// couplings that are none, by their new positions.
fn take_apart(
    source: &mut ModelSource,
    rows: Vec<Vec<TermRow>>,
    reasons: &BTreeMap<usize, String>,
    exponents: &Exponents,
) -> BTreeMap<usize, String> {
    let code_names: Vec<String> = (0..exponents.n_orders())
        .map(|k| format!("{CODE}{k}"))
        .collect();
    source
        .orders
        .extend(code_names.iter().map(|name| CouplingOrder {
            name: name.clone(),
            hierarchy: 0,
            // Orders with a limit are not joined with others.
            expansion: Some(u32::from(u8::MAX)),
            offset: 0,
        }));
    let mut places: Vec<std::ops::Range<usize>> = Vec::new();
    let mut couplings = Vec::new();
    for (old, terms) in source.couplings.iter().zip(rows) {
        let from = couplings.len();
        for (powers, value) in terms {
            let mut order = old.order.clone();
            for (name, byte) in code_names.iter().zip(exponents.encode(&powers)) {
                if byte > 0 {
                    order.insert(name.clone(), byte);
                }
            }
            couplings.push(CouplingRow {
                name: old.name.clone(),
                value,
                order,
            });
        }
        places.push(from..couplings.len());
    }
    source.couplings = couplings;
    for vertex in &mut source.vertices {
        let terms = std::mem::take(&mut vertex.terms).into_iter();
        let apart = terms.flat_map(|(colour, lorentz, k)| {
            places[k]
                .clone()
                .map(move |coupling| (colour, lorentz, coupling))
        });
        vertex.terms = apart.collect();
    }
    let moved = |(k, reason): (&usize, &String)| (places[*k].start, reason.clone());
    reasons.iter().map(moved).collect()
}
