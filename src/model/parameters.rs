//! Inputs and derived parameters: what may be set, in which order the rest follows.
//!
//! Knows names, values and expressions; knows no particle.

mod fixed;

use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::expression::{Expression, Functions};
use super::source::{ExternalRow, InternalRow, ModelSource, SchemeRow};
use super::{ModelError, Parameter, ParameterOrigin};
use crate::suggest::did_you_mean;

pub(crate) use fixed::Fixed;

/// Imaginary parts below this fraction of a real parameter are rounding.
const REAL_TOLERANCE: f64 = 1e-12;

/// Longest chain of parameters that follow from each other.
const MAX_CHAIN: usize = 500;

/// All parameters of a model, ready to be set and evaluated.
#[derive(Clone, Debug)]
pub(crate) struct ParameterTable {
    external: Vec<ExternalRow>,
    internal: Vec<Internal>,
    by_name: FxHashMap<String, Found>,
    /// Indices into `internal`, every parameter after those it uses.
    order: Vec<usize>,
    /// Choices of inputs, and which of them this table is.
    schemes: Vec<SchemeRow>,
    scheme: usize,
    /// Inputs that are widths to be computed.
    auto: Vec<usize>,
    /// Functions that the model defines.
    functions: Functions,
    /// Whether masses may be negative.
    signed_masses: bool,
}

#[derive(Clone, Debug)]
struct Internal {
    name: String,
    text: String,
    expression: Expression,
    complex: bool,
    /// SLHA block and code where parameter cards state it.
    slha: Option<(String, Vec<i32>)>,
    /// The restriction that made this of an input.
    fixed_by: Option<String>,
}

/// A derived parameter that parameter cards state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stated {
    pub(crate) name: String,
    /// SLHA block and code.
    pub(crate) block: String,
    pub(crate) code: Vec<i32>,
    /// The inputs that it follows from.
    pub(crate) inputs: String,
    /// A clause on schemes, or nothing.
    pub(crate) scheme: String,
}

/// Index of a parameter in its table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Found {
    External(usize),
    Internal(usize),
}

impl ParameterTable {
    /// Parses the expressions and puts them in order.
    ///
    /// # Errors
    /// [`ModelError::Expression`] for an expression that is none or that uses an
    /// unknown name, [`ModelError::Cycle`], [`ModelError::Data`] for a name used twice.
    #[cfg(test)]
    pub fn new(external: Vec<ExternalRow>, internal: Vec<InternalRow>) -> Result<Self, ModelError> {
        Self::with_functions(external, internal, Functions::default())
    }

    fn with_functions(
        external: Vec<ExternalRow>,
        internal: Vec<InternalRow>,
        functions: Functions,
    ) -> Result<Self, ModelError> {
        let internal = internal
            .into_iter()
            .map(|row| {
                Ok(Internal {
                    expression: parse(&row.name, &row.value, &functions)?,
                    name: row.name,
                    text: row.value,
                    complex: row.complex,
                    slha: row.block.zip(row.code.map(|code| vec![code])),
                    fixed_by: None,
                })
            })
            .collect::<Result<Vec<_>, ModelError>>()?;
        let mut table = Self {
            external,
            internal,
            by_name: FxHashMap::default(),
            order: Vec::new(),
            schemes: Vec::new(),
            scheme: 0,
            auto: Vec::new(),
            functions,
            signed_masses: false,
        };
        let mut names: Vec<&str> = table.names().collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ModelError::Data {
                file: "parameters".into(),
                problem: format!("parameter '{}' is defined twice", pair[0]),
            });
        }
        table.count_names();
        table.order = table.order_of_evaluation()?;
        Ok(table)
    }

    /// Says anew where each name is.
    fn count_names(&mut self) {
        self.by_name.clear();
        for (k, p) in self.internal.iter().enumerate() {
            self.by_name.insert(p.name.clone(), Found::Internal(k));
        }
        for (k, p) in self.external.iter().enumerate() {
            self.by_name.insert(p.name.clone(), Found::External(k));
        }
    }

    /// The table of a model in one of its schemes; `None` for the first. A model without
    /// schemes leaves no choice.
    ///
    /// # Errors
    /// [`ModelError::UnknownScheme`], and those of [`Self::new`].
    pub(crate) fn in_scheme(
        source: &mut ModelSource,
        name: Option<&str>,
    ) -> Result<Self, ModelError> {
        let external = std::mem::take(&mut source.external);
        let internal = std::mem::take(&mut source.internal);
        let schemes = std::mem::take(&mut source.schemes);
        let model = &source.name;
        let scheme = match name {
            None => 0,
            Some(name) => schemes.iter().position(|s| s.name == name).ok_or_else(|| {
                let known: Vec<String> = schemes.iter().map(SchemeRow::title).collect();
                ModelError::UnknownScheme {
                    model: model.clone(),
                    name: name.to_owned(),
                    known: match known.is_empty() {
                        true => "none".to_owned(),
                        false => known.join(", "),
                    },
                    hint: did_you_mean(name, schemes.iter().map(|s| &*s.name)),
                }
            })?,
        };
        let (external, internal) = match schemes.get(scheme) {
            Some(rows) => rows.apply(&external, &internal),
            None => (external, internal),
        };
        Ok(Self {
            schemes,
            scheme,
            signed_masses: source.signed_masses,
            ..Self::with_functions(external, internal, source.functions.clone())?
        })
    }

    /// Name and inputs of the scheme; empty without a choice.
    pub(crate) fn scheme(&self) -> String {
        (self.schemes.get(self.scheme)).map_or_else(String::new, SchemeRow::title)
    }

    /// Which scheme derives a parameter, and which has it as an input; empty if none
    /// has.
    fn scheme_clause(&self, name: &str) -> String {
        let other = (self.schemes.iter()).find(|s| s.inputs.iter().any(|n| n == name));
        match (self.schemes.get(self.scheme), other) {
            (Some(this), Some(other)) => format!(
                " in the scheme '{}'; with scheme = \"{}\" in [model] it is an input",
                this.name, other.name
            ),
            _ => String::new(),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let external = self.external.iter().map(|p| &*p.name);
        external.chain(self.internal.iter().map(|p| &*p.name))
    }

    /// The inputs in the order of the model file.
    pub(crate) fn external(&self) -> &[ExternalRow] {
        &self.external
    }

    fn exact(&self, name: &str) -> Option<Found> {
        self.by_name.get(name).copied()
    }

    /// The parameter of `MASS 6`, a block and its codes.
    fn by_code(&self, name: &str) -> Option<Found> {
        let mut words = name.split_whitespace();
        let block = words.next()?;
        let codes: Vec<i32> = words.map(|w| w.parse().ok()).collect::<Option<_>>()?;
        let is = |b: &str, c: &[i32]| b.eq_ignore_ascii_case(block) && *c == *codes;
        let external = self.external.iter().position(|p| is(&p.block, &p.code));
        let stated = |p: &Internal| p.slha.as_ref().is_some_and(|(b, c)| is(b, c));
        let internal = || self.internal.iter().position(stated).map(Found::Internal);
        (!codes.is_empty()).then(|| external.map(Found::External).or_else(internal))?
    }

    /// Depth first: a parameter is put down when all it uses are.
    fn order_of_evaluation(&self) -> Result<Vec<usize>, ModelError> {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            Untouched,
            Open,
            Done,
        }
        fn visit(
            table: &ParameterTable,
            k: usize,
            state: &mut [State],
            path: &mut Vec<usize>,
            order: &mut Vec<usize>,
        ) -> Result<(), ModelError> {
            let parameter = &table.internal[k];
            if path.len() == MAX_CHAIN {
                return Err(ModelError::Expression {
                    name: parameter.name.clone(),
                    expression: parameter.text.clone(),
                    problem: format!("more than {MAX_CHAIN} parameters follow from each other"),
                });
            }
            path.push(k);
            state[k] = State::Open;
            for name in parameter.expression.names() {
                let Found::Internal(used) =
                    table.exact(name).ok_or_else(|| ModelError::Expression {
                        name: parameter.name.clone(),
                        expression: parameter.text.clone(),
                        problem: format!(
                            "unknown parameter '{name}'{}",
                            did_you_mean(name, table.names())
                        ),
                    })?
                else {
                    continue;
                };
                match state[used] {
                    State::Done => {}
                    State::Untouched => visit(table, used, state, path, order)?,
                    State::Open => {
                        let start = path.iter().position(|&p| p == used).unwrap_or(0);
                        let cycle: Vec<&str> = path[start..]
                            .iter()
                            .chain([&used])
                            .map(|&p| &*table.internal[p].name)
                            .collect();
                        return Err(ModelError::Cycle {
                            cycle: cycle.join(" -> "),
                        });
                    }
                }
            }
            path.pop();
            state[k] = State::Done;
            order.push(k);
            Ok(())
        }
        let mut state = vec![State::Untouched; self.internal.len()];
        let mut order = Vec::with_capacity(self.internal.len());
        for k in 0..self.internal.len() {
            if state[k] == State::Untouched {
                visit(self, k, &mut state, &mut Vec::new(), &mut order)?;
            }
        }
        Ok(order)
    }

    /// The parameter of a name; case counts only where it must.
    ///
    /// # Errors
    /// [`ModelError::UnknownParameter`], [`ModelError::AmbiguousParameter`].
    pub(crate) fn find(&self, name: &str) -> Result<Found, ModelError> {
        if let Some(found) = self.exact(name).or_else(|| self.by_code(name)) {
            return Ok(found);
        }
        let similar: Vec<&str> = self
            .names()
            .filter(|n| n.eq_ignore_ascii_case(name))
            .collect();
        match similar[..] {
            [one] => Ok(self.exact(one).expect("the name came from this table")),
            [] => Err(ModelError::UnknownParameter {
                name: name.to_owned(),
                hint: did_you_mean(name, self.names()),
            }),
            _ => Err(ModelError::AmbiguousParameter {
                name: name.to_owned(),
                candidates: similar.join(", "),
            }),
        }
    }

    /// Index of an input by its exact name.
    ///
    /// # Errors
    /// Those of [`Self::find`], and [`ModelError::DerivedParameter`].
    pub(crate) fn find_external(&self, name: &str) -> Result<usize, ModelError> {
        match self.find(name)? {
            Found::External(k) => Ok(k),
            Found::Internal(k) => Err(ModelError::DerivedParameter {
                name: self.internal[k].name.clone(),
                inputs: self.input_names(&self.internal[k].expression),
                scheme: self.scheme_clause(&self.internal[k].name),
            }),
        }
    }

    /// Derived parameters that parameter cards state.
    pub(crate) fn stated(&self) -> Vec<Stated> {
        let rows = self.internal.iter().filter_map(|p| {
            let (block, code) = p.slha.clone().filter(|_| p.fixed_by.is_none())?;
            Some(Stated {
                name: p.name.clone(),
                block,
                code,
                inputs: self.input_names(&p.expression),
                scheme: self.scheme_clause(&p.name),
            })
        });
        rows.collect()
    }

    /// Derived parameters in order of evaluation, with their expressions.
    pub(crate) fn derived(&self) -> impl Iterator<Item = (&str, &str, &Expression)> {
        let all = self.order.iter().map(|&k| &self.internal[k]);
        all.map(|p| (&*p.name, &*p.text, &p.expression))
    }

    /// Names of the inputs that a derived parameter depends on.
    pub(crate) fn inputs_of_name(&self, name: &str) -> Vec<&String> {
        let Some(Found::Internal(k)) = self.exact(name) else {
            return Vec::new();
        };
        let inputs = self.inputs_of(&self.internal[k].expression).into_iter();
        inputs.map(|k| &self.external[k].name).collect()
    }

    fn input_names(&self, expression: &Expression) -> String {
        let inputs = self.inputs_of(expression);
        let names: Vec<&str> = inputs.iter().map(|&k| &*self.external[k].name).collect();
        names.join(", ")
    }

    /// Names of the widths that are to be computed; they are 0 until then.
    pub(crate) fn auto(&self) -> impl Iterator<Item = &str> {
        self.auto.iter().map(|&k| &*self.external[k].name)
    }

    /// Leaves a width to be computed.
    ///
    /// # Errors
    /// [`ModelError::NoWidth`] for an input that is none.
    pub(crate) fn set_auto(&mut self, index: usize) -> Result<(), ModelError> {
        let name = self.external[index].name.clone();
        if !self.external[index].block.eq_ignore_ascii_case("DECAY") {
            return Err(ModelError::NoWidth { name });
        }
        self.set(index, 0.0)?;
        self.auto.push(index);
        Ok(())
    }

    /// Gives an input a value.
    ///
    /// # Errors
    /// [`ModelError::BadValue`] for a value that is not finite, and for a
    /// negative mass or width.
    pub(crate) fn set(&mut self, index: usize, value: f64) -> Result<(), ModelError> {
        let parameter = &mut self.external[index];
        let of_block = |block: &str| parameter.block.eq_ignore_ascii_case(block);
        let positive = of_block("DECAY") || (of_block("MASS") && !self.signed_masses);
        let reason = if !value.is_finite() {
            "not a finite number"
        } else if positive && value < 0.0 {
            match self.signed_masses {
                true => "widths cannot be negative",
                false => "masses and widths cannot be negative",
            }
        } else {
            self.auto.retain(|k| *k != index);
            // Adding zero turns -0 into 0: a mass of -0 is massless.
            parameter.value = value + 0.0;
            return Ok(());
        };
        Err(ModelError::BadValue {
            name: parameter.name.clone(),
            value,
            reason,
        })
    }

    /// Indices of the inputs that an expression depends on, through others too.
    fn inputs_of(&self, expression: &Expression) -> Vec<usize> {
        let mut inputs = Vec::new();
        let mut seen = vec![false; self.internal.len()];
        let mut open = vec![expression];
        while let Some(expression) = open.pop() {
            for name in expression.names() {
                match self.exact(name) {
                    Some(Found::External(k)) => inputs.push(k),
                    Some(Found::Internal(k)) if !seen[k] => {
                        seen[k] = true;
                        open.push(&self.internal[k].expression);
                    }
                    _ => {}
                }
            }
        }
        inputs.sort_unstable();
        inputs.dedup();
        inputs
    }

    /// Inputs first, then the derived parameters in order of evaluation.
    ///
    /// # Errors
    /// [`ModelError::BadDerived`] where a value is not finite, or not real though
    /// declared so.
    pub(crate) fn evaluate(&self) -> Result<Values<'_>, ModelError> {
        let mut values = Values {
            table: self,
            by_name: FxHashMap::default(),
            parameters: Vec::new(),
        };
        for row in &self.external {
            values.push(
                &row.name,
                row.value.into(),
                ParameterOrigin::External {
                    block: row.block.clone(),
                    code: row.code.clone(),
                },
            );
        }
        for &k in &self.order {
            let Internal {
                name,
                text,
                expression,
                complex,
                slha,
                ..
            } = &self.internal[k];
            let mut value = values.evaluate(name, text, expression)?;
            if !complex {
                if value.im.abs() > REAL_TOLERANCE * value.norm() {
                    let what = format!("complex ({value})");
                    return Err(values.bad(name, text, expression, what));
                }
                value.im = 0.0;
            }
            let (expression, slha) = (text.clone(), slha.clone());
            values.push(name, value, ParameterOrigin::Internal { expression, slha });
        }
        Ok(values)
    }
}

/// The parameters with their values.
#[derive(Clone)]
pub(crate) struct Values<'t> {
    table: &'t ParameterTable,
    by_name: FxHashMap<String, Complex64>,
    parameters: Vec<Parameter>,
}

impl Values<'_> {
    fn push(&mut self, name: &str, value: Complex64, origin: ParameterOrigin) {
        self.by_name.insert(name.to_owned(), value);
        self.parameters.push(Parameter {
            name: name.to_owned(),
            value: (value.re, value.im),
            origin,
        });
    }

    /// Real part of a parameter.
    pub(crate) fn real(&self, name: &str) -> Option<f64> {
        self.by_name.get(name).map(|z| z.re)
    }

    /// Value of an expression in the parameters, for a thing called `name`.
    ///
    /// # Errors
    /// [`ModelError::Expression`] and [`ModelError::BadDerived`].
    pub(crate) fn evaluate_text(&self, name: &str, text: &str) -> Result<Complex64, ModelError> {
        self.evaluate(name, text, &parse(name, text, &self.table.functions)?)
    }

    /// The value of a parameter.
    pub(crate) fn complex(&self, name: &str) -> Option<Complex64> {
        self.by_name.get(name).copied()
    }

    /// An expression of a thing called `name`.
    ///
    /// # Errors
    /// [`ModelError::Expression`].
    pub(crate) fn parse(&self, name: &str, text: &str) -> Result<Expression, ModelError> {
        parse(name, text, &self.table.functions)
    }

    /// All parameters with their values, inputs first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, Complex64)> {
        let value = |p: &'_ Parameter| Complex64::new(p.value.0, p.value.1);
        self.parameters.iter().map(move |p| (&*p.name, value(p)))
    }

    fn evaluate(
        &self,
        name: &str,
        text: &str,
        expression: &Expression,
    ) -> Result<Complex64, ModelError> {
        let value = expression
            .evaluate(&|n| self.by_name.get(n).copied())
            .map_err(|unknown| ModelError::Expression {
                name: name.to_owned(),
                expression: text.to_owned(),
                problem: format!(
                    "unknown parameter '{unknown}'{}",
                    did_you_mean(&unknown, self.table.names())
                ),
            })?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(self.bad(name, text, expression, "not finite".to_owned()))
        }
    }

    fn bad(&self, name: &str, text: &str, expression: &Expression, value: String) -> ModelError {
        let inputs: Vec<String> = self
            .table
            .inputs_of(expression)
            .iter()
            .map(|&k| &self.table.external[k])
            .map(|p| format!("{} = {}", p.name, p.value))
            .collect();
        ModelError::BadDerived {
            name: name.to_owned(),
            expression: text.to_owned(),
            value,
            inputs: inputs.join(", "),
        }
    }

    /// The parameter list of a model.
    pub(crate) fn into_parameters(self) -> Vec<Parameter> {
        self.parameters
    }
}

fn parse(name: &str, text: &str, functions: &Functions) -> Result<Expression, ModelError> {
    Expression::parse_with(text, functions).map_err(|problem| ModelError::Expression {
        name: name.to_owned(),
        expression: text.to_owned(),
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(internal: &[(&str, &str)]) -> Result<ParameterTable, ModelError> {
        let external = ["x", "Y", "yy", "YY"].map(|name| ExternalRow {
            name: name.into(),
            block: "INPUT".into(),
            code: vec![1],
            value: 2.0,
        });
        let internal = internal.iter().map(|&(name, value)| InternalRow {
            name: name.into(),
            value: value.into(),
            complex: false,
            block: None,
            code: None,
        });
        ParameterTable::new(external.into(), internal.collect())
    }

    #[test]
    fn a_parameter_may_be_used_before_its_definition() {
        let table = table(&[("a", "b + x"), ("b", "c*c"), ("c", "Y + 1")]).unwrap();
        let values = table.evaluate().unwrap();
        assert_eq!(values.real("a"), Some(11.0));
        let names: Vec<_> = values
            .into_parameters()
            .into_iter()
            .map(|p| p.name)
            .collect();
        assert_eq!(names, ["x", "Y", "yy", "YY", "c", "b", "a"]);
    }

    #[test]
    fn a_cycle_is_refused_with_its_path() {
        let error = table(&[("a", "b"), ("b", "x + c"), ("c", "b*2")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "parameters are defined by each other: b -> c -> b"
        );
        assert!(matches!(
            table(&[("a", "a")]),
            Err(ModelError::Cycle { .. })
        ));
    }

    #[test]
    fn names_must_be_known_and_unique() {
        let error = table(&[("a", "mass2 + 1"), ("mass", "2")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a = mass2 + 1: unknown parameter 'mass2'; did you mean 'mass'?"
        );
        let error = table(&[("x", "1")]).unwrap_err();
        assert!(error.to_string().contains("'x' is defined twice"));
    }

    #[test]
    fn case_matters_only_where_it_must() {
        let table = table(&[("a", "Y*x")]).unwrap();
        assert_eq!(table.find("y"), Ok(Found::External(1)));
        assert_eq!(table.find("YY"), Ok(Found::External(3)));
        assert_eq!(
            table.find("Yy").unwrap_err().to_string(),
            "parameter 'Yy' is ambiguous: yy, YY; write it in its exact case"
        );
        assert_eq!(
            table.find_external("A").unwrap_err().to_string(),
            "parameter 'a' is derived and cannot be set; it follows from x, Y"
        );
    }

    #[test]
    fn values_that_are_not_finite_or_not_real_are_refused() {
        let error = |text| table(&[("a", text)]).unwrap().evaluate().err().unwrap();
        assert_eq!(
            error("1/(x - Y)").to_string(),
            "a = 1/(x - Y) is not finite at these inputs (x = 2, Y = 2)"
        );
        assert!(error("cmath.sqrt(-x)").to_string().contains("is complex"));
    }
}
