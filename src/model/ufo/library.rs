//! Functions and methods of Python that model files use.
//!
//! Knows their results; whatever is not listed here does not exist for a model.

use std::rc::Rc;

use num_complex::Complex64;

use super::fault::{Fault, FaultKind};
use super::interpreter::{Interpreter, OBJECTS};
use super::value::{Class, MAX_NESTING, SIZE, TEXT_STEP, Value};
use crate::model::expression::Expression;

/// Functions that are there without an import.
const BUILTINS: [&str; 30] = [
    "range",
    "xrange",
    "len",
    "str",
    "repr",
    "int",
    "long",
    "float",
    "complex",
    "bool",
    "abs",
    "min",
    "max",
    "sum",
    "zip",
    "enumerate",
    "sorted",
    "reversed",
    "list",
    "tuple",
    "set",
    "dict",
    "hasattr",
    "getattr",
    "setattr",
    "print",
    "round",
    "isinstance",
    "any",
    "all",
];

/// Functions of `cmath` and `math`.
const MATHS: [&str; 16] = [
    "sqrt", "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "asinh", "acosh", "atanh", "log10",
];

/// Longest range.
const MAX_RANGE: i64 = 1 << 22;

/// The value of a name that Python has by itself.
pub(super) fn builtin(name: &str) -> Option<Value> {
    match name {
        "None" => Some(Value::None),
        "True" => Some(Value::Bool(true)),
        "False" => Some(Value::Bool(false)),
        "__name__" => Some(Value::text("model")),
        "__file__" => Some(Value::text("model.py")),
        _ if BUILTINS.contains(&name) => Some(Value::Builtin(name.into())),
        // To be raised and caught, by their names alone.
        _ if name.ends_with("Error") || name == "Exception" => Some(Value::Outside(name.into())),
        _ => None,
    }
}

/// All names of a library, for `from library import *`.
pub(super) fn names(library: &str) -> Vec<&'static str> {
    match library {
        "cmath" | "math" => MATHS.iter().copied().chain(["pi", "e"]).collect(),
        OBJECTS => {
            let pairs = Class::ALL.iter().map(|c| c.names());
            pairs.flat_map(|(class, list)| [class, list]).collect()
        }
        _ => vec![],
    }
}

/// Whether a value has a method of this name.
pub(super) fn has_method(of: &Value, name: &str) -> bool {
    let list: &[&str] = match of {
        Value::Text(_) => &[
            "format",
            "replace",
            "split",
            "join",
            "strip",
            "lstrip",
            "rstrip",
            "upper",
            "lower",
            "startswith",
            "endswith",
            "find",
            "count",
        ],
        Value::List(_) => &[
            "append", "extend", "insert", "index", "count", "sort", "reverse", "pop", "remove",
        ],
        Value::Tuple(_) => &["index", "count"],
        Value::Dict(_) => &[
            "keys",
            "values",
            "items",
            "iteritems",
            "iterkeys",
            "itervalues",
            "get",
            "update",
            "has_key",
            "setdefault",
            "pop",
            "copy",
        ],
        Value::Complex(_) | Value::Float(_) | Value::Int(_) => &["conjugate"],
        Value::Object(_) => &[
            "anti",
            "get",
            "set",
            "get_all",
            "nice_string",
            "get_var_name",
        ],
        _ => &[],
    };
    list.contains(&name)
}

impl Interpreter<'_> {
    /// A name of the object library, of `cmath` or of `math`.
    pub(super) fn library_name(
        &mut self,
        library: &'static str,
        name: &str,
        line: u32,
    ) -> Result<Value, Fault> {
        let found = match (library, name) {
            ("cmath" | "math", "pi") => Some(Value::Float(std::f64::consts::PI)),
            ("cmath" | "math", "e") => Some(Value::Float(std::f64::consts::E)),
            ("cmath" | "math", _) if MATHS.contains(&name) => {
                Some(Value::Builtin(format!("{library}.{name}").into()))
            }
            (OBJECTS, _) => Class::ALL.iter().find_map(|&class| match class.names() {
                (own, _) if own == name => Some(Value::Class(class)),
                (_, list) if list == name => Some(Self::shared(&self.all[class as usize])),
                _ => None,
            }),
            _ => None,
        };
        if let Some(value) = found {
            return Ok(value);
        }
        if library == OBJECTS {
            // Its other classes and lists may be named, not used.
            return Ok(Value::Outside(format!("{OBJECTS}.{name}").into()));
        }
        let hint = crate::suggest::did_you_mean(name, names(library));
        let problem = format!("{library} has no '{name}'{hint}");
        Err(self.fault(FaultKind::Attribute, line, problem))
    }

    fn number(&self, value: Option<&Value>, line: u32, function: &str) -> Result<Complex64, Fault> {
        let number = match value {
            Some(Value::Text(text)) => text.trim().parse::<f64>().ok().map(Complex64::from),
            Some(value) => value.as_complex(),
            None => Some(Complex64::ZERO),
        };
        number.ok_or_else(|| {
            let what = value.map_or("nothing", Value::kind);
            let problem = format!("'{function}' of {what}, expected a number");
            self.fault(FaultKind::Other, line, problem)
        })
    }

    /// `cmath.function(x)`, by the rules of expressions of the model.
    fn maths(&self, function: &str, arguments: &[Value], line: u32) -> Result<Value, Fault> {
        let x = self.number(arguments.first(), line, function)?;
        let expression = Expression::parse(&format!("{function}(x)"));
        let value = expression.and_then(|e| e.evaluate(&|_| Some(x)));
        let value = value.map_err(|problem| self.fault(FaultKind::Other, line, problem))?;
        Ok(match function.starts_with("math.") {
            true => Value::Float(value.re),
            false => Value::Complex(value),
        })
    }

    /// Calls a function that Python has by itself.
    pub(super) fn call_builtin(
        &mut self,
        name: &str,
        arguments: Vec<Value>,
        named: &[(Rc<str>, Value)],
        line: u32,
    ) -> Result<Value, Fault> {
        let first = arguments.first().cloned().unwrap_or(Value::None);
        Ok(match name {
            "print" => Value::None,
            "range" | "xrange" => return self.range(&arguments, line),
            "len" => match &first {
                Value::Text(text) => {
                    self.step(line, text.len() / TEXT_STEP)?;
                    Value::Int(text.chars().count() as i64)
                }
                other => Value::Int(self.items(other, line)?.len() as i64),
            },
            "str" | "repr" => {
                let text = self.text_of(&first, name == "repr", MAX_NESTING);
                self.take(line, text.len())?;
                Value::Text(text.into())
            }
            "int" | "long" => {
                let x = self.number(Some(&first), line, name)?.re.trunc();
                match x.abs() < 9e18 {
                    true => Value::Int(x as i64),
                    false => return Err(self.fatal(line, format!("'{x}' is too large"))),
                }
            }
            "float" => Value::Float(self.number(arguments.first(), line, name)?.re),
            "complex" => {
                let re = self.number(arguments.first(), line, name)?;
                let im = self.number(arguments.get(1), line, name)?;
                Value::Complex(re + Complex64::I * im)
            }
            "bool" => Value::Bool(first.is_true()),
            "abs" => match &first {
                Value::Int(n) => Value::Int(n.saturating_abs()),
                other => Value::Float(self.number(Some(other), line, name)?.norm()),
            },
            "round" => {
                let digits = arguments.get(1).and_then(Value::as_int).unwrap_or(0);
                let scale = 10f64.powi(digits.clamp(-20, 20) as i32);
                Value::Float((self.number(Some(&first), line, name)?.re * scale).round() / scale)
            }
            "min" | "max" => return self.extreme(name == "max", &arguments, line),
            "sum" => {
                let mut sum = arguments.get(1).cloned().unwrap_or(Value::Int(0));
                for item in self.items(&first, line)? {
                    sum = self.binary(super::syntax::BinaryOp::Add, &sum, &item, line)?;
                }
                sum
            }
            "any" | "all" | "zip" | "enumerate" | "sorted" | "reversed" | "list" | "set"
            | "tuple" | "dict" => return self.list_builtin(name, &arguments, named, line),
            "isinstance" => self.is_instance(&first, arguments.get(1)),
            "hasattr" | "getattr" | "setattr" => {
                return self.attribute_function(name, &first, &arguments, line);
            }
            _ if name.contains('.') => return self.maths(name, &arguments, line),
            _ => return Err(self.fatal(line, format!("'{name}' is not read in model files"))),
        })
    }

    /// Functions that make lists, tuples and dictionaries, or ask for all of their items.
    fn list_builtin(
        &mut self,
        name: &str,
        arguments: &[Value],
        named: &[(Rc<str>, Value)],
        line: u32,
    ) -> Result<Value, Fault> {
        let first = arguments.first().cloned().unwrap_or(Value::None);
        Ok(match name {
            "any" => Value::Bool(self.items(&first, line)?.iter().any(Value::is_true)),
            "all" => Value::Bool(self.items(&first, line)?.iter().all(Value::is_true)),
            "zip" => {
                let mut lists = Vec::new();
                for list in arguments {
                    lists.push(self.items(list, line)?);
                }
                let n = lists.iter().map(Vec::len).min().unwrap_or(0);
                self.take(line, SIZE * n.saturating_mul(lists.len()))?;
                let row = |k: usize| lists.iter().map(|l| l[k].clone()).collect::<Vec<_>>();
                let rows = (0..n).map(|k| Value::Tuple(row(k).into())).collect();
                return self.new_list(rows, line);
            }
            "enumerate" => {
                let start = arguments.get(1).and_then(Value::as_int).unwrap_or(0);
                let items = self.items(&first, line)?;
                let row = |(k, x): (usize, Value)| {
                    Value::Tuple([Value::Int(start.saturating_add(k as i64)), x].into())
                };
                let rows = items.into_iter().enumerate().map(row).collect();
                return self.new_list(rows, line);
            }
            "sorted" => {
                let items = self.items(&first, line)?;
                let list = self.new_list(items, line)?;
                self.call_method(&list, "sort", vec![], named, line)?;
                list
            }
            "reversed" => {
                let mut items = self.items(&first, line)?;
                items.reverse();
                return self.new_list(items, line);
            }
            "list" | "set" | "tuple" if arguments.is_empty() => Value::list(vec![]),
            "list" => {
                let items = self.items(&first, line)?;
                return self.new_list(items, line);
            }
            "tuple" => {
                let items = self.items(&first, line)?;
                self.take(line, SIZE * items.len())?;
                Value::Tuple(items.into())
            }
            "set" => {
                let mut unique: Vec<Value> = Vec::new();
                for item in self.items(&first, line)? {
                    self.step(line, unique.len())?;
                    if self.position_of(unique.iter(), &item, line)?.is_none() {
                        unique.push(item);
                    }
                }
                return self.new_list(unique, line);
            }
            "dict" => {
                let dict = Value::Dict(Rc::default());
                for (key, value) in named {
                    self.set_item(&dict, Value::Text(key.clone()), value.clone(), line)?;
                }
                if !arguments.is_empty() {
                    self.update(&dict, &first, line)?;
                }
                dict
            }
            _ => return Err(self.fatal(line, format!("'{name}' is not read in model files"))),
        })
    }

    fn is_instance(&self, value: &Value, class: Option<&Value>) -> Value {
        let is = |class: &Value| match (class, value) {
            (Value::Class(class), Value::Object(k)) => self.objects[*k].class == *class,
            (Value::Builtin(name), value) => matches!(
                (&**name, value),
                ("str", Value::Text(_))
                    | ("int", Value::Int(_) | Value::Bool(_))
                    | ("float", Value::Float(_))
                    | ("complex", Value::Complex(_))
                    | ("bool", Value::Bool(_))
                    | ("list", Value::List(_))
                    | ("tuple", Value::Tuple(_))
                    | ("dict", Value::Dict(_))
            ),
            _ => false,
        };
        Value::Bool(match class {
            Some(Value::Tuple(classes)) => classes.iter().any(is),
            Some(class) => is(class),
            None => false,
        })
    }

    fn attribute_function(
        &mut self,
        function: &str,
        of: &Value,
        arguments: &[Value],
        line: u32,
    ) -> Result<Value, Fault> {
        let Some(Value::Text(name)) = arguments.get(1) else {
            return Err(self.fatal(line, format!("'{function}' without a name")));
        };
        let third = arguments.get(2).cloned();
        if function == "setattr" {
            let (Value::Object(object), Some(value)) = (of, third) else {
                return Err(self.fatal(line, "'setattr' of something else than an object"));
            };
            self.set_attribute(*object, name, value, line)?;
            return Ok(Value::None);
        }
        let found = self.attribute(of, name, line);
        match (function, found, third) {
            ("hasattr", found, _) => Ok(Value::Bool(found.is_ok())),
            (_, Err(fault), Some(default)) if fault.kind == FaultKind::Attribute => Ok(default),
            (_, found, _) => found,
        }
    }

    fn range(&mut self, arguments: &[Value], line: u32) -> Result<Value, Fault> {
        let ends: Vec<i64> = arguments.iter().filter_map(Value::as_int).collect();
        let (from, to, step) = match ends[..] {
            [to] => (0, to, 1),
            [from, to] => (from, to, 1),
            [from, to, step] if step != 0 => (from, to, step),
            _ => return Err(self.fatal(line, "'range' takes one to three integers")),
        };
        let span = i128::from(to) - i128::from(from);
        let n = (span.abs() + i128::from(step).abs() - 1) / i128::from(step).abs();
        if n > i128::from(MAX_RANGE) && (span > 0) == (step > 0) {
            let problem =
                format!("a range of more than {MAX_RANGE} numbers: is it a loop without end?");
            return Err(self.fatal(line, problem));
        }
        let mut items = Vec::new();
        let mut k = from;
        while (step > 0 && k < to) || (step < 0 && k > to) {
            items.push(Value::Int(k));
            match k.checked_add(step) {
                Some(next) => k = next,
                None => break,
            }
        }
        self.new_list(items, line)
    }

    fn extreme(&mut self, greatest: bool, arguments: &[Value], line: u32) -> Result<Value, Fault> {
        let items = match arguments {
            [list] => self.items(list, line)?,
            _ => arguments.to_vec(),
        };
        let mut best: Option<(f64, Value)> = None;
        for item in items {
            let x = self.number(Some(&item), line, "min")?.re;
            let is_better = match &best {
                None => true,
                Some((y, _)) => (x > *y) == greatest && x != *y,
            };
            if is_better {
                best = Some((x, item));
            }
        }
        match best {
            Some((_, value)) => Ok(value),
            None => Err(self.fault(FaultKind::Other, line, "the least of an empty list")),
        }
    }

    /// Calls an object of the model: functions of the function library.
    pub(super) fn call_object(
        &mut self,
        object: usize,
        arguments: &[Value],
        line: u32,
    ) -> Result<Value, Fault> {
        let (names, expression) = {
            let object = &self.objects[object];
            if object.class != Class::Function {
                let problem = format!("{} cannot be called", object.title());
                return Err(self.fatal(line, problem));
            }
            (object.get("arguments"), object.get("expression"))
        };
        let names = self.items(&names.unwrap_or(Value::None), line)?;
        let Some(Value::Text(text)) = &expression else {
            return Err(self.fatal(line, "a function without an expression"));
        };
        let mut values = Vec::new();
        for (name, value) in names.iter().zip(arguments) {
            let name = self.text_of(name, false, 2);
            values.push((name, self.number(Some(value), line, "function")?));
        }
        let lookup = |name: &str| values.iter().find(|v| v.0 == name).map(|v| v.1);
        let value = Expression::parse(text).and_then(|e| e.evaluate(&lookup));
        match value {
            Ok(z) => Ok(Value::Complex(z)),
            Err(problem) => Err(self.fatal(line, format!("the function '{text}': {problem}"))),
        }
    }
}
