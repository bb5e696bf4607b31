//! Values of expressions.
//!
//! Knows operators, calls and attributes; every expression is a step that counts.

use std::cell::RefCell;
use std::rc::Rc;

use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::fault::{Fault, FaultKind};
use super::interpreter::{Flow, Interpreter, OBJECTS};
use super::syntax::{
    BinaryOp, CompareOp, Comprehension, ComprehensionKind, Expr, ExprKind, Routine,
};
use super::value::{MAX_NESTING, SIZE, TEXT_STEP, Value};

/// Most calls of functions that the files define within each other.
const MAX_CALLS: usize = 30;

impl Interpreter<'_> {
    /// The value of an expression.
    pub(super) fn evaluate(&mut self, expr: &Expr) -> Result<Value, Fault> {
        let line = expr.line;
        self.step(line, 1)?;
        self.enter(line)?;
        let value = match &expr.kind {
            ExprKind::Name(name) => self.lookup(name, line)?,
            ExprKind::Int(n) => Value::Int(*n),
            ExprKind::Float(x) => Value::Float(*x),
            ExprKind::Imaginary(x) => Value::Complex(Complex64::new(0.0, *x)),
            ExprKind::Text(text) => Value::Text(text.clone()),
            ExprKind::List(items) | ExprKind::Set(items) => {
                let items = self.evaluate_all(items)?;
                Value::list(items)
            }
            ExprKind::Tuple(items) => Value::Tuple(self.evaluate_all(items)?.into()),
            ExprKind::Dict(entries) => self.dict(entries, line)?,
            ExprKind::Attribute(of, name) => {
                let of = self.evaluate(of)?;
                self.attribute(&of, name, line)?
            }
            ExprKind::Index(of, key) => {
                let (of, key) = (self.evaluate(of)?, self.evaluate(key)?);
                self.item(&of, &key, line)?
            }
            ExprKind::Slice(of, ends) => self.slice(of, ends, line)?,
            ExprKind::Call(function, arguments, named) => {
                let function = self.evaluate(function)?;
                let arguments = self.evaluate_all(arguments)?;
                let mut with_names = Vec::with_capacity(named.len());
                for (name, value) in named {
                    with_names.push((name.clone(), self.evaluate(value)?));
                }
                self.call(&function, arguments, with_names, line)?
            }
            ExprKind::Negate(x) => {
                let x = self.evaluate(x)?;
                match x {
                    Value::Complex(z) => Value::Complex(-z),
                    Value::Float(x) => Value::Float(-x),
                    _ => self.binary(BinaryOp::Subtract, &Value::Int(0), &x, line)?,
                }
            }
            ExprKind::Not(x) => Value::Bool(!self.evaluate(x)?.is_true()),
            ExprKind::Chain(first, rest) => {
                let mut value = self.evaluate(first)?;
                for (op, operand) in rest {
                    let operand = self.evaluate(operand)?;
                    value = self.binary(*op, &value, &operand, line)?;
                }
                value
            }
            ExprKind::Power(base, exponent) => {
                let (base, exponent) = (self.evaluate(base)?, self.evaluate(exponent)?);
                self.binary(BinaryOp::Power, &base, &exponent, line)?
            }
            ExprKind::Compare(first, rest) => self.compare(first, rest, line)?,
            ExprKind::And(items) => self.first_that(items, false)?,
            ExprKind::Or(items) => self.first_that(items, true)?,
            ExprKind::Conditional(parts) => {
                let [condition, if_true, if_false] = parts.as_ref();
                match self.evaluate(condition)?.is_true() {
                    true => self.evaluate(if_true)?,
                    false => self.evaluate(if_false)?,
                }
            }
            ExprKind::Lambda(routine) => Value::Routine(routine.clone(), self.current),
            ExprKind::Comprehension(parts) => self.comprehension(parts, line)?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn evaluate_all(&mut self, items: &[Expr]) -> Result<Vec<Value>, Fault> {
        items.iter().map(|item| self.evaluate(item)).collect()
    }

    /// The first value that ends a chain of `and` or `or`, or the last one.
    fn first_that(&mut self, items: &[Expr], is: bool) -> Result<Value, Fault> {
        let mut value = Value::None;
        for item in items {
            value = self.evaluate(item)?;
            if value.is_true() == is {
                break;
            }
        }
        Ok(value)
    }

    fn dict(&mut self, entries: &[(Expr, Expr)], line: u32) -> Result<Value, Fault> {
        let dict = Value::Dict(Rc::default());
        for (key, value) in entries {
            let (key, value) = (self.evaluate(key)?, self.evaluate(value)?);
            self.set_item(&dict, key, value, line)?;
        }
        Ok(dict)
    }

    fn comprehension(&mut self, parts: &Comprehension, line: u32) -> Result<Value, Fault> {
        let mut found = Vec::new();
        self.step(line, self.locals.last().map_or(0, |l| l.len() / 8))?;
        self.locals
            .push(self.locals.last().cloned().unwrap_or_default());
        let done = self.comprehension_loop(parts, 0, &mut found);
        self.locals.pop();
        done?;
        if parts.kind != ComprehensionKind::Dict {
            return Ok(Value::list(found.into_iter().map(|f| f.0).collect()));
        }
        let dict = Value::Dict(Rc::default());
        for (key, value) in found {
            self.set_item(&dict, key, value, line)?;
        }
        Ok(dict)
    }

    fn comprehension_loop(
        &mut self,
        parts: &Comprehension,
        level: usize,
        found: &mut Vec<(Value, Value)>,
    ) -> Result<(), Fault> {
        let Some((target, list, conditions)) = parts.loops.get(level) else {
            let key = self.evaluate(&parts.elements.0)?;
            let value = parts.elements.1.as_ref();
            let value = value.map(|v| self.evaluate(v)).transpose()?;
            self.take(parts.elements.0.line, 64)?;
            found.push((key, value.unwrap_or(Value::None)));
            return Ok(());
        };
        let list = self.evaluate(list)?;
        for item in self.items(&list, target.line)? {
            self.step(target.line, 1)?;
            self.assign(target, item)?;
            let mut passes = true;
            for condition in conditions {
                passes &= self.evaluate(condition)?.is_true();
            }
            if passes {
                self.comprehension_loop(parts, level + 1, found)?;
            }
        }
        Ok(())
    }

    fn compare(
        &mut self,
        first: &Expr,
        rest: &[(CompareOp, Expr)],
        line: u32,
    ) -> Result<Value, Fault> {
        let mut left = self.evaluate(first)?;
        for (op, right) in rest {
            let right = self.evaluate(right)?;
            if !self.holds(*op, &left, &right, line)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn holds(&mut self, op: CompareOp, a: &Value, b: &Value, line: u32) -> Result<bool, Fault> {
        if let (Value::Text(a), Value::Text(b)) = (a, b) {
            self.step(line, a.len().min(b.len()) / TEXT_STEP)?;
        }
        let ordering = || match (a, b) {
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            _ => a.as_real()?.partial_cmp(&b.as_real()?),
        };
        Ok(match op {
            CompareOp::Equal | CompareOp::Is => self.same(a, b, line)?,
            CompareOp::NotEqual | CompareOp::IsNot => !self.same(a, b, line)?,
            CompareOp::In => self.contains(b, a, line)?,
            CompareOp::NotIn => !self.contains(b, a, line)?,
            _ => {
                let Some(ordering) = ordering() else {
                    let problem = format!("{} and {} have no order", a.kind(), b.kind());
                    return Err(self.fault(FaultKind::Other, line, problem));
                };
                match op {
                    CompareOp::Less => ordering.is_lt(),
                    CompareOp::LessEqual => ordering.is_le(),
                    CompareOp::Greater => ordering.is_gt(),
                    _ => ordering.is_ge(),
                }
            }
        })
    }

    /// Whether a list, dictionary or string has something in it.
    pub(super) fn contains(&mut self, of: &Value, item: &Value, line: u32) -> Result<bool, Fault> {
        if let (Value::Text(text), Value::Text(part)) = (of, item) {
            // Searching looks at a byte several times.
            self.step(line, (text.len() + part.len()) / (TEXT_STEP / 8))?;
            return Ok(text.contains(&**part));
        }
        let items = self.items(of, line)?;
        self.step(line, items.len())?;
        Ok(self.position_of(items.iter(), item, line)?.is_some())
    }

    /// What a loop runs over: items, keys or characters.
    pub(super) fn items(&mut self, of: &Value, line: u32) -> Result<Vec<Value>, Fault> {
        if let Value::Text(text) = of {
            // Each character becomes a text of its own.
            self.take(line, 2 * SIZE * text.len())?;
        }
        let items = match of {
            Value::List(items) => items.borrow().clone(),
            Value::Tuple(items) => items.to_vec(),
            Value::Dict(entries) => entries.borrow().iter().map(|e| e.0.clone()).collect(),
            Value::Text(text) => text.chars().map(|c| Value::text(&c.to_string())).collect(),
            other => {
                let problem = format!("{} is no list", other.kind());
                return Err(self.fault(FaultKind::Other, line, problem));
            }
        };
        self.step(line, items.len() / 16)?;
        Ok(items)
    }

    /// Position in a list of `n` items; negative ones count from its end.
    fn position(&self, key: &Value, n: usize, line: u32) -> Result<usize, Fault> {
        let index = match key {
            Value::Int(k) if *k < 0 => k.checked_add(n as i64),
            Value::Int(k) => Some(*k),
            _ => None,
        };
        match index.and_then(|k| usize::try_from(k).ok()) {
            Some(k) if k < n => Ok(k),
            _ => {
                let problem = match key {
                    Value::Int(k) => format!("index {k} is outside of a list of {n}"),
                    _ => format!("{} is no index", key.kind()),
                };
                Err(self.fault(FaultKind::Lookup, line, problem))
            }
        }
    }

    /// `of[key]`.
    fn item(&mut self, of: &Value, key: &Value, line: u32) -> Result<Value, Fault> {
        match of {
            Value::Dict(entries) => {
                self.step(line, entries.borrow().len() / 8)?;
                let entries = entries.borrow();
                match self.position_of(entries.iter().map(|e| &e.0), key, line)? {
                    Some(k) => Ok(entries[k].1.clone()),
                    None => {
                        let key = self.short_text(key);
                        let problem = format!("the dictionary has no key {key}");
                        Err(self.fault(FaultKind::Lookup, line, problem))
                    }
                }
            }
            Value::List(items) => {
                let items = items.borrow();
                Ok(items[self.position(key, items.len(), line)?].clone())
            }
            Value::Tuple(items) => Ok(items[self.position(key, items.len(), line)?].clone()),
            Value::Text(text) => {
                let all: Vec<char> = text.chars().collect();
                self.step(line, all.len() / 8)?;
                let c = all[self.position(key, all.len(), line)?];
                Ok(Value::text(&c.to_string()))
            }
            other => {
                let problem = format!("{} has no entries", other.kind());
                Err(self.fault(FaultKind::Other, line, problem))
            }
        }
    }

    /// `of[key] = value`.
    pub(super) fn set_item(
        &mut self,
        of: &Value,
        key: Value,
        value: Value,
        line: u32,
    ) -> Result<(), Fault> {
        self.take(line, 64)?;
        match of {
            Value::Dict(entries) => {
                self.step(line, entries.borrow().len() / 8)?;
                let mut entries = entries.borrow_mut();
                match self.position_of(entries.iter().map(|e| &e.0), &key, line)? {
                    Some(k) => entries[k].1 = value,
                    None => entries.push((key, value)),
                }
                Ok(())
            }
            Value::List(items) => {
                let n = items.borrow().len();
                let k = self.position(&key, n, line)?;
                items.borrow_mut()[k] = value;
                Ok(())
            }
            other => Err(self.fatal(line, format!("an entry of {} cannot be set", other.kind()))),
        }
    }

    fn slice(
        &mut self,
        of: &Expr,
        ends: &[Option<Box<Expr>>; 2],
        line: u32,
    ) -> Result<Value, Fault> {
        let of = self.evaluate(of)?;
        let mut bounds = [None, None];
        for (bound, end) in bounds.iter_mut().zip(ends) {
            if let Some(end) = end {
                let value = self.evaluate(end)?;
                let Some(n) = value.as_int() else {
                    return Err(self.fatal(line, format!("{} is no index", value.kind())));
                };
                *bound = Some(n);
            }
        }
        let range = |n: usize| {
            let clamp = |k: i64| {
                let k = if k < 0 { k.saturating_add(n as i64) } else { k };
                k.clamp(0, n as i64) as usize
            };
            let from = bounds[0].map_or(0, clamp);
            from..bounds[1].map_or(n, clamp).max(from)
        };
        match &of {
            Value::List(items) => {
                let items = items.borrow();
                self.take(line, SIZE * items.len())?;
                Ok(Value::list(items[range(items.len())].to_vec()))
            }
            Value::Tuple(items) => {
                let range = range(items.len());
                self.take(line, SIZE * range.len())?;
                Ok(Value::Tuple(items[range].into()))
            }
            Value::Text(text) => {
                self.take(line, text.len())?;
                let all: Vec<char> = text.chars().collect();
                let part: String = all[range(all.len())].iter().collect();
                Ok(Value::Text(part.into()))
            }
            other => Err(self.fatal(line, format!("{} has no parts", other.kind()))),
        }
    }

    /// `of.name`.
    pub(super) fn attribute(
        &mut self,
        of: &Value,
        name: &Rc<str>,
        line: u32,
    ) -> Result<Value, Fault> {
        let found = match of {
            Value::Module(module) => {
                if let Some(value) = self.name_of(*module, name) {
                    return Ok(value);
                }
                let names = self.names_of(*module);
                // Each name is compared for a suggestion.
                self.step(line, names.len())?;
                let hint = crate::suggest::did_you_mean(name, names.iter().map(|n| &*n.0));
                let problem = format!("{} has no '{name}'{hint}", self.file_of(*module));
                return Err(self.fault(FaultKind::Attribute, line, problem));
            }
            Value::Library(library) => return self.library_name(library, name, line),
            Value::Outside(module) => {
                let problem = format!(
                    "'{module}.{name}' is not read: a model may use what is in its directory, \
                     cmath, math and {OBJECTS}"
                );
                return Err(self.fatal(line, problem));
            }
            Value::Object(object) => self.get_attribute(*object, name, line)?,
            Value::Complex(z) if &**name == "real" => Some(Value::Float(z.re)),
            Value::Complex(z) if &**name == "imag" => Some(Value::Float(z.im)),
            _ => None,
        };
        match found {
            Some(value) => Ok(value),
            None if super::library::has_method(of, name) => {
                Ok(Value::Method(Rc::new((of.clone(), name.clone()))))
            }
            None => {
                let what = match of {
                    Value::Object(object) => self.objects[*object].title(),
                    other => other.kind().to_owned(),
                };
                let problem = format!("{what} has no attribute '{name}'");
                Err(self.fault(FaultKind::Attribute, line, problem))
            }
        }
    }

    /// Calls a function.
    pub(super) fn call(
        &mut self,
        function: &Value,
        arguments: Vec<Value>,
        named: Vec<(Rc<str>, Value)>,
        line: u32,
    ) -> Result<Value, Fault> {
        match function {
            Value::Class(class) => self.construct(*class, arguments, named, line),
            Value::Routine(routine, module) => {
                self.call_routine(routine, *module, arguments, named, line)
            }
            Value::Builtin(name) => self.call_builtin(name, arguments, &named, line),
            Value::Method(method) => {
                let (of, name) = method.as_ref();
                self.call_method(of, name, arguments, &named, line)
            }
            Value::Object(object) => self.call_object(*object, &arguments, line),
            Value::Outside(name) => Err(self.fatal(
                line,
                format!(
                    "'{name}' is not read: a model may use what is in its directory, cmath, math \
                     and {OBJECTS}"
                ),
            )),
            other => Err(self.fatal(line, format!("{} cannot be called", other.kind()))),
        }
    }

    fn call_routine(
        &mut self,
        routine: &Routine,
        module: usize,
        arguments: Vec<Value>,
        named: Vec<(Rc<str>, Value)>,
        line: u32,
    ) -> Result<Value, Fault> {
        let name = &routine.name;
        if self.calls == MAX_CALLS {
            let problem = format!("'{name}' is called within more than {MAX_CALLS} functions");
            return Err(self.fatal(line, problem));
        }
        if arguments.len() > routine.parameters.len() {
            let problem = format!(
                "'{name}' takes {} arguments, not {}",
                routine.parameters.len(),
                arguments.len()
            );
            return Err(self.fault(FaultKind::Other, line, problem));
        }
        let mut locals = FxHashMap::default();
        let mut given = arguments.into_iter();
        for (parameter, default) in &routine.parameters {
            let by_name = || {
                named
                    .iter()
                    .find(|n| n.0 == *parameter)
                    .map(|n| n.1.clone())
            };
            let value = match (given.next().or_else(by_name), default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.evaluate(default)?,
                (None, None) => {
                    let problem = format!("'{name}' is called without '{parameter}'");
                    return Err(self.fault(FaultKind::Other, line, problem));
                }
            };
            locals.insert(parameter.clone(), value);
        }
        let known = |n: &&(Rc<str>, Value)| !routine.parameters.iter().any(|p| p.0 == n.0);
        if let Some((unknown, _)) = named.iter().find(known) {
            let problem = format!("'{name}' has no parameter '{unknown}'");
            return Err(self.fault(FaultKind::Other, line, problem));
        }
        self.calls += 1;
        self.locals.push(locals);
        let outer = std::mem::replace(&mut self.current, module);
        let flow = self.block(&routine.body);
        self.current = outer;
        self.locals.pop();
        self.calls -= 1;
        match flow? {
            Flow::Return(value) => Ok(value),
            _ => Ok(Value::None),
        }
    }

    /// A value in a message.
    pub(super) fn short_text(&self, value: &Value) -> String {
        let mut text = String::new();
        self.write_text(value, true, [MAX_NESTING, 80], &mut text);
        match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text,
        }
    }

    /// A list that is shared with nobody.
    pub(super) fn new_list(&mut self, items: Vec<Value>, line: u32) -> Result<Value, Fault> {
        self.take(line, SIZE * items.len())?;
        self.step(line, items.len() / 16)?;
        Ok(Value::List(Rc::new(RefCell::new(items))))
    }
}
